#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/advice.h"
#include "nodegroup/resilience_resize.h"

enum { WEEKS_LEAST = 12, WEEKS_MOST = 26, DAYS_AFTER_CHANGE = 14 };

static const double coverage_least = 0.9, quiet_share = 0.7;

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The newest weeks, WEEKS_MOST at most. */
static const struct advice_week *newest(const struct advice_history *history, size_t *n)
{
    *n = history->n_weeks < WEEKS_MOST ? history->n_weeks : WEEKS_MOST;
    return history->n_weeks > 0 ? history->weeks + (history->n_weeks - *n) : NULL;
}

static double median_week(const struct advice_week *weeks, size_t n)
{
    double medians[WEEKS_MOST];
    size_t known = 0;

    for (size_t i = 0; weeks && i < n; i++)
        if (weeks[i].coverage >= coverage_least)
            medians[known++] = weeks[i].median_cpu;
    if (known == 0)
        return 0;
    qsort(medians, known, sizeof(*medians), compare_doubles);
    return (medians[(known - 1) / 2] + medians[known / 2]) / 2;
}

/* A quiet week (a holiday) is no evidence that less is needed. Its peak still is evidence that more was. */
struct advice_weeks advice_weigh_weeks(const struct advice_history *history)
{
    size_t n = 0;
    const struct advice_week *weeks = newest(history, &n);
    double usual = median_week(weeks, n);
    struct advice_weeks sum = {0};

    for (size_t i = 0; weeks && i < n; i++) {
        bool quiet = weeks[i].coverage >= coverage_least && weeks[i].median_cpu < quiet_share * usual;

        sum.n_quiet += quiet;
        sum.n_counted += weeks[i].coverage >= coverage_least && !quiet;
        sum.peak_cpu = fmax(sum.peak_cpu, weeks[i].peak_cpu);
        sum.peak_memory = fmax(sum.peak_memory, weeks[i].peak_memory);
        sum.hour_cpu = fmax(sum.hour_cpu, weeks[i].hour_cpu);
        sum.hour_memory = fmax(sum.hour_memory, weeks[i].hour_memory);
    }
    return sum;
}

bool advice_is_as_known(const struct advice_input *input)
{
    double known = input->history->nodes;

    return known <= 0 || fabs(known - (double)input->placement->n_usable) < 0.5;
}

bool advice_is_review(const struct advice_input *input)
{
    const struct advice_history *history = input->history;

    return advice_is_as_known(input) && history->days_since_change >= DAYS_AFTER_CHANGE &&
           history->days_since_review >= history->review_period_days && !history->will_cross;
}

/* The busiest day and hour of one resource. */
struct busiest {
    double day, hour;
};

/* What is left is enough for the day under P2 and for the hour under P1, which a day's mean hides; and after a loss the day stays under
 * the line at which more nodes are asked for. Otherwise the next report, or alert, would take the advice back. */
static bool is_enough(struct busiest busiest, double left, double largest, const double lines[2])
{
    return busiest.day < lines[0] * left && busiest.hour <= lines[1] * left && busiest.day <= lines[1] * (left - largest);
}

static bool capacity_is_enough(const struct advice_input *input, uint32_t without, const struct advice_weeks *weeks)
{
    const double cpu_lines[2] = {input->lines.p2, input->lines.p1_cpu}, memory_lines[2] = {input->lines.p2, input->lines.p1_memory};
    double left[RESOURCES_REPORTED] = {0}, largest[RESOURCES_REPORTED] = {0};

    for (uint32_t k = 0; k < input->placement->n_nodes; k++) {
        const struct placement_node *node = &input->placement->nodes[k];

        for (size_t r = 0; node->state == PLACEMENT_USABLE && k != without && r < RESOURCES_REPORTED; r++) {
            left[r] += (double)node->node->capacity->of[r];
            largest[r] = fmax(largest[r], (double)node->node->capacity->of[r]);
        }
    }
    return is_enough((struct busiest){weeks->peak_cpu, weeks->hour_cpu}, left[RESOURCE_CPU], largest[RESOURCE_CPU], cpu_lines) &&
           is_enough((struct busiest){weeks->peak_memory, weeks->hour_memory}, left[RESOURCE_MEMORY], largest[RESOURCE_MEMORY],
                     memory_lines);
}

/* Every mode that was asked for must hold without the node too. */
static int holds_without(const struct advice_input *input, uint32_t node, bool *holds, struct error *err)
{
    *holds = true;
    for (size_t i = 0; *holds && i < input->n_checks; i++) {
        CLEANUP(resilience_clear) struct resilience after = {0};

        if (resize_without(input->placement, node, input->checks[i].mode, &after, err) < 0)
            return -1;
        *holds = after.verdict == RESILIENCE_FITS;
    }
    return 0;
}

static void advise_removal(const struct advice_input *input, uint32_t at, const struct advice_weeks *weeks, struct advice_list *out)
{
    const struct placement_node *node = &input->placement->nodes[at];
    const char *name = node->node->name;
    size_t n = input->placement->n_usable;
    struct advice *advice = advice_add(out, ADVICE_REMOVE_NODE, ADVICE_INFO);

    (void)snprintf(
        advice->text, sizeof(advice->text),
        "Node %s can go. Ask first: were these weeks ordinary ones for the users, and is more load planned before the next review?", name);
    (void)snprintf(
        advice->why, sizeof(advice->why),
        "%zu weeks at 90 %% coverage or more, %zu quiet ones (holidays?) left out; the largest daily mean, %.0fm cpu and %.0f MiB, stays "
        "under %.0f %% of "
        "%zu nodes, and they still outlive a loss",
        weeks->n_counted, weeks->n_quiet, weeks->peak_cpu, weeks->peak_memory / (1024.0 * 1024.0), 100 * input->lines.p2, n - 1);
    if (size_warning_of(n, n - 1).change == SIZE_CHANGE_HALVES) {
        advice = advice_add(out, ADVICE_ASK_BEFORE_HALVING, ADVICE_WARNING);
        (void)snprintf(advice->text, sizeof(advice->text), "Ask the owners of the load before going from %zu to %zu nodes", n, n - 1);
        (void)snprintf(advice->why, sizeof(advice->why), "that halves the group");
    }
    if (!advice_is_plain_name(name))
        return;
    advice = advice_add(out, ADVICE_DRAIN_AND_CORDON, ADVICE_INFO);
    (void)snprintf(advice->text, sizeof(advice->text), "kubectl cordon %s && kubectl drain %s --ignore-daemonsets --delete-emptydir-data",
                   name, name);
    (void)snprintf(advice->why, sizeof(advice->why),
                   "before the machine is deleted its %lld pod(s) move, and respect their disruption budgets",
                   (long long)node->moving.of[RESOURCE_PODS]);
}

int advice_shrink(const struct advice_input *input, struct advice_list *out, struct error *err)
{
    struct advice_weeks weeks = advice_weigh_weeks(input->history);
    uint32_t at = resize_emptiest(input->placement);
    size_t n = input->placement->n_usable;
    bool holds = false;

    if (n < 2 || !input->requests_count || weeks.n_counted < WEEKS_LEAST || !advice_is_review(input) ||
        !capacity_is_enough(input, at, &weeks))
        return 0;
    if (size_warning_of(n, n - 1).below_three)
        return advice_half_size(input, out, err);
    if (holds_without(input, at, &holds, err) < 0)
        return -1;
    if (holds)
        advise_removal(input, at, &weeks, out);
    return 0;
}
