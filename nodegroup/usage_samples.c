#include "nodegroup/usage_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/timestamp.h"
#include "kube/quantity_parse.h"

enum { NAMES_BYTES_MAX = 16 * 1024 * 1024, SAMPLES_MAX = 100000, OUTSIDE_BYTES_MAX = 256 * 1024 };

void usage_samples_clear(struct usage_samples *samples)
{
    free(samples->items);
    arena_clear(&samples->names);
    *samples = (struct usage_samples){0};
}

static int add_sample(struct usage_samples *samples, const struct usage_sample *sample, struct error *err)
{
    const char *name;

    if (samples->len == SAMPLES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d nodes", SAMPLES_MAX);
    if (samples->len == samples->capacity) {
        size_t capacity = samples->capacity > 0 ? 2 * samples->capacity : 64;
        struct usage_sample *items = realloc(samples->items, capacity * sizeof(*items));

        if (!items)
            return error_no_memory(err);
        samples->items = items;
        samples->capacity = capacity;
    }
    samples->names.limit = NAMES_BYTES_MAX;
    name = arena_text(&samples->names, sample->node);
    if (!name)
        return error_no_memory(err);
    samples->items[samples->len] = *sample;
    samples->items[samples->len++].node = name;
    return 0;
}

static void refuse(struct usage_samples *samples, const struct error *why)
{
    if (samples->n_refused++ == 0)
        samples->refused = *why;
}

/* --- metrics.k8s.io --- */

static int decode_quantity(const json_t *usage, const char *name, bool milli, double *out, struct error *err)
{
    struct quantity quantity;
    const char *text = NULL;

    if (json_text_required(usage, name, &text, err) < 0)
        return -1;
    if (quantity_parse(text, strlen(text), &quantity, err) < 0)
        return error_wrap(err, "%s", name);
    if (quantity.nano < 0)
        return error_set(err, ERROR_INVALID, "%s: less than nothing", name);
    *out = (double)(milli ? quantity_milli(quantity) : quantity_value(quantity));
    return 0;
}

int usage_sample_decode(const json_t *object, struct usage_sample *out, struct error *err)
{
    const json_t *metadata = NULL, *usage = NULL;
    struct usage_sample sample = {0};
    const char *stamp = NULL;

    if (!json_is_object(object))
        return error_set(err, ERROR_INVALID, "expected object, got %s", json_type_name(object));
    if (json_object_optional(object, "metadata", &metadata, err) < 0 || json_text_required(metadata, "name", &sample.node, err) < 0)
        return -1;
    if (sample.node[0] == '\0')
        return error_set(err, ERROR_INVALID, "metadata.name: it is empty");
    if (json_text_required(object, "timestamp", &stamp, err) < 0 || json_object_optional(object, "usage", &usage, err) < 0)
        return error_wrap(err, "node %.100s", sample.node);
    if (!timestamp_parse(stamp, &sample.at_unix_ms) || sample.at_unix_ms <= 0)
        return error_set(err, ERROR_INVALID, "node %.100s: timestamp: no RFC 3339 time", sample.node);
    if (decode_quantity(usage, "cpu", true, &sample.use[USAGE_CPU], err) < 0 ||
        decode_quantity(usage, "memory", false, &sample.use[USAGE_MEMORY], err) < 0)
        return error_wrap(err, "node %.100s: usage", sample.node);
    *out = sample;
    return 0;
}

/* Where the array of a top-level member begins and ends, found without making a tree: strings are passed over, brackets counted. */
struct span {
    size_t begin, end; /* end: behind its "]" */
};

/* Behind the string that begins at text[at]; len when it does not end. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at < len ? at + 1 : len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* text[at] is behind a string at depth 1: is it a member's name with an array behind it? */
static bool opens_array(const char *text, size_t len, size_t *at)
{
    size_t i = *at;

    while (i < len && (is_blank(text[i]) || text[i] == ':'))
        i++;
    if (i >= len || text[i] != '[')
        return false;
    *at = i;
    return true;
}

static bool is_name(const char *text, size_t from, size_t to, const char *name)
{
    size_t len = strlen(name);

    return to - from == len + 2 && memcmp(text + from + 1, name, len) == 0;
}

/* Behind the array that begins at text[at]; 0 when it does not end. */
static size_t skip_array(const char *text, size_t len, size_t at)
{
    size_t depth = 0;

    while (at < len) {
        if (text[at] == '"') {
            at = skip_string(text, len, at);
            continue;
        }
        depth += text[at] == '{' || text[at] == '[';
        depth -= text[at] == '}' || text[at] == ']';
        at++;
        if (depth == 0)
            return at;
    }
    return 0;
}

static bool find_array(const char *text, size_t len, const char *name, struct span *out)
{
    size_t depth = 0, at = 0;

    while (at < len) {
        size_t from = at;

        if (text[at] != '"') {
            depth += text[at] == '{' || text[at] == '[';
            depth -= depth > 0 && (text[at] == '}' || text[at] == ']');
            at++;
            continue;
        }
        at = skip_string(text, len, at);
        if (depth == 1 && is_name(text, from, at, name) && opens_array(text, len, &at)) {
            *out = (struct span){.begin = at, .end = skip_array(text, len, at)};
            return out->end > 0;
        }
    }
    return false;
}

/* What stands around the items: it must be whole, and a list of what we asked for. */
static int check_outside(const char *body, size_t len, const struct span *items, struct error *err)
{
    static const char *const kinds[] = {"NodeMetricsList", "List"};
    CLEANUP(buffer_clear) struct buffer outside = BUFFER_INIT(OUTSIDE_BYTES_MAX);
    CLEANUP(json_decrefp) json_t *tree = NULL;
    const char *kind = NULL;

    (void)buffer_append(&outside, body, items->begin);
    (void)buffer_add_text(&outside, "[]");
    (void)buffer_append(&outside, body + items->end, len - items->end);
    if (buffer_failed(&outside))
        return error_set(err, ERROR_LIMIT, "more than %d bytes around the items", OUTSIDE_BYTES_MAX);
    if (json_read(outside.data, outside.len, &tree, err) < 0 || json_text_required(tree, "kind", &kind, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0)
            return 0;
    return error_set(err, ERROR_INVALID, "expected a NodeMetricsList, got %.60s", kind);
}

/* An answer without items: another kind (a Status, HTML), null, or cut off. Go writes an empty list as [] or null. */
static int read_without_items(const char *body, size_t len, struct error *err)
{
    CLEANUP(json_decrefp) json_t *tree = NULL;
    const char *kind = NULL;

    if (len > OUTSIDE_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "truncated: %zu bytes without the end of the items", len);
    if (json_read(body, len, &tree, err) < 0 || json_text_required(tree, "kind", &kind, err) < 0)
        return -1;
    if (strcmp(kind, "NodeMetricsList") != 0 || !json_is_null(json_object_get(tree, "items")))
        return error_set(err, ERROR_INVALID, "expected a NodeMetricsList with items, got %.60s", kind);
    return 0;
}

static int decode_items(const char *text, size_t len, struct usage_samples *out, struct error *err)
{
    struct json_array_reader reader = {.text = text, .len = len};
    json_t *next = NULL;
    int found;

    while ((found = json_array_next(&reader, &next, err)) == 1) {
        CLEANUP(json_decrefp) json_t *item = next;
        struct usage_sample sample;
        struct error why = {0};

        if (usage_sample_decode(item, &sample, &why) < 0)
            refuse(out, &why);
        else if (add_sample(out, &sample, err) < 0)
            return -1;
    }
    return found;
}

int usage_samples_decode(const char *body, size_t len, struct usage_samples *out, struct error *err)
{
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};
    struct span items = {0};

    if (find_array(body, len, "items", &items)) {
        if (check_outside(body, len, &items, err) < 0 || decode_items(body + items.begin, items.end - items.begin, &samples, err) < 0)
            return error_wrap(err, "node metrics");
    } else if (read_without_items(body, len, err) < 0) {
        return error_wrap(err, "node metrics");
    }
    *out = samples;
    samples = (struct usage_samples){0};
    return 0;
}

/* --- Prometheus --- */

struct reading {
    char node[PROMETHEUS_NODE_MAX];
    enum usage_resource resource;
    struct prometheus_point point;
};

static int by_node(const void *a, const void *b)
{
    const struct reading *first = a, *second = b;
    int order = strcmp(first->node, second->node);

    return order != 0 ? order : (int)first->resource - (int)second->resource;
}

static void free_readings(struct reading **readings)
{
    free(*readings);
}

/* The series with a value; the others are gaps. */
static size_t take_readings(const struct prometheus_answer *answer, enum usage_resource resource, struct reading *out,
                            struct usage_samples *samples)
{
    size_t n = 0;

    for (size_t i = 0; i < answer->n_series; i++) {
        const struct prometheus_series *series = &answer->series[i];
        struct error why = {0};

        if (!prometheus_node_name(series, out[n].node, &why)) {
            refuse(samples, &why);
        } else if (series->n_points == 1 && series->points[0].value >= 0) {
            out[n].resource = resource;
            out[n++].point = series->points[0];
        } else {
            (void)error_set(&why, ERROR_INVALID, "node %s: no usable value", out[n].node);
            refuse(samples, &why);
        }
    }
    return n;
}

static int merge_readings(const struct reading *readings, size_t n, struct usage_samples *out, struct error *err)
{
    for (size_t i = 0, next; i < n; i = next) {
        struct usage_sample sample = {.node = readings[i].node, .use = {(double)NAN, (double)NAN}};

        for (next = i; next < n && strcmp(readings[next].node, sample.node) == 0; next++) {
            const struct reading *reading = &readings[next];

            if (isfinite(sample.use[reading->resource]))
                return error_set(err, ERROR_INVALID,
                                 "two series for node %s: name the cluster, or the job, in the query (nodeGroups.usage.prometheus.queries)",
                                 sample.node);
            sample.use[reading->resource] = reading->point.value * (reading->resource == USAGE_CPU ? 1000.0 : 1.0);
            if (reading->point.at_unix_ms > sample.at_unix_ms)
                sample.at_unix_ms = reading->point.at_unix_ms;
        }
        if (add_sample(out, &sample, err) < 0)
            return -1;
    }
    return 0;
}

int usage_samples_from_prometheus(const struct prometheus_answer *cpu, const struct prometheus_answer *memory, struct usage_samples *out,
                                  struct error *err)
{
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};
    CLEANUP(free_readings) struct reading *readings = calloc(cpu->n_series + memory->n_series + 1, sizeof(*readings));
    size_t n;

    if (!readings)
        return error_no_memory(err);
    n = take_readings(cpu, USAGE_CPU, readings, &samples);
    n += take_readings(memory, USAGE_MEMORY, readings + n, &samples);
    qsort(readings, n, sizeof(*readings), by_node);
    if (merge_readings(readings, n, &samples, err) < 0)
        return -1;
    *out = samples;
    samples = (struct usage_samples){0};
    return 0;
}
