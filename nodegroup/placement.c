#include "nodegroup/placement.h"

#include <stdlib.h>
#include <string.h>

/* Together about a tenth of a second. */
enum { BUDGET = 2000000, LOOKS = 60000000 };

static const size_t arena_max = (size_t)2 << 30;

void placement_clear(struct placement *placement)
{
    arena_clear(&placement->arena);
    *placement = (struct placement){.arena.limit = arena_max};
}

/* --- finishing a build --- */

static void forget(struct placement *placement)
{
    placement->n_usable = placement->n_gone = placement->n_lost = placement->n_movers = 0;
    placement->has_bound = false;
    memset(placement->room, 0, placement->n_nodes * sizeof(*placement->room));
    memset(placement->lost, 0, placement->n_nodes * sizeof(*placement->lost));
    for (size_t k = 0; k < placement->n_nodes; k++) {
        struct placement_node *node = &placement->nodes[k];

        node->requested = node->moving = (struct amounts){0};
        node->n_pods = node->n_bound = 0;
    }
    for (size_t t = 0; t < placement->n_terms; t++) {
        struct placement_term *term = &placement->terms[t];

        memset(term->apart, 0, term->n_domains * sizeof(*term->apart));
        memset(term->matching, 0, term->n_domains * sizeof(*term->matching));
        term->all_matching = 0;
    }
}

static void add_sums(struct placement *placement)
{
    for (size_t i = 0; i < placement->n_pods; i++) {
        const struct placement_pod *pod = &placement->pods[i];
        struct placement_node *node = &placement->nodes[pod->node];

        node->n_pods++;
        amounts_add(&node->requested, &pod->need);
        if (pod->dies)
            continue;
        amounts_add(&node->moving, &pod->need);
        if (placement->classes[pod->class].places) {
            node->n_bound++;
            placement->has_bound = true;
        }
    }
}

static void order_by_node(struct placement *placement)
{
    uint32_t next = 0;

    for (size_t k = 0; k < placement->n_nodes; k++) {
        placement->nodes[k].first_pod = next;
        next += placement->nodes[k].n_pods;
        placement->nodes[k].n_pods = 0;
    }
    for (uint32_t i = 0; i < placement->n_pods; i++) {
        struct placement_node *node = &placement->nodes[placement->pods[i].node];

        placement->by_node[node->first_pod + node->n_pods++] = i;
    }
}

static void measure_room(struct placement *placement)
{
    for (size_t k = 0; k < placement->n_nodes; k++) {
        const struct placement_node *node = &placement->nodes[k];

        for (size_t r = 0; node->state == PLACEMENT_USABLE && r < RESOURCES_MAX; r++)
            if (node->allocatable.of[r] > node->requested.of[r])
                placement->room[k].of[r] = node->allocatable.of[r] - node->requested.of[r];
    }
}

static double room_share(const struct placement *placement, uint32_t node)
{
    double cpu = (double)placement->room[node].of[RESOURCE_CPU] * placement->share[RESOURCE_CPU];
    double memory = (double)placement->room[node].of[RESOURCE_MEMORY] * placement->share[RESOURCE_MEMORY];

    return cpu < memory ? cpu : memory;
}

static int compare_room(const void *a, const void *b, void *context)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    double room_x = room_share(context, x), room_y = room_share(context, y);

    if (room_x != room_y)
        return room_x > room_y ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void order_by_room(struct placement *placement)
{
    for (uint32_t k = 0; k < placement->n_nodes; k++)
        if (placement->nodes[k].state == PLACEMENT_USABLE)
            placement->roomy[placement->n_usable++] = k;
        else if (placement->nodes[k].state == PLACEMENT_GONE)
            placement->gone[placement->n_gone++] = k;
    qsort_r(placement->roomy, placement->n_usable, sizeof(*placement->roomy), compare_room, placement);
}

static bool is_mutual(const struct placement_link *link)
{
    return !(link->roles & ROLE_APART) == !(link->roles & ROLE_MATCHES);
}

int placement_count_terms(struct placement *placement, struct error *err)
{
    for (size_t t = 0; t < placement->n_terms; t++)
        placement->terms[t].mutual = true;
    for (size_t i = 0; i < placement->n_links; i++)
        placement->terms[placement->links[i].term].mutual &= is_mutual(&placement->links[i]);
    for (size_t t = 0; t < placement->n_terms; t++) {
        struct placement_term *term = &placement->terms[t];

        term->matching = arena_alloc(&placement->arena, (term->n_domains + 1) * sizeof(*term->matching));
        term->apart = term->mutual ? term->matching : arena_alloc(&placement->arena, (term->n_domains + 1) * sizeof(*term->apart));
    }
    return placement->arena.failed ? error_no_memory(err) : 0;
}

