#include "nodegroup/capacity_json.h"

#include <stdlib.h>
#include <string.h>

#include "kube/quantity_parse.h"

enum { TEXT_MAX = POD_NAME_MAX, SHOWN_MAX = 40, LABELS_MAX = 512 };

/* Far above any machine, far enough from the edge that a difference of two stays inside. */
static const int64_t amount_max = INT64_C(1) << 60;

static json_t *member(struct capacity_reader *reader, const json_t *object, const char *name, json_type type)
{
    json_t *value = json_object_get(object, name); /* NULL of what is no object */

    if (!value || json_typeof(value) == JSON_NULL)
        return NULL;
    if (json_typeof(value) == type)
        return value;
    reader->strange = true;
    return NULL;
}

json_t *read_object(struct capacity_reader *reader, const json_t *object, const char *name)
{
    return member(reader, object, name, JSON_OBJECT);
}

json_t *read_array(struct capacity_reader *reader, const json_t *object, const char *name)
{
    return member(reader, object, name, JSON_ARRAY);
}

const char *read_text(struct capacity_reader *reader, const json_t *object, const char *name)
{
    const json_t *value = member(reader, object, name, JSON_STRING);

    if (value && json_string_length(value) > TEXT_MAX) {
        reader->strange = true;
        return NULL;
    }
    return json_string_value(value);
}

bool read_bool(struct capacity_reader *reader, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    json_type type = value ? json_typeof(value) : JSON_NULL;

    reader->strange |= type != JSON_TRUE && type != JSON_FALSE && type != JSON_NULL;
    return type == JSON_TRUE;
}

const char *read_keep(struct capacity_reader *reader, const char *text)
{
    const char *kept = text ? names_keep(&reader->cluster->texts, text) : NULL;

    reader->no_memory |= text && !kept;
    return kept;
}

void *read_alloc(struct capacity_reader *reader, size_t n, size_t size)
{
    void *memory = arena_alloc(&reader->cluster->arena, n * size);

    reader->no_memory |= !memory;
    return memory;
}

const void *read_share(struct capacity_reader *reader, const void *bytes, size_t len)
{
    const void *kept = values_keep(&reader->cluster->values, bytes, (uint32_t)len);

    reader->no_memory |= !kept;
    return kept;
}

/* "cpu": milli, all else whole units. */
static bool read_amount(const json_t *value, bool milli, int64_t *out)
{
    struct quantity quantity = {0};
    struct error ignored = {0};
    int64_t amount;

    if (json_typeof(value) == JSON_INTEGER)
        quantity.nano = (quantity_nano)json_integer_value(value) * 1000000000;
    else if (json_typeof(value) != JSON_STRING ||
             quantity_parse(json_string_value(value), json_string_length(value), &quantity, &ignored) < 0)
        return false;
    amount = milli ? quantity_milli(quantity) : quantity_value(quantity);
    if (amount < 0)
        return false;
    *out = amount > amount_max ? amount_max : amount;
    return true;
}

struct resource_list read_resources(struct capacity_reader *reader, json_t *map, const char *path)
{
    struct resource_list list = {0};
    const char *name;
    json_t *value;

    if (!map)
        return list;
    json_object_foreach (map, name, value) {
        int r = cluster_resource(reader->cluster, name);
        int64_t amount = 0;

        if (r < 0)
            continue;
        if (!read_amount(value, r == RESOURCE_CPU, &amount)) {
            cluster_warn(reader->cluster, NULL, "garbage-quantity", "%s %s: %s.%.*s is no quantity of room (%.*s): left out", reader->kind,
                         reader->name, path, SHOWN_MAX, name, SHOWN_MAX,
                         json_is_string(value) ? json_string_value(value) : json_type_name(value));
            continue;
        }
        list.amounts.of[r] = amount;
        list.named |= 1U << (unsigned)r;
    }
    return list;
}

static int compare_labels(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

struct labels read_labels(struct capacity_reader *reader, json_t *map)
{
    struct label items[LABELS_MAX];
    struct labels labels = {0};
    const char *key;
    json_t *value;

    json_object_foreach (map, key, value) {
        if (!json_is_string(value) || labels.n == LABELS_MAX) {
            reader->strange = true;
            continue;
        }
        items[labels.n++] = (struct label){read_keep(reader, key), read_keep(reader, json_string_value(value))};
        if (reader->no_memory)
            return (struct labels){0};
    }
    if (labels.n == 0)
        return labels;
    qsort(items, labels.n, sizeof(*items), compare_labels);
    labels.items = read_share(reader, items, labels.n * sizeof(*items));
    return labels.items ? labels : (struct labels){0};
}

int read_end(const struct capacity_reader *reader, struct error *err)
{
    if (reader->no_memory)
        return error_set(err, ERROR_MEMORY, "%s %s: out of memory", reader->kind, reader->name);
    if (reader->strange)
        cluster_warn(reader->cluster, NULL, "strange-object", "%s %s: a member has a wrong type or is too large: it counts as missing",
                     reader->kind, reader->name);
    return 0;
}
