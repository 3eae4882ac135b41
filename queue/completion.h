/* completion.h - which jobs of one organization ended, and what became of them. Pure bookkeeping.
 *
 * Shape    every list of active jobs is compared with the one before: an id that left it has ended, and is asked for until Coder says
 *          how. Waits become known when a job is first seen running, the rest at its end. Stamps are Coder's, so that a restart
 *          changes nothing for the jobs that still run
 * Lost     a job that Coder does not show as ended after COMPLETION_ATTEMPTS answers, or about which it could not be asked for an hour,
 *          is counted as lost; nothing is guessed. Jobs that came and went between two lists are known only when their daemon names them
 *          (previous_jobs.h)
 * Bounds   24 bytes for each active job, which the limit of the list bounds; COMPLETION_PENDING_MAX to be asked for, 40 bytes each,
 *          COMPLETION_BATCH_MAX at a time
 * Units    *_unix_ms: UTC by Coder's clock
 * Owner    {0} / completions_clear; slidings are borrowed for the call, one for each queue, told by its number */
#ifndef QUEUE_COMPLETION_H
#define QUEUE_COMPLETION_H

#include "queue/previous_jobs.h"
#include "queue/sliding.h"

enum {
    COMPLETION_BATCH_MAX = 100,
    COMPLETION_PENDING_MAX = 50000,
    COMPLETION_ATTEMPTS = 5,
    COMPLETION_GIVE_UP_MS = 60 * 60 * 1000,
};

#define COMPLETION_NO_QUEUE UINT32_MAX

struct completion_active {
    struct uuid id;
    uint32_t queue;
    bool has_wait; /* its wait was counted */
    bool is_known; /* a list had it before */
};

struct completion_pending {
    struct completion_active job;
    unsigned attempts; /* answers that did not show its end */
    bool deferred;     /* after such an answer: until the next list of active jobs */
    int64_t gone_unix_ms;
};

struct completions {
    struct completion_active *active; /* sorted by id */
    size_t n_active;
    struct completion_pending *pending; /* in the order in which they are asked for; deferred ones last */
    size_t n_pending, pending_capacity;
    size_t asked; /* so many of pending are being asked for */
    struct previous_jobs previous;
};

/* Jobs as Coder just listed them, and the queue of each: COMPLETION_NO_QUEUE when it has none, or is not known. With a list of active jobs
 * the newest list of daemons, read before it at daemons_read_ms, and the queue of each; NULL: it was never read. */
struct completion_reading {
    const struct job_list *jobs;
    const uint32_t *queues;
    int64_t now_unix_ms;
    const struct daemon_list *daemons;
    const uint32_t *daemon_queues;
    int64_t daemons_read_ms;
};

void completions_clear(struct completions *completions);
struct completions completions_move(struct completions *completions);
/* A list of the active jobs; what ended since the last one is pending from now on. */
int completions_observe(struct completions *completions, const struct completion_reading *reading, struct sliding *slidings,
                        struct error *err) MUST_CHECK;
/* The ids to ask for next, and how many. */
size_t completions_next(struct completions *completions, struct uuid out[COMPLETION_BATCH_MAX]);
/* Coder's answer to them. */
void completions_take(struct completions *completions, const struct completion_reading *answer, struct sliding *slidings);
/* There was no answer. */
void completions_put_off(struct completions *completions, int64_t now_unix_ms, struct sliding *slidings);
/* Queue i is number numbers[i] from now on, or none (COMPLETION_NO_QUEUE). */
void completions_renumber(struct completions *completions, const uint32_t *numbers);

#endif
