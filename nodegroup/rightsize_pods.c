#include "nodegroup/rightsize_pods.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "kube/quantity_parse.h"

enum { SUFFIX_LEN = 5 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

bool rightsize_is_pod_of(const struct rightsize_pool *pool, const char *pod)
{
    size_t name = strlen(pool->workload), hash;

    if (strncmp(pod, pool->workload, name) != 0 || pod[name] != '-')
        return false;
    pod += name + 1;
    if (strcmp(pool->kind, "statefulset") == 0)
        return *pod != '\0' && pod[strspn(pod, "0123456789")] == '\0';
    hash = strspn(pod, letters);
    return hash > 0 && pod[hash] == '-' && strlen(pod + hash + 1) == SUFFIX_LEN && strspn(pod + hash + 1, letters) == SUFFIX_LEN;
}

/* The container of the pool in an array of containers or of their states; NULL: not there. */
static const json_t *find_container(const json_t *list, const char *name)
{
    const json_t *container;
    size_t i;

    json_array_foreach (list, i, container) {
        const char *text = json_string_value(json_object_get(container, "name"));

        if (text && strcmp(text, name) == 0)
            return container;
    }
    return NULL;
}

static void keep_largest(double value, double *figure)
{
    if (!(*figure >= value))
        *figure = value;
}

/* Absent is fine: *figure stays. */
static int read_quantity(const json_t *object, const char *name, double *figure, struct error *err)
{
    const char *text = NULL;
    struct quantity quantity;

    if (json_text_optional(object, name, &text, err) < 0)
        return -1;
    if (!text)
        return 0;
    if (quantity_parse(text, strlen(text), &quantity, err) < 0)
        return error_wrap(err, "%s", name);
    if (quantity.nano < 0)
        return error_set(err, ERROR_INVALID, "%s: negative", name);
    keep_largest(quantity_double(quantity), figure);
    return 0;
}

static int read_resources(const json_t *container, struct rightsize_facts *facts, struct error *err)
{
    const json_t *resources = json_object_get(container, "resources"), *requests = json_object_get(resources, "requests");
    const json_t *limits = json_object_get(resources, "limits");

    if (read_quantity(requests, "cpu", &facts->figures[RIGHTSIZE_CPU_REQUEST], err) < 0 ||
        read_quantity(requests, "memory", &facts->figures[RIGHTSIZE_MEMORY_REQUEST], err) < 0)
        return error_wrap(err, "requests");
    if (read_quantity(limits, "cpu", &facts->figures[RIGHTSIZE_CPU_LIMIT], err) < 0 ||
        read_quantity(limits, "memory", &facts->figures[RIGHTSIZE_MEMORY_LIMIT], err) < 0)
        return error_wrap(err, "limits");
    return 0;
}

static bool was_killed(const json_t *status)
{
    static const char *const states[] = {"state", "lastState"};

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        const json_t *ended = json_object_get(json_object_get(status, states[i]), "terminated");
        const char *reason = json_string_value(json_object_get(ended, "reason"));

        if (reason && strcmp(reason, "OOMKilled") == 0)
            return true;
    }
    return false;
}

typedef int read_item(const json_t *item, const struct rightsize_pool *pool, void *context, struct error *err);

struct reader {
    const struct rightsize_pool *pool;
    read_item *read;
    void *context;
};

static int read_list(const char *text, size_t len, const struct reader *reader, struct error *err)
{
    CLEANUP(json_decrefp) json_t *list = NULL;
    const json_t *items, *item;
    size_t i;

    if (json_read(text, len, &list, err) < 0)
        return -1;
    items = json_object_get(list, "items");
    if (!json_is_array(items))
        return error_set(err, ERROR_INVALID, "items: expected array, got %s", items ? json_type_name(items) : "nothing");
    json_array_foreach (items, i, item) {
        const char *name = json_string_value(json_object_get(json_object_get(item, "metadata"), "name"));

        if (name && rightsize_is_pod_of(reader->pool, name) && reader->read(item, reader->pool, reader->context, err) < 0)
            return error_wrap(err, "pod %.253s", name);
    }
    return 0;
}

