#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapter/option.h"
#include "adapter/option_text.h"
#include "queue/tags.h"

enum { DESCRIPTION_MAX = 320, KNOWN_MAX = 240 };

struct filler {
    struct yaml_tree *tree;
    struct config_mistakes *mistakes;
    bool off; /* inside an optional section that is not written: nothing is missing there */
};

static void fill_map(struct filler *filler, const struct option_table *table, const struct tree_node *map, void *base);

static void *at(const struct option *option, void *base)
{
    return (unsigned char *)base + option->offset;
}

/* ---- Scalars ---- */

static void use_fallback(struct filler *filler, const struct option *option, void *base)
{
    struct option_value value = {0};
    struct error err = {0};

    if (!option->fallback)
        return;
    if (option_read_fallback(option, &value, &err) == 0 && option_store(option, base, &value) < 0)
        config_mistakes_no_memory(filler->mistakes);
}

static void tell_missing(struct filler *filler, const struct option *option, const struct tree_node *map)
{
    CLEANUP(buffer_clear) struct buffer want = BUFFER_INIT(DESCRIPTION_MAX);
    char path[CONFIG_PATH_MAX];

    option_describe(option, &want);
    tree_path(map, option->key, path);
    config_mistakes_add(filler->mistakes, map->at, path, "missing; want %s", buffer_text(&want));
}

static void tell_kind(struct filler *filler, const struct option *option, const struct tree_node *node)
{
    CLEANUP(buffer_clear) struct buffer want = BUFFER_INIT(DESCRIPTION_MAX);

    option_describe(option, &want);
    tree_mistake(filler->mistakes, node, "%s is wrong here; want %s", tree_kind_name(node), buffer_text(&want));
}

/* Whether the scalar could be read; if not, the mistake is told. */
static bool read_scalar(struct filler *filler, const struct option *option, const struct tree_node *node, struct option_value *out)
{
    struct error err = {0};

    if (node->refused)
        return false;
    if (node->kind != TREE_SCALAR) {
        tell_kind(filler, option, node);
        return false;
    }
    if (option_read_value(option, node, out, &err) == 0)
        return true;
    tree_mistake(filler->mistakes, node, "%s", err.text);
    return false;
}

static void fill_scalar(struct filler *filler, const struct option *option, const struct tree_node *node, void *base)
{
    struct option_value value = {0};

    if (!node || !read_scalar(filler, option, node, &value))
        use_fallback(filler, option, base);
    else if (option_store(option, base, &value) < 0)
        config_mistakes_no_memory(filler->mistakes);
}

/* ---- Lists and maps ---- */

/* Whether the node is of this kind and not too long; if not, the mistake is told. */
static bool is_collection(struct filler *filler, const struct option *option, const struct tree_node *node, enum tree_kind kind)
{
    struct option_value most = {0};
    const struct option count = {.type = OPTION_INTEGER, .fallback = option->most};
    struct error err = {0};

    if (node->refused)
        return false;
    if (node->kind != kind) {
        tell_kind(filler, option, node);
        return false;
    }
    if (option->most && option_read_fallback(&count, &most, &err) == 0 && node->len > (size_t)most.whole) {
        tree_mistake(filler->mistakes, node, "%zu entries; at most %s are allowed", node->len, option->most);
        return false;
    }
    return true;
}

static void fill_texts(struct filler *filler, const struct option *option, const struct tree_node *node, struct option_texts *out)
{
    const struct option element = {.key = option->key, .type = option->element};

    if (node->len == 0)
        return;
    out->items = calloc(node->len, sizeof(out->items[0]));
    if (!out->items) {
        config_mistakes_no_memory(filler->mistakes);
        return;
    }
    for (const struct tree_node *child = node->first; child; child = child->next) {
        struct option_value value = {0};

        if (!read_scalar(filler, &element, child, &value))
            continue;
        if (option_store(&element, &out->items[out->len], &value) < 0)
            config_mistakes_no_memory(filler->mistakes);
        else
            out->len++;
    }
}

