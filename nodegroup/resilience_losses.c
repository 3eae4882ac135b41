#include "nodegroup/resilience_losses.h"

#include <stdlib.h>

static bool is_candidate(const struct placement_node *node)
{
    return node->state == PLACEMENT_USABLE || (node->state == PLACEMENT_STAYS && node->moving.of[RESOURCE_PODS] > 0);
}

static int compare_zones(const void *a, const void *b, void *context)
{
    const struct placement *placement = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint32_t zone_x = placement->nodes[x].zone, zone_y = placement->nodes[y].zone;

    if (zone_x != zone_y)
        return zone_x < zone_y ? -1 : 1;
    return x < y ? -1 : x > y;
}

int losses_start(struct placement *placement, enum resilience_mode mode, struct losses *losses, struct error *err)
{
    *losses = (struct losses){.mode = mode, .candidates = calloc(placement->n_nodes + 1, sizeof(*losses->candidates)), .beside = 1};
    if (!losses->candidates)
        return error_no_memory(err);
    for (uint32_t k = 0; k < placement->n_nodes; k++)
        if (is_candidate(&placement->nodes[k]))
            losses->candidates[losses->n++] = k;
    if (mode == RESILIENCE_ZONE)
        qsort_r(losses->candidates, losses->n, sizeof(*losses->candidates), compare_zones, placement);
    if (mode == RESILIENCE_DRAIN && losses->n < 2)
        losses->mode = RESILIENCE_NODE; /* the only node is lost; there is no other that could fail */
    return 0;
}

void losses_clear(struct losses *losses)
{
    free(losses->candidates);
}

void losses_rewind(struct losses *losses)
{
    losses->at = 0;
    losses->beside = 1;
}

static const uint32_t *next_pair(struct losses *losses, size_t *n)
{
    if (losses->beside == losses->n) {
        losses->at++;
        losses->beside = losses->at + 1;
    }
    if (losses->beside >= losses->n)
        return NULL;
    losses->pair[0] = losses->candidates[losses->at];
    losses->pair[1] = losses->candidates[losses->beside++];
    *n = 2;
    return losses->pair;
}

const uint32_t *losses_next(struct losses *losses, const struct placement *placement, size_t *n)
{
    const uint32_t *first = &losses->candidates[losses->at];

    if (losses->mode == RESILIENCE_DRAIN)
        return next_pair(losses, n);
    if (losses->at == losses->n)
        return NULL;
    *n = 1;
    while (losses->mode == RESILIENCE_ZONE && losses->at + *n < losses->n &&
           placement->nodes[first[*n]].zone == placement->nodes[*first].zone)
        ++*n;
    losses->at += *n;
    return first;
}
