#include <math.h>
#include <stdio.h>

#include "nodegroup/advice.h"

static const double size_tolerance = 0.02; /* nodes that differ by less are of one size */

/* What is lost together: nodes, or zones where those shall be outlived. */
struct domains {
    size_t n;
    bool zones;
};

static struct domains failure_domains(const struct advice_input *input)
{
    struct domains domains = {.n = input->placement->n_usable};

    for (size_t i = 0; i < input->n_asked; i++)
        if (input->checks[i].mode == RESILIENCE_ZONE && input->placement->n_zones >= 2 && input->placement->n_zones < domains.n)
            domains = (struct domains){.n = input->placement->n_zones, .zones = true};
    return domains;
}

static double size_of_zone(const struct placement *placement, uint32_t zone, int resource)
{
    double size = 0;

    for (uint32_t k = 0; k < placement->n_nodes; k++)
        if (placement->nodes[k].state == PLACEMENT_USABLE && placement->nodes[k].zone == zone)
            size += (double)placement->nodes[k].node->capacity->of[resource];
    return size;
}

/* The share that is left without the largest. */
static double share_left(const struct placement *placement, bool zones, int resource)
{
    double largest = 0, all = 0;

    for (uint32_t k = 0; k < placement->n_nodes; k++)
        if (placement->nodes[k].state == PLACEMENT_USABLE) {
            all += (double)placement->nodes[k].node->capacity->of[resource];
            largest = fmax(largest, zones ? 0 : (double)placement->nodes[k].node->capacity->of[resource]);
        }
    for (uint32_t zone = 0; zones && zone < placement->n_zones; zone++)
        largest = fmax(largest, size_of_zone(placement, zone, resource));
    return all > 0 ? 1 - largest / all : 1; /* not known: the number of nodes says it */
}

void advice_lines(const struct advice_input *input, struct advice_list *out)
{
    struct domains domains = failure_domains(input);
    struct size_limits limits = size_limits_of(domains.n, &input->lines);
    double cpu = share_left(input->placement, domains.zones, RESOURCE_CPU);
    double memory = share_left(input->placement, domains.zones, RESOURCE_MEMORY);
    bool differ = fmin(cpu, memory) < limits.resilient - size_tolerance;
    struct advice *advice;

    if (differ)
        limits = size_limits_left(cpu, memory, &input->lines);
    if (domains.n < 2 || limits.p2_is_early_enough)
        return;
    advice = advice_add(out, ADVICE_P2_LINE_TOO_LATE, ADVICE_INFO);
    (void)snprintf(advice->text, sizeof(advice->text),
                   "Lower the P2 line of this group from %.0f %% to %.1f %% for cpu and %.1f %% for memory", 100 * input->lines.p2,
                   100 * fmin(limits.keep_cpu, input->lines.p2), 100 * fmin(limits.keep_memory, input->lines.p2));
    (void)snprintf(
        advice->why, sizeof(advice->why),
        "%zu %s%s outlive the loss of %s only below %.1f %%, and stay under the P1 lines then only below %.1f %% cpu and %.1f %% "
        "memory",
        domains.n, domains.zones ? "zones" : "nodes", differ ? " of unequal size" : "", differ ? "the largest" : "one",
        100 * limits.resilient, 100 * limits.keep_cpu, 100 * limits.keep_memory);
}
