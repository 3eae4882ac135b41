/* usage_figures.c - what a usage tracker answers. */
#include <math.h>

#include "nodegroup/usage_registry.h"

static void node_pending(const struct usage_tracker *tracker, const struct tracked_node *node, size_t resource, struct window_sum *sum)
{
    struct window_piece piece;

    if (!usage_is_known(node, resource) || !usage_uncredited(tracker, node, tracker->now_boot_ms, &piece))
        return;
    sum->use += node->use[resource] * (double)(piece.to_ms - piece.from_ms);
    sum->capacity += node->capacity[resource] * (double)(piece.to_ms - piece.from_ms);
}

bool usage_tracker_node(const struct usage_tracker *tracker, const char *name, enum usage_resource resource, enum window_span span,
                        struct window_figure *out)
{
    const struct tracked_node *node = usage_find_node(tracker, name);
    struct window_sum sum = {0};

    if (!node)
        return false;
    if (span == WINDOW_NOW) {
        sum.expected = node->capacity[resource];
        if (usage_is_known(node, resource) && usage_is_fresh(tracker, node)) {
            sum.use = node->use[resource];
            sum.capacity = node->capacity[resource];
        }
    } else {
        sum = window_read(&node->windows[resource], span, tracker->now_boot_ms);
        node_pending(tracker, node, resource, &sum);
    }
    *out = window_figure_of(&sum, span);
    return true;
}

static struct window_sum group_sum(const struct usage_tracker *tracker, const struct tracked_group *group, enum usage_resource resource,
                                   enum window_span span)
{
    const struct group_now *now = &group->now[resource];
    struct window_sum sum;

    if (span == WINDOW_NOW)
        return (struct window_sum){.use = now->use, .capacity = now->fresh_capacity, .expected = now->capacity};
    sum = window_read(&group->windows[resource], span, tracker->now_boot_ms);
    sum.use += now->pending.use;
    sum.capacity += now->pending.capacity;
    return sum;
}

bool usage_tracker_group(const struct usage_tracker *tracker, const char *name, enum usage_resource resource, enum window_span span,
                         struct window_figure *out)
{
    const struct tracked_group *group = usage_find_group(tracker, name);
    struct window_sum sum;

    if (!group)
        return false;
    sum = group_sum(tracker, group, resource, span);
    *out = window_figure_of(&sum, span);
    return true;
}

bool usage_tracker_demand(const struct usage_tracker *tracker, const char *name, enum usage_resource resource, enum window_span span,
                          struct usage_demand *out)
{
    const struct tracked_group *group = usage_find_group(tracker, name);
    struct window_figure figure;
    struct window_sum sum;

    if (!group)
        return false;
    sum = group_sum(tracker, group, resource, span);
    figure = window_figure_of(&sum, span);
    *out = (struct usage_demand){.use = (double)NAN, .capacity_now = group->now[resource].capacity};
    if (figure.enough) /* the mean capacity of the time that was watched, times the ratio */
        out->use = figure.ratio * (span == WINDOW_NOW ? sum.expected : sum.expected / sum.watched_ms);
    return true;
}
