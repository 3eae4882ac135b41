#include <stdlib.h>
#include <string.h>

#include "emulator/simulation_parts.h"

enum { REAPER_INTERVAL_MS = 60 * 1000, HEARTBEAT_MS = 60 * 1000 };

void *simulation_grow(void *items, size_t len, size_t *capacity, size_t size)
{
    size_t wanted = *capacity > 0 ? *capacity * 2 : 16;
    void *grown;

    if (len < *capacity)
        return items;
    grown = realloc(items, wanted * size);
    if (grown)
        *capacity = wanted;
    return grown;
}

void simulation_free(struct simulation *sim)
{
    if (!sim)
        return;
    event_heap_clear(&sim->events);
    free(sim->jobs);
    free(sim->daemons);
    free(sim->pools);
    free(sim->lanes);
    free(sim->arrivals);
    free(sim->tagsets);
    free(sim->waits);
    free(sim);
}

/* The index of an equal set; sets are kept once, since ten thousand jobs share a few. */
static int intern_tags(struct simulation *sim, const struct tagset *tags, size_t *out, struct error *err)
{
    void *grown;

    for (size_t i = 0; i < sim->n_tagsets; i++) {
        if (tagset_equal(&sim->tagsets[i], tags)) {
            *out = i;
            return 0;
        }
    }
    if (sim->n_tagsets == SIMULATION_TAGSETS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d different sets of tags", SIMULATION_TAGSETS_MAX);
    grown = simulation_grow(sim->tagsets, sim->n_tagsets, &sim->tagsets_capacity, sizeof(*sim->tagsets));
    if (!grown)
        return error_no_memory(err);
    sim->tagsets = grown;
    sim->tagsets[sim->n_tagsets] = *tags;
    *out = sim->n_tagsets++;
    return 0;
}

static int add_arrival(struct simulation *sim, const struct scenario_arrival *what, int64_t at_ms, struct error *err)
{
    struct sim_arrival arrival = {.what = *what};
    struct event event = {.at_ms = at_ms, .kind = EVENT_ARRIVAL, .subject = sim->n_arrivals};
    void *grown;

    if ((int64_t)sim->n_jobs + sim->planned + what->count > SCENARIO_JOBS_MAX)
        return error_set(err, ERROR_LIMIT, "that would be more than %d jobs; start the emulator anew", SCENARIO_JOBS_MAX);
    if (intern_tags(sim, &what->tags, &arrival.tags, err) < 0)
        return -1;
    arrival.what.at_ms = at_ms;
    grown = simulation_grow(sim->arrivals, sim->n_arrivals, &sim->arrivals_capacity, sizeof(*sim->arrivals));
    if (!grown)
        return error_no_memory(err);
    sim->arrivals = grown;
    if (event_heap_push(&sim->events, event, err) < 0)
        return -1;
    sim->arrivals[sim->n_arrivals++] = arrival;
    sim->planned += what->count;
    return 0;
}

static int set_up_pools(struct simulation *sim, struct error *err)
{
    for (size_t i = 0; i < sim->scenario->n_pools; i++) {
        sim->pools[i].replicas = sim->scenario->pools[i].replicas;
        /* Those of the beginning have been there before. */
        for (int64_t n = 0; n < sim->pools[i].replicas; n++)
            if (simulation_add_daemon(sim, i, 0, err) < 0)
                return -1;
    }
    return 0;
}

static int set_up(struct simulation *sim, struct error *err)
{
    struct event reaper = {.at_ms = REAPER_INTERVAL_MS, .kind = EVENT_REAP};

    sim->pools = calloc(sim->scenario->n_pools + 1, sizeof(*sim->pools));
    if (!sim->pools)
        return error_no_memory(err);
    if (event_heap_push(&sim->events, reaper, err) < 0 || set_up_pools(sim, err) < 0)
        return -1;
    for (size_t i = 0; i < sim->scenario->n_arrivals; i++)
        if (add_arrival(sim, &sim->scenario->arrivals[i], sim->scenario->arrivals[i].at_ms, err) < 0)
            return -1;
    return simulation_advance(sim, 0, err);
}

struct simulation *simulation_new(const struct scenario *scenario, struct error *err)
{
    CLEANUP(simulation_freep) struct simulation *sim = calloc(1, sizeof(*sim));
    struct simulation *ready;

    if (!sim) {
        (void)error_no_memory(err);
        return NULL;
    }
    sim->scenario = scenario;
    if (set_up(sim, err) < 0)
        return NULL;
    ready = sim;
    sim = NULL;
    return ready;
}

int simulation_post(struct simulation *sim, const struct scenario_arrival *arrival, struct error *err)
{
    if (add_arrival(sim, arrival, sim->now_ms + arrival->at_ms, err) < 0)
        return -1;
    return simulation_advance(sim, sim->now_ms, err); /* what comes now has come when this returns */
}

static int handle_arrival(struct simulation *sim, size_t index, struct error *err)
{
    struct sim_arrival *arrival = &sim->arrivals[index];
    struct event next = {.kind = EVENT_ARRIVAL, .subject = index};

    if (simulation_add_job(sim, arrival, err) < 0)
        return -1;
    sim->planned--;
    arrival->came++;
    if (arrival->came == arrival->what.count)
        return 0;
    next.at_ms = arrival->what.at_ms + arrival->what.over_ms * arrival->came / arrival->what.count;
    return event_heap_push(&sim->events, next, err);
}

static int handle_complete(struct simulation *sim, size_t job, struct error *err)
{
    simulation_finish_job(sim, job);
    return simulation_release(sim, sim->jobs[job].worker, err);
}

static int handle_reap(struct simulation *sim, struct error *err)
{
    struct event next = {.at_ms = sim->now_ms + REAPER_INTERVAL_MS, .kind = EVENT_REAP};

    simulation_reap(sim);
    simulation_forget_old_rows(sim);
    return event_heap_push(&sim->events, next, err);
}

static int handle(struct simulation *sim, const struct event *event, struct error *err)
{
    switch (event->kind) {
    case EVENT_ARRIVAL: return handle_arrival(sim, event->subject, err);
    case EVENT_REGISTER: return simulation_register(sim, event->subject, err);
    case EVENT_CANCEL: simulation_cancel_job(sim, event->subject); return 0;
    case EVENT_COMPLETE: return handle_complete(sim, event->subject, err);
    case EVENT_REAP: return handle_reap(sim, err);
    default: return error_set(err, ERROR_INVALID, "an unknown kind of event");
    }
}

int simulation_advance(struct simulation *sim, int64_t now_ms, struct error *err)
{
    struct event event;

    while (event_heap_pop(&sim->events, now_ms, &event)) {
        sim->now_ms = event.at_ms;
        if (handle(sim, &event, err) < 0)
            return -1;
    }
    if (now_ms > sim->now_ms)
        sim->now_ms = now_ms;
    return 0;
}

int64_t simulation_active(const struct simulation *sim)
{
    return sim->counts[SIM_RUNNING] + sim->counts[SIM_CANCELING];
}

bool simulation_is_done(const struct simulation *sim)
{
    return sim->planned == 0 && sim->counts[SIM_PENDING] == 0 && simulation_active(sim) == 0;
}

int64_t simulation_oldest_wait_ms(const struct simulation *sim)
{
    int64_t oldest_ms = sim->now_ms;

    for (size_t i = 0; i < sim->n_lanes; i++)
        if (sim->lanes[i].first != SIM_NO_JOB && sim->jobs[sim->lanes[i].first].created_ms < oldest_ms)
            oldest_ms = sim->jobs[sim->lanes[i].first].created_ms;
    return sim->now_ms - oldest_ms;
}

int64_t simulation_last_done_ms(const struct simulation *sim)
{
    int64_t last_ms = 0;

    for (size_t i = 0; i < sim->n_jobs; i++)
        if (sim->jobs[i].completed_ms > last_ms)
            last_ms = sim->jobs[i].completed_ms;
    return last_ms;
}

static int compare_waits(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* Nearest rank: the smallest value that percent of all do not exceed. */
static int64_t percentile(const int64_t *sorted, size_t n, size_t percent)
{
    return sorted[(n * percent + 99) / 100 - 1];
}

int simulation_waits(const struct simulation *sim, struct sim_waits *out, struct error *err)
{
    size_t n = sim->n_waits;
    int64_t *sorted;

    *out = (struct sim_waits){0};
    if (n == 0)
        return 0;
    sorted = malloc(n * sizeof(*sorted));
    if (!sorted)
        return error_no_memory(err);
    memcpy(sorted, sim->waits, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_waits);
    *out = (struct sim_waits){(int64_t)n, percentile(sorted, n, 50), percentile(sorted, n, 95), sorted[n - 1]};
    free(sorted);
    return 0;
}

int64_t sim_daemon_last_seen_ms(const struct sim_daemon *daemon, int64_t now_ms)
{
    int64_t until_ms = daemon->state == SIM_GONE ? daemon->gone_ms : now_ms;

    return daemon->registered_ms + (until_ms - daemon->registered_ms) / HEARTBEAT_MS * HEARTBEAT_MS;
}
