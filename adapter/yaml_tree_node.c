/* yaml_tree_node.c - what a reader asks of the nodes of a tree, and how it tells what is wrong with one. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adapter/yaml_tree.h"

const struct tree_node *tree_child(const struct tree_node *map, const char *key)
{
    if (map->kind != TREE_MAP)
        return NULL;
    for (const struct tree_node *child = map->first; child; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

bool tree_is_null(const struct tree_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

    if (node->kind != TREE_SCALAR || node->quoted || node->refused)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(nulls); i++)
        if (strcmp(node->text, nulls[i]) == 0)
            return true;
    return false;
}

const char *tree_kind_name(const struct tree_node *node)
{
    switch (node->kind) {
    case TREE_MAP: return "a map";
    case TREE_LIST: return "a list";
    case TREE_SCALAR:
    default: return tree_is_null(node) ? "nothing" : "text";
    }
}

/* The nodes from this one up to below the root; how many there are. */
static size_t way_up(const struct tree_node *node, const struct tree_node *out[YAML_TREE_DEPTH_MAX + 1])
{
    size_t steps = 0;

    for (; node->parent; node = node->parent) {
        assert(steps <= YAML_TREE_DEPTH_MAX);
        out[steps++] = node;
    }
    return steps;
}

void tree_path(const struct tree_node *node, const char *key, char out[CONFIG_PATH_MAX])
{
    const struct tree_node *way[YAML_TREE_DEPTH_MAX + 1];
    size_t steps = way_up(node, way), used = 0;

    out[0] = '\0';
    while (steps > 0 && used < CONFIG_PATH_MAX) {
        const struct tree_node *step = way[--steps];
        int added = step->key ? snprintf(out + used, CONFIG_PATH_MAX - used, "%s%s", used > 0 ? "." : "", step->key)
                              : snprintf(out + used, CONFIG_PATH_MAX - used, "[%zu]", step->index);

        used += added > 0 ? (size_t)added : 0;
    }
    if (key && used < CONFIG_PATH_MAX)
        (void)snprintf(out + used, CONFIG_PATH_MAX - used, "%s%s", used > 0 ? "." : "", key);
}

const struct tree_node *tree_absent_map(struct yaml_tree *tree, const struct tree_node *map, const char *key)
{
    struct tree_node *node = arena_alloc(&tree->arena, sizeof(*node));

    if (node)
        *node = (struct tree_node){.kind = TREE_MAP, .key = key, .at = map->at, .key_at = map->at, .parent = map};
    return node;
}

static void add_mistake(struct config_mistakes *mistakes, const struct tree_node *node, struct config_place at, const char *text)
{
    char path[CONFIG_PATH_MAX];

    tree_path(node, NULL, path);
    config_mistakes_add(mistakes, at, path, "%s", text);
}

void tree_mistake(struct config_mistakes *mistakes, const struct tree_node *node, const char *format, ...)
{
    char text[sizeof(mistakes->items[0].text)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add_mistake(mistakes, node, node->at, text);
}

void tree_mistake_at_key(struct config_mistakes *mistakes, const struct tree_node *node, const char *format, ...)
{
    char text[sizeof(mistakes->items[0].text)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add_mistake(mistakes, node, node->key_at, text);
}
