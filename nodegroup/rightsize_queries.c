#include "nodegroup/rightsize_queries.h"

#include <string.h>

#define CPU "sum by (namespace, pod) (max by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{$S}[3m])))"
#define BUSY CPU " > 0.05"
#define MEMORY "sum by (namespace, pod) (max by (namespace, pod, container) (container_memory_working_set_bytes{$S}))"
#define BUILDS "$Q,job_type=\"workspace_build\""
#define INCREASE(series) "sum(max by (queue, job_type) (increase(" series "{" BUILDS "}[$R])))"
#define PERIODS(series) "sum(max by (namespace, pod, container) (increase(" series "{$S}[$R])))"
#define CHANGED(series) "max by (resource) (max_over_time(" series "{$S}[$R])) != min by (resource) (min_over_time(" series "{$S}[$R]))"
/* Of the pods that are there at the end; when none is, of those that were. */
#define RESOURCE(series, resource)                                                                                     \
    "max(sum by (namespace, pod) (max by (namespace, pod, container) (" series "{$S,resource=\"" resource "\"}))) or " \
    "max(sum by (namespace, pod) (max by (namespace, pod, container) (last_over_time(" series "{$S,resource=\"" resource "\"}[$R]))))"

static const struct rightsize_row rows[RIGHTSIZE_FIGURES] = {
    [RIGHTSIZE_PODS] = {"pods", "pods seen", RIGHTSIZE_COUNT,
                        "count(count by (namespace, pod) (count_over_time(container_memory_working_set_bytes{$S}[$R])))"},
    [RIGHTSIZE_RESIZED] = {"resized", "resources resized", RIGHTSIZE_COUNT,
                           "count((" CHANGED("kube_pod_container_resource_requests") ") or (" CHANGED(
                               "kube_pod_container_resource_limits") "))"},
    [RIGHTSIZE_BUSY_MINUTES] = {"busyMinutes", "busy minutes", RIGHTSIZE_COUNT, "sum(count_over_time((" BUSY ")[$R:$T])) * $M"},
    [RIGHTSIZE_CPU_REQUEST] = {"cpuRequest", "cpu request", RIGHTSIZE_CORES, RESOURCE("kube_pod_container_resource_requests", "cpu")},
    [RIGHTSIZE_CPU_LIMIT] = {"cpuLimit", "cpu limit", RIGHTSIZE_CORES, RESOURCE("kube_pod_container_resource_limits", "cpu")},
    [RIGHTSIZE_CPU_P95] = {"cpuP95", "cpu p95, busy", RIGHTSIZE_CORES, "max(quantile_over_time(0.95, (" BUSY ")[$R:$T]))"},
    [RIGHTSIZE_CPU_PEAK] = {"cpuPeak", "cpu peak", RIGHTSIZE_CORES, "max(max_over_time((" CPU ")[$R:$T]))"},
    [RIGHTSIZE_THROTTLED] = {"throttledShare", "throttled periods", RIGHTSIZE_SHARE,
                             PERIODS("container_cpu_cfs_throttled_periods_total") " / " PERIODS("container_cpu_cfs_periods_total")},
    [RIGHTSIZE_MEMORY_REQUEST] = {"memoryRequest", "memory request", RIGHTSIZE_BYTES,
                                  RESOURCE("kube_pod_container_resource_requests", "memory")},
    [RIGHTSIZE_MEMORY_LIMIT] = {"memoryLimit", "memory limit", RIGHTSIZE_BYTES, RESOURCE("kube_pod_container_resource_limits", "memory")},
    [RIGHTSIZE_MEMORY_IDLE] = {"memoryIdle", "memory median", RIGHTSIZE_BYTES, "avg(quantile_over_time(0.5, (" MEMORY ")[$R:$T]))"},
    [RIGHTSIZE_MEMORY_P95] = {"memoryP95", "memory p95", RIGHTSIZE_BYTES, "max(quantile_over_time(0.95, (" MEMORY ")[$R:$T]))"},
    [RIGHTSIZE_MEMORY_PEAK] = {"memoryPeak", "memory peak", RIGHTSIZE_BYTES, "max(max_over_time((" MEMORY ")[$R:$T]))"},
    [RIGHTSIZE_OOM_EVENTS] = {"oomEvents", "OOM kills, kernel", RIGHTSIZE_COUNT,
                              "sum(round(max by (namespace, pod, container) (increase(container_oom_events_total{$S}[$R]))))"},
    [RIGHTSIZE_OOM_RESTARTS] = {"oomRestarts", "OOM kills, pods", RIGHTSIZE_COUNT,
                                "sum(round(max by (namespace, pod, container) (increase(kube_pod_container_status_restarts_total{$S}[$R])))"
                                " and on (namespace, pod, container)"
                                " max by (namespace, pod, container)"
                                " (max_over_time(kube_pod_container_status_last_terminated_reason{$S,reason=\"OOMKilled\"}[$R])) > 0)"
                                " or sum(0 * last_over_time(kube_pod_container_status_restarts_total{$S}[$R]))"},
    [RIGHTSIZE_JOBS] = {"jobs", "builds", RIGHTSIZE_COUNT, "round(" INCREASE("coder_provisioner_job_duration_seconds_count") ")"},
    [RIGHTSIZE_JOB_MEAN] = {"jobMeanSeconds", "build, mean", RIGHTSIZE_SECONDS,
                            INCREASE("coder_provisioner_job_duration_seconds_sum") " / " INCREASE(
                                "coder_provisioner_job_duration_seconds_count")},
    [RIGHTSIZE_JOB_P95] = {"jobP95Seconds", "build, p95", RIGHTSIZE_SECONDS,
                           "max(quantile_over_time(0.5, (max by (queue) (coder_provisioner_job_duration_seconds{" BUILDS
                           ",quantile=\"0.95\"}))[$R:$T]))"},
};

