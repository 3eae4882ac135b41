#include "nodegroup/resilience_resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 24, TRIES_LARGE = 3, LARGE_GROUP = 500 };

static void free_list(uint32_t **list)
{
    free(*list);
}

static int64_t daemons_cpu(const struct placement *placement)
{
    int64_t sum = 0;

    for (size_t k = 0; k < placement->n_nodes; k++)
        if (placement->nodes[k].state == PLACEMENT_USABLE)
            sum = amount_add(sum, placement->nodes[k].requested.of[RESOURCE_CPU] - placement->nodes[k].moving.of[RESOURCE_CPU]);
    return sum;
}

/* In the order of the input, so that copies take turns in the zones. */
static uint32_t *usable_nodes(const struct placement *placement)
{
    uint32_t *list = calloc(placement->n_nodes + 1, sizeof(*list));
    size_t n = 0;

    for (uint32_t k = 0; list && k < placement->n_nodes; k++)
        if (placement->nodes[k].state == PLACEMENT_USABLE)
            list[n++] = k;
    return list;
}

static void name_unplaced(const struct placement *placement, struct resize *out)
{
    out->n_unplaced = placement->n_unplaced;
    for (size_t i = 0; i < placement->n_unplaced && i < RESIZE_NAMES_MAX; i++)
        out->unplaced[i] = placement->pods[placement->unplaced[i]].pod;
}

/* Everybody moves in; then nodes are lost. */
static int move_and_lose(struct placement *placement, enum resilience_mode mode, struct resize *out, struct error *err)
{
    CLEANUP(resilience_clear) struct resilience after = {0};
    bool settled;

    placement_lose(placement, NULL, 0);
    settled = placement_settle(placement);
    name_unplaced(placement, out);
    placement_commit(placement);
    out->daemons_cpu_saved -= daemons_cpu(placement);
    if (!settled)
        return 0;
    if (resilience_check(placement, mode, &after, err) < 0)
        return -1;
    out->verdict = after.verdict;
    memcpy(out->ratio_after, after.ratio_after, sizeof(out->ratio_after));
    return 0;
}

int resize_check(const struct placement *origin, const struct resize_wish *wish, struct resize *out, struct error *err)
{
    CLEANUP(placement_clear) struct placement planned = {0};
    CLEANUP(free_list) uint32_t *usable = usable_nodes(origin);
    CLEANUP(free_list) uint32_t *from = calloc(wish->nodes_after + 1, sizeof(*from));
    struct placement_plan plan = {.from = from, .n_nodes = wish->nodes_after, .size = wish->size_factor};

    if (!usable || !from)
        return error_no_memory(err);
    *out = (struct resize){
        .nodes_before = origin->n_usable,
        .nodes_after = wish->nodes_after,
        .size_factor = wish->size_factor,
        .daemons_cpu_saved = daemons_cpu(origin),
        .verdict = RESILIENCE_DOES_NOT_FIT,
    };
    for (size_t r = 0; r < RESOURCES_REPORTED; r++)
        out->ratio_after[r] = (double)NAN;
    for (size_t i = 0; i < wish->nodes_after && origin->n_usable > 0; i++)
        from[i] = usable[i % origin->n_usable];
    if (origin->n_usable == 0)
        return 0;
    if (placement_of_plan(origin, &plan, &planned, err) < 0)
        return -1;
    return move_and_lose(&planned, wish->mode, out, err);
}

/* --- more nodes --- */

static bool same_size(const struct placement_node *a, const struct placement_node *b)
{
    return a->allocatable.of[RESOURCE_CPU] == b->allocatable.of[RESOURCE_CPU] &&
           a->allocatable.of[RESOURCE_MEMORY] == b->allocatable.of[RESOURCE_MEMORY] &&
           a->allocatable.of[RESOURCE_PODS] == b->allocatable.of[RESOURCE_PODS];
}

/* The usable node of the most usual size. */
static uint32_t usual_node(const struct placement *placement)
{
    uint32_t best = UINT32_MAX;
    size_t most = 0;

    for (size_t i = 0; i < placement->n_usable && most * 2 < placement->n_usable; i++) {
        const struct placement_node *node = &placement->nodes[placement->roomy[i]];
        size_t n = 0;

        for (size_t j = 0; j < placement->n_usable; j++)
            n += same_size(node, &placement->nodes[placement->roomy[j]]);
        if (n > most) {
            most = n;
            best = placement->roomy[i];
        }
    }
    return best;
}

bool resize_is_uniform(const struct placement *placement)
{
    for (size_t i = 1; i < placement->n_usable; i++)
        if (!same_size(&placement->nodes[placement->roomy[0]], &placement->nodes[placement->roomy[i]]))
            return false;
    return placement->n_usable > 0;
}

