#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t read_flags = JSON_REJECT_DUPLICATES;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What jansson says, without the piece of the content that it quotes ("... near 'secret'"). */
static int refuse(const json_error_t *why, const char *what, struct error *err)
{
    const char *quote = strstr(why->text, " near '");
    int len = quote ? (int)(quote - why->text) : (int)strlen(why->text);

    return error_set(err, ERROR_INVALID, "not JSON: %s%.*s", what, len, why->text);
}

/* The length of the JSON value at text, by its brackets and strings alone: up to the comma or bracket that ends it, or the end of
 * the text. False: nested deeper than JSON_DEPTH_MAX (jansson's own limit is 2048). */
static bool measure_value(const char *text, size_t len, size_t *out_len)
{
    size_t depth = 0, i;
    bool in_string = false;

    for (i = 0; i < len; i++) {
        char c = text[i];

        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_DEPTH_MAX)
                return false;
        } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
            break;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    *out_len = i < len ? i : len;
    return true;
}

/* When an allocation fails, jansson may call the JSON wrong, and may even go on without the bytes that it could not keep: a text
 * comes out shorter than it is, and without its closing quote jansson 2.14 copies what lies behind its buffer. So we look after its
 * allocations: while it reads, the first that fails is followed by no other that succeeds, and there is nothing to copy to. */
static _Thread_local bool reading, ran_out;

static void *watched_malloc(size_t size)
{
    void *memory = reading && ran_out ? NULL : malloc(size);

    ran_out = ran_out || !memory;
    return memory;
}

__attribute__((constructor)) static void watch_allocations(void)
{
    json_set_alloc_funcs(watched_malloc, free);
}

/* NULL: not JSON (why), or out of memory (ran_out). */
static json_t *load(const char *text, size_t len, json_error_t *why)
{
    json_t *value;

    ran_out = false;
    reading = true;
    value = json_loadb(text, len, read_flags | JSON_DECODE_ANY, why);
    reading = false;
    if (!ran_out)
        return value;
    json_decref(value);
    return NULL;
}

char *json_canonical(const json_t *value)
{
    char *text;

    ran_out = false;
    text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    if (!ran_out)
        return text;
    free(text);
    return NULL;
}

static int too_deep(struct error *err)
{
    return error_set(err, ERROR_LIMIT, "JSON is nested deeper than %d levels", JSON_DEPTH_MAX);
}

int json_read(const char *text, size_t len, json_t **out_new, struct error *err)
{
    json_error_t why;
    json_t *value;
    size_t measured = 0;

    if (!measure_value(text, len, &measured))
        return too_deep(err);
    value = load(text, len, &why);
    if (!value)
        return ran_out ? error_no_memory(err) : refuse(&why, "", err);
    *out_new = value;
    return 0;
}

static void skip_blanks(struct json_array_reader *reader)
{
    while (reader->at < reader->len && is_blank(reader->text[reader->at]))
        reader->at++;
}

/* The next character that is not blank, consumed; '\0' at the end. */
static char take(struct json_array_reader *reader)
{
    skip_blanks(reader);
    if (reader->at == reader->len)
        return '\0';
    return reader->text[reader->at++];
}

static int read_end(struct json_array_reader *reader, struct error *err)
{
    skip_blanks(reader);
    if (reader->at != reader->len)
        return error_set(err, ERROR_INVALID, "not JSON: more text after the array, at byte %zu of %zu", reader->at, reader->len);
    return 0;
}

int json_array_find(struct json_array_reader *reader, struct error *err)
{
    char c;

    if (!reader->inside) {
        if (take(reader) != '[')
            return error_set(err, ERROR_INVALID, "expected a JSON array, got something else");
        reader->inside = true;
        skip_blanks(reader);
        if (reader->at < reader->len && reader->text[reader->at] == ']') {
            reader->at++;
            return read_end(reader, err);
        }
        return 1;
    }
    c = take(reader);
    if (c == ',')
        return 1;
    if (c == ']')
        return read_end(reader, err);
    if (c == '\0')
        return error_set(err, ERROR_INVALID, "truncated after element %zu: %zu bytes and no end of the array", reader->index, reader->len);
    return error_set(err, ERROR_INVALID, "not JSON: expected ',' or ']' at byte %zu of %zu", reader->at - 1, reader->len);
}

