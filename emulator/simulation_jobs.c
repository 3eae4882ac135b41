/* Jobs: they come, wait in lanes, are taken, end. */
#include <stdlib.h>

#include "emulator/simulation_parts.h"

enum { REAP_AFTER_MS = 30 * 60 * 1000, REAP_AT_MOST = 10 };

static void set_state(struct simulation *sim, struct sim_job *job, enum sim_job_state state)
{
    sim->counts[job->state]--;
    sim->counts[state]++;
    job->state = state;
}

static int64_t roll_duration(const struct simulation *sim, const struct scenario_arrival *what)
{
    uint64_t range = (uint64_t)what->spread_ms * 2 + 1;
    uint64_t roll = stable_dice((uint64_t)sim->scenario->seed, STABLE_DURATION, sim->n_jobs, range);

    return what->duration_ms - what->spread_ms + (int64_t)roll;
}

static struct sim_lane *find_lane(struct simulation *sim, const struct sim_job *job)
{
    for (size_t i = 0; i < sim->n_lanes; i++) {
        struct sim_lane *lane = &sim->lanes[i];

        if (lane->organization == job->organization && lane->tags == job->tags && lane->initiator == job->initiator)
            return lane;
    }
    return NULL;
}

static struct sim_lane *add_lane(struct simulation *sim, const struct sim_job *job)
{
    struct sim_lane *grown = simulation_grow(sim->lanes, sim->n_lanes, &sim->lanes_capacity, sizeof(*sim->lanes));

    if (!grown)
        return NULL;
    sim->lanes = grown;
    sim->lanes[sim->n_lanes] = (struct sim_lane){job->organization, job->tags, job->initiator, SIM_NO_JOB, SIM_NO_JOB};
    return &sim->lanes[sim->n_lanes++];
}

static int wait_in_lane(struct simulation *sim, size_t index, struct error *err)
{
    struct sim_lane *lane = find_lane(sim, &sim->jobs[index]);

    if (!lane)
        lane = add_lane(sim, &sim->jobs[index]);
    if (!lane)
        return error_no_memory(err);
    if (lane->first == SIM_NO_JOB)
        lane->first = index;
    else
        sim->jobs[lane->last].next = index;
    lane->last = index;
    return 0;
}

static size_t take_first(struct simulation *sim, struct sim_lane *lane)
{
    size_t index = lane->first;

    lane->first = sim->jobs[index].next;
    sim->jobs[index].next = SIM_NO_JOB;
    if (lane->first == SIM_NO_JOB)
        lane->last = SIM_NO_JOB;
    return index;
}

int simulation_add_job(struct simulation *sim, const struct sim_arrival *arrival, struct error *err)
{
    struct sim_job *grown = simulation_grow(sim->jobs, sim->n_jobs, &sim->jobs_capacity, sizeof(*sim->jobs));
    struct sim_daemon *daemon;
    size_t index = sim->n_jobs;

    if (!grown)
        return error_no_memory(err);
    sim->jobs = grown;
    sim->jobs[index] = (struct sim_job){
        .id = stable_id_make((uint64_t)sim->scenario->seed, STABLE_JOB, index),
        .created_ms = sim->now_ms,
        .started_ms = SIM_NEVER,
        .canceled_ms = SIM_NEVER,
        .completed_ms = SIM_NEVER,
        .duration_ms = roll_duration(sim, &arrival->what),
        .next = SIM_NO_JOB,
        .organization = (size_t)arrival->what.organization,
        .tags = arrival->tags,
        .state = SIM_PENDING,
        .type = (enum scenario_job_type)arrival->what.type,
        .initiator = (enum scenario_initiator)arrival->what.initiator,
        .outcome = (enum scenario_outcome)arrival->what.outcome,
    };
    sim->n_jobs++;
    sim->counts[SIM_PENDING]++;
    /* A provisioner is only idle when nothing waits that it may run: a new job goes before nobody. */
    daemon = simulation_find_idle(sim, &sim->jobs[index]);
    return daemon ? simulation_start_job(sim, index, daemon, err) : wait_in_lane(sim, index, err);
}

