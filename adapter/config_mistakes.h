/* config_mistakes.h - everything that is wrong with one configuration file, in the order of the file.
 *
 * Shape    a value without allocations, so that telling what is wrong cannot fail. The first CONFIG_MISTAKES_MAX in file
 *          order are kept, the others are counted
 * Text     one line each: "FILE:LINE:COLUMN: path.to.key: what is wrong; what is allowed"; control characters of the file
 *          are escaped, so that a hostile file cannot steer a terminal or forge a log line */
#ifndef ADAPTER_CONFIG_MISTAKES_H
#define ADAPTER_CONFIG_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"

enum { CONFIG_MISTAKES_MAX = 50, CONFIG_PATH_MAX = 160 };

/* Lines and columns start at 1; columns count characters. Line 0: the file as a whole. */
struct config_place {
    unsigned line, column;
};

struct config_mistake {
    struct config_place at;
    char path[CONFIG_PATH_MAX]; /* "" where no key is concerned */
    char text[448];
};

struct config_mistakes {
    char file[256];
    struct config_mistake items[CONFIG_MISTAKES_MAX];
    size_t len;
    size_t left_out; /* found, but more than fit */
    bool no_memory;  /* the check could not end */
};

void config_mistakes_add(struct config_mistakes *mistakes, struct config_place at, const char *path, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* One that came from outside the file's text and ends the check: the allocation that failed. */
void config_mistakes_no_memory(struct config_mistakes *mistakes);
bool config_mistakes_any(const struct config_mistakes *mistakes);
/* Whether something is known to be wrong with this key or within it, so that no second mistake need follow from the first. */
bool config_mistakes_has(const struct config_mistakes *mistakes, const char *path);
void config_mistake_print(const struct config_mistakes *mistakes, size_t index, struct buffer *out); /* without a newline */
void config_mistakes_print(const struct config_mistakes *mistakes, struct buffer *out);              /* a line each */

#endif
