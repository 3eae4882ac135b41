/* option.h - one row says everything about one option: its type, range, default, help, and where its value lands.
 *
 * Shape    a table of rows describes a map of the YAML file; a row of type section or sections leads to another table. The
 *          defaults, the checks, the messages and the reference page all come from the rows
 * Values   by type, at base + offset:
 *            text, query, path, address, url, names, labels, time zone   char *, never NULL after a fill without mistakes
 *            integer, duration (ms), size (bytes), timestamp (Unix ms)   int64_t
 *            real        double
 *            boolean     bool
 *            choice      an enum, counted from 0 in the order of the choices
 *            texts       struct option_texts
 *            headers, queries   struct option_pairs
 *            tags        struct tags, normalized
 *            section     nothing, or a bool where the section is optional; its rows have the same base
 *            sections    TYPE *, and behind it the count as size_t; its rows have the element as their base
 * Owner    option_clear frees what a fill made; base starts zeroed */
#ifndef ADAPTER_OPTION_H
#define ADAPTER_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapter/yaml_tree.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum option_type {
    OPTION_TEXT,
    OPTION_QUERY, /* text that may have line breaks */
    OPTION_PATH,
    OPTION_ADDRESS,
    OPTION_URL,
    OPTION_OBJECT_NAME,
    OPTION_NAMESPACE,
    OPTION_NAMESPACE_OR_ANY,
    OPTION_LABEL_VALUE,
    OPTION_LABEL_KEY,
    OPTION_TIME_ZONE,
    OPTION_INTEGER,
    OPTION_DURATION,
    OPTION_SIZE,
    OPTION_TIMESTAMP,
    OPTION_REAL,
    OPTION_BOOLEAN,
    OPTION_CHOICE,
    OPTION_TEXTS,
    OPTION_HEADERS,
    OPTION_QUERIES,
    OPTION_TAGS,
    OPTION_SECTION,
    OPTION_SECTIONS,
};

struct option_texts {
    char **items;
    size_t len;
};

struct option_pair {
    char *name, *value;
};

struct option_pairs {
    struct option_pair *items;
    size_t len;
};

struct option_table;

struct option {
    const char *key;
    enum option_type type;
    size_t offset;

    /* As a user would write it in YAML, a list in flow or block form; NULL: the key must be written. A section has none: its rows
     * have theirs. */
    const char *fallback;
    const char *fallback_help;  /* shown instead of the fallback, where that is made from other keys */
    const char *least, *most;   /* of numbers, in the same form as the value; most alone: entries of a list or map */
    const char *why;            /* of the range, when a user would ask */
    const char *const *choices; /* NULL at the end */
    const struct option_table *table;
    enum option_type element; /* of texts */
    bool may_be_empty;        /* a text; always so where the fallback is "" */
    bool optional;            /* a section that is off when not written; the bool at offset says so */
    bool restart;             /* a change takes effect only at the next start */
    const char *example;      /* shown in the example file instead of the fallback; of sections: the elements, a line each */
    const char *help;
};

struct option_table {
    const struct option *rows;
    size_t len;
    size_t element_size; /* of a list of sections: bytes of one */
};

/* A scalar that was read and is within its range. */
struct option_value {
    const char *text; /* of a text: normalized; borrowed from what was read, or constant */
    size_t len;
    int64_t whole; /* also a boolean, and the index of a choice */
    double real;
};

/* ---- Rows (option.c) ---- */

const struct option *option_find(const struct option_table *table, const char *key);
/* The key that was probably meant, NULL when none is near. */
const char *option_nearest_key(const struct option_table *table, const char *key);
bool option_is_text(enum option_type type);          /* kept as char * */
bool option_is_scalar(enum option_type type);        /* not a list, map or section */
const char *option_type_name(enum option_type type); /* "duration" */
/* "a duration from 1s to 5m": behind "want", in messages. */
void option_describe(const struct option *option, struct buffer *out);
/* "1s to 5m": for the reference; empty when any value will do. */
void option_describe_range(const struct option *option, struct buffer *out);

/* ---- Values (option_value.c) ---- */

/* Reads the text of a scalar as the option wants it. Says what is wrong and what is allowed. Pure, but that a time zone
 * is looked up in the system's database where there is one. */
int option_read_value(const struct option *option, const struct tree_node *scalar, struct option_value *out, struct error *err) MUST_CHECK;
int option_read_fallback(const struct option *option, struct option_value *out, struct error *err) MUST_CHECK;

/* ---- Structures (option_fill.c, option_store.c) ---- */

/* Fills base from the map, with the defaults where a key is not written, and tells every mistake. What is wrong gets its default too, so
 * that the checks that follow have something to look at. */
void option_fill(const struct option_table *table, struct yaml_tree *tree, void *base, struct config_mistakes *mistakes);
void option_clear(const struct option_table *table, void *base);
/* Puts the value of a scalar at its place; frees what was there. -1: out of memory. */
int option_store(const struct option *option, void *base, const struct option_value *value) MUST_CHECK;
bool option_equal(const struct option *option, const void *base_a, const void *base_b); /* scalars and texts only */

#endif
