#include "queue/policy_history.h"

#include <string.h>

static void forget_first(struct policy_history *history, size_t n)
{
    history->len -= n;
    memmove(history->items, history->items + n, history->len * sizeof(history->items[0]));
}

/* All entries lie within the window, which spans fewer of these stretches than there are entries: two of them share one. The merged
 * entry stays within its stretch, so that merging again and again cannot carry it along. */
static void merge_two(struct policy_history *history, int64_t window_ms)
{
    struct policy_wish *items = history->items;
    int64_t stretch_ms = window_ms / (POLICY_HISTORY_MAX - 2) + 1;
    size_t later = 1;

    while (later < history->len - 1 && items[later - 1].at_ms / stretch_ms != items[later].at_ms / stretch_ms)
        later++;
    items[later - 1].at_ms = items[later].at_ms;
    history->len--;
    memmove(items + later, items + later + 1, (history->len - later) * sizeof(items[0]));
}

void policy_history_add(struct policy_history *history, int64_t now_ms, int64_t replicas, int64_t window_ms)
{
    size_t old = 0;

    if (history->len > 0 && now_ms < history->items[history->len - 1].at_ms)
        now_ms = history->items[history->len - 1].at_ms;
    while (old < history->len && now_ms - history->items[old].at_ms >= window_ms)
        old++;
    forget_first(history, old);
    while (history->len > 0 && history->items[history->len - 1].replicas <= replicas)
        history->len--;
    if (history->len == POLICY_HISTORY_MAX)
        merge_two(history, window_ms);
    history->items[history->len++] = (struct policy_wish){.at_ms = now_ms, .replicas = replicas};
}

struct policy_wish policy_history_highest(const struct policy_history *history)
{
    return history->len > 0 ? history->items[0] : (struct policy_wish){0};
}
