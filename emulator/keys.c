#include "emulator/keys.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

enum { SCALAR_MAX = 128 };

void keys_document_clear(yaml_document_t *document)
{
    yaml_document_delete(document);
    memset(document, 0, sizeof(*document));
}

static int fail_parser(const yaml_parser_t *parser, struct error *err)
{
    if (!parser->problem) /* libyaml knows of no mistake: it says so by an error's code, or not at all */
        return error_no_memory(err);
    return error_set(err, ERROR_INVALID, "line %zu, column %zu: not YAML: %s", parser->problem_mark.line + 1,
                     parser->problem_mark.column + 1, parser->problem);
}

static int load(yaml_parser_t *parser, yaml_document_t *out, struct error *err)
{
    CLEANUP(keys_document_clear) yaml_document_t more = {0};

    if (!yaml_parser_load(parser, out))
        return fail_parser(parser, err);
    if (!yaml_document_get_root_node(out))
        return error_set(err, ERROR_INVALID, "line 1, column 1: there is nothing in it");
    if (!yaml_parser_load(parser, &more))
        return fail_parser(parser, err);
    if (yaml_document_get_root_node(&more))
        return error_set(err, ERROR_INVALID, "line %zu, column 1: a second document; only one is read", more.start_mark.line + 1);
    return 0;
}

