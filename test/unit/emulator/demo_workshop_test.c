#include "emulator/demo_workshop.h"

#include "queue/hpa.h"
#include "test/unit/emulator/suites.h"

START_TEST(the_fixed_run_is_measured)
{
    CLEANUP(scenario_clear) struct scenario scenario = {0};
    struct demo_outcome once = {0}, twice = {0};
    struct error err = {0};

    ck_assert_msg(demo_workshop_scenario(10, 20, &scenario, &err) == 0, "%s", err.text);
    ck_assert_int_eq(demo_workshop_fixed(&scenario, &once, &err), 0);
    ck_assert_int_eq(demo_workshop_fixed(&scenario, &twice, &err), 0);
    ck_assert_int_eq(once.waits_count, 20);
    ck_assert_int_eq(once.longest_ms, twice.longest_ms);
    ck_assert_int_ge(once.longest_ms, once.p95_ms);
    ck_assert_int_ge(once.p95_ms, once.p50_ms);
    /* 20 builds of at least a minute on 6 provisioners: the last ones begin after three rounds, and end a minute later. */
    ck_assert_int_ge(once.longest_ms, 175000);
    ck_assert_int_ge(once.last_done_ms, once.longest_ms + 60000);
}
END_TEST

/* The demo's own claim, without adapter and network: an HPA that reads the demand ten seconds late. */
START_TEST(an_hpa_on_the_demand_helps)
{
    static struct hpa hpa;
    const struct hpa_spec spec = hpa_spec_default(DEMO_REPLICAS_MIN, DEMO_REPLICAS_MAX, 1000);
    CLEANUP(scenario_clear) struct scenario scenario = {0};
    CLEANUP(simulation_freep) struct simulation *sim = NULL;
    struct demo_outcome fixed = {0};
    struct sim_waits waits;
    struct error err = {0};

    ck_assert_int_eq(demo_workshop_scenario(10, 20, &scenario, &err), 0);
    ck_assert_int_eq(demo_workshop_fixed(&scenario, &fixed, &err), 0);
    sim = simulation_new(&scenario, &err);
    hpa_init(&hpa, &spec);
    while (!simulation_is_done(sim)) {
        int64_t demand = sim->counts[SIM_PENDING] + simulation_active(sim);

        ck_assert_int_eq(simulation_advance(sim, sim->now_ms + 10000, &err), 0);
        ck_assert_int_eq(simulation_set_replicas(sim, 0, hpa_sync(&hpa, sim->now_ms, sim->pools[0].replicas, demand * 1000), &err), 0);
        ck_assert_int_eq(simulation_advance(sim, sim->now_ms + 5000, &err), 0);
    }
    ck_assert_int_eq(sim->pools[0].replicas, DEMO_REPLICAS_MAX); /* the stabilization window has not passed */
    ck_assert_int_eq(simulation_waits(sim, &waits, &err), 0);
    ck_assert_int_eq(waits.count, fixed.waits_count);
    ck_assert_int_lt(waits.longest_ms * 2, fixed.longest_ms);
    ck_assert_int_lt(waits.p95_ms * 2, fixed.p95_ms);
}
END_TEST

START_TEST(the_reaper_makes_runs_incomparable)
{
    CLEANUP(scenario_clear) struct scenario scenario = {0};
    struct demo_outcome fixed = {0};
    struct error err = {0};

    ck_assert_int_eq(demo_workshop_scenario(10, DEMO_USERS_MAX, &scenario, &err), 0);
    ck_assert_int_eq(demo_workshop_fixed(&scenario, &fixed, &err), 0);
    ck_assert_int_lt(fixed.waits_count, DEMO_USERS_MAX);
}
END_TEST

Suite *demo_workshop_suite(void)
{
    Suite *suite = suite_create("demo_workshop");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, the_fixed_run_is_measured);
    tcase_add_test(tcase, an_hpa_on_the_demand_helps);
    tcase_add_test(tcase, the_reaper_makes_runs_incomparable);
    suite_add_tcase(suite, tcase);
    return suite;
}