/* Pods of the terms' domains as they are before any loss; those of gone nodes run nowhere. */
static void count_terms(struct placement *placement)
{
    for (size_t i = 0; i < placement->n_pods; i++) {
        const struct placement_pod *pod = &placement->pods[i];

        if (pod->n_links > 0 && placement->nodes[pod->node].state != PLACEMENT_GONE) {
            struct amounts room = placement->room[pod->node];

            placement_put(placement, pod, pod->node);
            placement->room[pod->node] = room;
        }
    }
}

/* All that follows from nodes, pods and terms. */
static void measure(struct placement *placement)
{
    forget(placement);
    add_sums(placement);
    order_by_node(placement);
    measure_room(placement);
    order_by_room(placement);
    count_terms(placement);
}

int placement_finish(struct placement *placement, struct error *err)
{
    struct arena *arena = &placement->arena;
    size_t n = placement->n_nodes + 1, pods = placement->n_pods + 1;

    placement->by_node = arena_alloc(arena, pods * sizeof(*placement->by_node));
    placement->room = arena_alloc(arena, n * sizeof(*placement->room));
    placement->lost = arena_alloc(arena, n * sizeof(*placement->lost));
    placement->lost_nodes = arena_alloc(arena, n * sizeof(*placement->lost_nodes));
    placement->roomy = arena_alloc(arena, n * sizeof(*placement->roomy));
    placement->gone = arena_alloc(arena, n * sizeof(*placement->gone));
    placement->movers = arena_alloc(arena, pods * sizeof(*placement->movers));
    placement->place = arena_alloc(arena, pods * sizeof(*placement->place));
    placement->unplaced = arena_alloc(arena, pods * sizeof(*placement->unplaced));
    placement->budget = BUDGET;
    placement->looks = LOOKS;
    if (arena->failed)
        return error_no_memory(err);
    measure(placement);
    return 0;
}

void placement_set_state(struct placement *placement, uint32_t node, enum placement_state state)
{
    placement->nodes[node].state = state;
    measure(placement);
}

void placement_commit(struct placement *placement)
{
    for (size_t i = 0; i < placement->n_movers; i++)
        if (placement->place[i] != PLACEMENT_NO_DOMAIN)
            placement->pods[placement->movers[i]].node = placement->place[i];
    measure(placement);
}

/* --- losing nodes --- */

bool placement_is_stranded(const struct placement *placement, const struct placement_pod *pod)
{
    const uint64_t *places = placement->classes[pod->class].places;

    for (uint32_t k = 0; places && k < placement->n_nodes; k++)
        if (placement_bit(places, k) && !placement->lost[k] && placement->nodes[k].state != PLACEMENT_GONE)
            return false;
    return places != NULL;
}

static int compare_ranks(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void collect_movers(struct placement *placement, uint32_t k)
{
    const struct placement_node *node = &placement->nodes[k];

    for (uint32_t i = 0; i < node->n_pods; i++) {
        uint32_t at = placement->by_node[node->first_pod + i];
        const struct placement_pod *pod = &placement->pods[at];

        if (!pod->dies && (node->n_bound == 0 || !placement_is_stranded(placement, pod)))
            placement->movers[placement->n_movers++] = at;
    }
}

/* Its pods run nowhere now: they keep no other away. */
static void count_out(struct placement *placement, uint32_t k, bool out)
{
    const struct placement_node *node = &placement->nodes[k];
    struct amounts room = placement->room[k];

    for (uint32_t i = 0; placement->n_terms > 0 && i < node->n_pods; i++) {
        const struct placement_pod *pod = &placement->pods[placement->by_node[node->first_pod + i]];

        if (pod->n_links > 0 && out)
            placement_take(placement, pod, k);
        else if (pod->n_links > 0)
            placement_put(placement, pod, k);
    }
    placement->room[k] = room;
}

void placement_lose(struct placement *placement, const uint32_t *nodes, size_t n)
{
    placement->n_movers = placement->n_unplaced = 0;
    for (size_t i = 0; i < n; i++) {
        placement->lost[nodes[i]] = true;
        placement->lost_nodes[placement->n_lost++] = nodes[i];
        count_out(placement, nodes[i], true);
    }
    for (size_t i = 0; i < placement->n_gone; i++)
        collect_movers(placement, placement->gone[i]);
    for (size_t i = 0; i < n; i++)
        collect_movers(placement, nodes[i]);
    if (n + placement->n_gone > 1)
        qsort(placement->movers, placement->n_movers, sizeof(*placement->movers), compare_ranks);
}

void placement_restore(struct placement *placement)
{
    while (placement->n_lost > 0) {
        uint32_t k = placement->lost_nodes[--placement->n_lost];

        placement->lost[k] = false;
        count_out(placement, k, false);
    }
}
