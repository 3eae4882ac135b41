#include "queue/hpa_rules.h"

#include <math.h>
#include <string.h>

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* --- stabilization --- */

/* Recommendations stand in the order of time. Those that no window reaches any more are dropped, and a row of equal ones is kept
 * as its newest: it is the last to leave a window, so least and most of every window are the same without the others. */
static void remember(struct hpa *hpa, int64_t now_ms, int64_t replicas)
{
    int64_t window = most(hpa->spec.up.stabilization_ms, hpa->spec.down.stabilization_ms);
    struct hpa_recommendation *items = hpa->recommendations;
    size_t old = 0;

    if (hpa->n_recommendations > 0 && items[hpa->n_recommendations - 1].replicas == replicas)
        hpa->n_recommendations--;
    while (old < hpa->n_recommendations && items[old].at_ms < now_ms - window)
        old++;
    if (old == 0 && hpa->n_recommendations == HPA_HISTORY_MAX)
        old = 1;
    hpa->n_recommendations -= old;
    memmove(items, items + old, hpa->n_recommendations * sizeof(*items));
    items[hpa->n_recommendations++] = (struct hpa_recommendation){.at_ms = now_ms, .replicas = replicas};
}

void hpa_remember_start(struct hpa *hpa, int64_t now_ms, int64_t current)
{
    if (hpa->n_recommendations == 0)
        remember(hpa, now_ms, current);
}

int64_t hpa_stabilize(struct hpa *hpa, int64_t now_ms, int64_t current, int64_t proposed)
{
    int64_t lowest = proposed, highest = proposed;

    for (size_t i = 0; i < hpa->n_recommendations; i++) {
        const struct hpa_recommendation *item = &hpa->recommendations[i];

        if (item->at_ms > now_ms - hpa->spec.up.stabilization_ms)
            lowest = least(lowest, item->replicas);
        if (item->at_ms > now_ms - hpa->spec.down.stabilization_ms)
            highest = most(highest, item->replicas);
    }
    remember(hpa, now_ms, proposed);
    return least(most(current, lowest), highest);
}

/* --- policies --- */

static int64_t change_since(const struct hpa_event *events, size_t n, int64_t after_ms)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        if (events[i].at_ms > after_ms)
            sum += events[i].change;
    return sum;
}

static int64_t at_start_of_period(const struct hpa *hpa, const struct hpa_policy *policy, int64_t now_ms, int64_t current)
{
    int64_t start_ms = now_ms - policy->period_ms;

    return current - change_since(hpa->ups, hpa->n_ups, start_ms) + change_since(hpa->downs, hpa->n_downs, start_ms);
}

/* Rounded up: otherwise a small percentage of a few replicas would never scale up. */
static int64_t up_by(const struct hpa_policy *policy, int64_t start)
{
    if (policy->type == HPA_POLICY_PODS)
        return start + policy->value;
    return (int64_t)ceil((double)start * (1 + (double)policy->value / 100));
}

static int64_t down_by(const struct hpa_policy *policy, int64_t start)
{
    if (policy->type == HPA_POLICY_PODS)
        return start - policy->value;
    return (int64_t)((double)start * (1 - (double)policy->value / 100));
}

/* selectPolicy Min means the least change: the lowest limit upwards, the highest limit downwards. */
static int64_t up_limit(const struct hpa *hpa, int64_t now_ms, int64_t current)
{
    const struct hpa_rules *rules = &hpa->spec.up;
    int64_t limit = rules->select == HPA_SELECT_MIN ? INT32_MAX : INT32_MIN;

    if (rules->select == HPA_SELECT_DISABLED)
        return current;
    for (size_t i = 0; i < rules->n_policies; i++) {
        int64_t allowed = up_by(&rules->policies[i], at_start_of_period(hpa, &rules->policies[i], now_ms, current));

        limit = rules->select == HPA_SELECT_MIN ? least(limit, allowed) : most(limit, allowed);
    }
    return limit;
}

static int64_t down_limit(const struct hpa *hpa, int64_t now_ms, int64_t current)
{
    const struct hpa_rules *rules = &hpa->spec.down;
    int64_t limit = rules->select == HPA_SELECT_MIN ? INT32_MIN : INT32_MAX;

    if (rules->select == HPA_SELECT_DISABLED)
        return current;
    for (size_t i = 0; i < rules->n_policies; i++) {
        int64_t allowed = down_by(&rules->policies[i], at_start_of_period(hpa, &rules->policies[i], now_ms, current));

        limit = rules->select == HPA_SELECT_MIN ? most(limit, allowed) : least(limit, allowed);
    }
    return limit;
}

int64_t hpa_limit(const struct hpa *hpa, int64_t now_ms, int64_t current, int64_t desired)
{
    /* a limit beyond current: the changes of the period were larger already, so nothing moves until they are old */
    if (desired > current)
        return least(desired, least(hpa->spec.max, most(up_limit(hpa, now_ms, current), current)));
    if (desired < current)
        return most(desired, most(hpa->spec.min, least(down_limit(hpa, now_ms, current), current)));
    return desired;
}

/* --- events --- */

static int64_t longest_period(const struct hpa_rules *rules)
{
    int64_t longest = 0;

    for (size_t i = 0; i < rules->n_policies; i++)
        longest = most(longest, rules->policies[i].period_ms);
    return longest;
}

/* As the controller does it, one outdated event makes room for one new one. (The others stay and may still count for a longer
 * period of the other direction.) */
static size_t place_for(const struct hpa_event *events, size_t n, int64_t outdated_before_ms)
{
    size_t place = n, oldest = 0;

    for (size_t i = 0; i < n; i++) {
        if (events[i].at_ms < outdated_before_ms)
            place = i;
        if (events[i].at_ms < events[oldest].at_ms)
            oldest = i;
    }
    return place < HPA_HISTORY_MAX ? place : oldest;
}

static void add_event(struct hpa_event *events, size_t *n, const struct hpa_event *event, const struct hpa_rules *rules)
{
    size_t place = place_for(events, *n, event->at_ms - longest_period(rules));

    events[place] = *event;
    if (place == *n)
        (*n)++;
}

void hpa_remember_change(struct hpa *hpa, int64_t now_ms, int64_t from, int64_t to)
{
    if (to > from)
        add_event(hpa->ups, &hpa->n_ups, &(struct hpa_event){.at_ms = now_ms, .change = to - from}, &hpa->spec.up);
    else if (to < from)
        add_event(hpa->downs, &hpa->n_downs, &(struct hpa_event){.at_ms = now_ms, .change = from - to}, &hpa->spec.down);
}
