#include "nodegroup/resilience_resize.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_BELOW = 64, SMALL_GROUP = 24 }; /* a small group may need more than twice its nodes */

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

    struct resize resize = {
        .nodes_before = origin->n_usable,
        .nodes_after = wish->nodes_after,
        .size_factor = wish->size_factor,
        .daemons_cpu_saved = daemons_cpu(origin),
        .verdict = RESILIENCE_DOES_NOT_FIT,
        .ratio_after = {(double)NAN, (double)NAN, (double)NAN},
    };

    if (!usable || !from)
        return error_no_memory(err);
    for (size_t i = 0; i < wish->nodes_after && origin->n_usable > 0; i++)
        from[i] = usable[i % origin->n_usable];
    if (origin->n_usable > 0 &&
        (placement_of_plan(origin, &plan, &planned, err) < 0 || move_and_lose(&planned, wish->mode, &resize, err) < 0))
        return -1;
    *out = resize;
    return 0;
}

/* --- more nodes --- */

static bool same_size(const struct placement_node *a, const struct placement_node *b)
{
    return a->allocatable.of[RESOURCE_CPU] == b->allocatable.of[RESOURCE_CPU] &&
           a->allocatable.of[RESOURCE_MEMORY] == b->allocatable.of[RESOURCE_MEMORY] &&
           a->allocatable.of[RESOURCE_PODS] == b->allocatable.of[RESOURCE_PODS];
}

uint32_t resize_usual_node(const struct placement *placement)
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

/* The zones of a growing group: how many usable nodes stand in each, and one of the usual size to copy there. The last
 * one is that of the nodes without a zone. */
struct growth {
    size_t *in_zone;
    uint32_t *sample; /* UINT32_MAX: there is none */
    size_t n_zones;
};

static void growth_clear(struct growth *growth)
{
    free(growth->in_zone);
    free(growth->sample);
}

static size_t zone_of(const struct growth *growth, const struct placement_node *node)
{
    return node->zone == PLACEMENT_NO_ZONE ? growth->n_zones - 1 : node->zone;
}

static int growth_start(const struct placement *placement, uint32_t usual, struct growth *growth, struct error *err)
{
    growth->n_zones = placement->n_zones + 1;
    growth->in_zone = calloc(growth->n_zones, sizeof(*growth->in_zone));
    growth->sample = calloc(growth->n_zones, sizeof(*growth->sample));
    if (!growth->in_zone || !growth->sample)
        return error_no_memory(err);
    memset(growth->sample, 0xff, growth->n_zones * sizeof(*growth->sample));
    for (uint32_t k = 0; k < placement->n_nodes; k++) {
        const struct placement_node *node = &placement->nodes[k];
        size_t zone = zone_of(growth, node);

        if (node->state != PLACEMENT_USABLE)
            continue;
        growth->in_zone[zone]++;
        if (growth->sample[zone] == UINT32_MAX && same_size(node, &placement->nodes[usual]))
            growth->sample[zone] = k;
    }
    growth->sample[zone_of(growth, &placement->nodes[usual])] = usual;
    return 0;
}

/* A node of the usual size in the zone that has the fewest; the usual node's own zone when they are equal. */
static uint32_t next_copy(struct growth *growth, const struct placement *placement, uint32_t usual)
{
    size_t best = zone_of(growth, &placement->nodes[usual]);

    for (size_t zone = 0; zone < growth->n_zones; zone++)
        if (growth->sample[zone] != UINT32_MAX && growth->in_zone[zone] < growth->in_zone[best])
            best = zone;
    growth->in_zone[best]++;
    return growth->sample[best];
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
    enum resilience_verdict after = RESILIENCE_UNKNOWN;

    if (placement_of_plan(origin, plan, &planned, err) < 0 || resilience_judge(&planned, mode, &after, err) < 0)
        return -1;
    *holds = after == RESILIENCE_FITS;
    return 0;
}

struct least_search {
    const struct placement *origin;
    struct placement_plan *plan; /* its nodes grow, and are used from the start */
    uint32_t *from;
    struct growth *growth;
    enum resilience_mode mode;
    uint32_t usual;
    size_t grown;
};