/* How many planned nodes stand in the zone of a node. */
static size_t count_zone(const struct placement *placement, const struct placement_plan *plan, uint32_t zone)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n_nodes; i++)
        n += placement->nodes[plan->from[i]].zone == zone && placement->nodes[plan->from[i]].state == PLACEMENT_USABLE;
    return n;
}

/* A node of the usual size in the zone that has the fewest. */
static uint32_t next_copy(const struct placement *placement, const struct placement_plan *plan, uint32_t usual)
{
    uint32_t best = usual;
    size_t least = count_zone(placement, plan, placement->nodes[usual].zone);

    for (uint32_t k = 0; k < placement->n_nodes; k++) {
        const struct placement_node *node = &placement->nodes[k];
        size_t n;

        if (node->state != PLACEMENT_USABLE || node->zone == placement->nodes[best].zone || !same_size(node, &placement->nodes[usual]))
            continue;
        n = count_zone(placement, plan, node->zone);
        if (n < least) {
            least = n;
            best = k;
        }
    }
    return best;
}

/* The sums say where to start: fewer cannot be enough. */
static size_t first_try(const struct placement *placement, const struct resilience *now, uint32_t usual)
{
    const struct placement_node *node = &placement->nodes[usual];
    size_t least = 1;

    for (size_t r = 0; r < RESOURCES_REPORTED; r++) {
        int64_t room = node->allocatable.of[r] - (node->requested.of[r] - node->moving.of[r]);
        double missing = -(double)now->headroom.of[r];

        if (missing > 0 && room > 0 && ceil(missing / (double)room) > (double)least)
            least = missing / (double)room < 1e6 ? (size_t)ceil(missing / (double)room) : 1000000;
    }
    return least;
}

static int try_more(const struct placement *origin, const struct placement_plan *plan, enum resilience_mode mode, bool *holds,
                    struct error *err)
{
    CLEANUP(placement_clear) struct placement planned = {0};
    CLEANUP(resilience_clear) struct resilience after = {0};

    if (placement_of_plan(origin, plan, &planned, err) < 0 || resilience_check(&planned, mode, &after, err) < 0)
        return -1;
    *holds = after.verdict == RESILIENCE_FITS;
    return 0;
}

int resize_nodes_missing(struct placement *origin, const struct resilience *now, size_t *out, uint32_t *type, struct error *err)
{
    size_t tries = origin->n_nodes > LARGE_GROUP ? TRIES_LARGE : TRIES, most = 2 * origin->n_nodes + TRIES, more;
    CLEANUP(free_list) uint32_t *from = calloc(origin->n_nodes + most + 1, sizeof(*from));
    struct placement_plan plan = {.from = from, .size = 1, .kept = true};
    uint32_t usual = usual_node(origin);
    bool holds = false;

    if (!from)
        return error_no_memory(err);
    *out = 0;
    *type = usual;
    if (usual == UINT32_MAX)
        return 0;
    for (uint32_t k = 0; k < origin->n_nodes; k++)
        from[plan.n_nodes++] = k;
    more = first_try(origin, now, usual);
    for (size_t i = 0; i < tries && more <= most && !holds; i++, more++) {
        while (plan.n_nodes < origin->n_nodes + more) {
            from[plan.n_nodes] = next_copy(origin, &plan, usual);
            plan.n_nodes++;
        }
        if (try_more(origin, &plan, now->mode, &holds, err) < 0)
            return -1;
    }
    *out = holds ? more - 1 : 0;
    return 0;
}

/* --- one node less --- */

uint32_t resize_emptiest(const struct placement *placement)
{
    uint32_t best = UINT32_MAX;
    double least = 0;

    for (size_t i = 0; i < placement->n_usable; i++) {
        const struct placement_node *node = &placement->nodes[placement->roomy[i]];
        double share = (double)node->moving.of[RESOURCE_CPU] * placement->share[RESOURCE_CPU] +
                       (double)node->moving.of[RESOURCE_MEMORY] * placement->share[RESOURCE_MEMORY];

        if (best == UINT32_MAX || share < least) {
            least = share;
            best = placement->roomy[i];
        }
    }
    return best;
}

int resize_without(struct placement *origin, uint32_t node, enum resilience_mode mode, struct resilience *out, struct error *err)
{
    enum placement_state before = origin->nodes[node].state;
    int done;

    placement_set_state(origin, node, PLACEMENT_GONE);
    done = resilience_check(origin, mode, out, err);
    placement_set_state(origin, node, before);
    return done;
}
