#include "queue/completion.h"

#include <stdlib.h>
#include <string.h>

void completions_clear(struct completions *completions)
{
    free(completions->active);
    free(completions->pending);
    previous_jobs_clear(&completions->previous);
    *completions = (struct completions){0};
}

struct completions completions_move(struct completions *completions)
{
    struct completions moved = *completions;

    *completions = (struct completions){0};
    return moved;
}

/* --- what is counted --- */

static int64_t not_after(int64_t unix_ms, int64_t now_unix_ms)
{
    return unix_ms < now_unix_ms ? unix_ms : now_unix_ms;
}

static void count_lost(const struct completion_active *job, struct sliding *slidings)
{
    slidings[job->queue].totals.lost++;
}

static void count_wait(struct completion_active *active, const struct job *job, int64_t now_unix_ms, struct sliding *slidings)
{
    const struct sliding_sample sample = {
        .metric = SLIDING_WAIT,
        .type = job->type,
        .ms = outcome_wait_ms(job),
        .at_unix_ms = not_after(job->started_unix_ms, now_unix_ms),
    };

    if (active->has_wait || active->queue == COMPLETION_NO_QUEUE || sample.ms < 0)
        return;
    active->has_wait = true;
    if (job->started_unix_ms <= slidings[active->queue].kept_until_unix_ms)
        return;
    if (sliding_add(&slidings[active->queue], &sample) < 0)
        count_lost(active, slidings);
}

static void arrive(const struct completion_active *active, const struct job *job, int64_t now_unix_ms, struct sliding *slidings)
{
    if (active->queue != COMPLETION_NO_QUEUE && job->created_unix_ms >= slidings[active->queue].watched_from_unix_ms)
        sliding_add_arrival(&slidings[active->queue], job->type, not_after(job->created_unix_ms, now_unix_ms));
}

static void count_end(struct completion_active *active, const struct job *job, int64_t now_unix_ms, struct sliding *slidings)
{
    enum outcome outcome = OUTCOME_FAILED;
    const struct sliding_sample run = {
        .metric = SLIDING_RUN,
        .type = job->type,
        .ms = outcome_run_ms(job),
        .at_unix_ms = not_after(job->completed_unix_ms, now_unix_ms),
    };

    if (!active->is_known)
        arrive(active, job, now_unix_ms, slidings);
    count_wait(active, job, now_unix_ms, slidings);
    if (outcome_of(job, &outcome))
        sliding_add_outcome(&slidings[active->queue], job->type, outcome, run.at_unix_ms);
    if (run.ms >= 0 && sliding_add(&slidings[active->queue], &run) < 0)
        count_lost(active, slidings);
}

/* --- lists of active jobs --- */

static bool has_ended(const struct job *job)
{
    enum outcome outcome;

    return outcome_of(job, &outcome);
}

static int compare_ids(const void *a, const void *b, void *context)
{
    const struct job *jobs = context;

    return uuid_compare(&jobs[*(const uint32_t *)a].id, &jobs[*(const uint32_t *)b].id);
}

/* Indices of the jobs that have not ended, sorted by id. */
static uint32_t *sort_jobs(const struct job_list *jobs, size_t *n, struct error *err)
{
    uint32_t *order = calloc(jobs->len + 1, sizeof(*order));

    *n = 0;
    if (!order) {
        (void)error_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < jobs->len; i++)
        if (!has_ended(&jobs->items[i]))
            order[(*n)++] = (uint32_t)i;
    qsort_r(order, *n, sizeof(*order), compare_ids, jobs->items);
    return order;
}

static bool make_room(struct completions *completions)
{
    size_t capacity = completions->pending_capacity ? completions->pending_capacity * 2 : 64;
    struct completion_pending *larger;

    if (completions->n_pending >= COMPLETION_PENDING_MAX)
        return false;
    if (completions->n_pending < completions->pending_capacity)
        return true;
    larger = reallocarray(completions->pending, capacity, sizeof(*larger));
    if (!larger)
        return false;
    completions->pending = larger;
    completions->pending_capacity = capacity;
    return true;
}

