/* simulation.h - organizations, pools of provisioners, and jobs that they really take and finish. Pure: time comes in.
 *
 * Shape    an open struct that others may read; only the functions here change it. Jobs lie in the order of their creation,
 *          daemons in the order of their serials
 * Units    *_ms: emulated milliseconds since the start
 * Rules    Coder's: tags (tagset.h), people before prebuilds, then oldest first, one job per provisioner; a job nobody takes for 30
 *          minutes is failed by the reaper (each minute, at most 10). Kubernetes': a new pod needs its start delay until it registers;
 *          scaling down takes pods that have not started first, then the youngest, busy or not; a busy one finishes its job and
 *          then goes. coder-api 1.5, 5; ReplicaSet controller
 * Rows     a provisioner that has gone stays a row that is no longer seen, for 7 days, at most SIMULATION_GONE_ROWS of a pool
 * Errors   only memory and the bounds
 * Owner    simulation_new / simulation_free; the scenario is borrowed for its whole life */
#ifndef EMULATOR_SIMULATION_H
#define EMULATOR_SIMULATION_H

#include "emulator/event_heap.h"
#include "emulator/scenario.h"

enum { SIMULATION_GONE_ROWS = 20, SIMULATION_TAGSETS_MAX = 1024 };

#define SIM_NEVER INT64_C(-1)
#define SIM_NO_JOB SIZE_MAX

enum sim_job_state { SIM_PENDING, SIM_RUNNING, SIM_CANCELING, SIM_SUCCEEDED, SIM_FAILED, SIM_CANCELED, SIM_JOB_STATES };

struct sim_job {
    struct stable_id id;
    int64_t created_ms, started_ms, canceled_ms, completed_ms; /* SIM_NEVER until then */
    int64_t duration_ms;
    uint64_t worker; /* serial of the daemon that took it; 0: none */
    size_t next;     /* behind it in its lane, while it waits */
    size_t organization, tags;
    enum sim_job_state state;
    enum scenario_job_type type;
    enum scenario_initiator initiator;
    enum scenario_outcome outcome;
    bool reaped;
};

enum sim_daemon_state { SIM_STARTING, SIM_IDLE, SIM_BUSY, SIM_GONE };

struct sim_daemon {
    uint64_t serial; /* from 1 */
    size_t pool;
    int64_t ordinal; /* of its pod's name */
    enum sim_daemon_state state;
    bool leaving; /* no longer one of the replicas: goes when its job is done */
    int64_t registered_ms, gone_ms;
    size_t job, previous_job; /* index or SIM_NO_JOB */
};

struct sim_pool {
    int64_t replicas;            /* wanted */
    int64_t idle, busy, leaving; /* there: the three exclude each other */
    int64_t next_ordinal, n_gone;
};

/* Waiting jobs that any provisioner sees alike, oldest first. */
struct sim_lane {
    size_t organization, tags;
    enum scenario_initiator initiator;
    size_t first, last; /* SIM_NO_JOB: empty */
};

struct sim_arrival {
    struct scenario_arrival what; /* its tags are in tagsets */
    size_t tags;
    int64_t came;
};

struct simulation {
    const struct scenario *scenario;
    int64_t now_ms;
    struct event_heap events;

    struct sim_job *jobs;
    struct sim_daemon *daemons;
    struct sim_pool *pools; /* as many as the scenario has, same order */
    struct sim_lane *lanes;
    struct sim_arrival *arrivals;
    struct tagset *tagsets;
    int64_t *waits; /* from created to started, one per job that was taken */
    size_t n_jobs, n_daemons, n_lanes, n_arrivals, n_tagsets, n_waits;
    size_t jobs_capacity, daemons_capacity, lanes_capacity, arrivals_capacity, tagsets_capacity, waits_capacity;

    uint64_t last_serial;
    int64_t planned; /* jobs that have not come yet */
    int64_t counts[SIM_JOB_STATES];
};

struct simulation *simulation_new(const struct scenario *scenario, struct error *err) MUST_CHECK;
void simulation_free(struct simulation *sim);
DEFINE_CLEANUP_POINTER(struct simulation, simulation_free)

/* Everything up to and including now_ms happens. A time that is past changes nothing. */
int simulation_advance(struct simulation *sim, int64_t now_ms, struct error *err) MUST_CHECK;
/* arrival->at_ms is from now on. ERROR_LIMIT when there would be more than SCENARIO_JOBS_MAX. */
int simulation_post(struct simulation *sim, const struct scenario_arrival *arrival, struct error *err) MUST_CHECK;
int simulation_set_replicas(struct simulation *sim, size_t pool, int64_t replicas, struct error *err) MUST_CHECK;

/* Nothing waits, runs or will come. */
bool simulation_is_done(const struct simulation *sim);
int64_t simulation_oldest_wait_ms(const struct simulation *sim); /* 0 when none waits */
int64_t simulation_last_done_ms(const struct simulation *sim);   /* when the newest end was; 0 before the first */
int64_t simulation_active(const struct simulation *sim);         /* running and canceling */

struct sim_waits {
    int64_t count, p50_ms, p95_ms, longest_ms; /* nearest rank; 0 when count is */
};
int simulation_waits(const struct simulation *sim, struct sim_waits *out, struct error *err) MUST_CHECK;

/* NULL when its row is gone. */
const struct sim_daemon *simulation_daemon(const struct simulation *sim, uint64_t serial);
/* The last heartbeat that Coder heard: one a minute since it registered. */
int64_t sim_daemon_last_seen_ms(const struct sim_daemon *daemon, int64_t now_ms);

#endif