int keys_document_read(const char *text, size_t len, yaml_document_t *out, struct error *err)
{
    CLEANUP(keys_document_clear) yaml_document_t document = {0};
    yaml_parser_t parser;
    int result;

    if (!yaml_parser_initialize(&parser))
        return error_no_memory(err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    result = load(&parser, &document, err);
    yaml_parser_delete(&parser);
    if (result < 0)
        return -1;
    *out = document;
    memset(&document, 0, sizeof(document));
    return 0;
}

int keys_fail(struct keys_reader *reader, const yaml_node_t *node, const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return error_set(reader->err, ERROR_INVALID, "line %zu, column %zu: %s%s%s", node->start_mark.line + 1, node->start_mark.column + 1,
                     reader->where, *reader->where ? ": " : "", text);
}

/* The text of a scalar, when it is one without NUL and short enough; NULL otherwise. */
static const char *scalar(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length >= SCALAR_MAX ||
        strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        return NULL;
    return (const char *)node->data.scalar.value;
}

static bool is_plain(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool read_number(const yaml_node_t *node, double *out)
{
    const char *text = scalar(node);
    char *end = NULL;

    if (!text || !is_plain(node) || *text == '\0' || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    errno = 0;
    *out = strtod(text, &end);
    return *end == '\0' && errno == 0 && isfinite(*out);
}

static bool is_null(const yaml_node_t *node)
{
    const char *text = scalar(node);

    return text && is_plain(node) && (*text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static bool read_bool(const yaml_node_t *node, bool *out)
{
    const char *text = scalar(node);
    bool yes = text && strcmp(text, "true") == 0;

    if (!text || !is_plain(node) || (!yes && strcmp(text, "false") != 0))
        return false;
    *out = yes;
    return true;
}

/* What YAML's core schema calls a string. */
static const char *text_of(const yaml_node_t *node)
{
    double number;
    bool truth;

    return read_number(node, &number) || read_bool(node, &truth) || is_null(node) ? NULL : scalar(node);
}

int key_text(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    const char *text = text_of(node);
    size_t most = (size_t)key->most;

    if (!text || strlen(text) >= most || (double)strlen(text) < key->least)
        return keys_fail(reader, node, "expected a text of %.0f to %zu bytes", key->least, most - 1);
    memset(member, 0, most);
    memcpy(member, text, strlen(text));
    return 0;
}

int key_duration(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    const char *text = scalar(node);
    int64_t ms = 0;

    if (!text || !duration_parse(text, &ms) || (double)ms < key->least || (double)ms > key->most) {
        char least[DURATION_TEXT_MAX], most[DURATION_TEXT_MAX];

        duration_format((int64_t)key->least, least);
        duration_format((int64_t)key->most, most);
        return keys_fail(reader, node, "expected a duration from %s to %s, like 90s or 1m30s", least, most);
    }
    *(int64_t *)member = ms;
    return 0;
}

int key_whole(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    double value = 0;

    if (!read_number(node, &value) || value < key->least || value > key->most || value != floor(value))
        return keys_fail(reader, node, "expected a whole number from %.0f to %.0f", key->least, key->most);
    *(int64_t *)member = (int64_t)value;
    return 0;
}

int key_number(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    double value = 0;

    if (!read_number(node, &value) || value < key->least || value > key->most)
        return keys_fail(reader, node, "expected a number from %g to %g", key->least, key->most);
    *(double *)member = value;
    return 0;
}

int key_bool(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    (void)key;
    if (!read_bool(node, member))
        return keys_fail(reader, node, "expected true or false");
    return 0;
}

int key_choice(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    const char *word = text_of(node);

    if (!word || !key->choose(word, member))
        return keys_fail(reader, node, "expected one of %s", key->words);
    return 0;
}

int key_organization(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    const char *name = text_of(node);
    bool is_all = name && *name == '\0' && key->least < 0; /* a fault may be for every organization */
    int64_t found;

    if (!name)
        return keys_fail(reader, node, "expected the name of an organization");
    found = is_all ? FAULT_EVERY_ORGANIZATION : scenario_find_organization(reader->scenario, name, strlen(name));
    if (found < 0 && !is_all)
        return keys_fail(reader, node, "there is no such organization under organizations");
    *(int64_t *)member = found;
    return 0;
}

static int read_tag(struct keys_reader *reader, const yaml_node_pair_t *pair, struct tagset *tags)
{
    const yaml_node_t *key_node = yaml_document_get_node(reader->document, pair->key);
    const yaml_node_t *value_node = yaml_document_get_node(reader->document, pair->value);
    const char *key = text_of(key_node), *value = text_of(value_node);
    struct error why = {0};

    if (!key || !value)
        return keys_fail(reader, value_node, "expected tags as texts: {cluster: eu-1, size: \"2\"}");
    if (tagset_get(tags, key))
        return keys_fail(reader, key_node, "the same tag a second time");
    if (tagset_set(tags, key, value, &why) < 0)
        return keys_fail(reader, value_node, "%s", why.text);
    return 0;
}

int key_tags(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    struct tagset tags = {0};
    struct error why = {0};

    (void)key;
    if (node->type != YAML_MAPPING_NODE)
        return keys_fail(reader, node, "expected tags: {} or {cluster: eu-1}");
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
        if (read_tag(reader, pair, &tags) < 0)
            return -1;
    if (tagset_complete(&tags, &why) < 0)
        return keys_fail(reader, node, "%s", why.text);
    *(struct tagset *)member = tags;
    return 0;
}

int key_ignored(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    (void)reader, (void)node, (void)key, (void)member;
    return 0;
}

static const struct key *find_key(struct key_table keys, const char *name, size_t *index)
{
    for (size_t i = 0; name && i < keys.len; i++) {
        if (strcmp(keys.rows[i].name, name) == 0) {
            *index = i;
            return &keys.rows[i];
        }
    }
    return NULL;
}

static int fail_unknown(struct keys_reader *reader, const yaml_node_t *name, struct key_table keys)
{
    char known[240] = "";
    size_t used = 0;

    for (size_t i = 0; i < keys.len && used < sizeof(known); i++)
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", i > 0 ? ", " : "", keys.rows[i].name);
    return keys_fail(reader, name, "an unknown key; known are %s", known);
}

static void add_where(struct keys_reader *reader, const char *name)
{
    size_t used = strlen(reader->where);

    (void)snprintf(reader->where + used, sizeof(reader->where) - used, "%s%s", used > 0 ? "." : "", name);
}

static int read_pair(struct keys_reader *reader, const yaml_node_pair_t *pair, struct key_table keys, char *target, uint64_t *seen)
{
    const yaml_node_t *name = yaml_document_get_node(reader->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
    size_t index = 0, where_len = strlen(reader->where);
    const struct key *key = find_key(keys, scalar(name), &index);

    if (!key)
        return fail_unknown(reader, name, keys);
    add_where(reader, key->name);
    if (*seen >> index & 1)
        return keys_fail(reader, name, "the same key a second time");
    *seen |= UINT64_C(1) << index;
    if (key->read(reader, value, key, target + key->offset) < 0)
        return -1;
    reader->where[where_len] = '\0';
    return 0;
}

int keys_read(struct keys_reader *reader, const yaml_node_t *node, struct key_table keys, void *target)
{
    uint64_t seen = 0;

    if (node->type != YAML_MAPPING_NODE)
        return keys_fail(reader, node, "expected a mapping with %s, ...", keys.rows[0].name);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
        if (read_pair(reader, pair, keys, target, &seen) < 0)
            return -1;
    for (size_t i = 0; i < keys.len; i++)
        if (keys.rows[i].required && !(seen >> i & 1))
            return keys_fail(reader, node, "%s is missing", keys.rows[i].name);
    return 0;
}

const yaml_node_t *keys_find(const struct keys_reader *reader, const yaml_node_t *node, const char *name)
{
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const char *text = scalar(yaml_document_get_node(reader->document, pair->key));

        assert(text != NULL); /* a key of the table */
        if (strcmp(text, name) == 0)
            return yaml_document_get_node(reader->document, pair->value);
    }
    return NULL;
}