/* People before prebuilds, then the older one. */
static bool goes_before(const struct simulation *sim, const struct sim_lane *a, const struct sim_lane *b)
{
    if (a->initiator != b->initiator)
        return a->initiator == SCENARIO_BY_USER;
    return sim->jobs[a->first].created_ms < sim->jobs[b->first].created_ms;
}

size_t simulation_take_waiting(struct simulation *sim, const struct scenario_pool *pool)
{
    struct sim_lane *best = NULL;

    for (size_t i = 0; i < sim->n_lanes; i++) {
        struct sim_lane *lane = &sim->lanes[i];

        if (lane->first == SIM_NO_JOB || lane->organization != (size_t)pool->organization ||
            !tagset_contains(&pool->tags, &sim->tagsets[lane->tags]))
            continue;
        if (!best || goes_before(sim, lane, best))
            best = lane;
    }
    return best ? take_first(sim, best) : SIM_NO_JOB;
}

static int add_wait(struct simulation *sim, int64_t wait_ms, struct error *err)
{
    int64_t *grown = simulation_grow(sim->waits, sim->n_waits, &sim->waits_capacity, sizeof(*sim->waits));

    if (!grown)
        return error_no_memory(err);
    sim->waits = grown;
    sim->waits[sim->n_waits++] = wait_ms;
    return 0;
}

int simulation_start_job(struct simulation *sim, size_t index, struct sim_daemon *daemon, struct error *err)
{
    struct sim_job *job = &sim->jobs[index];
    struct event end = {.at_ms = sim->now_ms + job->duration_ms, .kind = EVENT_COMPLETE, .subject = index};
    struct event cancel = {.at_ms = sim->now_ms + job->duration_ms * 3 / 4, .kind = EVENT_CANCEL, .subject = index};

    if (job->outcome == SCENARIO_IS_CANCELED && event_heap_push(&sim->events, cancel, err) < 0)
        return -1;
    if (event_heap_push(&sim->events, end, err) < 0 || add_wait(sim, sim->now_ms - job->created_ms, err) < 0)
        return -1;
    job->started_ms = sim->now_ms;
    job->worker = daemon->serial;
    set_state(sim, job, SIM_RUNNING);
    daemon->job = index;
    daemon->state = SIM_BUSY;
    sim->pools[daemon->pool].idle--;
    sim->pools[daemon->pool].busy++;
    return 0;
}

void simulation_cancel_job(struct simulation *sim, size_t index)
{
    sim->jobs[index].canceled_ms = sim->now_ms;
    set_state(sim, &sim->jobs[index], SIM_CANCELING);
}

void simulation_finish_job(struct simulation *sim, size_t index)
{
    static const enum sim_job_state ends[SCENARIO_OUTCOMES] = {SIM_SUCCEEDED, SIM_FAILED, SIM_CANCELED};
    struct sim_job *job = &sim->jobs[index];

    job->completed_ms = sim->now_ms;
    set_state(sim, job, ends[job->outcome]);
}

static bool is_overdue(const struct simulation *sim, const struct sim_lane *lane)
{
    return lane->first != SIM_NO_JOB && sim->now_ms - sim->jobs[lane->first].created_ms >= REAP_AFTER_MS;
}

/* The lane whose first job has waited longest; NULL when none is overdue. */
static struct sim_lane *find_overdue(struct simulation *sim)
{
    struct sim_lane *oldest = NULL;

    for (size_t i = 0; i < sim->n_lanes; i++) {
        struct sim_lane *lane = &sim->lanes[i];

        if (is_overdue(sim, lane) && (!oldest || sim->jobs[lane->first].created_ms < sim->jobs[oldest->first].created_ms))
            oldest = lane;
    }
    return oldest;
}

void simulation_reap(struct simulation *sim)
{
    for (int reaped = 0; reaped < REAP_AT_MOST; reaped++) {
        struct sim_lane *lane = find_overdue(sim);
        struct sim_job *job;

        if (!lane)
            return;
        job = &sim->jobs[take_first(sim, lane)];
        job->started_ms = sim->now_ms; /* Coder sets both stamps to the time of the reaping */
        job->completed_ms = sim->now_ms;
        job->reaped = true;
        set_state(sim, job, SIM_FAILED);
    }
}
