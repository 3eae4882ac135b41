#include "emulator/demo_workshop.h"

/* Builds of 60 to 180 s, and 18 s until a new provisioner takes work: pods of a cluster that has room and the image. */
static const char scenario_text[] =
    "speed: %g\n"
    "token: " DEMO_TOKEN "\n"
    "seed: 20\n"
    "organizations:\n"
    "  - {name: coder, default: true}\n"
    "pools:\n"
    "  - {name: default, organization: coder, tags: {}, replicas: %d, startDelay: 18s}\n"
    "arrivals:\n"
    "  - {at: 30s, count: %lld, over: 5s, type: workspace_build, initiator: user, duration: 2m, spread: 1m}\n";

enum { STEP_MS = 1000 };

/* Longer than any workshop of DEMO_USERS_MAX: the reaper ends what nobody takes. */
static const int64_t longest_ms = INT64_C(24) * 3600 * 1000;

int demo_workshop_scenario(double speed, int64_t users, struct scenario *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(4096);

    if (buffer_printf(&text, scenario_text, speed, DEMO_REPLICAS_MIN, (long long)users) < 0)
        return error_no_memory(err);
    return scenario_read(buffer_text(&text), text.len, out, err);
}

struct demo_outcome demo_outcome_of(const struct sim_waits *waits, int64_t last_done_ms)
{
    return (struct demo_outcome){waits->count, waits->p50_ms, waits->p95_ms, waits->longest_ms, last_done_ms};
}

int demo_workshop_fixed(const struct scenario *scenario, struct demo_outcome *out, struct error *err)
{
    CLEANUP(simulation_freep) struct simulation *sim = simulation_new(scenario, err);
    struct sim_waits waits;

    if (!sim)
        return -1;
    while (!simulation_is_done(sim) && sim->now_ms < longest_ms)
        if (simulation_advance(sim, sim->now_ms + STEP_MS, err) < 0)
            return -1;
    if (simulation_waits(sim, &waits, err) < 0)
        return -1;
    *out = demo_outcome_of(&waits, simulation_last_done_ms(sim) - scenario->arrivals[0].at_ms);
    return 0;
}
