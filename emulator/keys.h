/* keys.h - reads a YAML mapping into a struct by a table of its keys. Pure.
 *
 * Shape    one row per key: its name, how it is read, where it goes, its range; what a mapping leaves out keeps the value that the
 *          caller put there before
 * Errors   "line 7, column 5: pools[0].replicas: expected a whole number from 0 to 1000"; unknown, doubled and missing keys as well.
 *          Numbers and words that YAML reads as such are no texts: {name: 12} is a mistake, {name: "12"} is not
 * Owner    the document and all nodes are borrowed; keys_document_read makes one, {0} / keys_document_clear */
#ifndef EMULATOR_KEYS_H
#define EMULATOR_KEYS_H

#include <stdint.h>
#include <yaml.h>

#include "emulator/scenario.h"

enum { KEYS_WHERE_MAX = 128 };

struct keys_reader {
    yaml_document_t *document;
    const struct scenario *scenario; /* for names of organizations */
    char where[KEYS_WHERE_MAX];      /* "pools[0]", "" at the top */
    struct error *err;
};

struct key;
typedef int key_read(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member);
typedef bool key_choose(const char *word, int *out);

struct key {
    const char *name;
    key_read *read;
    size_t offset;
    bool required;
    double least, most; /* of a number or a duration in ms; most also: bytes of a text with its NUL */
    key_choose *choose; /* key_choice: a word to an int ... */
    const char *words;  /* ... and which there are, for the message */
};

struct key_table {
    const struct key *rows;
    size_t len;
};
#define KEY_TABLE(array) ((struct key_table){(array), ARRAY_LEN(array)})

key_read key_text;         /* char[most] */
key_read key_duration;     /* int64_t, ms */
key_read key_whole;        /* int64_t */
key_read key_number;       /* double */
key_read key_bool;         /* bool */
key_read key_choice;       /* int */
key_read key_tags;         /* struct tagset, complete */
key_read key_organization; /* int64_t: the index of its name, id or "default" */
key_read key_ignored;      /* read elsewhere */

int keys_read(struct keys_reader *reader, const yaml_node_t *node, struct key_table keys, void *target) MUST_CHECK;
/* The value of a key, NULL when it is not there. node must be a mapping that keys_read accepted. */
const yaml_node_t *keys_find(const struct keys_reader *reader, const yaml_node_t *node, const char *name);
int keys_fail(struct keys_reader *reader, const yaml_node_t *node, const char *format, ...) PRINTF_LIKE(3, 4);

/* One document and nothing behind it; its root is then not NULL. */
int keys_document_read(const char *text, size_t len, yaml_document_t *out, struct error *err) MUST_CHECK;
void keys_document_clear(yaml_document_t *document);

#endif