static int read_pod(const json_t *item, const struct rightsize_pool *pool, void *context, struct error *err)
{
    struct rightsize_facts *facts = context;
    const json_t *container = find_container(json_object_get(json_object_get(item, "spec"), "containers"), pool->container);
    const json_t *status = find_container(json_object_get(json_object_get(item, "status"), "containerStatuses"), pool->container);

    if (!container)
        return 0;
    facts->figures[RIGHTSIZE_PODS]++;
    facts->figures[RIGHTSIZE_OOM_RESTARTS] += was_killed(status);
    return read_resources(container, facts, err);
}

int rightsize_read_pods(const char *text, size_t len, const struct rightsize_pool *pool, struct rightsize_facts *facts, struct error *err)
{
    struct rightsize_facts found;
    const struct reader reader = {pool, read_pod, &found};

    rightsize_facts_init(&found);
    found.moment = true;
    found.figures[RIGHTSIZE_PODS] = found.figures[RIGHTSIZE_OOM_RESTARTS] = 0;
    if (read_list(text, len, &reader, err) < 0)
        return error_wrap(err, "pods");
    *facts = found;
    return 0;
}

/* --- the use --- */

enum { READINGS_MAX = 4096 };

struct readings {
    double cpu[READINGS_MAX], memory[READINGS_MAX];
    size_t n;
};

static void readings_free(struct readings *readings)
{
    free(readings);
}
DEFINE_CLEANUP_POINTER(struct readings, readings_free)

static int read_use(const json_t *item, const struct rightsize_pool *pool, void *context, struct error *err)
{
    struct readings *readings = context;
    const json_t *container = find_container(json_object_get(item, "containers"), pool->container);
    double cpu = (double)NAN, memory = (double)NAN;

    if (!container || readings->n == READINGS_MAX)
        return 0;
    if (read_quantity(json_object_get(container, "usage"), "cpu", &cpu, err) < 0 ||
        read_quantity(json_object_get(container, "usage"), "memory", &memory, err) < 0)
        return error_wrap(err, "usage");
    if (!isfinite(cpu) || !isfinite(memory))
        return error_set(err, ERROR_INVALID, "usage: cpu or memory is missing");
    readings->cpu[readings->n] = cpu;
    readings->memory[readings->n++] = memory;
    return 0;
}

static int in_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The value that so large a part of the readings does not exceed (nearest rank). */
static double quantile_of(const double *sorted, size_t n, double part)
{
    size_t rank = (size_t)ceil(part * (double)n);

    assert(rank > 0);
    return sorted[rank - 1];
}

int rightsize_read_usage(const char *text, size_t len, const struct rightsize_pool *pool, struct rightsize_facts *facts, struct error *err)
{
    CLEANUP(readings_freep) struct readings *readings = calloc(1, sizeof(*readings));
    const struct reader reader = {pool, read_use, readings};

    if (!readings)
        return error_no_memory(err);
    if (read_list(text, len, &reader, err) < 0)
        return error_wrap(err, "use of pods");
    if (readings->n == 0)
        return 0;
    qsort(readings->cpu, readings->n, sizeof(double), in_order);
    qsort(readings->memory, readings->n, sizeof(double), in_order);
    facts->figures[RIGHTSIZE_CPU_P95] = quantile_of(readings->cpu, readings->n, 0.95);
    facts->figures[RIGHTSIZE_CPU_PEAK] = readings->cpu[readings->n - 1];
    facts->figures[RIGHTSIZE_MEMORY_IDLE] = quantile_of(readings->memory, readings->n, 0.5);
    facts->figures[RIGHTSIZE_MEMORY_P95] = quantile_of(readings->memory, readings->n, 0.95);
    facts->figures[RIGHTSIZE_MEMORY_PEAK] = readings->memory[readings->n - 1];
    return 0;
}
