#include "nodegroup/placement.h"

enum { QUICK_TRIES = 24 };

/* --- one pod on one node --- */

static bool link_allows(const struct placement *placement, const struct placement_link *link, uint32_t node)
{
    const struct placement_term *term = &placement->terms[link->term];
    uint32_t domain = term->domain[node];

    if (domain == PLACEMENT_NO_DOMAIN)
        return !(link->roles & ROLE_TOGETHER);
    if ((link->roles & ROLE_APART) && term->matching[domain] > 0)
        return false;
    if ((link->roles & ROLE_MATCHES) && term->apart[domain] > 0)
        return false;
    /* The first of a set that wants to be together may go anywhere. */
    return !(link->roles & ROLE_TOGETHER) || term->matching[domain] > 0 || (term->all_matching == 0 && (link->roles & ROLE_MATCHES));
}

static bool has_room(const struct amounts *room, const struct amounts *need)
{
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        if (need->of[r] > room->of[r])
            return false;
    return true;
}

bool placement_allows(const struct placement *placement, const struct placement_pod *pod, uint32_t node)
{
    const uint64_t *allowed = placement->classes[pod->class].allowed;

    if (placement->lost[node] || !has_room(&placement->room[node], &pod->need) || (allowed && !placement_bit(allowed, node)))
        return false;
    for (uint32_t i = 0; i < pod->n_links; i++)
        if (!link_allows(placement, &placement->links[pod->first_link + i], node))
            return false;
    return true;
}

static void count_links(struct placement *placement, const struct placement_pod *pod, uint32_t node, int by)
{
    for (uint32_t i = 0; i < pod->n_links; i++) {
        const struct placement_link *link = &placement->links[pod->first_link + i];
        struct placement_term *term = &placement->terms[link->term];
        uint32_t domain = term->domain[node];

        if (domain == PLACEMENT_NO_DOMAIN)
            continue;
        if ((link->roles & ROLE_APART) && !term->mutual)
            term->apart[domain] += by;
        if (link->roles & ROLE_MATCHES) {
            term->matching[domain] += by;
            term->all_matching += by;
        }
    }
}

void placement_put(struct placement *placement, const struct placement_pod *pod, uint32_t node)
{
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        placement->room[node].of[r] -= pod->need.of[r];
    count_links(placement, pod, node, 1);
}

void placement_take(struct placement *placement, const struct placement_pod *pod, uint32_t node)
{
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        placement->room[node].of[r] += pod->need.of[r];
    count_links(placement, pod, node, -1);
}

/* --- all movers --- */

static void take_back(struct placement *placement, size_t n)
{
    while (n > 0) {
        uint32_t node = placement->place[--n];

        if (node != PLACEMENT_NO_DOMAIN)
            placement_take(placement, &placement->pods[placement->movers[n]], node);
    }
}

/* The next node in the order of room, from *at on, that takes the pod; a few tries only. */
static bool next_roomy(const struct placement *placement, const struct placement_pod *pod, size_t *at)
{
    for (size_t tries = 0; tries < QUICK_TRIES && tries < placement->n_usable; tries++) {
        if (placement_allows(placement, pod, placement->roomy[*at]))
            return true;
        *at = *at + 1 == placement->n_usable ? 0 : *at + 1;
    }
    return false;
}

/* Each mover on the next of the roomiest nodes that takes it, from the front again when those behind are too full: finds a
 * place for all at once while there is room. */
bool placement_fits_quickly(struct placement *placement)
{
    size_t at = 0, i;

    for (i = 0; i < placement->n_movers; i++) {
        const struct placement_pod *pod = &placement->pods[placement->movers[i]];

        if (!next_roomy(placement, pod, &at)) {
            at = 0;
            if (!next_roomy(placement, pod, &at))
                break;
        }
        placement->place[i] = placement->roomy[at];
        placement_put(placement, pod, placement->roomy[at]);
        at = at + 1 == placement->n_usable ? 0 : at + 1;
    }
    take_back(placement, i);
    return i == placement->n_movers;
}

