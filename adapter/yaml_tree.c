#include "adapter/yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/escape.h"

/* All nodes and all texts at their limits. */
enum { ARENA_BYTES = 24 * 1024 * 1024 };

struct builder {
    yaml_parser_t parser;
    struct arena *arena;
    struct config_mistakes *mistakes;
    struct tree_node *root, *open[YAML_TREE_DEPTH_MAX]; /* open: the maps and lists that have not ended, outermost first */
    size_t depth, nodes;
    const char *key; /* read, its value comes next */
    struct config_place key_at;
    bool second; /* a document has begun already */
};

enum progress { GO_ON, ENDED, STOPPED };

void yaml_tree_clear(struct yaml_tree *tree)
{
    arena_clear(&tree->arena);
    *tree = (struct yaml_tree){0};
}

static struct config_place place_of(const yaml_mark_t *mark)
{
    return (struct config_place){.line = (unsigned)mark->line + 1, .column = (unsigned)mark->column + 1};
}

static enum progress out_of_memory(struct builder *builder)
{
    config_mistakes_no_memory(builder->mistakes);
    return STOPPED;
}

/* The innermost map or list that has not ended; NULL at the top. */
static struct tree_node *innermost(const struct builder *builder)
{
    return builder->depth > 0 ? builder->open[builder->depth - 1] : NULL;
}

PRINTF_LIKE(3, 4) static enum progress stop_at(struct builder *builder, const yaml_mark_t *mark, const char *format, ...)
{
    char path[CONFIG_PATH_MAX] = "", text[128];
    va_list args;

    if (innermost(builder))
        tree_path(innermost(builder), builder->key, path);
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    config_mistakes_add(builder->mistakes, place_of(mark), path, "%s", text);
    return STOPPED;
}

/* ---- Adding nodes ---- */

static bool expects_key(const struct builder *builder)
{
    return innermost(builder) && innermost(builder)->kind == TREE_MAP && !builder->key;
}

static void check_key(struct builder *builder, struct tree_node *node)
{
    if (strcmp(node->key, "<<") == 0) {
        node->refused = true;
        tree_mistake_at_key(builder->mistakes, node, "merge keys are not supported; write the keys out");
        return;
    }
    for (const struct tree_node *other = node->parent->first; other != node; other = other->next) {
        if (strcmp(other->key, node->key) != 0)
            continue;
        node->refused = true;
        tree_mistake_at_key(builder->mistakes, node, "this key is there twice; the first is on line %u", other->key_at.line);
        return;
    }
}

static void append(struct builder *builder, struct tree_node *node)
{
    struct tree_node *parent = innermost(builder);

    if (!parent) {
        builder->root = node;
        return;
    }
    node->parent = parent;
    node->index = parent->len++;
    node->key = builder->key;
    node->key_at = builder->key_at;
    builder->key = NULL;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    if (parent->kind == TREE_MAP)
        check_key(builder, node);
}

static struct tree_node *add_node(struct builder *builder, enum tree_kind kind, const yaml_event_t *event)
{
    const struct tree_node *parent = innermost(builder);
    struct tree_node *node;

    if (parent && parent->len >= YAML_TREE_ENTRIES_MAX) {
        (void)stop_at(builder, &event->start_mark, "too many entries; at most %d in one map or list", YAML_TREE_ENTRIES_MAX);
        return NULL;
    }
    if (++builder->nodes > YAML_TREE_NODES_MAX) {
        (void)stop_at(builder, &event->start_mark, "too many values; at most %d in one file", YAML_TREE_NODES_MAX);
        return NULL;
    }
    node = arena_alloc(builder->arena, sizeof(*node));
    if (!node) {
        (void)out_of_memory(builder);
        return NULL;
    }
    node->kind = kind;
    node->at = place_of(&event->start_mark);
    append(builder, node);
    return node;
}

