#include "emulator/url.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

void url_clear(struct url *target)
{
    free(target->text);
    *target = (struct url){0};
}

/* In place. plus: '+' is a blank, as in queries. False: a broken escape or a NUL. */
static bool decode(char *text, bool plus)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; from++) {
        char c = *from;
        int high, low;

        if (c != '%') {
            if (plus && c == '+')
                c = ' ';
            *to++ = c;
            continue;
        }
        high = hex_value(from[1]);
        low = high < 0 ? -1 : hex_value(from[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *to++ = (char)(unsigned char)(high << 4 | low);
        from += 2;
    }
    *to = '\0';
    return true;
}

/* Cuts text at the first separator: the rest behind it, NULL when there is none. */
static char *cut(char *text, char separator)
{
    char *found = strchr(text, separator);

    if (!found)
        return NULL;
    *found = '\0';
    return found + 1;
}

static int parse_path(char *path, struct url *out, struct error *err)
{
    while (path) {
        char *rest = cut(path, '/');

        if (out->n_segments == URL_SEGMENTS_MAX)
            return error_set(err, ERROR_LIMIT, "a path of more than %d segments", URL_SEGMENTS_MAX);
        if (!decode(path, false))
            return error_set(err, ERROR_INVALID, "a broken escape in the path");
        out->segments[out->n_segments++] = path;
        path = rest;
    }
    return 0;
}

static int parse_query(char *query, struct url *out, struct error *err)
{
    while (query) {
        char *rest = cut(query, '&'), *value = cut(query, '=');

        if (*query != '\0' && out->n_pairs == URL_PAIRS_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d query parameters", URL_PAIRS_MAX);
        if (*query != '\0' && decode(query, true) && (!value || decode(value, true)))
            out->pairs[out->n_pairs++] = (struct url_pair){query, value ? value : ""};
        query = rest;
    }
    return 0;
}

int url_parse(const char *raw, struct url *out, struct error *err)
{
    CLEANUP(url_clear) struct url target = {.text = strdup(raw)};
    char *query;

    if (!target.text)
        return error_no_memory(err);
    query = cut(target.text, '?');
    if (*target.text != '/')
        return error_set(err, ERROR_INVALID, "a target that does not begin with /");
    if (parse_path(target.text + 1, &target, err) < 0 || parse_query(query, &target, err) < 0)
        return -1;
    *out = target;
    target = (struct url){0};
    return 0;
}

const char *url_value(const struct url *target, const char *key, size_t *count)
{
    const char *value = NULL;

    *count = 0;
    for (size_t i = 0; i < target->n_pairs; i++) {
        if (strcmp(target->pairs[i].key, key) == 0 && ++*count == 1)
            value = target->pairs[i].value;
    }
    return value;
}