/* The larger share of the group that would be left on the node: best fit leaves the least. */
static double leftover(const struct placement *placement, const struct placement_pod *pod, uint32_t node)
{
    const struct amounts *room = &placement->room[node];
    double cpu = (double)(room->of[RESOURCE_CPU] - pod->need.of[RESOURCE_CPU]) * placement->share[RESOURCE_CPU];
    double memory = (double)(room->of[RESOURCE_MEMORY] - pod->need.of[RESOURCE_MEMORY]) * placement->share[RESOURCE_MEMORY];

    return cpu > memory ? cpu : memory;
}

static uint32_t best_node(const struct placement *placement, const struct placement_pod *pod)
{
    uint32_t best = PLACEMENT_NO_DOMAIN;
    double least = 0;

    for (size_t i = 0; i < placement->n_usable; i++) {
        uint32_t node = placement->roomy[i];
        double left;

        if (!placement_allows(placement, pod, node))
            continue;
        left = leftover(placement, pod, node);
        if (best == PLACEMENT_NO_DOMAIN || left < least) {
            best = node;
            least = left;
        }
    }
    return best;
}

bool placement_settle(struct placement *placement)
{
    placement->n_unplaced = 0;
    for (size_t i = 0; i < placement->n_movers; i++) {
        const struct placement_pod *pod = &placement->pods[placement->movers[i]];

        placement->place[i] = best_node(placement, pod);
        if (placement->place[i] == PLACEMENT_NO_DOMAIN)
            placement->unplaced[placement->n_unplaced++] = placement->movers[i];
        else
            placement_put(placement, pod, placement->place[i]);
    }
    return placement->n_unplaced == 0;
}

void placement_unsettle(struct placement *placement)
{
    take_back(placement, placement->n_movers);
}

static bool wants_company(const struct placement *placement, const struct placement_pod *pod)
{
    for (uint32_t i = 0; i < pod->n_links; i++)
        if (placement->links[pod->first_link + i].roles & ROLE_TOGETHER)
            return true;
    return false;
}

static bool has_node(const struct placement *placement, const struct placement_pod *pod)
{
    for (size_t i = 0; i < placement->n_usable; i++)
        if (placement_allows(placement, pod, placement->roomy[i]))
            return true;
    return false;
}

/* Before anything moved: a pod that no node takes now will not be taken later, when there is less room and more company
 * to keep away from. Only one that waits for company may. */
static enum placement_answer first_look(const struct placement *placement)
{
    enum placement_answer answer = PLACEMENT_FITS;

    for (size_t i = 0; i < placement->n_movers; i++) {
        const struct placement_pod *pod = &placement->pods[placement->movers[i]];

        if (wants_company(placement, pod))
            answer = PLACEMENT_UNKNOWN;
        else if (!has_node(placement, pod))
            return PLACEMENT_NONE;
    }
    return answer;
}

enum placement_answer placement_fit(struct placement *placement)
{
    enum placement_answer answer;
    bool settled;

    placement->n_unplaced = 0;
    if (placement_fits_quickly(placement))
        return PLACEMENT_FITS;
    if (placement->looks <= 0)
        return PLACEMENT_UNKNOWN;
    placement->looks -= 2 * (int64_t)(placement->n_movers * placement->n_usable); /* the first look is one more */
    settled = placement_settle(placement);
    placement_unsettle(placement);
    if (settled)
        return PLACEMENT_FITS;
    answer = first_look(placement);
    if (answer == PLACEMENT_FITS) /* nothing speaks against it yet */
        answer = placement_search(placement);
    if (answer == PLACEMENT_FITS)
        placement->n_unplaced = 0;
    return answer;
}

bool placement_is_local(const struct placement *placement)
{
    for (size_t i = 0; i < placement->n_links; i++)
        if ((placement->links[i].roles & ROLE_TOGETHER) || !placement->terms[placement->links[i].term].hosts)
            return false;
    return !placement->has_bound;
}
