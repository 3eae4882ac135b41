#include "nodegroup/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t mib = INT64_C(1024) * 1024;

int64_t report_mib_down(int64_t bytes)
{
    return bytes / mib - (bytes % mib < 0);
}

int64_t report_mib_up(int64_t bytes)
{
    return bytes / mib + (bytes % mib > 0);
}

const char *report_pod_name(const struct pod *pod, char *out, size_t size)
{
    char name[POD_NAME_MAX + 1];

    if (strcmp(pod->shape->namespace, "default") == 0)
        (void)snprintf(out, size, "%s", pod_name(pod, name));
    else
        (void)snprintf(out, size, "%s/%s", pod->shape->namespace, pod_name(pod, name));
    return out;
}

/* --- sums --- */

static void sum_nodes(struct report_group *out)
{
    const struct placement *placement = &out->placement;

    for (size_t k = 0; k < placement->n_nodes; k++) {
        const struct placement_node *node = &placement->nodes[k];

        out->n_state[node->node->state]++;
        if (node->state != PLACEMENT_USABLE)
            continue;
        amounts_add(&out->allocatable, &node->allocatable);
        amounts_add(&out->requested, &node->requested);
    }
    for (size_t r = 0; r < RESOURCES_REPORTED; r++)
        out->requests_ratio[r] = out->allocatable.of[r] > 0 ? (double)out->requested.of[r] / (double)out->allocatable.of[r] : (double)NAN;
    out->n_zones = placement->n_zones;
}

static void count_pods(struct report_group *out)
{
    for (size_t i = 0; i < out->placement.n_pods; i++) {
        const struct placement_pod *pod = &out->placement.pods[i];

        out->n_pods++;
        out->n_without_requests += pod->pod->shape->no_request && !pod->dies;
        out->n_unknown_volumes += pod_has_unknown_volume(pod->pod) && !pod->dies;
    }
}

static int gather_usage(const struct cluster *cluster, struct report_group *out, struct error *err)
{
    double used[2] = {0}, size[2] = {0};

    out->usage = calloc(out->placement.n_nodes + 1, sizeof(*out->usage));
    if (!out->usage)
        return error_no_memory(err);
    for (size_t k = 0; k < out->placement.n_nodes; k++) {
        const struct placement_node *node = &out->placement.nodes[k];

        out->usage[k] = cluster_usage(cluster, node->node->name);
        if (node->state != PLACEMENT_USABLE || !out->usage[k].known)
            continue;
        out->n_usage++;
        used[0] += (double)out->usage[k].cpu_milli;
        used[1] += (double)out->usage[k].memory_bytes;
        size[0] += (double)node->node->capacity->of[RESOURCE_CPU];
        size[1] += (double)node->node->capacity->of[RESOURCE_MEMORY];
    }
    for (size_t r = 0; r < 2; r++) /* absent is not idle: a part of the nodes says nothing of the group */
        out->usage_ratio[r] = out->n_usage > 0 && out->n_usage == out->placement.n_usable && size[r] > 0 ? used[r] / size[r] : (double)NAN;
    return 0;
}

/* --- warnings --- */

static void warn_of_nodes(struct cluster *cluster, const struct report_group *group)
{
    const char *name = group->group->name;

    if (group->group->unlabelled)
        cluster_warn(cluster, name, "unlabelled-nodes", "%zu node(s) have no label %s: nobody is alerted for them by group",
                     group->group->n_nodes, cluster->group_label);
    if (group->placement.n_usable == 0)
        cluster_warn(cluster, name, "no-usable-node", "no node of the group is ready and schedulable");
    if (group->placement.taints_differ)
        cluster_warn(cluster, name, "taints-differ", "its nodes differ in taints: not every pod may move to every node");
    if (group->n_zones == 0)
        cluster_warn(cluster, name, "zones-unknown", "its nodes have no label " LABEL_ZONE ": the loss of a zone cannot be judged");
    else if (group->n_zones < 3)
        cluster_warn(cluster, name, "fewer-than-three-zones", "its nodes stand in %zu zone(s), fewer than three", group->n_zones);
}

