/* emulator.h - everything behind the emulator's port: the simulation, its clock, its faults, its limits.
 *
 * Shape    one request in, one answer out; time goes on lazily: whoever asks first makes happen what should have happened by now
 * Units    emulated time runs speed times as fast as the real one, from the real now of the start
 * Threads  any; one mutex inside, held while an answer is written
 * Owner    emulator_new borrows the scenario for its whole life */
#ifndef EMULATOR_EMULATOR_H
#define EMULATOR_EMULATOR_H

#include "emulator/answer.h"
#include "emulator/simulation.h"

struct emulator;

struct emulator *emulator_new(const struct scenario *scenario, struct error *err) MUST_CHECK;
void emulator_free(struct emulator *emulator);
DEFINE_CLEANUP_POINTER(struct emulator, emulator_free)

/* Always an answer; it carries its Date header. */
void emulator_answer(struct emulator *emulator, const struct request *request, struct answer *answer);

struct emulator_pool_view {
    int64_t replicas, there; /* wanted; idle and busy */
};

/* For the demo, which runs the emulator in its own process. */
struct emulator_view {
    int64_t now_ms, pending, active, oldest_wait_ms, last_done_ms;
    bool done;
    struct sim_waits waits;
    struct emulator_pool_view pool;
};
int emulator_look(struct emulator *emulator, size_t pool, struct emulator_view *out, struct error *err) MUST_CHECK;
int emulator_post(struct emulator *emulator, const struct scenario_arrival *arrival, struct error *err) MUST_CHECK;
int emulator_scale(struct emulator *emulator, size_t pool, int64_t replicas, struct error *err) MUST_CHECK;

#endif