const struct rightsize_row *rightsize_row_of(enum rightsize_figure figure)
{
    return &rows[figure];
}

int64_t rightsize_step_s(const struct rightsize_span *span)
{
    enum { POINTS_MOST = 7 * 24 * 60 };
    int64_t seconds = (span->to_unix_ms - span->from_unix_ms) / 1000, minutes = seconds / 60 / POINTS_MOST;

    return 60 * (minutes > 0 ? minutes : 1);
}

/* A text within quotes of PromQL. */
static void add_quoted(const char *text, struct buffer *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)buffer_add_char(out, '\\');
        (void)buffer_add_char(out, *text);
    }
}

/* Pods of NAME, not those of NAME-other: a ReplicaSet's pods end in its hash and five letters, a StatefulSet's in a number. */
static void add_selector(const struct rightsize_pool *pool, struct buffer *out)
{
    (void)buffer_add_text(out, "namespace=\"");
    add_quoted(pool->name_space, out);
    (void)buffer_add_text(out, "\",pod=~\"");
    for (const char *at = pool->workload; *at != '\0'; at++)
        (void)buffer_printf(out, *at == '.' ? "\\\\%c" : "%c", *at);
    (void)buffer_add_text(out, strcmp(pool->kind, "statefulset") == 0 ? "-[0-9]+" : "-[a-z0-9]+-[a-z0-9]{5}");
    (void)buffer_add_text(out, "\",container=\"");
    add_quoted(pool->container, out);
    (void)buffer_add_char(out, '"');
}

void rightsize_query(enum rightsize_figure figure, const struct rightsize_pool *pool, const struct rightsize_span *span, struct buffer *out)
{
    const char *at = rows[figure].query;
    int64_t step_s = rightsize_step_s(span);

    if (strstr(at, "$Q") && pool->queue[0] == '\0')
        return;
    for (; *at != '\0'; at++) {
        if (*at != '$') {
            (void)buffer_add_char(out, *at);
            continue;
        }
        switch (*++at) {
        case 'S': add_selector(pool, out); break;
        case 'Q':
            (void)buffer_add_text(out, "queue=\"");
            add_quoted(pool->queue, out);
            (void)buffer_add_char(out, '"');
            break;
        case 'R': (void)buffer_printf(out, "%llds", (long long)((span->to_unix_ms - span->from_unix_ms) / 1000)); break;
        case 'T': (void)buffer_printf(out, "%llds", (long long)step_s); break;
        case 'M':
        default: (void)buffer_printf(out, "%lld", (long long)(step_s / 60)); break;
        }
    }
}
