/* schedule.h - workspaces that Coder will start by their schedule in the next half hour, and how many of them come at once. Pure.
 *
 * Shape    pages of Coder's list of workspaces are added one after the other; only starts that are near are kept, sorted at the end
 * Why      Coder skips a scheduled start when no provisioner that can run it is connected in time, and everybody who starts at nine starts
 *          in the same minute
 * Errors   a page that is no such page; a workspace that cannot be understood is left out: the schedule only ever raises
 * Bounds   SCHEDULE_STARTS_MAX, 32 bytes each; what is more is left out
 * Units    *_unix_ms: UTC by Coder's clock
 * Owner    {0} / schedule_clear
 * Source   coder-api.md 7: next_start_at, which already knows the days that the template allows; a workspace that runs is not started */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include "base/buffer.h"
#include "queue/queue.h"
#include "queue/tag_sets.h"
#include "queue/uuid.h"

enum {
    SCHEDULE_STARTS_MAX = 20000,
    SCHEDULE_LEAD_MS = 15 * 60 * 1000,    /* provisioners are there so long before */
    SCHEDULE_AFTER_MS = 5 * 60 * 1000,    /* and so long after: Coder looks once a minute, and tries a start that it skipped again */
    SCHEDULE_AT_ONCE_MS = 5 * 60 * 1000,  /* what comes within so long is one crowd */
    SCHEDULE_HORIZON_MS = 45 * 60 * 1000, /* starts that are kept: until the list after the next one */
};

struct schedule_start {
    int64_t at_unix_ms;
    struct uuid organization;
    uint32_t tag_set; /* of the workspace's builds */
};

struct schedule {
    struct schedule_start *items;
    size_t len, capacity;
    struct tag_sets tag_sets;
};

void schedule_clear(struct schedule *schedule);
struct schedule schedule_move(struct schedule *schedule);
/* The body of one page of GET /api/v2/workspaces; *out_workspaces: how many it has. */
int schedule_add_page(struct schedule *schedule, const struct buffer *body, int64_t now_unix_ms, size_t *out_workspaces, struct error *err)
    MUST_CHECK;
void schedule_sort(struct schedule *schedule); /* after the last page */

/* The queues of an organization, and the one that is asked for. */
struct schedule_view {
    const struct uuid *organization;
    const struct queue_spec *const *specs;
    size_t n_specs, queue;
};
/* The most starts of that queue that come at once, of those that are near at now. */
int64_t schedule_crowd(const struct schedule *schedule, const struct schedule_view *view, int64_t now_unix_ms);

#endif
