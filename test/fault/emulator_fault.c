/* The emulator when memory runs out: it says so, and what it had is freed. */
#include <string.h>

#include "emulator/coder_json.h"
#include "emulator/simulation.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

/* More jobs, provisioners, lanes and sets of tags than the first blocks hold, jobs that are canceled, and one that nobody takes. */
static const char yaml[] = "token: secret\n"
                           "organizations: [{name: acme, default: true}, {name: platform}]\n"
                           "pools:\n"
                           "  - {name: default, replicas: 2, startDelay: 10s}\n"
                           "  - {name: eu, tags: {cluster: eu}, replicas: 17, organization: platform}\n"
                           "arrivals:\n"
                           "  - {at: 0s, count: 40, duration: 60s}\n"
                           "  - {at: 1s, count: 3, duration: 60s, initiator: prebuild, outcome: canceled}\n"
                           "  - {at: 2s, count: 1, duration: 60s, tags: {gpu: a100}, outcome: failed}\n";

enum { UNTIL_MS = 40 * 60 * 1000, JOBS = 44, REAPED = 1, CANCELED = 3 };

static enum fault_outcome read_scenario(struct error *err)
{
    struct scenario scenario;

    fault_fill(&scenario, sizeof(scenario));
    if (scenario_read(yaml, strlen(yaml), &scenario, err) < 0)
        return fault_refused(&scenario, sizeof(scenario));
    scenario_clear(&scenario);
    return FAULT_DONE;
}

static struct scenario scenario;
static struct simulation *simulation;

static void prepare(void)
{
    struct error err = {0};

    ck_assert_msg(scenario_read(yaml, strlen(yaml), &scenario, &err) == 0, "%s", err.text);
    simulation = simulation_new(&scenario, &err);
    ck_assert_msg(simulation != NULL, "%s", err.text);
}

static void tidy(void)
{
    simulation_free(simulation);
    scenario_clear(&scenario);
}

static enum fault_outcome simulate(struct error *err)
{
    CLEANUP(simulation_freep) struct simulation *sim = simulation_new(&scenario, err);
    struct sim_waits waits;

    if (!sim || simulation_advance(sim, UNTIL_MS, err) < 0 || simulation_waits(sim, &waits, err) < 0)
        return FAULT_REFUSED;
    return waits.count == JOBS - REAPED && sim->counts[SIM_CANCELED] == CANCELED && sim->counts[SIM_FAILED] == REAPED &&
                   sim->counts[SIM_SUCCEEDED] == JOBS - REAPED - CANCELED
               ? FAULT_DONE
               : FAULT_DAMAGED;
}

static enum fault_outcome post(struct error *err)
{
    CLEANUP(simulation_freep) struct simulation *sim = simulation_new(&scenario, err);

    if (!sim || simulation_set_replicas(sim, 0, 20, err) < 0)
        return FAULT_REFUSED;
    for (size_t i = 0; i < 20; i++)
        if (simulation_post(sim, &scenario.arrivals[1], err) < 0)
            return FAULT_REFUSED;
    return simulation_advance(sim, UNTIL_MS, err) < 0 ? FAULT_REFUSED : FAULT_DONE;
}

/* Coder's list of provisioners: whole, or marked as failed. */
static enum fault_outcome write_daemons(struct error *err)
{
    static const struct daemon_filter every = {0};
    const struct coder_view view = {simulation, INT64_C(1789372800000)};
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT((size_t)1024 * 1024);

    coder_write_daemons(&view, &every, 0, &out);
    if (buffer_failed(&out)) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    return out.len > 4 && strcmp(buffer_text(&out) + out.len - 3, "}]\n") == 0 ? FAULT_DONE : FAULT_DAMAGED;
}

static const struct fault_action actions[] = {
    {"read a scenario", read_scenario, 50},
    {"simulate", simulate, 15},
    {"post jobs", post, 15},
    {"write provisioners", write_daemons, 3},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

Suite *emulator_fault_suite(void)
{
    Suite *suite = suite_create("emulator");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, prepare, tidy);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    return suite;
}
