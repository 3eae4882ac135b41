/* simulation_parts.h - what the files of the simulation share; nobody else includes it. */
#ifndef EMULATOR_SIMULATION_PARTS_H
#define EMULATOR_SIMULATION_PARTS_H

#include "emulator/simulation.h"

/* Room for one more item: items grows to at least len + 1. NULL: out of memory, the old ones are still the caller's. */
void *simulation_grow(void *items, size_t len, size_t *capacity, size_t size) MUST_CHECK;

/* simulation_jobs.c */
int simulation_add_job(struct simulation *sim, const struct sim_arrival *arrival, struct error *err) MUST_CHECK;
int simulation_start_job(struct simulation *sim, size_t index, struct sim_daemon *daemon, struct error *err) MUST_CHECK;
void simulation_cancel_job(struct simulation *sim, size_t index);
void simulation_finish_job(struct simulation *sim, size_t index);
void simulation_reap(struct simulation *sim);
/* The waiting job that Coder would give to a provisioner of this pool, taken out of its lane; SIM_NO_JOB. */
size_t simulation_take_waiting(struct simulation *sim, const struct scenario_pool *pool);

/* simulation_pools.c */
/* A provisioner that is free and may run the job; NULL. */
struct sim_daemon *simulation_find_idle(struct simulation *sim, const struct sim_job *job);
int simulation_add_daemon(struct simulation *sim, size_t pool, int64_t registers_ms, struct error *err) MUST_CHECK;
int simulation_register(struct simulation *sim, uint64_t serial, struct error *err) MUST_CHECK;
/* The daemon's job has ended: it takes the next one, or goes when it is leaving. */
int simulation_release(struct simulation *sim, uint64_t serial, struct error *err) MUST_CHECK;
void simulation_forget_old_rows(struct simulation *sim);

#endif
