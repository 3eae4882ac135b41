#include <stdlib.h>
#include <string.h>

#include "nodegroup/capacity_cluster.h"

#define NO_GROUP UINT32_MAX

/* Nodes and pods by group: counted, then laid out one group behind the other. */
struct layout {
    uint32_t *of_node; /* group of each node */
    uint32_t *of_pod;  /* group of each pod; NO_GROUP for one on no node, or an unknown one */
};

static void layout_clear(struct layout *layout)
{
    free(layout->of_node);
    free(layout->of_pod);
}

static int compare_groups(const void *a, const void *b)
{
    return strcmp(((const struct node_group *)a)->name, ((const struct node_group *)b)->name);
}

static const char *group_name(const struct node *node)
{
    return node->group ? node->group : CLUSTER_NO_GROUP;
}

/* The groups by name; the nodes without a label make one of their own, never none. */
static int make_groups(struct cluster *cluster, struct error *err)
{
    CLEANUP(names_clear) struct names seen = {.arena = &cluster->arena};

    cluster->groups = arena_alloc(&cluster->arena, (cluster->n_nodes + 1) * sizeof(*cluster->groups));
    if (!cluster->groups)
        return error_no_memory(err);
    for (size_t i = 0; i < cluster->n_nodes; i++) {
        struct names_slot *slot = names_slot(&seen, group_name(&cluster->nodes[i]));

        if (!slot)
            return error_no_memory(err);
        if (slot->number++ == 0)
            cluster->groups[cluster->n_groups++] = (struct node_group){.name = slot->text, .unlabelled = !cluster->nodes[i].group};
    }
    qsort(cluster->groups, cluster->n_groups, sizeof(*cluster->groups), compare_groups);
    return 0;
}

static uint32_t find_group(const struct cluster *cluster, const char *name)
{
    const struct node_group key = {.name = name};
    const struct node_group *found = bsearch(&key, cluster->groups, cluster->n_groups, sizeof(key), compare_groups);

    return (uint32_t)(found - cluster->groups);
}

static void warn_unknown_node(struct cluster *cluster, const struct pod *pod)
{
    char name[POD_NAME_MAX + 1];

    cluster_warn(cluster, NULL, "unknown-node", "pod %s/%s runs on node %s, which is not in the input: left out", pod->shape->namespace,
                 pod_name(pod, name), pod->node_name);
}

static int make_layout(struct cluster *cluster, struct layout *layout, struct error *err)
{
    layout->of_node = calloc(cluster->n_nodes + 1, sizeof(*layout->of_node));
    layout->of_pod = calloc(cluster->pods.len + 1, sizeof(*layout->of_pod));
    if (!layout->of_node || !layout->of_pod)
        return error_no_memory(err);
    for (size_t i = 0; i < cluster->n_nodes; i++) {
        layout->of_node[i] = find_group(cluster, group_name(&cluster->nodes[i]));
        cluster->groups[layout->of_node[i]].n_nodes++;
    }
    for (size_t i = 0; i < cluster->pods.len; i++) {
        const struct pod *pod = &cluster->pods.items[i];
        uint32_t number = pod->node_name ? names_find(&cluster->node_names, pod->node_name).number : 0;

        layout->of_pod[i] = number > 0 ? layout->of_node[number - 1] : NO_GROUP;
        if (number > 0)
            cluster->groups[layout->of_pod[i]].n_pods++;
        else if (pod->node_name)
            warn_unknown_node(cluster, pod);
    }
    return 0;
}

/* Gives each group its part of one array of indices. The counts are the sizes before and after. */
static int fill_groups(struct cluster *cluster, const struct layout *layout, struct error *err)
{
    uint32_t *nodes = arena_alloc(&cluster->arena, (cluster->n_nodes + 1) * sizeof(*nodes));
    uint32_t *pods = arena_alloc(&cluster->arena, (cluster->pods.len + 1) * sizeof(*pods));
    uint32_t **node_end = arena_alloc(&cluster->arena, (cluster->n_groups + 1) * sizeof(uint32_t *));
    uint32_t **pod_end = arena_alloc(&cluster->arena, (cluster->n_groups + 1) * sizeof(uint32_t *));

    if (!nodes || !pods || !node_end || !pod_end)
        return error_no_memory(err);
    for (size_t g = 0; g < cluster->n_groups; g++) {
        cluster->groups[g].nodes = node_end[g] = nodes;
        cluster->groups[g].pods = pod_end[g] = pods;
        nodes += cluster->groups[g].n_nodes;
        pods += cluster->groups[g].n_pods;
    }
    for (uint32_t i = 0; i < cluster->n_nodes; i++)
        *node_end[layout->of_node[i]]++ = i;
    for (uint32_t i = 0; i < cluster->pods.len; i++)
        if (layout->of_pod[i] != NO_GROUP)
            *pod_end[layout->of_pod[i]]++ = i;
    return 0;
}

/* Claims become the places of their volumes, where those are known. */
static void bind_volumes(struct cluster *cluster)
{
    for (size_t i = 0; i < cluster->n_rules; i++) {
        struct pod_rules *rules = cluster->rules[i];

        for (size_t c = 0; c < rules->n_claims; c++) {
            const struct node_terms *terms = names_find(&cluster->claims, rules->claims[c]).value;

            if (terms)
                rules->volumes[rules->n_volumes++] = terms;
        }
    }
}

int cluster_group(struct cluster *cluster, struct error *err)
{
    CLEANUP(layout_clear) struct layout layout = {0};

    bind_volumes(cluster);
    if (make_groups(cluster, err) < 0 || make_layout(cluster, &layout, err) < 0)
        return -1;
    return fill_groups(cluster, &layout, err);
}
