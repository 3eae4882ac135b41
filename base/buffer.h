/* buffer.h - bytes that grow up to a limit.
 *
 * Shape    always NUL-terminated once something was added, so that text can be printed; the NUL is not in len
 * Errors   append functions return -1 when the limit or the memory is reached; then the buffer is
 *          marked failed, keeps what it had and refuses the rest, so that a writer may check once at
 *          the end with buffer_failed
 * Owner    {0}-like BUFFER_INIT(limit) / buffer_clear; buffer_move hands the bytes over */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct buffer {
    char *data; /* NULL while nothing was added */
    size_t len;
    size_t capacity;
    size_t limit; /* most bytes it may hold, without the NUL */
    bool failed;
    bool no_memory; /* failed, and not by its limit */
};

#define BUFFER_INIT(most) ((struct buffer){.limit = (most)})

void buffer_clear(struct buffer *buffer); /* frees; keeps the limit */
void buffer_reset(struct buffer *buffer); /* empties, keeps the memory */
struct buffer buffer_move(struct buffer *buffer);
int buffer_append(struct buffer *buffer, const void *data, size_t len);
int buffer_add_text(struct buffer *buffer, const char *text);
int buffer_add_char(struct buffer *buffer, char c);
int buffer_printf(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
bool buffer_failed(const struct buffer *buffer);
const char *buffer_text(const struct buffer *buffer); /* "" when empty */

#endif
