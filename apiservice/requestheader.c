#include "apiservice/requestheader.h"

#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/json.h"

/* --- the configuration --- */

static int read_items(const json_t *array, struct arena *arena, struct text_list *out, struct error *err)
{
    const char **items;
    const json_t *item;
    size_t i;

    if (!json_is_array(array))
        return error_set(err, ERROR_INVALID, "expected a JSON array of strings, got %s", json_type_name(array));
    items = arena_alloc(arena, json_array_size(array) * sizeof(*items));
    json_array_foreach (array, i, item) {
        if (!json_is_string(item))
            return error_set(err, ERROR_INVALID, "item %zu: expected a string, got %s", i, json_type_name(item));
        if (items)
            items[i] = arena_text(arena, json_string_value(item));
    }
    *out = (struct text_list){items, json_array_size(array)};
    return 0;
}

static int read_list(const json_t *data, const char *key, struct arena *arena, struct text_list *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *array = NULL;
    const char *text = NULL;

    if (json_text_optional(data, key, &text, err) < 0)
        return -1;
    if (!text || text[0] == '\0')
        return 0;
    if (json_read(text, strlen(text), &array, err) < 0 || read_items(array, arena, out, err) < 0)
        return error_wrap(err, "%s", key);
    return 0;
}

int requestheader_config_read(const json_t *data, struct requestheader_config *out, struct error *err)
{
    CLEANUP(requestheader_config_clear) struct requestheader_config config = {.arena = {.limit = REQUESTHEADER_CONFIG_BYTES_MAX}};
    const struct {
        const char *key;
        struct text_list *list;
    } rows[] = {
        {"requestheader-username-headers", &config.username_headers}, {"requestheader-uid-headers", &config.uid_headers},
        {"requestheader-group-headers", &config.group_headers},       {"requestheader-extra-headers-prefix", &config.extra_prefixes},
        {"requestheader-allowed-names", &config.allowed_names},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (read_list(data, rows[i].key, &config.arena, rows[i].list, err) < 0)
            return -1;
    if (config.arena.no_memory)
        return error_no_memory(err);
    if (config.arena.failed)
        return error_set(err, ERROR_LIMIT, "the requestheader-* lists are larger than %d bytes", REQUESTHEADER_CONFIG_BYTES_MAX);
    *out = config;
    config = (struct requestheader_config){0};
    return 0;
}

void requestheader_config_clear(struct requestheader_config *config)
{
    arena_clear(&config->arena);
    *config = (struct requestheader_config){0};
}

bool requestheader_allows(const struct requestheader_config *config, const char *common_name)
{
    for (size_t i = 0; i < config->allowed_names.len; i++)
        if (strcmp(config->allowed_names.items[i], common_name) == 0)
            return true;
    return config->allowed_names.len == 0;
}

/* --- a request's headers --- */

struct header_line {
    const char *name, *value;
};

struct header_lines {
    struct header_line *items;
    size_t len, capacity;
};

static void count_line(void *context, const char *name UNUSED, const char *value UNUSED)
{
    struct header_lines *lines = context;

    lines->capacity++;
}

static void add_line(void *context, const char *name, const char *value)
{
    struct header_lines *lines = context;

    if (lines->len < lines->capacity)
        lines->items[lines->len++] = (struct header_line){name, value};
}

static struct header_lines gather(const struct request *request, struct arena *arena)
{
    struct header_lines lines = {0};

    request->each_header(request, count_line, &lines);
    lines.items = arena_alloc(arena, lines.capacity * sizeof(*lines.items));
    if (!lines.items)
        lines.capacity = 0;
    request->each_header(request, add_line, &lines);
    return lines;
}

/* The first value of a header counts, also when it is empty and another follows. */
static const char *first_value(const struct header_lines *lines, const char *name)
{
    for (size_t i = 0; i < lines->len; i++)
        if (strcasecmp(lines->items[i].name, name) == 0)
            return lines->items[i].value;
    return "";
}

static const char *first_of(const struct header_lines *lines, const struct text_list *names)
{
    for (size_t i = 0; i < names->len; i++) {
        const char *value = first_value(lines, names->items[i]);

        if (value[0] != '\0')
            return value;
    }
    return NULL;
}

static struct text_list all_of(const struct header_lines *lines, const struct text_list *names, struct arena *arena)
{
    const char **items = arena_alloc(arena, names->len * lines->len * sizeof(*items));
    size_t n = 0;

    for (size_t i = 0; items && i < names->len; i++)
        for (size_t j = 0; j < lines->len; j++)
            if (strcasecmp(lines->items[j].name, names->items[i]) == 0 && lines->items[j].value[0] != '\0')
                items[n++] = lines->items[j].value;
    return (struct text_list){items, n};
}

/* --- extra --- */

/* In place, on lower case. False: not an escape that stands for a byte other than NUL; the text is then half decoded. */
static bool decode_key(char *text)
{
    char *write = text;

    for (const char *read = text; *read != '\0'; read++) {
        int high, low;

        if (*read != '%') {
            *write++ = *read;
            continue;
        }
        high = hex_value(read[1]);
        low = high < 0 ? -1 : hex_value(read[2]);
        if (low < 0 || high + low == 0)
            return false;
        *write++ = (char)(high * 16 + low);
        read += 2;
    }
    *write = '\0';
    return true;
}

static const char *make_key(const char *rest, struct arena *arena)
{
    const char *raw = arena_lower(arena, rest);
    char *decoded = arena_text(arena, raw);

    return decoded && decode_key(decoded) ? decoded : raw;
}

struct extra_value {
    const char *key, *value;
};

/* By key; the values of one key stay in their order. */
static void sort_values(struct extra_value *values, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct extra_value value = values[i];
        size_t at = i;

        for (; at > 0 && strcmp(values[at - 1].key, value.key) > 0; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

static size_t gather_extra(const struct requestheader_config *config, const struct header_lines *lines, struct extra_value *out,
                           struct arena *arena)
{
    size_t n = 0;

    for (size_t i = 0; i < config->extra_prefixes.len; i++) {
        const char *prefix = config->extra_prefixes.items[i];
        size_t len = strlen(prefix);

        for (size_t j = 0; j < lines->len; j++) {
            if (strncasecmp(lines->items[j].name, prefix, len) != 0)
                continue;
            if (n < REQUESTHEADER_EXTRA_MAX)
                out[n++] = (struct extra_value){make_key(lines->items[j].name + len, arena), lines->items[j].value};
            else
                arena->failed = true; /* a value left out could be one that takes a right away */
        }
    }
    sort_values(out, n);
    return n;
}

static void read_extra(const struct requestheader_config *config, const struct header_lines *lines, struct principal *out)
{
    struct extra_value values[REQUESTHEADER_EXTRA_MAX];
    size_t n = gather_extra(config, lines, values, &out->arena);
    struct kube_extra *extra = arena_alloc(&out->arena, n * sizeof(*extra));
    const char **texts = arena_alloc(&out->arena, n * sizeof(*texts));
    size_t n_extra = 0;

    for (size_t i = 0; extra && texts && i < n; i++) {
        texts[i] = values[i].value;
        if (i == 0 || strcmp(values[i - 1].key, values[i].key) != 0)
            extra[n_extra++] = (struct kube_extra){.key = values[i].key, .values = {&texts[i], 0}};
        extra[n_extra - 1].values.len++;
    }
    out->user.extra = extra;
    out->user.n_extra = n_extra;
}

bool requestheader_read(const struct requestheader_config *config, const struct request *request, struct principal *out)
{
    struct header_lines lines = gather(request, &out->arena);
    const char *name = first_of(&lines, &config->username_headers);

    if (!name)
        return false;
    out->user = (struct kube_user){
        .name = name, .uid = first_of(&lines, &config->uid_headers), .groups = all_of(&lines, &config->group_headers, &out->arena)};
    read_extra(config, &lines, out);
    return true;
}
