#include "nodegroup/prometheus_past.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nodegroup/capacity_cluster.h"

static const int64_t hour_ms = 3600000;

/* Nodes by their name: node_exporter's label node, or else its instance without a port. Sums run inside of a cluster. */
#define BUSY "mode!~\"idle|iowait|steal\""
#define NAMED(with, without) "(" with " or label_replace(" without ", \"node\", \"$1\", \"instance\", \"([^:]*)(:.*)?\"))"
#define GROUPS " * on (cluster, node) group_left ($group) max by (cluster, node, $group) (kube_node_labels)"
#define BY_GROUP(of) "sum by (cluster, $group) (" of GROUPS ")"
#define MEAN(of) "avg_over_time((" of ")[1h:5m])"
#define USED(more) "node_memory_MemTotal_bytes{" more "} - node_memory_MemAvailable_bytes{" more "}"
#define PER_NODE(of) "max by (cluster, node) (" of ")"
#define ALLOCATABLE(what) PER_NODE("kube_node_status_allocatable{resource=\"" what "\"}")
#define LINE(what) BY_GROUP(ALLOCATABLE(what)) " - max by (cluster, $group) (" ALLOCATABLE(what) GROUPS ")"
#define REQUESTS(what) BY_GROUP("sum by (cluster, node) (kube_pod_container_resource_requests{resource=\"" what "\",node!=\"\"})")
#define CAPACITY(what) BY_GROUP(PER_NODE("kube_node_status_capacity{resource=\"" what "\"}"))

static const struct past_query queries[PAST_QUERIES] = {
    /* rate divides by the whole hour: a node that was there for a part of it has that part of a share, as the group's mean wants it */
    {"past_cpu_use", "cpu/use", "cores", 1000,
     BY_GROUP("sum by (cluster, node) " NAMED("rate(node_cpu_seconds_total{" BUSY ",node!=\"\"}[1h])",
                                              "rate(node_cpu_seconds_total{" BUSY ",node=\"\"}[1h])"))},
    {"past_memory_use", "memory/use", "bytes", 1, MEAN(BY_GROUP(PER_NODE(NAMED(USED("node!=\"\""), "(" USED("node=\"\"") ")"))))},
    {"past_cpu_capacity", "cpu/capacity", "cores", 1000, MEAN(CAPACITY("cpu"))},
    {"past_memory_capacity", "memory/capacity", "bytes", 1, MEAN(CAPACITY("memory"))},
    {"past_cpu_requests", "cpu/requests", "cores", 1000, MEAN(REQUESTS("cpu"))},
    {"past_memory_requests", "memory/requests", "bytes", 1, MEAN(REQUESTS("memory"))},
    {"past_cpu_line", "cpu/line", "cores", 1000, MEAN(LINE("cpu"))},
    {"past_memory_line", "memory/line", "bytes", 1, MEAN(LINE("memory"))},
    {"past_nodes_ready", "nodes/ready", "nodes", 1,
     MEAN(BY_GROUP(PER_NODE("kube_node_status_condition{condition=\"Ready\",status=\"true\"}")))},
};

const struct past_query *past_query_at(size_t i)
{
    return i < PAST_QUERIES ? &queries[i] : NULL;
}

const char *past_query_text(const char *name)
{
    for (size_t i = 0; i < PAST_QUERIES; i++)
        if (strcmp(queries[i].name, name) == 0)
            return queries[i].text;
    return NULL;
}

/* As kube-state-metrics names it. */
void past_label(const char *node_label, char out[PAST_LABEL_MAX])
{
    size_t n = (size_t)snprintf(out, PAST_LABEL_MAX, "label_%.320s", node_label);

    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)out[i]))
            out[i] = '_';
}

void past_query_write(const char *text, const char *node_label, struct buffer *out)
{
    static const char place[] = "$group";
    char label[PAST_LABEL_MAX];
    const char *at;

    past_label(node_label, label);
    for (; (at = strstr(text, place)); text = at + sizeof(place) - 1) {
        (void)buffer_append(out, text, (size_t)(at - text));
        (void)buffer_add_text(out, label);
    }
    (void)buffer_add_text(out, text);
}

struct prometheus_range past_range(int64_t from_unix_ms, int64_t to_unix_ms)
{
    return (struct prometheus_range){.from_unix_ms = (from_unix_ms + hour_ms - 1) / hour_ms * hour_ms + hour_ms,
                                     .to_unix_ms = to_unix_ms / hour_ms * hour_ms,
                                     .step_ms = hour_ms};
}

static int read_series(const struct past_reading *reading, const struct prometheus_series *series, const char *group, struct error *err)
{
    char name[HISTORY_NAME_MAX];

    if ((size_t)snprintf(name, sizeof(name), "%s/%s", group, reading->query->series) >= sizeof(name))
        return error_set(err, ERROR_LIMIT, "the name of group %.60s is too long", group);
    for (size_t i = 0; i < series->n_points; i++) {
        double value = series->points[i].value * reading->query->scale;
        struct history_row bucket = {.tier = HISTORY_HOURS, .start_ms = series->points[i].at_unix_ms - hour_ms, .covered_ms = hour_ms};

        if (!(value >= 0 && value < (double)HISTORY_VALUE_MAX) || bucket.start_ms < 0 || bucket.start_ms % hour_ms != 0)
            continue; /* a gap */
        bucket.mean = bucket.max = llround(value);
        if (reading->visit(reading->context, name, &bucket, err) < 0)
            return -1;
    }
    return 0;
}

static const char *group_of(const struct prometheus_series *series, const char *label)
{
    const char *group = prometheus_label_of(series, label);

    return group[0] != '\0' ? group : CLUSTER_NO_GROUP;
}

static int refuse_double(const struct past_query *query, const struct prometheus_answer *answer, const char *label, struct error *err)
{
    for (size_t i = 0; i < answer->n_series; i++) {
        const char *group = group_of(&answer->series[i], label);

        for (size_t k = i + 1; k < answer->n_series; k++)
            if (strcmp(group, group_of(&answer->series[k], label)) == 0)
                return error_set(err, ERROR_INVALID,
                                 "query %s: two series for group %.100s: name the cluster in the query "
                                 "(nodeGroups.usage.prometheus.queries)",
                                 query->name, group);
    }
    return 0;
}

int past_read(const struct past_reading *reading, const struct prometheus_answer *answer, struct error *err)
{
    char label[PAST_LABEL_MAX];

    past_label(reading->node_label, label);
    if (refuse_double(reading->query, answer, label, err) < 0)
        return -1;
    for (size_t i = 0; i < answer->n_series; i++)
        if (read_series(reading, &answer->series[i], group_of(&answer->series[i], label), err) < 0)
            return -1;
    return 0;
}
