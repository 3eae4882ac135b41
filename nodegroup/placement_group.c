#include <stdlib.h>
#include <string.h>

#include "nodegroup/placement.h"

#define UNSEEN UINT32_MAX

/* One group's build: what pods and terms of the cluster are here. */
struct build {
    const struct cluster *cluster;
    const struct node_group *group;
    struct placement *placement;
    uint32_t *local_node;  /* of each node of the cluster */
    uint32_t *local_class; /* of each set of rules */
};

static void build_clear(struct build *build)
{
    free(build->local_node);
    free(build->local_class);
}

static uint32_t *unseen(size_t n)
{
    uint32_t *numbers = calloc(n + 1, sizeof(*numbers));

    if (numbers)
        memset(numbers, 0xff, (n + 1) * sizeof(*numbers));
    return numbers;
}

/* --- nodes --- */

static enum placement_state state_of(const struct node *node)
{
    if (node->state == NODE_NOT_READY || node->state == NODE_DELETING)
        return PLACEMENT_GONE;
    return node->state == NODE_READY && node->sized ? PLACEMENT_USABLE : PLACEMENT_STAYS;
}

static uint32_t find_zone(struct placement *placement, const char *zone)
{
    if (!zone)
        return PLACEMENT_NO_ZONE;
    for (uint32_t z = 0; z < placement->n_zones; z++)
        if (strcmp(placement->zones[z], zone) == 0)
            return z;
    placement->zones[placement->n_zones] = zone;
    return (uint32_t)placement->n_zones++;
}

static int add_nodes(struct build *build, struct error *err)
{
    struct placement *placement = build->placement;
    struct amounts all = {0};

    placement->n_nodes = build->group->n_nodes;
    placement->nodes = arena_alloc(&placement->arena, (placement->n_nodes + 1) * sizeof(*placement->nodes));
    placement->zones = arena_alloc(&placement->arena, (placement->n_nodes + 1) * sizeof(const char *));
    build->local_node = unseen(build->cluster->n_nodes);
    if (!placement->nodes || !placement->zones || !build->local_node)
        return error_no_memory(err);
    for (uint32_t k = 0; k < placement->n_nodes; k++) {
        const struct node *node = &build->cluster->nodes[build->group->nodes[k]];

        build->local_node[build->group->nodes[k]] = k;
        placement->nodes[k] = (struct placement_node){
            .node = node, .zone = find_zone(placement, node->zone), .state = state_of(node), .allocatable = *node->allocatable};
        if (placement->nodes[k].state == PLACEMENT_USABLE)
            amounts_add(&all, node->allocatable);
    }
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        placement->share[r] = all.of[r] > 0 ? 1.0 / (double)all.of[r] : 0;
    return 0;
}

/* --- taints --- */

static bool has_taint(const struct node *node, const struct taint *taint)
{
    for (size_t i = 0; i < node->n_taints; i++)
        if (strcmp(node->taints[i].key, taint->key) == 0 && strcmp(node->taints[i].value, taint->value) == 0 &&
            strcmp(node->taints[i].effect, taint->effect) == 0)
            return true;
    return false;
}

/* A taint of all usable nodes keeps nobody of this group out: its pods live with it. */
static bool is_shared(const struct placement *placement, const struct taint *taint)
{
    for (size_t k = 0; k < placement->n_nodes; k++)
        if (placement->nodes[k].state == PLACEMENT_USABLE && !has_taint(placement->nodes[k].node, taint))
            return false;
    return true;
}

static bool find_difference(const struct placement *placement)
{
    for (size_t k = 0; k < placement->n_nodes; k++)
        for (size_t i = 0; placement->nodes[k].state == PLACEMENT_USABLE && i < placement->nodes[k].node->n_taints; i++)
            if (!is_shared(placement, &placement->nodes[k].node->taints[i]))
                return true;
    return false;
}

static bool tolerates(const struct placement *placement, const struct pod_rules *rules, const struct node *node)
{
    for (size_t i = 0; placement->taints_differ && i < node->n_taints; i++)
        if (!pod_rules_tolerate(rules, &node->taints[i]) && !is_shared(placement, &node->taints[i]))
            return false;
    return true;
}

/* --- classes --- */

static bool is_plain(const struct pod_rules *rules)
{
    return rules->node_selector.n == 0 && rules->affinity.n == 0 && rules->n_volumes == 0;
}

static void set_bit(uint64_t *bits, uint32_t node)
{
    bits[node / 64] |= UINT64_C(1) << (node % 64);
}

