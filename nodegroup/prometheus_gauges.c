#include "nodegroup/prometheus_gauges.h"

#include <stdlib.h>
#include <string.h>

static const size_t bytes_max = (size_t)64 << 20;

void gauges_clear(struct gauges *gauges)
{
    arena_clear(&gauges->arena);
    *gauges = (struct gauges){0};
}

struct gauges gauges_move(struct gauges *gauges)
{
    struct gauges moved = *gauges;

    *gauges = (struct gauges){0};
    return moved;
}

/* False: the series lacks it. */
static bool take_label(const struct prometheus_series *series, const char *name, struct arena *arena, const char **out)
{
    char node[PROMETHEUS_NODE_MAX];
    struct error ignored = {0};
    const char *text = prometheus_label_of(series, name);

    if (strcmp(name, "node") == 0)
        text = prometheus_node_name(series, node, &ignored) ? node : "";
    *out = arena_text(arena, text);
    return text[0] != '\0';
}

static bool take_series(const struct prometheus_query *query, const struct prometheus_series *series, struct gauges *out)
{
    struct gauge *gauge = &out->items[out->len];

    if (series->n_points != 1 || series->points[0].value < 0)
        return false;
    *gauge = (struct gauge){.value = series->points[0].value, .at_unix_ms = series->points[0].at_unix_ms};
    for (size_t i = 0; i < PROMETHEUS_IDENTITY_MAX && query->identity[i]; i++)
        if (!take_label(series, query->identity[i], &out->arena, &gauge->labels[i]))
            return false;
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct gauge *first = a, *second = b;
    int order = 0;

    for (size_t i = 0; order == 0 && i < PROMETHEUS_IDENTITY_MAX && first->labels[i]; i++)
        order = strcmp(first->labels[i], second->labels[i]);
    return order;
}

static int refuse_double(const struct prometheus_query *query, const struct gauges *gauges, struct error *err)
{
    for (size_t i = 1; i < gauges->len; i++) {
        const struct gauge *gauge = &gauges->items[i];

        if (compare(gauge - 1, gauge) == 0)
            return error_set(err, ERROR_INVALID,
                             "two series for %s %.100s %.100s: name the cluster, or the job, in the query "
                             "(nodeGroups.usage.prometheus.queries)",
                             query->identity[0], gauge->labels[0], gauge->labels[1] ? gauge->labels[1] : "");
    }
    return 0;
}

int gauges_of_vector(const struct prometheus_query *query, const struct prometheus_answer *answer, struct gauges *out, struct error *err)
{
    CLEANUP(gauges_clear) struct gauges gauges = {.arena = {.limit = bytes_max}};

    if (answer->n_series > GAUGES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d series", GAUGES_MAX);
    gauges.items = arena_alloc(&gauges.arena, (answer->n_series + 1) * sizeof(*gauges.items));
    if (!gauges.items)
        return error_no_memory(err);
    for (size_t i = 0; i < answer->n_series; i++) {
        if (take_series(query, &answer->series[i], &gauges))
            gauges.len++;
        else
            gauges.n_refused++;
    }
    if (gauges.arena.failed)
        return gauges.arena.no_memory ? error_no_memory(err) : error_set(err, ERROR_LIMIT, "labels of more than %zu bytes", bytes_max);
    qsort(gauges.items, gauges.len, sizeof(*gauges.items), compare);
    if (refuse_double(query, &gauges, err) < 0)
        return -1;
    *out = gauges_move(&gauges);
    return 0;
}
