#include "kube/kubeconfig_yaml.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

struct level {
    json_t *value; /* borrowed from the level above; the lowest is owned by the builder */
    void *member;  /* of an object: where the value that comes next belongs; NULL: a key comes next */
};

struct builder {
    yaml_parser_t parser;
    json_t *root; /* new */
    struct level open[KUBECONFIG_DEPTH_MAX];
    size_t depth;
    size_t documents;
    struct error *err;
};

static int fail_at(struct builder *builder, const yaml_mark_t *at, const char *why)
{
    return error_set(builder->err, ERROR_INVALID, "line %zu, column %zu: %s", at->line + 1, at->column + 1, why);
}

static bool is_null(const yaml_event_t *event, const char *text)
{
    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0;
}

/* Takes the value. */
static int add_value(struct builder *builder, json_t *value)
{
    struct level *top = builder->depth > 0 ? &builder->open[builder->depth - 1] : NULL;
    int added;

    if (!value)
        return error_no_memory(builder->err);
    if (!top) {
        builder->root = value;
        return 0;
    }
    if (json_is_array(top->value)) {
        added = json_array_append_new(top->value, value);
    } else {
        added = json_object_iter_set_new(top->value, top->member, value);
        top->member = NULL;
    }
    return added < 0 ? error_no_memory(builder->err) : 0;
}

static bool expects_key(const struct level *top)
{
    return json_is_object(top->value) && !top->member;
}

/* The member is there from now on, null until its value comes. */
static int on_key(struct builder *builder, const yaml_event_t *event, const char *text)
{
    struct level *top = &builder->open[builder->depth - 1];

    if (json_object_get(top->value, text))
        return fail_at(builder, &event->start_mark, "this key is there twice");
    if (json_object_set_new(top->value, text, json_null()) < 0)
        return error_no_memory(builder->err);
    top->member = json_object_iter_at(top->value, text);
    return 0;
}

static int on_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct level *top = builder->depth > 0 ? &builder->open[builder->depth - 1] : NULL;
    const char *text = (const char *)event->data.scalar.value;

    if (event->data.scalar.anchor || event->data.scalar.tag)
        return fail_at(builder, &event->start_mark, "anchors and tags are not supported; write the value out");
    if (strlen(text) != event->data.scalar.length)
        return fail_at(builder, &event->start_mark, "a NUL character inside a value");
    if (top && expects_key(top))
        return on_key(builder, event, text);
    return add_value(builder, is_null(event, text) ? json_null() : json_string(text));
}

static int on_begin(struct builder *builder, const yaml_event_t *event)
{
    struct level *top = builder->depth > 0 ? &builder->open[builder->depth - 1] : NULL;
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    json_t *value;

    if (is_map ? event->data.mapping_start.anchor || event->data.mapping_start.tag
               : event->data.sequence_start.anchor || event->data.sequence_start.tag)
        return fail_at(builder, &event->start_mark, "anchors and tags are not supported; write the value out");
    if (builder->depth == KUBECONFIG_DEPTH_MAX)
        return fail_at(builder, &event->start_mark, "nested too deep");
    if (top && expects_key(top))
        return fail_at(builder, &event->start_mark, "a key must be plain text");
    value = is_map ? json_object() : json_array();
    if (add_value(builder, value) < 0)
        return -1;
    builder->open[builder->depth++] = (struct level){.value = value};
    return 0;
}

static int on_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return builder->documents++ == 0 ? 0 : fail_at(builder, &event->start_mark, "a second document; one file is one kubeconfig");
    case YAML_ALIAS_EVENT: return fail_at(builder, &event->start_mark, "aliases are not supported; write the value out");
    case YAML_SCALAR_EVENT: return on_scalar(builder, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: return on_begin(builder, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: builder->depth--; return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default: return 0;
    }
}

static int on_syntax_error(struct builder *builder)
{
    const yaml_parser_t *parser = &builder->parser;

    if (parser->error == YAML_MEMORY_ERROR)
        return error_no_memory(builder->err);
    if (parser->error == YAML_READER_ERROR)
        return error_set(builder->err, ERROR_INVALID, "byte %zu is not text: %s", parser->problem_offset, parser->problem);
    return fail_at(builder, &parser->problem_mark, parser->problem ? parser->problem : "not YAML");
}

static int build(struct builder *builder)
{
    bool ended = false;

    while (!ended) {
        yaml_event_t event;
        int result;

        if (!yaml_parser_parse(&builder->parser, &event))
            return on_syntax_error(builder);
        ended = event.type == YAML_STREAM_END_EVENT;
        result = on_event(builder, &event);
        yaml_event_delete(&event);
        if (result < 0)
            return -1;
    }
    return 0;
}

int kubeconfig_yaml_read(const char *text, size_t len, json_t **out_new, struct error *err)
{
    struct builder builder = {.err = err};
    int result;

    if (len > KUBECONFIG_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "%zu bytes; at most %d are read", len, KUBECONFIG_BYTES_MAX);
    if (!yaml_parser_initialize(&builder.parser))
        return error_no_memory(err);
    yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text, len);
    result = build(&builder);
    yaml_parser_delete(&builder.parser);
    if (result == 0 && !builder.root)
        result = error_set(err, ERROR_INVALID, "the file is empty");
    if (result < 0) {
        json_decref(builder.root);
        return -1;
    }
    *out_new = builder.root;
    return 0;
}