/* A job of no queue is of no interest. */
static void vanish(struct completions *completions, const struct completion_active *job, int64_t now_unix_ms, struct sliding *slidings)
{
    if (job->queue == COMPLETION_NO_QUEUE)
        return;
    if (make_room(completions))
        completions->pending[completions->n_pending++] = (struct completion_pending){.job = *job, .gone_unix_ms = now_unix_ms};
    else
        count_lost(job, slidings);
}

/* What was known of the job stays, but for its queue, when the list tells one. */
static void carry_on(struct completion_active *active, const struct completion_active *known)
{
    active->is_known = known->is_known;
    active->has_wait = known->has_wait;
    if (active->queue == COMPLETION_NO_QUEUE)
        active->queue = known->queue;
}

/* The list that was, and the one that is: its jobs in the order of their ids. */
struct comparison {
    struct completions *completions;
    const struct completion_reading *reading;
    struct sliding *slidings;
    const uint32_t *order;
    size_t n, at; /* at: of the old list, how far it was compared */
};

/* Whatever stands before this id in the old list has vanished. True when the job itself was known. */
static bool skip_vanished(struct comparison *comparison, const struct uuid *id)
{
    struct completions *completions = comparison->completions;

    for (; comparison->at < completions->n_active; comparison->at++) {
        const struct completion_active *known = &completions->active[comparison->at];
        int order = id ? uuid_compare(&known->id, id) : -1;

        if (order >= 0)
            return order == 0;
        previous_jobs_note_left(&completions->previous, &known->id);
        vanish(completions, known, comparison->reading->now_unix_ms, comparison->slidings);
    }
    return false;
}

static int compare_active(const void *key, const void *active)
{
    return uuid_compare(key, &((const struct completion_active *)active)->id);
}

/* A list may miss a job once. When it is back it need not be asked for, and it has not just come. */
static void take_back(struct completions *completions, struct completion_active *next, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < completions->n_pending; i++) {
        struct completion_pending *pending = &completions->pending[i];
        struct completion_active *back = bsearch(&pending->job.id, next, n, sizeof(*next), compare_active);

        if (back) {
            carry_on(back, &pending->job);
            continue;
        }
        pending->deferred = false;
        completions->pending[kept++] = *pending;
    }
    completions->n_pending = kept;
    completions->asked = 0;
}

static void compare(struct comparison *comparison, struct completion_active *next)
{
    const struct completion_reading *reading = comparison->reading;
    const struct completion_active *active = comparison->completions->active;

    for (size_t i = 0; i < comparison->n; i++) {
        const struct job *job = &reading->jobs->items[comparison->order[i]];

        if (skip_vanished(comparison, &job->id))
            carry_on(&next[i], &active[comparison->at++]);
        if (!next[i].is_known)
            arrive(&next[i], job, reading->now_unix_ms, comparison->slidings);
        next[i].is_known = true;
        count_wait(&next[i], job, reading->now_unix_ms, comparison->slidings);
    }
    (void)skip_vanished(comparison, NULL);
}

/* What daemons say that they ran, and no list of active jobs had, is asked for like what vanished from it. */
static int look_at_daemons(struct completions *completions, const struct completion_reading *reading, struct sliding *slidings,
                           struct error *err)
{
    CLEANUP(previous_found_clear) struct previous_found found = {0};

    if (!reading->daemons)
        return 0;
    if (previous_jobs_find(&completions->previous, reading->daemons, reading->daemons_read_ms, &found, err) < 0)
        return -1;
    for (size_t i = 0; i < found.n; i++) {
        const struct completion_active job = {.id = reading->daemons->items[found.daemons[i]].previous_job,
                                              .queue = reading->daemon_queues[found.daemons[i]]};

        if (!bsearch(&job.id, completions->active, completions->n_active, sizeof(job), compare_active))
            vanish(completions, &job, reading->now_unix_ms, slidings);
    }
    return 0;
}

int completions_observe(struct completions *completions, const struct completion_reading *reading, struct sliding *slidings,
                        struct error *err)
{
    struct comparison comparison = {.completions = completions, .reading = reading, .slidings = slidings};
    struct completion_active *next;
    uint32_t *order;

