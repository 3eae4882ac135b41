#include "adapter/cluster_findings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/grace.h"
#include "base/json.h"
#include "kube/quantity_parse.h"

enum { TEXT_MAX_BYTES = 512 };

static const char desired_metric[] = "coder_provisioner_desired_replicas", our_prefix[] = "coder_provisioner";

static const json_t *at(const json_t *object, const char *outer, const char *inner)
{
    return json_object_get(json_object_get(object, outer), inner);
}

static const char *text_of(const json_t *object, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : otherwise;
}

static const char *text_at(const json_t *object, const char *outer, const char *inner)
{
    return text_of(json_object_get(object, outer), inner, "");
}

/* --- the APIService --- */

static void tell_availability(const json_t *api_service, struct findings *out)
{
    const json_t *conditions = at(api_service, "status", "conditions"), *condition;
    size_t i;

    json_array_foreach (conditions, i, condition) {
        const char *type = text_of(condition, "type", ""), *status = text_of(condition, "status", "Unknown");

        if (strcmp(type, "Available") == 0 && strcmp(status, "True") != 0)
            finding_add(out, FINDING_WARNING, "cluster", NULL, "APIService " EXTERNAL_METRICS_API_SERVICE " is not available: %s",
                        text_of(condition, "message", "no reason is told"));
    }
}

void cluster_findings_owner(const json_t *api_service, const char *name_space, const char *service, struct findings *out)
{
    const json_t *owner = at(api_service, "spec", "service");
    const char *its_space = json_string_value(json_object_get(owner, "namespace"));
    const char *its_name = json_string_value(json_object_get(owner, "name"));

    if (!its_space || !its_name) {
        finding_add(out, FINDING_ERROR, "cluster", NULL, "APIService " EXTERNAL_METRICS_API_SERVICE " names no Service; want %s/%s",
                    name_space[0] != '\0' ? name_space : "(the adapter's namespace)", service);
        return;
    }
    if (strcmp(its_name, service) != 0 || (name_space[0] != '\0' && strcmp(its_space, name_space) != 0)) {
        finding_add(
            out, FINDING_ERROR, "cluster", NULL,
            "the API group external.metrics.k8s.io belongs to Service %s/%s, not to the adapter's %s/%s: a cluster has one server for it, "
            "so remove the other one's APIService, or let that one serve these metrics",
            its_space, its_name, name_space[0] != '\0' ? name_space : "*", service);
        return;
    }
    finding_add(out, FINDING_OK, "cluster", NULL, "the API group external.metrics.k8s.io belongs to Service %s/%s", its_space, its_name);
    tell_availability(api_service, out);
}

/* --- HPAs --- */

/* One external metric of one HPA. */
struct reading {
    const char *hpa, *metric;
    const json_t *object;   /* the HPA */
    const json_t *selector; /* NULL: none */
    const json_t *target;
};

static bool has_text(const json_t *values, const char *text)
{
    const json_t *value;
    size_t i;

    json_array_foreach (values, i, value)
        if (json_is_string(value) && strcmp(json_string_value(value), text) == 0)
            return true;
    return false;
}

/* -1: the expression excludes the queue; 0: it does not name one; 1: it names this one alone. */
static int expression_selects(const json_t *expression, const char *queue)
{
    const json_t *values = json_object_get(expression, "values");
    const char *operator= text_of(expression, "operator", "");
    bool names = has_text(values, queue);

    if (strcmp(text_of(expression, "key", ""), "queue") != 0)
        return 0;
    if (strcmp(operator, "DoesNotExist") == 0)
        return -1;
    if (strcmp(operator, "NotIn") == 0)
        return names ? -1 : 0;
    if (strcmp(operator, "In") != 0)
        return 0;
    if (!names)
        return -1;
    return json_array_size(values) == 1 ? 1 : 0;
}

static bool is_other(const json_t *labels, const char *key, const char *ours)
{
    const char *value = json_string_value(json_object_get(labels, key));

    return value && strcmp(value, ours) != 0;
}