static int refuse_element(const struct json_array_reader *reader, const json_error_t *why, struct error *err)
{
    char which[40];

    if (json_error_code(why) == json_error_premature_end_of_input)
        return error_set(err, ERROR_INVALID, "truncated in element %zu, after %zu bytes", reader->index, reader->len);
    (void)snprintf(which, sizeof(which), "element %zu: ", reader->index);
    return refuse(why, which, err);
}

int json_array_take(struct json_array_reader *reader, json_t **out_new, struct error *err)
{
    json_error_t why;
    json_t *element;
    size_t len = 0;

    if (!measure_value(reader->text + reader->at, reader->len - reader->at, &len)) {
        (void)too_deep(err);
        return error_wrap(err, "element %zu", reader->index);
    }
    if (len > JSON_ELEMENT_MAX)
        return error_set(err, ERROR_LIMIT, "element %zu is larger than %d bytes", reader->index, JSON_ELEMENT_MAX);
    element = load(reader->text + reader->at, len, &why);
    if (!element)
        return ran_out ? error_no_memory(err) : refuse_element(reader, &why, err);
    reader->at += len;
    reader->index++;
    *out_new = element;
    return 0;
}

int json_array_next(struct json_array_reader *reader, json_t **out_new, struct error *err)
{
    int found = json_array_find(reader, err);

    if (found <= 0)
        return found;
    return json_array_take(reader, out_new, err) < 0 ? -1 : 1;
}

bool json_array_skip(struct json_array_reader *reader, size_t len)
{
    struct json_array_reader behind = *reader;

    behind.at += len;
    skip_blanks(&behind);
    if (behind.at < behind.len && behind.text[behind.at] != ',' && behind.text[behind.at] != ']')
        return false;
    behind.index++;
    *reader = behind;
    return true;
}

const char *json_type_name(const json_t *value)
{
    if (!value)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "object";
    case JSON_ARRAY: return "array";
    case JSON_STRING: return "string";
    case JSON_INTEGER: return "integer";
    case JSON_REAL: return "number";
    case JSON_TRUE:
    case JSON_FALSE: return "boolean";
    case JSON_NULL: return "null";
    default: return "unknown";
    }
}

/* The member, NULL when missing or null. */
static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    return json_is_null(value) ? NULL : value;
}

static int wrong_type(const char *name, const char *expected, const json_t *got, struct error *err)
{
    return error_set(err, ERROR_INVALID, "%s: expected %s, got %s", name, expected, json_type_name(got));
}

int json_text_optional(const json_t *object, const char *name, const char **out, struct error *err)
{
    const json_t *value = member(object, name);

    if (value && !json_is_string(value))
        return wrong_type(name, "string", value, err);
    *out = json_string_value(value);
    return 0;
}

int json_text_required(const json_t *object, const char *name, const char **out, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, name, &text, err) < 0)
        return -1;
    if (!text)
        return wrong_type(name, "string", json_object_get(object, name), err);
    *out = text;
    return 0;
}

int json_int_optional(const json_t *object, const char *name, int64_t fallback, int64_t *out, struct error *err)
{
    const json_t *value = member(object, name);

    if (value && !json_is_integer(value))
        return wrong_type(name, "integer", value, err);
    *out = value ? json_integer_value(value) : fallback;
    return 0;
}

int json_bool_optional(const json_t *object, const char *name, bool fallback, bool *out, struct error *err)
{
    const json_t *value = member(object, name);

    if (value && !json_is_boolean(value))
        return wrong_type(name, "boolean", value, err);
    *out = value ? json_is_true(value) : fallback;
    return 0;
}

int json_object_optional(const json_t *object, const char *name, const json_t **out, struct error *err)
{
    const json_t *value = member(object, name);

    if (value && !json_is_object(value))
        return wrong_type(name, "object", value, err);
    *out = value;
    return 0;
}

int json_array_optional(const json_t *object, const char *name, const json_t **out, struct error *err)
{
    const json_t *value = member(object, name);

    if (value && !json_is_array(value))
        return wrong_type(name, "array", value, err);
    *out = value;
    return 0;
}
