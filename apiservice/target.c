#include "apiservice/target.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum part { PART_PATH, PART_QUERY };

/* text starts with "%". */
static int decode_escape(const char *text, enum part part, char *out, struct error *err)
{
    int high = hex_value(text[1]);
    int low = high < 0 ? -1 : hex_value(text[2]);

    if (low < 0)
        return error_set(err, ERROR_INVALID, "the request target has a \"%%\" that two hexadecimal digits do not follow");
    *out = (char)(high * 16 + low);
    if (*out == '\0')
        return error_set(err, ERROR_INVALID, "the request target has %%00; a NUL cannot be part of a name or a selector");
    if (*out == '/' && part == PART_PATH)
        return error_set(err, ERROR_INVALID, "the path has %%2F; a slash cannot be part of a name");
    return 0;
}

/* Decodes in place; the text gets no longer. */
static int decode(char *text, enum part part, struct error *err)
{
    char *write = text;

    for (const char *read = text; *read != '\0'; read++) {
        char c = *read;

        if (c == '%') {
            if (decode_escape(read, part, &c, err) < 0)
                return -1;
            read += 2;
        } else if (c == '+' && part == PART_QUERY) {
            c = ' ';
        }
        *write++ = c;
    }
    *write = '\0';
    return 0;
}

static int add_segment(struct target *target, char *segment, struct error *err)
{
    if (target->n_segments == TARGET_SEGMENTS_MAX)
        return error_set(err, ERROR_NOT_FOUND, "the path has more than %d segments", TARGET_SEGMENTS_MAX);
    if (decode(segment, PART_PATH, err) < 0)
        return -1;
    if (segment[0] == '\0' || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
        return error_set(err, ERROR_NOT_FOUND, "the path has an empty, \".\" or \"..\" segment; paths are not cleaned here");
    target->segments[target->n_segments++] = segment;
    return 0;
}

/* path: behind its first slash. */
static int parse_path(struct target *target, char *path, struct error *err)
{
    while (*path != '\0') {
        char *end = path + strcspn(path, "/");
        bool last = *end == '\0';

        *end = '\0';
        if (add_segment(target, path, err) < 0)
            return -1;
        path = last ? end : end + 1;
    }
    return 0;
}

static int add_parameter(struct target *target, char *pair, struct error *err)
{
    char *value = strchr(pair, '=');

    if (target->n_parameters == TARGET_PARAMETERS_MAX)
        return error_set(err, ERROR_INVALID, "the query has more than %d parameters", TARGET_PARAMETERS_MAX);
    if (value)
        *value++ = '\0';
    else
        value = pair + strlen(pair);
    if (decode(pair, PART_QUERY, err) < 0 || decode(value, PART_QUERY, err) < 0)
        return -1;
    target->parameters[target->n_parameters++] = (struct target_parameter){pair, value};
    return 0;
}

static int parse_query(struct target *target, char *query, struct error *err)
{
    if (strchr(query, ';'))
        return error_set(err, ERROR_INVALID, "the query has a \";\"; separate parameters by \"&\" and write a semicolon as %%3B");
    while (*query != '\0') {
        char *end = query + strcspn(query, "&");
        bool last = *end == '\0';

        *end = '\0';
        if (end != query && add_parameter(target, query, err) < 0)
            return -1;
        query = last ? end : end + 1;
    }
    return 0;
}

static int check_form(const char *text, struct error *err)
{
    size_t len = strnlen(text, TARGET_LEN_MAX + 1);

    if (len > TARGET_LEN_MAX)
        return error_set(err, ERROR_LIMIT, "the request target is longer than %d bytes", TARGET_LEN_MAX);
    if (text[0] != '/')
        return error_set(err, ERROR_INVALID, "the request target must be a path that starts with \"/\"");
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x21 || text[i] > 0x7e)
            return error_set(err, ERROR_INVALID, "the request target has a byte that must be percent-encoded, at offset %zu", i);
    return 0;
}

int target_parse(const char *text, struct target *out, struct error *err)
{
    CLEANUP(target_clear) struct target target = {0};
    char *query;

    if (check_form(text, err) < 0)
        return -1;
    target.storage = strdup(text);
    if (!target.storage)
        return error_no_memory(err);
    query = strchr(target.storage, '?');
    if (query)
        *query++ = '\0';
    if (parse_path(&target, target.storage + 1, err) < 0)
        return -1;
    if (query && parse_query(&target, query, err) < 0)
        return -1;
    *out = target;
    target.storage = NULL;
    return 0;
}

void target_clear(struct target *target)
{
    free(target->storage);
    memset(target, 0, sizeof(*target));
}

const char *target_parameter(const struct target *target, const char *name)
{
    for (size_t i = 0; i < target->n_parameters; i++)
        if (strcmp(target->parameters[i].name, name) == 0)
            return target->parameters[i].value;
    return NULL;
}
