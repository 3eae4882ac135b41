#include <math.h>
#include <stdio.h>

#include "nodegroup/advice.h"
#include "nodegroup/resilience_resize.h"

enum { CONSOLIDATE_FROM = 6 };

/* Nodes of another size must hold in each mode that is looked at. *out is of the hardest one, or of the first that does not hold. */
static int check_modes(const struct advice_input *input, struct resize_wish *wish, struct resize *out, struct error *err)
{
    enum resilience_mode hardest = RESILIENCE_NODE;

    for (size_t i = 0; i < input->n_checks; i++)
        if (input->checks[i].mode > hardest)
            hardest = input->checks[i].mode;
    wish->mode = hardest;
    if (resize_check(input->placement, wish, out, err) < 0)
        return -1;
    for (size_t i = 0; out->verdict == RESILIENCE_FITS && i < input->n_checks; i++) {
        struct resize other;

        if (input->checks[i].mode == hardest)
            continue;
        wish->mode = input->checks[i].mode;
        if (resize_check(input->placement, wish, &other, err) < 0)
            return -1;
        if (other.verdict != RESILIENCE_FITS)
            *out = other;
        else
            wish->mode = hardest;
    }
    return 0;
}

/* --- fewer and larger --- */

/* False: not all of them tell, and absent is not idle. Nothing is known of any: *out is 0, and requests alone decide. */
static bool sum_use(const struct advice_input *input, int resource, double *out)
{
    *out = 0;
    for (uint32_t k = 0; input->usage.n_known > 0 && k < input->placement->n_nodes; k++) {
        const struct node_usage *usage = &input->usage.nodes[k];

        if (input->placement->nodes[k].state != PLACEMENT_USABLE)
            continue;
        if (!usage->known)
            return false;
        *out += (double)(resource == RESOURCE_CPU ? usage->cpu_milli : usage->memory_bytes);
    }
    return true;
}

/* What is in use now, and what was on the busiest day, must stay under the P1 line after a loss: one of few takes more with it. */
static bool use_is_carried(const struct advice_input *input, const struct resize_wish *wish, int resource)
{
    const struct placement_node *node = &input->placement->nodes[input->placement->roomy[0]]; /* all are of one size */
    double line = resource == RESOURCE_CPU ? input->lines.p1_cpu : input->lines.p1_memory, used = 0;
    double left = (double)node->node->capacity->of[resource] * wish->size_factor * (double)(wish->nodes_after - 1);

    if (!sum_use(input, resource, &used))
        return false;
    if (input->history) {
        struct advice_weeks weeks = advice_weigh_weeks(input->history);

        used = fmax(used, resource == RESOURCE_CPU ? weeks.peak_cpu : weeks.peak_memory);
    }
    return used <= line * left;
}

int advice_consolidate(const struct advice_input *input, struct advice_list *out, struct error *err)
{
    size_t before = input->placement->n_usable;
    struct resize_wish wish = {.nodes_after = (before + 1) / 2, .size_factor = 2};
    struct resize resize;
    struct advice *advice;

    if (before < CONSOLIDATE_FROM || !input->requests_count || !resize_is_uniform(input->placement))
        return 0;
    if (input->history && !advice_is_review(input)) /* larger needs are in sight, or the last change was not long ago */
        return 0;
    if (!use_is_carried(input, &wish, RESOURCE_CPU) || !use_is_carried(input, &wish, RESOURCE_MEMORY))
        return 0;
    if (check_modes(input, &wish, &resize, err) < 0)
        return -1;
    if (resize.n_unplaced > 0 || resize.verdict != RESILIENCE_FITS)
        return 0;
    advice = advice_add(out, ADVICE_CONSOLIDATE, ADVICE_INFO);
    (void)snprintf(advice->text, sizeof(advice->text),
                   "%zu nodes of twice the size would do instead of %zu, and still outlive the loss of %s", wish.nodes_after, before,
                   advice_loss_name(wish.mode));
    (void)snprintf(
        advice->why, sizeof(advice->why),
        "all pods were placed; after the worst loss requests are %.0f %% cpu, %.0f %% memory, %.0f %% pods; DaemonSets take %lldm "
        "less cpu, but a lost node takes twice as much with it",
        100 * resize.ratio_after[RESOURCE_CPU], 100 * resize.ratio_after[RESOURCE_MEMORY], 100 * resize.ratio_after[RESOURCE_PODS],
        (long long)resize.daemons_cpu_saved);
    if (size_warning_of(before, wish.nodes_after).change != SIZE_CHANGE_HALVES)
        return 0;
    advice = advice_add(out, ADVICE_ASK_BEFORE_HALVING, ADVICE_INFO);
    (void)snprintf(advice->text, sizeof(advice->text), "Ask the owners of the load before going from %zu to %zu nodes", before,
                   wish.nodes_after);
    (void)snprintf(advice->why, sizeof(advice->why), "half as many nodes: pods restart, volumes move, attach limits and pod slots halve");
    return 0;
}

/* --- more and smaller --- */

/* Two nodes have a limit of half: twice as many of half the size, less one, keep more of the same money usable. */
int advice_half_size(const struct advice_input *input, struct advice_list *out, struct error *err)
{
    size_t n = input->placement->n_usable;
    struct resize_wish wish = {.nodes_after = 2 * n - 1, .size_factor = 0.5};
    char name[POD_NAME_MAX + 1];
    struct resize resize;
    struct advice *advice;

    if (check_modes(input, &wish, &resize, err) < 0)
        return -1;
    advice = advice_add(out, ADVICE_HALF_SIZE_BEFORE_BELOW_THREE, ADVICE_INFO);
    if (input->anti_affinity_most > 0 && 2 * n > input->anti_affinity_most)
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Stay at %zu nodes: %zu would be too few, and of %zu of half the size the infrastructure keeps at most %zu apart", n,
                       n - 1, 2 * n, input->anti_affinity_most);
    else if (resize.n_unplaced > 0)
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Stay at %zu nodes: %zu would be too few, and %zu of half the size cannot hold pod %s/%s", n, n - 1,
                       wish.nodes_after, resize.unplaced[0]->shape->namespace, pod_name(resize.unplaced[0], name));
    else if (resize.verdict != RESILIENCE_FITS)
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Stay at %zu nodes: %zu would be too few, and %zu of half the size would not surely outlive the loss of %s", n,
                       n - 1, wish.nodes_after, advice_loss_name(wish.mode));
    else
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Go to %zu nodes of half the size before going below three, then remove one of those", 2 * n);
    (void)snprintf(advice->why, sizeof(advice->why), "%zu nodes outlive the loss of one only below %.1f %%; %zu do below %.1f %%", n - 1,
                   100 * size_limits_of(n - 1, &input->lines).resilient, 2 * n, 100 * size_limits_of(2 * n, &input->lines).resilient);
    return 0;
}