static int add_class(struct placement *placement, const struct pod_rules *rules, uint32_t *out)
{
    size_t words = placement->n_nodes / 64 + 1;
    struct placement_class *class = &placement->classes[placement->n_classes];

    class->allowed = arena_alloc(&placement->arena, words * sizeof(uint64_t));
    if (pod_rules_bind(rules))
        class->places = arena_alloc(&placement->arena, words * sizeof(uint64_t));
    if (placement->arena.failed)
        return -1;
    for (uint32_t k = 0; k < placement->n_nodes; k++) {
        const struct node *node = placement->nodes[k].node;

        if (pod_rules_allow_node(rules, node->name, &node->labels) && tolerates(placement, rules, node))
            set_bit(class->allowed, k);
        if (class->places && pod_rules_bind_to(rules, node->name, &node->labels))
            set_bit(class->places, k);
    }
    *out = (uint32_t)placement->n_classes++;
    return 0;
}

static int class_of(struct build *build, const struct pod_rules *rules, uint32_t *out)
{
    if (is_plain(rules) && !build->placement->taints_differ) {
        *out = PLACEMENT_ANY_CLASS;
        return 0;
    }
    if (build->local_class[rules->id] == UNSEEN && add_class(build->placement, rules, &build->local_class[rules->id]) < 0)
        return -1;
    *out = build->local_class[rules->id];
    return 0;
}

/* --- pods --- */

static double largest_share(const struct placement *placement, const struct amounts *need)
{
    double largest = 0;

    for (size_t r = 0; r < RESOURCES_MAX; r++)
        if ((double)need->of[r] * placement->share[r] > largest)
            largest = (double)need->of[r] * placement->share[r];
    return largest;
}

/* A pod's place in the order: the largest share first, then by name. */
struct rank {
    double share;
    const struct pod *pod;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    return pod_compare(x->pod, y->pod);
}

/* A resource that no node tells of cannot be looked at. */
static void ignore_unreported(const struct placement *placement, struct amounts *need)
{
    for (size_t r = RESOURCE_FIRST_OTHER; r < RESOURCES_MAX; r++)
        if (placement->share[r] <= 0)
            need->of[r] = 0;
}

static void free_ranks(struct rank **ranks)
{
    free(*ranks);
}

static struct amounts need_of(const struct placement *placement, const struct pod *pod)
{
    struct amounts need = *pod->shape->request;

    ignore_unreported(placement, &need);
    return need;
}

static int add_pod(struct build *build, const struct pod *pod, struct error *err)
{
    struct placement *placement = build->placement;
    struct placement_pod *out = &placement->pods[placement->n_pods++];

    *out = (struct placement_pod){
        .pod = pod,
        .node = build->local_node[names_find(&build->cluster->node_names, pod->node_name).number - 1],
        .need = need_of(placement, pod),
        .dies = pod->shape->dies_with_node,
    };
    return class_of(build, pod->shape->rules, &out->class) < 0 ? error_no_memory(err) : 0;
}

static int add_pods(struct build *build, struct error *err)
{
    struct placement *placement = build->placement;
    CLEANUP(free_ranks) struct rank *ranks = calloc(build->group->n_pods + 1, sizeof(*ranks));

    placement->pods = arena_alloc(&placement->arena, (build->group->n_pods + 1) * sizeof(*placement->pods));
    placement->classes = arena_alloc(&placement->arena, (build->cluster->n_rules + 1) * sizeof(*placement->classes));
    build->local_class = unseen(build->cluster->n_rules);
    if (!placement->pods || !placement->classes || !build->local_class || !ranks)
        return error_no_memory(err);
    placement->n_classes = 1; /* PLACEMENT_ANY_CLASS: all zero */
    for (size_t i = 0; i < build->group->n_pods; i++) {
        const struct pod *pod = &build->cluster->pods.items[build->group->pods[i]];
        const struct amounts need = need_of(placement, pod);

        ranks[i] = (struct rank){largest_share(placement, &need), pod};
    }
    qsort(ranks, build->group->n_pods, sizeof(*ranks), compare_ranks);
    for (size_t i = 0; i < build->group->n_pods; i++)
        if (add_pod(build, ranks[i].pod, err) < 0)
            return -1;
    return 0;
}

int placement_of_group(const struct cluster *cluster, const struct node_group *group, struct placement *out, struct error *err)
{
    CLEANUP(build_clear) struct build build = {.cluster = cluster, .group = group, .placement = out};

    placement_clear(out);
    if (add_nodes(&build, err) < 0)
        return -1;
    out->taints_differ = find_difference(out);
    if (add_pods(&build, err) < 0 || placement_link_terms(out, cluster, err) < 0)
        return -1;
    return placement_finish(out, err);
}