    if (look_at_daemons(completions, reading, slidings, err) < 0)
        return -1;
    order = sort_jobs(reading->jobs, &comparison.n, err);
    if (!order)
        return -1;
    next = calloc(comparison.n + 1, sizeof(*next));
    if (!next) {
        free(order);
        return error_no_memory(err);
    }
    comparison.order = order;
    for (size_t i = 0; i < comparison.n; i++)
        next[i] = (struct completion_active){.id = reading->jobs->items[order[i]].id, .queue = reading->queues[order[i]]};
    take_back(completions, next, comparison.n);
    compare(&comparison, next);
    free(order);
    free(completions->active);
    completions->active = next;
    completions->n_active = comparison.n;
    return 0;
}

/* --- jobs that vanished --- */

size_t completions_next(struct completions *completions, struct uuid out[COMPLETION_BATCH_MAX])
{
    size_t n = 0;

    for (; n < COMPLETION_BATCH_MAX && n < completions->n_pending && !completions->pending[n].deferred; n++)
        out[n] = completions->pending[n].job.id;
    completions->asked = n;
    return n;
}

/* Those that were asked for leave the front; kept of them go to the end, so that none holds the others up. */
static void requeue(struct completions *completions, const struct completion_pending *kept, size_t n)
{
    size_t asked = completions->asked, rest = completions->n_pending - asked;

    if (asked == 0)
        return;
    memmove(completions->pending, completions->pending + asked, rest * sizeof(*completions->pending));
    memcpy(completions->pending + rest, kept, n * sizeof(*kept));
    completions->n_pending = rest + n;
    completions->asked = 0;
    if (completions->n_pending > 0)
        return;
    free(completions->pending);
    completions->pending = NULL;
    completions->pending_capacity = 0;
}

static const struct job *find_ended(const struct job_list *jobs, const struct uuid *id)
{
    for (size_t i = 0; i < jobs->len; i++)
        if (uuid_equal(&jobs->items[i].id, id))
            return has_ended(&jobs->items[i]) ? &jobs->items[i] : NULL;
    return NULL;
}

void completions_take(struct completions *completions, const struct completion_reading *answer, struct sliding *slidings)
{
    struct completion_pending kept[COMPLETION_BATCH_MAX];
    size_t n = 0;

    for (size_t i = 0; i < completions->asked; i++) {
        struct completion_pending pending = completions->pending[i];
        const struct job *job = find_ended(answer->jobs, &pending.job.id);
        uint32_t queue = job ? answer->queues[job - answer->jobs->items] : COMPLETION_NO_QUEUE;

        if (queue != COMPLETION_NO_QUEUE)
            pending.job.queue = queue; /* who ran it is known for certain now */
        if (job)
            count_end(&pending.job, job, answer->now_unix_ms, slidings);
        else if (++pending.attempts >= COMPLETION_ATTEMPTS)
            count_lost(&pending.job, slidings);
        else
            kept[n++] = (struct completion_pending){pending.job, pending.attempts, true, pending.gone_unix_ms};
    }
    requeue(completions, kept, n);
}

void completions_put_off(struct completions *completions, int64_t now_unix_ms, struct sliding *slidings)
{
    struct completion_pending kept[COMPLETION_BATCH_MAX];
    size_t n = 0;

    for (size_t i = 0; i < completions->asked; i++) {
        const struct completion_pending *pending = &completions->pending[i];

        if (now_unix_ms - pending->gone_unix_ms >= COMPLETION_GIVE_UP_MS)
            count_lost(&pending->job, slidings);
        else
            kept[n++] = *pending;
    }
    requeue(completions, kept, n);
}

/* --- queues that changed --- */

void completions_renumber(struct completions *completions, const uint32_t *numbers)
{
    size_t kept = 0;

    for (size_t i = 0; i < completions->n_active; i++)
        if (completions->active[i].queue != COMPLETION_NO_QUEUE)
            completions->active[i].queue = numbers[completions->active[i].queue];
    for (size_t i = 0; i < completions->n_pending; i++) {
        completions->pending[i].job.queue = numbers[completions->pending[i].job.queue];
        if (completions->pending[i].job.queue != COMPLETION_NO_QUEUE)
            completions->pending[kept++] = completions->pending[i];
    }
    completions->n_pending = kept;
    completions->asked = 0;
}
