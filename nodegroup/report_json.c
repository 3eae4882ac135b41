#include <math.h>
#include <string.h>

#include "base/escape.h"
#include "nodegroup/report.h"

static void add_string(struct buffer *out, const char *text)
{
    escape_json_string(out, text, strlen(text));
}

static void add_key(struct buffer *out, const char *key)
{
    add_string(out, key);
    (void)buffer_add_char(out, ':');
}

/* Four decimals; null where there is nothing to divide by. */
static void add_ratio(struct buffer *out, double ratio)
{
    if (isfinite(ratio))
        (void)buffer_printf(out, "%.4f", ratio);
    else
        (void)buffer_add_text(out, "null");
}

static void add_ratios(struct buffer *out, const char *key, const double *ratios, size_t n)
{
    static const char *const names[] = {"cpu", "memory", "pods"};

    add_key(out, key);
    for (size_t r = 0; r < n; r++) {
        (void)buffer_add_char(out, r == 0 ? '{' : ',');
        add_key(out, names[r]);
        add_ratio(out, ratios[r]);
    }
    (void)buffer_add_char(out, '}');
}

static void add_amounts(struct buffer *out, const char *key, const struct amounts *amounts, int64_t mib)
{
    add_key(out, key);
    (void)buffer_printf(out, "{\"cpu\":%lld,\"memory\":%lld,\"pods\":%lld}", (long long)amounts->of[RESOURCE_CPU], (long long)mib,
                        (long long)amounts->of[RESOURCE_PODS]);
}

static void add_pods(struct buffer *out, const char *key, const struct placement *placement, const uint32_t *pods, size_t n)
{
    char name[1100];

    add_key(out, key);
    (void)buffer_add_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        add_string(out, report_pod_name(placement->pods[pods[i]].pod, name, sizeof(name)));
    }
    (void)buffer_add_char(out, ']');
}

static void add_check(struct buffer *out, const struct placement *placement, const struct resilience *check)
{
    (void)buffer_printf(out, "{\"mode\":\"%s\",\"verdict\":\"%s\",\"worstLoss\":[", resilience_mode_name(check->mode),
                        resilience_verdict_name(check->verdict));
    for (size_t i = 0; i < check->n_worst; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        add_string(out, placement->nodes[check->worst[i]].node->name);
    }
    (void)buffer_printf(out, "],\"headroom\":{\"cpuMilli\":%lld,\"memoryMiB\":%lld,\"pods\":%lld},",
                        (long long)check->headroom.of[RESOURCE_CPU], (long long)report_mib_down(check->headroom.of[RESOURCE_MEMORY]),
                        (long long)check->headroom.of[RESOURCE_PODS]);
    add_ratios(out, "ratioAfterLoss", check->ratio_after, RESOURCES_REPORTED);
    (void)buffer_add_char(out, ',');
    add_pods(out, "unplaced", placement, check->unplaced, check->n_unplaced);
    (void)buffer_add_char(out, ',');
    add_pods(out, "stranded", placement, check->stranded, check->n_stranded);
    (void)buffer_add_char(out, '}');
}

static void add_advice(struct buffer *out, const struct advice_list *list)
{
    (void)buffer_add_text(out, "\"advice\":[");
    for (size_t i = 0; i < list->n; i++) {
        const struct advice *advice = &list->items[i];

        (void)buffer_printf(out, "%s{\"code\":\"%s\",\"severity\":\"%s\",\"text\":", i > 0 ? "," : "", advice_code_name(advice->code),
                            advice_severity_name(advice->severity));
        add_string(out, advice->text);
        (void)buffer_add_text(out, ",\"why\":");
        add_string(out, advice->why);
        (void)buffer_add_char(out, '}');
    }
    (void)buffer_add_char(out, ']');
}

static void add_group(struct buffer *out, const struct report_group *group)
{
    (void)buffer_add_text(out, "{\"name\":");
    add_string(out, group->group->name);
    (void)buffer_printf(out, ",\"nodes\":{\"ready\":%zu,\"cordoned\":%zu,\"notReady\":%zu,\"deleting\":%zu},", group->n_state[NODE_READY],
                        group->n_state[NODE_CORDONED], group->n_state[NODE_NOT_READY], group->n_state[NODE_DELETING]);
    add_amounts(out, "allocatable", &group->allocatable, report_mib_down(group->allocatable.of[RESOURCE_MEMORY]));
    (void)buffer_add_char(out, ',');
    add_amounts(out, "requested", &group->requested, report_mib_up(group->requested.of[RESOURCE_MEMORY]));
    (void)buffer_add_char(out, ',');
    add_ratios(out, "requestsRatio", group->requests_ratio, 2);
    if (group->n_usage > 0) {
        (void)buffer_add_char(out, ',');
        add_ratios(out, "usageRatio", group->usage_ratio, 2);
    }
    (void)buffer_printf(out, ",\"zones\":%zu,\"podsWithoutRequests\":%zu,\"resilience\":[", group->n_zones, group->n_without_requests);
    for (size_t i = 0; i < group->n_checks; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        add_check(out, &group->placement, &group->checks[i]);
    }
    (void)buffer_add_text(out, "],");
    add_advice(out, &group->advice);
    (void)buffer_add_char(out, '}');
}

static void add_warnings(struct buffer *out, const struct cluster *cluster)
{
    (void)buffer_add_text(out, "\"warnings\":[");
    for (size_t i = 0; i < cluster->n_warnings; i++) {
        const struct cluster_warning *warning = &cluster->warnings[i];

        (void)buffer_printf(out, "%s{\"code\":\"%s\",\"nodeGroup\":", i > 0 ? "," : "", warning->code);
        if (warning->group)
            add_string(out, warning->group);
        else
            (void)buffer_add_text(out, "null");
        (void)buffer_add_text(out, ",\"text\":");
        add_string(out, warning->text);
        (void)buffer_add_char(out, '}');
    }
    (void)buffer_printf(out, "],\"warningsLeftOut\":%zu", cluster->n_warnings_left_out);
}

void report_write_json(const struct report *report, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"kind\":\"CapacityReport\",\"nodeGroups\":[");
    for (size_t g = 0; g < report->n_groups; g++) {
        if (g > 0)
            (void)buffer_add_char(out, ',');
        add_group(out, &report->groups[g]);
    }
    (void)buffer_add_text(out, "],");
    add_warnings(out, report->cluster);
    (void)buffer_add_text(out, "}\n");
}