/* Anchors, aliases and tags are refused; the rest of the file is still checked. */
static void refuse_decoration(struct builder *builder, struct tree_node *node, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (!anchor && !tag)
        return;
    node->refused = true;
    if (anchor)
        tree_mistake(builder->mistakes, node, "anchors (&) and aliases (*) are not supported; write the value out");
    else
        tree_mistake(builder->mistakes, node, "tags (!) are not supported; leave the tag out");
}

/* ---- Events ---- */

static enum progress on_key(struct builder *builder, const yaml_event_t *event)
{
    if (event->type != YAML_SCALAR_EVENT || strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        return stop_at(builder, &event->start_mark, "a key must be plain text");
    if (event->data.scalar.anchor || event->data.scalar.tag)
        return stop_at(builder, &event->start_mark, "a key must be plain text, without an anchor (&) or a tag (!)");
    builder->key = arena_text(builder->arena, (const char *)event->data.scalar.value);
    builder->key_at = place_of(&event->start_mark);
    return builder->key ? GO_ON : out_of_memory(builder);
}

static enum progress on_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct tree_node *node = add_node(builder, TREE_SCALAR, event);
    char *text;

    if (!node)
        return STOPPED;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->len = event->data.scalar.length;
    text = arena_alloc(builder->arena, node->len + 1); /* zeroed: its NUL is there */
    if (!text)
        return out_of_memory(builder);
    memcpy(text, event->data.scalar.value, node->len);
    node->text = text;
    refuse_decoration(builder, node, event->data.scalar.anchor, event->data.scalar.tag);
    return GO_ON;
}

static enum progress on_alias(struct builder *builder, const yaml_event_t *event)
{
    struct tree_node *node = add_node(builder, TREE_SCALAR, event);

    if (!node)
        return STOPPED;
    node->text = "";
    refuse_decoration(builder, node, event->data.alias.anchor, NULL);
    return GO_ON;
}

