/* workspaces.c - pages of Coder's list of workspaces: what is kept of them starts soon, and the largest crowd is the one that counting
 * anew for every start finds.
 *
 * A NUL parts two pages. */
#include <stdlib.h>
#include <string.h>

#include "queue/schedule.h"
#include "test/fuzz/fuzz.h"

enum { PAGE_MAX = 1024 * 1024, POOLS = 3, COUNTED_MAX = 500 };

static const int64_t now_unix_ms = INT64_C(1789344000000); /* 2026-09-14T00:00:00Z */
static const char organization[] = "703f72a1-76f6-4f89-9de6-8a3989693fe5";

static void make_pools(struct queue_spec pools[POOLS])
{
    struct error err = {0};

    LAW(tags_set(&pools[1].tags, "gpu", "1", &err) == 0);
    LAW(tags_set(&pools[2].tags, "gpu", "1", &err) == 0 && tags_set(&pools[2].tags, "region", "eu", &err) == 0);
    for (size_t i = 0; i < POOLS; i++)
        LAW(tags_normalize(&pools[i].tags, &err) == 0);
}

/* Of those that can run it the one with the fewest tags, the first of equals. */
static bool is_for(const struct schedule *schedule, const struct schedule_start *start, const struct schedule_view *view)
{
    size_t best = POOLS;

    if (!uuid_equal(&start->organization, view->organization))
        return false;
    for (size_t i = POOLS; i-- > 0;) {
        const struct tags *tags = &view->specs[i]->tags;

        if (tags_can_run(tags, &schedule->tag_sets.items[start->tag_set]) && (best == POOLS || tags->len <= view->specs[best]->tags.len))
            best = i;
    }
    return best == view->queue;
}

static bool is_near(const struct schedule_start *start)
{
    return start->at_unix_ms >= now_unix_ms - SCHEDULE_AFTER_MS && start->at_unix_ms <= now_unix_ms + SCHEDULE_LEAD_MS;
}

static int64_t count_crowd(const struct schedule *schedule, const struct schedule_view *view)
{
    int64_t most = 0;

    for (size_t i = 0; i < schedule->len; i++) {
        const struct schedule_start *last = &schedule->items[i];
        int64_t crowd = 0;

        for (size_t k = 0; is_near(last) && k < schedule->len; k++) {
            const struct schedule_start *start = &schedule->items[k];

            crowd += is_near(start) && is_for(schedule, start, view) && start->at_unix_ms <= last->at_unix_ms &&
                     start->at_unix_ms > last->at_unix_ms - SCHEDULE_AT_ONCE_MS;
        }
        most = crowd > most ? crowd : most;
    }
    return most;
}

static void law_crowds(const struct schedule *schedule)
{
    struct queue_spec pools[POOLS] = {0};
    const struct queue_spec *const specs[POOLS] = {&pools[0], &pools[1], &pools[2]};
    struct uuid id;

    make_pools(pools);
    LAW(uuid_parse(organization, &id));
    for (size_t queue = 0; schedule->len <= COUNTED_MAX && queue < POOLS; queue++) {
        const struct schedule_view view = {.organization = &id, .specs = specs, .n_specs = POOLS, .queue = queue};

        LAW(schedule_crowd(schedule, &view, now_unix_ms) == count_crowd(schedule, &view));
    }
    for (size_t i = 0; i < POOLS; i++)
        queue_spec_clear(&pools[i]);
}

static void law_sound(const struct schedule *schedule)
{
    LAW(schedule->len <= SCHEDULE_STARTS_MAX);
    for (size_t i = 0; i < schedule->len; i++) {
        const struct schedule_start *start = &schedule->items[i];

        LAW(start->tag_set < schedule->tag_sets.len);
        LAW(start->at_unix_ms >= now_unix_ms - SCHEDULE_AFTER_MS && start->at_unix_ms <= now_unix_ms + SCHEDULE_HORIZON_MS);
        LAW(i == 0 || schedule->items[i - 1].at_unix_ms <= start->at_unix_ms);
    }
}

/* The workspaces of a page, or 0 when it is refused. */
static size_t add_page(struct schedule *schedule, const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(PAGE_MAX);
    struct error err = {0};
    size_t n = 0, before = schedule->len;

    LAW(buffer_append(&body, data, size) == 0);
    if (schedule_add_page(schedule, &body, now_unix_ms, &n, &err) < 0) {
        law_error_is_told(&err);
        LAW(n == 0);
    } else {
        LAW(schedule->len - before <= n);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct schedule schedule = {0};
    size_t n = 0;

    if (size >= PAGE_MAX)
        return 0;
    for (size_t at = 0, len; at < size; at += len + 1) {
        const uint8_t *end = memchr(data + at, '\0', size - at);

        len = end ? (size_t)(end - data) - at : size - at;
        n += add_page(&schedule, data + at, len);
    }
    LAW(schedule.len <= n);
    schedule_sort(&schedule);
    law_sound(&schedule);
    law_crowds(&schedule);
    schedule_clear(&schedule);
    return 0;
}
