/* yaml_tree.h - a YAML document as a tree in which every value knows its place: the plain part of YAML that a configuration
 * needs. Pure.
 *
 * Bounds   bytes, depth, nodes, entries of one map or list: see below. Aliases, anchors, tags, merge keys, directives, a second
 *          document and keys that are not text are refused, so nothing can grow beyond what is written
 * Errors   go into the mistakes; -1 when the text cannot be read to its end. A tree that was read may hold nodes that are
 *          refused (their mistake is told); a reader passes over them
 * Owner    {0} / yaml_tree_clear; nodes live as long as the tree
 * Source   YAML 1.2, read by libyaml (1.1): where the two differ (yes, no, on, off, 010) the reader of a value decides */
#ifndef ADAPTER_YAML_TREE_H
#define ADAPTER_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "adapter/config_mistakes.h"
#include "base/arena.h"
#include "base/attributes.h"

enum {
    YAML_TREE_BYTES_MAX = 1024 * 1024,
    YAML_TREE_DEPTH_MAX = 16,
    YAML_TREE_NODES_MAX = 100000,
    YAML_TREE_ENTRIES_MAX = 1024, /* of one map or list; keeps the search for duplicates short */
};

enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP };

struct tree_node {
    enum tree_kind kind;
    bool quoted;  /* a scalar in quotes or a block: always text */
    bool refused; /* its mistake is told already */
    struct config_place at;

    const char *key; /* in a map; else NULL */
    struct config_place key_at;
    size_t index; /* among its siblings */

    const char *text; /* of a scalar; NUL-terminated, but a NUL may be inside, too */
    size_t len;       /* of the text; entries of a map or list */

    const struct tree_node *parent;
    struct tree_node *first, *last, *next;
};

struct yaml_tree {
    struct arena arena;
    struct tree_node *root;
};

void yaml_tree_clear(struct yaml_tree *tree);
int yaml_tree_read(const char *text, size_t len, struct yaml_tree *out, struct config_mistakes *mistakes) MUST_CHECK;

const struct tree_node *tree_child(const struct tree_node *map, const char *key); /* NULL when absent */
bool tree_is_null(const struct tree_node *node);                                  /* nothing, ~ or null, without quotes */
const char *tree_kind_name(const struct tree_node *node);                         /* "a map", "a list", "text", "nothing" */
/* "queues[0].replicas.min", and ".key" behind it unless key is NULL */
void tree_path(const struct tree_node *node, const char *key, char out[CONFIG_PATH_MAX]);
/* A map without entries, at the place of map, for a section that is not written there: it knows its path, but map does not list
 * it. NULL: out of memory. */
const struct tree_node *tree_absent_map(struct yaml_tree *tree, const struct tree_node *map, const char *key);

void tree_mistake(struct config_mistakes *mistakes, const struct tree_node *node, const char *format, ...) PRINTF_LIKE(3, 4);
void tree_mistake_at_key(struct config_mistakes *mistakes, const struct tree_node *node, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