static void warn_of_pods(struct cluster *cluster, const struct report_group *group)
{
    const char *name = group->group->name;

    if (group->n_without_requests > 0)
        cluster_warn(cluster, name, "pods-without-requests",
                     "%zu pod(s) request no cpu or no memory: \"fits\" does not know what they need", group->n_without_requests);
    if (group->n_unknown_volumes > 0)
        cluster_warn(cluster, name, "volumes-unknown",
                     "%zu pod(s) use claims whose volumes are not in the input: add pv to kubectl get, to see "
                     "which are bound to a zone",
                     group->n_unknown_volumes);
    if (group->n_usage > 0 && group->n_usage < group->placement.n_usable)
        cluster_warn(cluster, name, "usage-incomplete", "only %zu of %zu usable nodes report their usage: no ratio is shown",
                     group->n_usage, group->placement.n_usable);
}

static void warn_of_cluster(struct cluster *cluster)
{
    if (cluster->n_nodes == 0)
        cluster_warn(cluster, NULL, "no-nodes", "there is no node in the input");
    if (cluster->unbound.n > 0)
        cluster_warn(cluster, NULL, "pending-pods", "%zu pod(s) wait for a node and are in no group: %lldm cpu, %lld MiB",
                     cluster->unbound.n, (long long)cluster->unbound.request.of[RESOURCE_CPU],
                     (long long)report_mib_up(cluster->unbound.request.of[RESOURCE_MEMORY]));
}

/* --- a group --- */

static bool is_data_service(const struct report_options *options, const char *name)
{
    for (size_t i = 0; i < options->n_data_services; i++)
        if (strcmp(options->data_services[i], name) == 0)
            return true;
    return false;
}

static bool has_mode(const struct report_group *group, enum resilience_mode mode)
{
    for (size_t i = 0; i < group->n_checks; i++)
        if (group->checks[i].mode == mode)
            return true;
    return false;
}

static int check_group(struct report_group *out, const struct report_options *options, struct error *err)
{
    for (size_t i = 0; i < options->n_modes; i++)
        if (resilience_check(&out->placement, options->modes[i], &out->checks[out->n_checks++], err) < 0)
            return -1;
    if (!options->zone_where_zoned || out->n_zones < 2 || has_mode(out, RESILIENCE_ZONE))
        return 0;
    return resilience_check(&out->placement, RESILIENCE_ZONE, &out->checks[out->n_checks++], err);
}

static int build_group(struct cluster *cluster, const struct report_options *options, struct report_group *out, struct error *err)
{
    struct advice_input input = {
        .placement = &out->placement,
        .checks = out->checks,
        .requests_count = !is_data_service(options, out->group->name),
        .anti_affinity_most = options->anti_affinity_most,
        .lines = options->lines,
    };
    struct error missing = {0};

    if (placement_of_group(cluster, out->group, &out->placement, err) < 0)
        return -1;
    sum_nodes(out);
    count_pods(out);
    if (gather_usage(cluster, out, err) < 0)
        return -1;
    if (input.requests_count && check_group(out, options, err) < 0)
        return -1;
    warn_of_nodes(cluster, out);
    warn_of_pods(cluster, out);
    if (options->extra && options->extra(options->extra_context, out->group->name, &out->extra, &missing) < 0)
        cluster_warn(cluster, out->group->name, "history-unreadable", "%s: nothing of the past is shown", missing.text);
    input.n_checks = out->n_checks;
    input.n_asked = out->n_checks < options->n_modes ? out->n_checks : options->n_modes;
    input.usage = (struct advice_usage){.nodes = out->usage, .n_known = out->n_usage};
    input.history = out->extra ? out->extra->history : NULL;
    return advice_give(&input, &out->advice, err);
}

static void clear_group(struct report_group *group)
{
    for (size_t i = 0; i < group->n_checks; i++)
        resilience_clear(&group->checks[i]);
    placement_clear(&group->placement);
    free(group->usage);
}

void report_clear(struct report *report)
{
    for (size_t g = 0; g < report->n_groups; g++)
        clear_group(&report->groups[g]);
    free(report->groups);
    *report = (struct report){0};
}

int report_build(struct cluster *cluster, const struct report_options *options, struct report *out, struct error *err)
{
    struct report report = {.cluster = cluster, .groups = calloc(cluster->n_groups + 1, sizeof(*report.groups))};

    if (!report.groups)
        return error_no_memory(err);
    warn_of_cluster(cluster);
    for (size_t g = 0; g < cluster->n_groups; g++) {
        struct report_group *group = &report.groups[report.n_groups++];

        group->group = &cluster->groups[g];
        if (build_group(cluster, options, group, err) < 0) {
            report_clear(&report);
            return error_wrap(err, "node group %s", cluster->groups[g].name);
        }
    }
    *out = report;
    return 0;
}
