/* Pools: provisioners start, register, take jobs, leave. */
#include <stdlib.h>
#include <string.h>

#include "emulator/simulation_parts.h"

static const int64_t row_life_ms = INT64_C(7) * 24 * 3600 * 1000;

static size_t find_row(const struct simulation *sim, uint64_t serial)
{
    size_t low = 0, high = sim->n_daemons;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sim->daemons[middle].serial < serial)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sim->n_daemons && sim->daemons[low].serial == serial ? low : SIZE_MAX;
}

const struct sim_daemon *simulation_daemon(const struct simulation *sim, uint64_t serial)
{
    size_t row = find_row(sim, serial);

    return row != SIZE_MAX ? &sim->daemons[row] : NULL;
}

static void remove_row(struct simulation *sim, size_t row)
{
    sim->n_daemons--;
    memmove(&sim->daemons[row], &sim->daemons[row + 1], (sim->n_daemons - row) * sizeof(*sim->daemons));
}

struct sim_daemon *simulation_find_idle(struct simulation *sim, const struct sim_job *job)
{
    const struct scenario_pool *pools = sim->scenario->pools;
    size_t pool = 0;

    while (pool < sim->scenario->n_pools && (sim->pools[pool].idle == 0 || (size_t)pools[pool].organization != job->organization ||
                                             !tagset_contains(&pools[pool].tags, &sim->tagsets[job->tags])))
        pool++;
    for (size_t i = 0; pool < sim->scenario->n_pools && i < sim->n_daemons; i++)
        if (sim->daemons[i].pool == pool && sim->daemons[i].state == SIM_IDLE)
            return &sim->daemons[i];
    return NULL;
}

int simulation_add_daemon(struct simulation *sim, size_t pool, int64_t registers_ms, struct error *err)
{
    struct sim_daemon *grown = simulation_grow(sim->daemons, sim->n_daemons, &sim->daemons_capacity, sizeof(*sim->daemons));
    struct event event = {.at_ms = registers_ms, .kind = EVENT_REGISTER, .subject = sim->last_serial + 1};

    if (!grown)
        return error_no_memory(err);
    sim->daemons = grown;
    if (event_heap_push(&sim->events, event, err) < 0)
        return -1;
    sim->daemons[sim->n_daemons++] = (struct sim_daemon){
        .serial = ++sim->last_serial,
        .pool = pool,
        .ordinal = sim->pools[pool].next_ordinal++,
        .state = SIM_STARTING,
        .registered_ms = registers_ms,
        .job = SIM_NO_JOB,
        .previous_job = SIM_NO_JOB,
    };
    return 0;
}

static int take_next_job(struct simulation *sim, struct sim_daemon *daemon, struct error *err)
{
    size_t job = simulation_take_waiting(sim, &sim->scenario->pools[daemon->pool]);

    return job != SIM_NO_JOB ? simulation_start_job(sim, job, daemon, err) : 0;
}

int simulation_register(struct simulation *sim, uint64_t serial, struct error *err)
{
    size_t row = find_row(sim, serial);

    if (row == SIZE_MAX)
        return 0; /* it was scaled away before it had started */
    sim->daemons[row].state = SIM_IDLE;
    sim->pools[sim->daemons[row].pool].idle++;
    return take_next_job(sim, &sim->daemons[row], err);
}

/* The oldest row of the pool's gone ones. */
static void forget_oldest(struct simulation *sim, size_t pool)
{
    size_t oldest = SIZE_MAX;

    for (size_t i = 0; i < sim->n_daemons; i++)
        if (sim->daemons[i].pool == pool && sim->daemons[i].state == SIM_GONE &&
            (oldest == SIZE_MAX || sim->daemons[i].gone_ms < sim->daemons[oldest].gone_ms))
            oldest = i;
    if (oldest != SIZE_MAX) {
        sim->pools[pool].n_gone--;
        remove_row(sim, oldest);
    }
}

/* The pod ends; its row stays behind. May move rows. */
static void leave(struct simulation *sim, size_t row)
{
    size_t pool = sim->daemons[row].pool;

    sim->daemons[row].state = SIM_GONE;
    sim->daemons[row].gone_ms = sim->now_ms;
    if (++sim->pools[pool].n_gone > SIMULATION_GONE_ROWS)
        forget_oldest(sim, pool);
}

int simulation_release(struct simulation *sim, uint64_t serial, struct error *err)
{
    size_t row = find_row(sim, serial);
    struct sim_daemon *daemon;

    if (row == SIZE_MAX)
        return error_set(err, ERROR_INVALID, "a job ended on a provisioner that is not there");
    daemon = &sim->daemons[row];
    daemon->previous_job = daemon->job;
    daemon->job = SIM_NO_JOB;
    if (daemon->leaving) {
        sim->pools[daemon->pool].leaving--;
        leave(sim, row);
        return 0;
    }
    daemon->state = SIM_IDLE;
    sim->pools[daemon->pool].busy--;
    sim->pools[daemon->pool].idle++;
    return take_next_job(sim, daemon, err);
}

/* What the ReplicaSet controller takes first: a pod that has not started, then the youngest. It does not know who is busy. */
static size_t choose_victim(const struct simulation *sim, size_t pool)
{
    size_t victim = SIZE_MAX;

    for (size_t i = sim->n_daemons; i-- > 0;) {
        const struct sim_daemon *daemon = &sim->daemons[i];

        if (daemon->pool != pool || daemon->leaving || daemon->state == SIM_GONE)
            continue;
        if (daemon->state == SIM_STARTING)
            return i;
        if (victim == SIZE_MAX)
            victim = i;
    }
    return victim;
}

static void dismiss(struct simulation *sim, size_t row)
{
    struct sim_daemon *daemon = &sim->daemons[row];
    struct sim_pool *pool = &sim->pools[daemon->pool];

    switch (daemon->state) {
    case SIM_STARTING: remove_row(sim, row); return;
    case SIM_BUSY:
        daemon->leaving = true;
        pool->busy--;
        pool->leaving++;
        return;
    case SIM_IDLE:
        pool->idle--;
        leave(sim, row);
        return;
    case SIM_GONE:
    default: return;
    }
}

int simulation_set_replicas(struct simulation *sim, size_t pool, int64_t replicas, struct error *err)
{
    struct sim_pool *state = &sim->pools[pool];

    for (; state->replicas < replicas; state->replicas++)
        if (simulation_add_daemon(sim, pool, sim->now_ms + sim->scenario->pools[pool].start_delay_ms, err) < 0)
            return -1;
    for (; state->replicas > replicas; state->replicas--) {
        size_t victim = choose_victim(sim, pool);

        if (victim == SIZE_MAX)
            return error_set(err, ERROR_INVALID, "pool %zu has fewer provisioners than it should", pool);
        dismiss(sim, victim);
    }
    return simulation_advance(sim, sim->now_ms, err);
}

void simulation_forget_old_rows(struct simulation *sim)
{
    for (size_t i = sim->n_daemons; i-- > 0;) {
        if (sim->daemons[i].state == SIM_GONE && sim->now_ms - sim->daemons[i].gone_ms > row_life_ms) {
            sim->pools[sim->daemons[i].pool].n_gone--;
            remove_row(sim, i);
        }
    }
}