static enum progress on_begin(struct builder *builder, const yaml_event_t *event)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    struct tree_node *node;

    if (builder->depth >= YAML_TREE_DEPTH_MAX)
        return stop_at(builder, &event->start_mark, "nested too deep; at most %d levels", YAML_TREE_DEPTH_MAX);
    node = add_node(builder, is_map ? TREE_MAP : TREE_LIST, event);
    if (!node)
        return STOPPED;
    if (is_map)
        refuse_decoration(builder, node, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    else
        refuse_decoration(builder, node, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    builder->open[builder->depth++] = node;
    return GO_ON;
}

static enum progress on_document(struct builder *builder, const yaml_event_t *event)
{
    const yaml_tag_directive_t *start = event->data.document_start.tag_directives.start;

    if (builder->second)
        return stop_at(builder, &event->start_mark, "a second document begins here; one file is one document");
    builder->second = true;
    if (event->data.document_start.version_directive || start != event->data.document_start.tag_directives.end)
        return stop_at(builder, &event->start_mark, "directives (%%) are not supported; leave them out");
    return GO_ON;
}

static enum progress on_event(struct builder *builder, const yaml_event_t *event)
{
    if (expects_key(builder) && event->type != YAML_MAPPING_END_EVENT)
        return on_key(builder, event);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: return on_document(builder, event);
    case YAML_SCALAR_EVENT: return on_scalar(builder, event);
    case YAML_ALIAS_EVENT: return on_alias(builder, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: return on_begin(builder, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: builder->depth--; return GO_ON;
    case YAML_STREAM_END_EVENT: return ENDED;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default: return GO_ON;
    }
}

static const char *text_or(const char *text, const char *other)
{
    return text ? text : other;
}

/* What libyaml says, and in words of ours where its own are known to puzzle people. */
static enum progress on_syntax_error(struct builder *builder, const char *text, size_t len)
{
    const yaml_parser_t *parser = &builder->parser;
    struct config_place at = place_of(&parser->problem_mark);
    const char *context = text_or(parser->context, "");
    size_t index = parser->problem_mark.index;

    if (parser->error == YAML_MEMORY_ERROR)
        return out_of_memory(builder);
    if (parser->error == YAML_READER_ERROR)
        at = (struct config_place){0};
    else if (index < len && text[index] == '\t')
        return stop_at(builder, &parser->problem_mark, "a tab; indent with blanks");
    else if (strstr(context, "alias"))
        return stop_at(builder, &parser->problem_mark, "a value that begins with * needs quotes: \"*\"");
    config_mistakes_add(builder->mistakes, at, "", "not YAML: %s%s%s", context, context[0] != '\0' ? ": " : "",
                        text_or(parser->problem, "it cannot be read"));
    return STOPPED;
}

static enum progress build(struct builder *builder, const char *text, size_t len)
{
    enum progress progress = GO_ON;

    while (progress == GO_ON) {
        yaml_event_t event;

        if (!yaml_parser_parse(&builder->parser, &event))
            return on_syntax_error(builder, text, len);
        progress = on_event(builder, &event);
        yaml_event_delete(&event);
    }
    return progress;
}

/* ---- The text as a whole ---- */

/* What YAML takes for text (YAML 1.1, 5.1): no controls, those behind ASCII neither, and no code point that is none. */
static bool is_text(const unsigned char *c, size_t step)
{
    switch (step) {
    case 1: return (*c >= 0x20 && *c != 0x7f) || *c == '\t' || *c == '\n' || *c == '\r';
    case 2: return c[0] != 0xc2 || c[1] >= 0xa0 || c[1] == 0x85;
    case 3: return c[0] != 0xef || c[1] != 0xbf || c[2] < 0xbe;
    default: return true;
    }
}

static unsigned code_point(const unsigned char *c, size_t step)
{
    if (step == 1)
        return *c;
    return step == 2 ? (c[0] & 0x1fU) << 6 | (c[1] & 0x3fU) : (c[0] & 0x0fU) << 12 | (c[1] & 0x3fU) << 6 | (c[2] & 0x3fU);
}

/* libyaml reads ahead and knows no line for a bad byte, so the bytes are looked at first. */
static bool characters_are_good(const char *text, size_t len, struct config_mistakes *mistakes)
{
    struct config_place at = {.line = 1, .column = 1};

    for (size_t i = 0; i < len;) {
        size_t step = utf8_sequence_len(text + i, len - i);
        unsigned char c = (unsigned char)text[i];

        if (step == 0) {
            config_mistakes_add(mistakes, at, "", "byte 0x%02x is not UTF-8; save the file as UTF-8", c);
            return false;
        }
        if (!is_text((const unsigned char *)text + i, step)) {
            config_mistakes_add(mistakes, at, "", "control character 0x%02x; only text is allowed",
                                code_point((const unsigned char *)text + i, step));
            return false;
        }
        at.column++;
        if (c == '\n')
            at = (struct config_place){.line = at.line + 1, .column = 1};
        i += step;
    }
    return true;
}

int yaml_tree_read(const char *text, size_t len, struct yaml_tree *out, struct config_mistakes *mistakes)
{
    CLEANUP(yaml_tree_clear) struct yaml_tree tree = {.arena = {.limit = ARENA_BYTES}};
    struct builder builder = {.arena = &tree.arena, .mistakes = mistakes};
    enum progress progress;

    if (len > YAML_TREE_BYTES_MAX) {
        config_mistakes_add(mistakes, (struct config_place){0}, "", "%zu bytes; at most 1 MiB is read", len);
        return -1;
    }
    if (!characters_are_good(text, len, mistakes))
        return -1;
    if (!yaml_parser_initialize(&builder.parser)) {
        config_mistakes_no_memory(mistakes);
        return -1;
    }
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text, len);
    progress = build(&builder, text, len);
    yaml_parser_delete(&builder.parser);
    if (progress == STOPPED)
        return -1;
    tree.root = builder.root;
    *out = tree;
    tree = (struct yaml_tree){0};
    return 0;
}