static bool holds_secret(const char *header)
{
    static const char *const secret[] = {"Authorization", "Proxy-Authorization", "Cookie"};

    for (size_t i = 0; i < ARRAY_LEN(secret); i++)
        if (strcasecmp(header, secret[i]) == 0)
            return true;
    return false;
}

/* The name of a pair: a header's has rules of its own. */
static bool name_is_good(struct filler *filler, const struct option *option, const struct tree_node *child)
{
    const char *problem = NULL;

    if (child->refused)
        return false;
    if (option->type == OPTION_HEADERS && !text_is_header_name(child->key))
        problem = "this is no name of an HTTP header; want letters, digits and -";
    else if (option->type == OPTION_HEADERS && holds_secret(child->key))
        problem = "secrets are not kept in this file; give the token as a file (tokenFile)";
    else if (child->key[0] == '\0')
        problem = "the name is empty; want text";
    if (problem)
        tree_mistake_at_key(filler->mistakes, child, "%s", problem);
    return !problem;
}

static void fill_pairs(struct filler *filler, const struct option *option, const struct tree_node *node, struct option_pairs *out)
{
    const struct option element = {.key = option->key, .type = option->type == OPTION_QUERIES ? OPTION_QUERY : OPTION_TEXT};

    if (node->len == 0)
        return;
    out->items = calloc(node->len, sizeof(out->items[0]));
    if (!out->items) {
        config_mistakes_no_memory(filler->mistakes);
        return;
    }
    for (const struct tree_node *child = node->first; child; child = child->next) {
        struct option_value value = {0};
        struct option_pair *pair = &out->items[out->len];

        if (!name_is_good(filler, option, child) || !read_scalar(filler, &element, child, &value))
            continue;
        out->len++;
        pair->name = strdup(child->key);
        if (!pair->name || option_store(&element, &pair->value, &value) < 0)
            config_mistakes_no_memory(filler->mistakes);
    }
}

static void tell_error(struct filler *filler, const struct tree_node *node, const struct error *err)
{
    if (err->code == ERROR_MEMORY)
        config_mistakes_no_memory(filler->mistakes);
    else
        tree_mistake(filler->mistakes, node, "%s", err->text);
}

static void fill_tags(struct filler *filler, const struct option *option, const struct tree_node *node, struct tags *out)
{
    const struct option element = {.key = option->key, .type = OPTION_TEXT, .fallback = ""};
    struct error err = {0};

    for (const struct tree_node *child = node->first; child; child = child->next) {
        struct option_value value = {0};

        if (!name_is_good(filler, option, child) || !read_scalar(filler, &element, child, &value))
            continue;
        if (tags_set(out, child->key, value.text, &err) < 0)
            tell_error(filler, child, &err);
    }
    if (tags_normalize(out, &err) < 0)
        tell_error(filler, node, &err);
}

static void fill_sections(struct filler *filler, const struct option *option, const struct tree_node *node, void *place)
{
    const struct option_table *table = option->table;
    struct {
        unsigned char *items;
        size_t len;
    } list = {0};

    if (node->len == 0)
        return;
    list.items = calloc(node->len, table->element_size);
    if (!list.items) {
        config_mistakes_no_memory(filler->mistakes);
        return;
    }
    list.len = node->len;
    memcpy(place, &list, sizeof(list));
    for (const struct tree_node *child = node->first; child; child = child->next) {
        if (child->refused)
            continue;
        if (child->kind != TREE_MAP)
            tree_mistake(filler->mistakes, child, "%s is wrong here; want a map of keys", tree_kind_name(child));
        else
            fill_map(filler, table, child, list.items + child->index * table->element_size);
    }
}