static int try_count(struct least_search *search, size_t more, bool *holds, struct error *err)
{
    size_t wanted = search->origin->n_nodes + more;

    while (search->grown < wanted)
        search->from[search->grown++] = next_copy(search->growth, search->origin, search->usual);
    search->plan->n_nodes = wanted;
    return try_more(search->origin, search->plan, search->mode, holds, err);
}

/* Steps that double until it holds, then halves between the last two; for large numbers near enough. */
static int search_least(struct least_search *search, size_t first, size_t most, size_t *out, struct error *err)
{
    size_t fails = first - 1, holds = first, step = 1;
    bool answer = false;

    while (!answer) {
        if (holds > most)
            return 0;
        if (try_count(search, holds, &answer, err) < 0)
            return -1;
        if (answer)
            break;
        fails = holds;
        holds = holds < most && holds + step > most ? most : holds + step;
        step *= 2;
    }
    while (holds - fails > 1 + holds / EXACT_BELOW) {
        size_t middle = fails + (holds - fails) / 2;

        if (try_count(search, middle, &answer, err) < 0)
            return -1;
        *(answer ? &holds : &fails) = middle;
    }
    *out = holds;
    return 0;
}

/* Where the n copies at the end of from stand. */
static void tell_zones(const struct least_search *search, size_t n, char *out, size_t size)
{
    const struct placement *origin = search->origin;
    struct growth *growth = search->growth;
    size_t len = 0;

    out[0] = '\0';
    memset(growth->in_zone, 0, growth->n_zones * sizeof(*growth->in_zone));
    for (size_t i = 0; i < n; i++)
        growth->in_zone[zone_of(growth, &origin->nodes[search->from[origin->n_nodes + i]])]++;
    for (size_t zone = 0; zone < origin->n_zones && origin->n_zones > 1 && len < size; zone++) {
        if (growth->in_zone[zone] == n)
            (void)snprintf(out, size, "in zone %s", origin->zones[zone]);
        else if (growth->in_zone[zone] > 0)
            len += (size_t)snprintf(out + len, size - len, "%s%zu in zone %s", len > 0 ? ", " : "", growth->in_zone[zone],
                                    origin->zones[zone]);
    }
}

int resize_nodes_missing(struct placement *origin, const struct resilience *now, struct resize_more *out, struct error *err)
{
    size_t most = 2 * origin->n_nodes + SMALL_GROUP;
    CLEANUP(free_list) uint32_t *from = calloc(origin->n_nodes + most + 1, sizeof(*from));
    CLEANUP(growth_clear) struct growth growth = {0};
    struct placement_plan plan = {.from = from, .size = 1, .kept = true};
    uint32_t usual = resize_usual_node(origin);
    struct least_search search = {.origin = origin, .plan = &plan, .from = from, .growth = &growth, .mode = now->mode, .usual = usual};
    struct resize_more more = {.type = usual};

    if (!from)
        return error_no_memory(err);
    if (usual != UINT32_MAX) {
        if (growth_start(origin, usual, &growth, err) < 0)
            return -1;
        for (uint32_t k = 0; k < origin->n_nodes; k++)
            from[search.grown++] = k;
        if (search_least(&search, first_try(origin, now, usual), most, &more.n, err) < 0)
            return -1;
        tell_zones(&search, more.n, more.where, sizeof(more.where));
    }
    *out = more;
    return 0;
}

/* --- one node less --- */

static size_t usable_in_zone_of(const struct placement *placement, const struct placement_node *node)
{
    size_t n = 0;

    for (size_t i = 0; i < placement->n_usable; i++)
        n += placement->nodes[placement->roomy[i]].zone == node->zone;
    return n;
}

uint32_t resize_emptiest(const struct placement *placement)
{
    uint32_t best = UINT32_MAX;
    size_t most = 0; /* nodes in its zone */
    double least = 0;

    for (size_t i = 0; i < placement->n_usable; i++) {
        const struct placement_node *node = &placement->nodes[placement->roomy[i]];
        size_t beside = usable_in_zone_of(placement, node);
        double share = (double)node->moving.of[RESOURCE_CPU] * placement->share[RESOURCE_CPU] +
                       (double)node->moving.of[RESOURCE_MEMORY] * placement->share[RESOURCE_MEMORY];

        if (beside < most || (beside == most && best != UINT32_MAX && share >= least))
            continue;
        most = beside;
        least = share;
        best = placement->roomy[i];
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
