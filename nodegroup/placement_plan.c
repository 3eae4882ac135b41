#include "nodegroup/placement.h"

#include <string.h>

/* A planned group: copies of nodes, and one more node, gone, on which all movers wait when nothing is kept. */

static void plan_node(const struct placement *origin, const struct placement_plan *plan, size_t i, struct placement_node *out)
{
    const struct placement_node *from = &origin->nodes[plan->from[i]];

    *out = (struct placement_node){.node = from->node, .zone = from->zone, .state = from->state, .allocatable = from->allocatable};
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        if (r != RESOURCE_PODS) /* the kubelet's limit on pods does not grow with the machine */
            out->allocatable.of[r] = (int64_t)((double)from->allocatable.of[r] * plan->size);
}

static int plan_nodes(const struct placement *origin, const struct placement_plan *plan, struct placement *out, struct error *err)
{
    struct amounts all = {0};

    out->n_nodes = plan->n_nodes + !plan->kept;
    out->nodes = arena_alloc(&out->arena, (out->n_nodes + 1) * sizeof(*out->nodes));
    out->zones = arena_copy(&out->arena, origin->zones, (origin->n_nodes + 1) * sizeof(const char *));
    if (out->arena.failed)
        return error_no_memory(err);
    out->n_zones = origin->n_zones;
    out->taints_differ = origin->taints_differ;
    for (size_t i = 0; i < plan->n_nodes; i++) {
        plan_node(origin, plan, i, &out->nodes[i]);
        if (out->nodes[i].state == PLACEMENT_USABLE)
            amounts_add(&all, &out->nodes[i].allocatable);
    }
    if (!plan->kept)
        out->nodes[plan->n_nodes] = (struct placement_node){
            .node = origin->nodes[0].node, .zone = PLACEMENT_NO_ZONE, .state = PLACEMENT_GONE};
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        out->share[r] = all.of[r] > 0 ? 1.0 / (double)all.of[r] : 0;
    return 0;
}

static uint64_t *plan_bits(const struct placement_plan *plan, const uint64_t *bits, struct placement *out)
{
    uint64_t *copy = arena_alloc(&out->arena, (out->n_nodes / 64 + 1) * sizeof(*copy));

    for (size_t i = 0; copy && i < plan->n_nodes; i++)
        if (placement_bit(bits, plan->from[i]))
            copy[i / 64] |= UINT64_C(1) << (i % 64);
    return copy;
}

static int plan_classes(const struct placement *origin, const struct placement_plan *plan, struct placement *out, struct error *err)
{
    out->n_classes = origin->n_classes;
    out->classes = arena_alloc(&out->arena, (origin->n_classes + 1) * sizeof(*out->classes));
    for (size_t c = 0; out->classes && c < origin->n_classes; c++) {
        if (origin->classes[c].allowed)
            out->classes[c].allowed = plan_bits(plan, origin->classes[c].allowed, out);
        if (origin->classes[c].places)
            out->classes[c].places = plan_bits(plan, origin->classes[c].places, out);
    }
    return out->arena.failed ? error_no_memory(err) : 0;
}

/* Terms of one topology key share the domains. */
static const uint32_t *plan_domains(const struct placement_plan *plan, const struct placement_term *from, struct placement *out)
{
    uint32_t *domain = arena_alloc(&out->arena, (out->n_nodes + 1) * sizeof(*domain));

    for (uint32_t i = 0; domain && i < plan->n_nodes; i++)
        domain[i] = from->hosts ? i : from->domain[plan->from[i]];
    if (domain && !plan->kept)
        domain[plan->n_nodes] = PLACEMENT_NO_DOMAIN;
    return domain;
}

static int plan_terms(const struct placement *origin, const struct placement_plan *plan, struct placement *out, struct error *err)
{
    out->n_terms = origin->n_terms;
    out->n_links = origin->n_links;
    out->links = origin->links; /* the same pods carry the same terms */
    out->terms = arena_copy(&out->arena, origin->terms, (origin->n_terms + 1) * sizeof(*out->terms));
    for (size_t t = 0; out->terms && t < origin->n_terms; t++) {
        struct placement_term *term = &out->terms[t];

        if (t > 0 && origin->terms[t].domain == origin->terms[t - 1].domain)
            term->domain = out->terms[t - 1].domain;
        else
            term->domain = plan_domains(plan, &origin->terms[t], out);
        term->n_domains = term->hosts ? (uint32_t)out->n_nodes : origin->terms[t].n_domains;
    }
    return out->arena.failed ? error_no_memory(err) : placement_count_terms(out, err);
}

/* How many pods of a DaemonSet a planned node runs: those of its origin. */
static size_t count_dying(const struct placement *origin, uint32_t node)
{
    return (size_t)(origin->nodes[node].requested.of[RESOURCE_PODS] - origin->nodes[node].moving.of[RESOURCE_PODS]);
}

static bool stays(const struct placement_plan *plan, const struct placement_pod *pod)
{
    return plan->kept && pod->node < plan->n_nodes && plan->from[pod->node] == pod->node;
}

/* In the origin's order, which is the rank: movers once, pods of DaemonSets once for each copy of their node. */
static int plan_pods(const struct placement *origin, const struct placement_plan *plan, struct placement *out, struct error *err)
{
    size_t n = origin->n_pods + 1;

    for (size_t i = 0; i < plan->n_nodes; i++)
        n += count_dying(origin, plan->from[i]);
    out->pods = arena_alloc(&out->arena, n * sizeof(*out->pods));
    if (!out->pods)
        return error_no_memory(err);
    for (size_t i = 0; i < origin->n_pods; i++) {
        struct placement_pod pod = origin->pods[i];

        if (!pod.dies) {
            pod.node = stays(plan, &pod) ? pod.node : (uint32_t)plan->n_nodes;
            out->pods[out->n_pods++] = pod;
            continue;
        }
        for (uint32_t k = 0; k < plan->n_nodes; k++)
            if (plan->from[k] == origin->pods[i].node) {
                pod.node = k;
                out->pods[out->n_pods++] = pod;
            }
    }
    return 0;
}

int placement_of_plan(const struct placement *origin, const struct placement_plan *plan, struct placement *out, struct error *err)
{
    placement_clear(out);
    if (plan_nodes(origin, plan, out, err) < 0 || plan_classes(origin, plan, out, err) < 0 || plan_terms(origin, plan, out, err) < 0 ||
        plan_pods(origin, plan, out, err) < 0)
        return -1;
    return placement_finish(out, err);
}