static void fill_collection(struct filler *filler, const struct option *option, const struct tree_node *node, void *base)
{
    bool is_list = option->type == OPTION_TEXTS || option->type == OPTION_SECTIONS;

    if (!is_collection(filler, option, node, is_list ? TREE_LIST : TREE_MAP))
        return;
    if (option->type == OPTION_TEXTS)
        fill_texts(filler, option, node, at(option, base));
    else if (option->type == OPTION_TAGS)
        fill_tags(filler, option, node, at(option, base));
    else if (option->type == OPTION_SECTIONS)
        fill_sections(filler, option, node, at(option, base));
    else
        fill_pairs(filler, option, node, at(option, base));
}

/* The default of a list or map is YAML too, read in the same way as the user's. */
static void fill_collection_fallback(struct filler *filler, const struct option *option, void *base)
{
    CLEANUP(yaml_tree_clear) struct yaml_tree tree = {0};
    struct filler inner = {.tree = &tree, .mistakes = filler->mistakes};

    if (option->fallback && yaml_tree_read(option->fallback, strlen(option->fallback), &tree, filler->mistakes) == 0)
        fill_collection(&inner, option, tree.root, base);
}

/* ---- Sections ---- */

static void fill_section(struct filler *filler, const struct option *option, const struct tree_node *map, void *base)
{
    const struct tree_node *node = tree_child(map, option->key);
    bool there = node && !tree_is_null(node), was_off = filler->off;

    if (option->optional) {
        memcpy(at(option, base), &there, sizeof(there));
        filler->off = filler->off || !there;
    }
    if (there && !node->refused && node->kind != TREE_MAP)
        tell_kind(filler, option, node);
    /* What is no map has its mistake; its keys are then neither unknown nor missing. */
    if (there && (node->refused || node->kind != TREE_MAP))
        filler->off = true;
    if (!there || filler->off)
        node = tree_absent_map(filler->tree, map, option->key);
    if (node)
        fill_map(filler, option->table, node, base);
    else
        config_mistakes_no_memory(filler->mistakes);
    filler->off = was_off;
}

static void fill_option(struct filler *filler, const struct option *option, const struct tree_node *map, void *base)
{
    const struct tree_node *node = tree_child(map, option->key);
    bool is_scalar = option_is_scalar(option->type);

    if (option->type == OPTION_SECTION) {
        fill_section(filler, option, map, base);
        return;
    }
    if (!node && !option->fallback && !filler->off)
        tell_missing(filler, option, map);
    if (is_scalar)
        fill_scalar(filler, option, node, base);
    else if (node && !tree_is_null(node))
        fill_collection(filler, option, node, base);
    else
        fill_collection_fallback(filler, option, base);
}

static void tell_unknown(struct filler *filler, const struct option_table *table, const struct tree_node *child)
{
    CLEANUP(buffer_clear) struct buffer known = BUFFER_INIT(KNOWN_MAX);
    const char *nearest = option_nearest_key(table, child->key);

    if (nearest) {
        tree_mistake_at_key(filler->mistakes, child, "unknown key; did you mean %s?", nearest);
        return;
    }
    for (size_t i = 0; i < table->len; i++)
        (void)buffer_printf(&known, "%s%s", i > 0 ? ", " : "", table->rows[i].key);
    tree_mistake_at_key(filler->mistakes, child, "unknown key; known here: %s", buffer_text(&known));
}

static void fill_map(struct filler *filler, const struct option_table *table, const struct tree_node *map, void *base)
{
    for (const struct tree_node *child = map->first; child; child = child->next)
        if (!child->refused && !option_find(table, child->key))
            tell_unknown(filler, table, child);
    for (size_t i = 0; i < table->len; i++)
        fill_option(filler, &table->rows[i], map, base);
}

void option_fill(const struct option_table *table, struct yaml_tree *tree, void *base, struct config_mistakes *mistakes)
{
    struct filler filler = {.tree = tree, .mistakes = mistakes};

    fill_map(&filler, table, tree->root, base);
}