/* The same of a whole selector. */
static int selects(const json_t *selector, const struct queue_spec *queue)
{
    const json_t *labels = json_object_get(selector, "matchLabels"), *expressions = json_object_get(selector, "matchExpressions"), *row;
    int named = json_object_get(labels, "queue") ? 1 : 0;
    size_t i;

    if (is_other(labels, "queue", queue->name) || is_other(labels, "organization", queue->organization))
        return -1;
    json_array_foreach (expressions, i, row) {
        int one = expression_selects(row, queue->name);

        if (one < 0)
            return -1;
        named = named > one ? named : one;
    }
    return named;
}

static void write_selector(const json_t *selector, struct buffer *out)
{
    char *text = json_object_size(selector) > 0 ? json_dumps(selector, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    (void)buffer_add_text(out, text ? text : "none");
    free(text);
}

/* -1: that is no number. */
static double ratio_of(const json_t *quantity)
{
    const char *text = json_string_value(quantity);
    struct quantity value = {0};
    struct error ignored = {0};

    return text && quantity_parse(text, strlen(text), &value, &ignored) == 0 ? quantity_double(value) : -1;
}

static void tell_tolerance(const struct reading *reading, const struct queue_spec *queue, struct findings *out)
{
    const json_t *behavior = at(reading->object, "spec", "behavior");
    const json_t *told = at(behavior, "scaleUp", "tolerance");
    double tolerance = told ? ratio_of(told) : 0.1;

    if (fabs(tolerance - queue->hpa_tolerance) > 0.0005)
        finding_add(
            out, FINDING_WARNING, "queue", queue->name,
            "HPA %s scales up with a tolerance of %g%s, hpaTolerance says %g: set hpaTolerance: %g, or what is served will not be reached "
            "exactly",
            reading->hpa, tolerance, told ? "" : " (the default)", queue->hpa_tolerance, tolerance);
}

static void tell_range(const struct reading *reading, const struct queue_spec *queue, struct findings *out)
{
    const json_t *low = at(reading->object, "spec", "minReplicas"), *high = at(reading->object, "spec", "maxReplicas");
    int64_t least = json_is_integer(low) ? json_integer_value(low) : 1, most = json_integer_value(high);

    if (least != queue->replicas_min || most != queue->replicas_max)
        finding_add(out, FINDING_WARNING, "queue", queue->name,
                    "HPA %s has the range %" PRId64 " to %" PRId64 ", the queue's replicas say %" PRId64 " to %" PRId64
                    ": make them the same",
                    reading->hpa, least, most, queue->replicas_min, queue->replicas_max);
}

static void tell_target(const struct reading *reading, const struct queue_spec *queue, struct findings *out)
{
    const json_t *workload = at(reading->object, "spec", "scaleTargetRef");
    const char *kind = text_of(workload, "kind", "?"), *name = text_of(workload, "name", "?");
    const char *wanted = queue->workload.kind == WORKLOAD_STATEFULSET ? "StatefulSet" : "Deployment";
    const char *type = text_of(reading->target, "type", "");
    double value = ratio_of(json_object_get(reading->target, "averageValue"));

    if (strcmp(kind, wanted) != 0 || strcmp(name, queue->workload.name) != 0)
        finding_add(out, FINDING_WARNING, "queue", queue->name, "HPA %s scales %s %s, the queue's workload is %s %s", reading->hpa, kind,
                    name, wanted, queue->workload.name);
    if (strcmp(reading->metric, desired_metric) == 0 && (strcmp(type, "AverageValue") != 0 || fabs(value - 1) > 0.0005))
        finding_add(out, FINDING_ERROR, "queue", queue->name,
                    "HPA %s reads %s with another target than AverageValue 1: the metric is a number of replicas, so any other target "
                    "makes it a wrong one",
                    reading->hpa, desired_metric);
}

static void tell_reading(const struct reading *reading, const struct queue_spec *queue, size_t n_queues, struct findings *out)
{
    CLEANUP(buffer_clear) struct buffer selector = BUFFER_INIT(TEXT_MAX_BYTES);
    const json_t *tolerance = at(at(reading->object, "spec", "behavior"), "scaleUp", "tolerance");

    write_selector(reading->selector, &selector);
    finding_add(out, FINDING_OK, "queue", queue->name, "HPA %s reads %s, selector %s, tolerance %g", reading->hpa, reading->metric,
                buffer_text(&selector), tolerance ? ratio_of(tolerance) : 0.1);
    if (selects(reading->selector, queue) == 0 && n_queues > 1)
        finding_add(out, FINDING_WARNING, "queue", queue->name,
                    "HPA %s selects no queue: it adds up those of all queues that its namespace may read; add matchLabels: {queue: %s}",
                    reading->hpa, queue->name);
    tell_target(reading, queue, out);
    tell_range(reading, queue, out);
    if (strcmp(reading->metric, desired_metric) == 0)
        tell_tolerance(reading, queue, out);
}

/* How many of the HPA's metrics are of the queue. */
static size_t tell_hpa(const json_t *hpa, const struct queue_spec *queue, size_t n_queues, struct findings *out)
{
    const json_t *metrics = at(hpa, "spec", "metrics"), *metric;
    size_t i, n = 0;

    json_array_foreach (metrics, i, metric) {
        const json_t *external = json_object_get(metric, "external");
        const struct reading reading = {
            .hpa = text_at(hpa, "metadata", "name"),
            .metric = text_at(external, "metric", "name"),
            .object = hpa,
            .selector = at(external, "metric", "selector"),
            .target = json_object_get(external, "target"),
        };

        if (strncmp(reading.metric, our_prefix, strlen(our_prefix)) != 0 || selects(reading.selector, queue) < 0)
            continue;
        tell_reading(&reading, queue, n_queues, out);
        n++;
    }
    return n;
}

void cluster_findings_hpas(const json_t *hpas, const struct queue_spec *queue, size_t n_queues, struct findings *out)
{
    const json_t *items = json_object_get(hpas, "items"), *hpa;
    size_t i, n = 0;

    json_array_foreach (items, i, hpa)
        n += tell_hpa(hpa, queue, n_queues, out);
    if (text_at(hpas, "metadata", "continue")[0] != '\0')
        finding_add(out, FINDING_WARNING, "queue", queue->name, "namespace %s has more HPAs than were looked at", queue->name_space);
    if (n == 0)
        finding_add(out, FINDING_WARNING, "queue", queue->name, "no HPA of namespace %s reads a metric of the queue: nothing scales it",
                    queue->name_space);
}

/* --- the workload --- */

void cluster_findings_workload(const json_t *workload, const struct queue_spec *queue, int64_t longest_ms, struct findings *out)
{
    const struct grace_measured measured = {.longest_ms = longest_ms};
    int64_t grace_s = grace_of_workload(workload);

    if (grace_s < 0)
        finding_add(out, FINDING_ERROR, "queue", queue->name, "workload %s has no pod template", queue->workload.name);
    else if (grace_is_short(grace_s, &measured))
        finding_add(out, FINDING_WARNING, "queue", queue->name,
                    "the pods of %s have terminationGracePeriodSeconds %" PRId64 ", but a job runs for %" PRId64
                    " s already: set it to %" PRId64 " at least",
                    queue->workload.name, grace_s, longest_ms / 1000, grace_wanted_s(&measured));
    else if (grace_s <= GRACE_DEFAULT_S)
        finding_add(out, FINDING_WARNING, "queue", queue->name,
                    "the pods of %s have terminationGracePeriodSeconds %" PRId64
                    ", in which hardly a build ends: set it above the longest build (Coder's chart: %d)",
                    queue->workload.name, grace_s, GRACE_CHART_S);
    else
        finding_add(out, FINDING_OK, "queue", queue->name, "the pods of %s have terminationGracePeriodSeconds %" PRId64,
                    queue->workload.name, grace_s);
}
