#include "emulator/simulation.h"

#include <string.h>

#include "test/unit/emulator/suites.h"
#include "test/unit/emulator/world.h"

static const int64_t minute_ms = 60000;

static const struct sim_job *job(const struct world *w, size_t index)
{
    ck_assert_uint_lt(index, w->sim->n_jobs);
    return &w->sim->jobs[index];
}

static void scale(struct world *w, size_t pool, int64_t replicas)
{
    struct error err = {0};

    ck_assert_msg(simulation_set_replicas(w->sim, pool, replicas, &err) == 0, "%s", err.text);
}

/* One assertion per step only: Check writes each one to a pipe. */
static bool job_is_lawful(const struct simulation *sim, size_t index)
{
    const struct sim_job *it = &sim->jobs[index];
    const struct sim_daemon *worker = simulation_daemon(sim, it->worker);
    bool active = it->state == SIM_RUNNING || it->state == SIM_CANCELING;

    return active == (worker && worker->job == index) && (it->completed_ms != SIM_NEVER) == (it->state > SIM_CANCELING) &&
           (it->started_ms == SIM_NEVER) == (it->state == SIM_PENDING) &&
           (it->canceled_ms != SIM_NEVER) == (it->state == SIM_CANCELING || it->state == SIM_CANCELED);
}

static bool pool_is_lawful(const struct simulation *sim, size_t index)
{
    const struct sim_pool *pool = &sim->pools[index];
    int64_t idle = 0, busy = 0, leaving = 0, starting = 0, gone = 0;

    for (size_t i = 0; i < sim->n_daemons; i++) {
        const struct sim_daemon *daemon = &sim->daemons[i];

        if (daemon->pool != index)
            continue;
        idle += daemon->state == SIM_IDLE;
        busy += daemon->state == SIM_BUSY && !daemon->leaving;
        leaving += daemon->state == SIM_BUSY && daemon->leaving;
        starting += daemon->state == SIM_STARTING;
        gone += daemon->state == SIM_GONE;
    }
    return idle == pool->idle && busy == pool->busy && leaving == pool->leaving && gone == pool->n_gone &&
           idle + busy + starting == pool->replicas && gone <= SIMULATION_GONE_ROWS;
}

/* No provisioner is idle while something waits that it may run. */
static bool nobody_idles_in_vain(const struct simulation *sim)
{
    for (size_t pool = 0; pool < sim->scenario->n_pools; pool++)
        for (size_t lane = 0; lane < sim->n_lanes; lane++)
            if (sim->pools[pool].idle > 0 && sim->lanes[lane].first != SIM_NO_JOB &&
                sim->lanes[lane].organization == (size_t)sim->scenario->pools[pool].organization &&
                tagset_contains(&sim->scenario->pools[pool].tags, &sim->tagsets[sim->lanes[lane].tags]))
                return false;
    return true;
}

/* Every job is in exactly one state, each counter is the count, nobody has two jobs, the lanes hold exactly what waits. */
static void check_laws(const struct simulation *sim)
{
    int64_t counts[SIM_JOB_STATES] = {0}, in_lanes = 0;
    size_t unlawful = 0;

    for (size_t i = 0; i < sim->n_jobs; i++) {
        counts[sim->jobs[i].state]++;
        unlawful += !job_is_lawful(sim, i);
    }
    ck_assert_msg(unlawful == 0, "%zu jobs", unlawful);
    ck_assert_int_eq(memcmp(counts, sim->counts, sizeof(counts)), 0);
    for (size_t lane = 0; lane < sim->n_lanes; lane++)
        for (size_t i = sim->lanes[lane].first; i != SIM_NO_JOB; i = sim->jobs[i].next, in_lanes++)
            unlawful += sim->jobs[i].state != SIM_PENDING;
    ck_assert_msg(unlawful == 0 && in_lanes == counts[SIM_PENDING], "lanes");
    for (size_t pool = 0; pool < sim->scenario->n_pools; pool++)
        ck_assert_msg(pool_is_lawful(sim, pool), "pool %zu", pool);
    ck_assert(nobody_idles_in_vain(sim));
}

START_TEST(matching_and_order)
{
    CLEANUP(world_clear) struct world w;

    world_open(world_yaml, 10000, &w);
    check_laws(w.sim);
    ck_assert_uint_eq(w.sim->n_jobs, 8);
    ck_assert_int_eq(job(&w, 0)->state, SIM_RUNNING);
    ck_assert_int_eq(job(&w, 1)->state, SIM_RUNNING);
    ck_assert_int_eq(job(&w, 5)->state, SIM_RUNNING); /* by the pool with its tag */
    ck_assert_int_eq(w.sim->counts[SIM_PENDING], 5);
    ck_assert_int_eq(simulation_oldest_wait_ms(w.sim), 10000);

    world_advance(&w, 60000); /* two free provisioners: the oldest person, then the younger person, the prebuild last */
    ck_assert_int_eq(job(&w, 2)->state, SIM_RUNNING);
    ck_assert_int_eq(job(&w, 4)->state, SIM_RUNNING);
    ck_assert_int_eq(job(&w, 3)->state, SIM_PENDING);
    ck_assert_int_eq(job(&w, 5)->state, SIM_FAILED);
    ck_assert_int_eq(job(&w, 5)->completed_ms, 33000);
    world_advance(&w, 120000);
    ck_assert_int_eq(job(&w, 3)->state, SIM_RUNNING);
    ck_assert_int_eq(job(&w, 6)->state, SIM_PENDING); /* nobody has its tag */
    ck_assert_int_eq(job(&w, 7)->state, SIM_PENDING); /* no pool in its organization */
    check_laws(w.sim);
}
END_TEST

START_TEST(the_reaper_fails_what_nobody_takes)
{
    CLEANUP(world_clear) struct world w;

    world_open(world_yaml, 30 * minute_ms, &w);
    ck_assert_int_eq(w.sim->counts[SIM_PENDING], 2);
    world_advance(&w, 31 * minute_ms);
    check_laws(w.sim);
    ck_assert_int_eq(w.sim->counts[SIM_PENDING], 0);
    ck_assert(job(&w, 6)->reaped && job(&w, 6)->state == SIM_FAILED);
    ck_assert_int_eq(job(&w, 6)->started_ms, job(&w, 6)->completed_ms);
    ck_assert_uint_eq(w.sim->n_waits, 6); /* they were never taken: no wait to speak of */
    ck_assert(simulation_is_done(w.sim));
}
END_TEST

START_TEST(the_reaper_takes_ten_a_minute)
{
    CLEANUP(world_clear) struct world w;

    world_open("arrivals: [{at: 1s, count: 25, duration: 1s}]\n", 31 * minute_ms, &w);
    ck_assert_int_eq(w.sim->counts[SIM_FAILED], 10);
    world_advance(&w, 33 * minute_ms);
    ck_assert_int_eq(w.sim->counts[SIM_FAILED], 25);
}
END_TEST

static const char busy_pool[] = "pools: [{name: default, replicas: 2, startDelay: 10s}]\n"
                                "arrivals: [{at: 0s, count: 4, duration: 100s}]\n";

START_TEST(new_provisioners_take_their_time)
{
    CLEANUP(world_clear) struct world w;

    world_open(busy_pool, 1000, &w);
    scale(&w, 0, 4);
    world_advance(&w, 10999);
    ck_assert_int_eq(w.sim->counts[SIM_PENDING], 2);
    check_laws(w.sim);
    world_advance(&w, 11000);
    ck_assert_int_eq(w.sim->counts[SIM_PENDING], 0);
    ck_assert_int_eq(job(&w, 3)->started_ms, 11000);
    check_laws(w.sim);
}
END_TEST

START_TEST(those_that_start_go_first)
{
    CLEANUP(world_clear) struct world w;

    world_open(busy_pool, 1000, &w);
    scale(&w, 0, 4);
    scale(&w, 0, 2);
    check_laws(w.sim);
    ck_assert_int_eq(w.sim->pools[0].busy, 2);
    ck_assert_uint_eq(w.sim->n_daemons, 2); /* they never were: no rows */
    world_advance(&w, 20000);
    ck_assert_int_eq(w.sim->counts[SIM_PENDING], 2);
}
END_TEST

START_TEST(a_busy_victim_finishes_its_job)
{
    CLEANUP(world_clear) struct world w;

    world_open(busy_pool, 1000, &w);
    scale(&w, 0, 1);
    check_laws(w.sim);
    ck_assert_int_eq(w.sim->pools[0].replicas, 1);
    ck_assert_int_eq(w.sim->pools[0].busy, 1);
    ck_assert_int_eq(w.sim->pools[0].leaving, 1);
    ck_assert_int_eq(w.sim->counts[SIM_RUNNING], 2);
    world_advance(&w, 100000);
    check_laws(w.sim);
    ck_assert_int_eq(w.sim->pools[0].leaving, 0);
    ck_assert_int_eq(w.sim->counts[SIM_SUCCEEDED], 2);
    ck_assert_int_eq(w.sim->counts[SIM_RUNNING], 1); /* the one that stays took the next */
    ck_assert_int_eq(w.sim->daemons[1].state, SIM_GONE);
    ck_assert_int_eq(sim_daemon_last_seen_ms(&w.sim->daemons[1], 200000), 60000);
    ck_assert_int_eq(sim_daemon_last_seen_ms(&w.sim->daemons[0], 200000), 180000);
}
END_TEST

START_TEST(rows_of_the_gone_are_bounded)
{
    CLEANUP(world_clear) struct world w;

    world_open("pools: [{name: default, replicas: 0, startDelay: 0s}]\n", 0, &w);
    for (int64_t round = 1; round <= 3; round++) {
        scale(&w, 0, 15);
        check_laws(w.sim);
        scale(&w, 0, 0);
        check_laws(w.sim);
        world_advance(&w, round * 60000);
    }
    ck_assert_uint_eq(w.sim->n_daemons, SIMULATION_GONE_ROWS);
    ck_assert_uint_eq(w.sim->daemons[SIMULATION_GONE_ROWS - 1].serial, 45);
    world_advance(&w, INT64_C(8) * 24 * 3600 * 1000);
    ck_assert_uint_eq(w.sim->n_daemons, 0); /* Coder deletes them after a week */
}
END_TEST

START_TEST(canceled_jobs_occupy_their_provisioner_to_the_end)
{
    CLEANUP(world_clear) struct world w;

    world_open("pools: [{name: default, replicas: 1}]\narrivals: [{count: 1, duration: 100s, outcome: canceled}]\n", 80000, &w);
    ck_assert_int_eq(job(&w, 0)->state, SIM_CANCELING);
    ck_assert_int_eq(job(&w, 0)->canceled_ms, 75000);
    ck_assert_int_eq(simulation_active(w.sim), 1);
    ck_assert_int_eq(w.sim->pools[0].busy, 1);
    world_advance(&w, 100000);
    ck_assert_int_eq(job(&w, 0)->state, SIM_CANCELED);
    check_laws(w.sim);
}
END_TEST

START_TEST(arrivals_are_spread_evenly)
{
    CLEANUP(world_clear) struct world w;

    world_open("arrivals: [{at: 10s, count: 4, over: 20s, duration: 1s}]\n", 60000, &w);
    ck_assert_uint_eq(w.sim->n_jobs, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(job(&w, i)->created_ms, 10000 + 5000 * (int64_t)i);
}
END_TEST

START_TEST(durations_spread_within_their_range)
{
    CLEANUP(world_clear) struct world w;
    int64_t least = INT64_MAX, most = 0;

    world_open("arrivals: [{count: 500, duration: 60s, spread: 20s}]\n", 0, &w);
    for (size_t i = 0; i < 500; i++) {
        least = job(&w, i)->duration_ms < least ? job(&w, i)->duration_ms : least;
        most = job(&w, i)->duration_ms > most ? job(&w, i)->duration_ms : most;
    }
    ck_assert_msg(least >= 40000 && least < 42000 && most <= 80000 && most > 78000, "%lld to %lld", (long long)least, (long long)most);
}
END_TEST

/* The same seed gives the same jobs, whatever happens to the provisioners. */
START_TEST(scaling_does_not_change_the_jobs)
{
    static const char yaml[] = "pools: [{name: default, replicas: 2}]\narrivals: [{count: 50, over: 60s, duration: 60s, spread: 30s}]\n";
    CLEANUP(world_clear) struct world a;
    CLEANUP(world_clear) struct world b;

    world_open(yaml, 0, &a);
    world_open(yaml, 0, &b);
    scale(&a, 0, 9);
    world_advance(&a, 100000);
    world_advance(&b, 100000);
    for (size_t i = 0; i < 50; i++) {
        ck_assert(stable_id_equal(job(&a, i)->id, job(&b, i)->id));
        ck_assert_int_eq(job(&a, i)->duration_ms, job(&b, i)->duration_ms);
        ck_assert_int_eq(job(&a, i)->created_ms, job(&b, i)->created_ms);
    }
}
END_TEST

START_TEST(waits_are_ranked)
{
    CLEANUP(world_clear) struct world w;
    struct sim_waits waits;
    struct error err = {0};

    world_open("pools: [{name: default, replicas: 1}]\narrivals: [{count: 20, duration: 10s}]\n", 0, &w);
    ck_assert_int_eq(simulation_waits(w.sim, &waits, &err), 0);
    ck_assert_int_eq(waits.count, 1);
    ck_assert_int_eq(waits.longest_ms, 0);
    world_advance(&w, 200000); /* waits of 0, 10, ... 190 s */
    ck_assert_int_eq(simulation_waits(w.sim, &waits, &err), 0);
    ck_assert_int_eq(waits.count, 20);
    ck_assert_int_eq(waits.p50_ms, 90000);
    ck_assert_int_eq(waits.p95_ms, 180000);
    ck_assert_int_eq(waits.longest_ms, 190000);
    ck_assert(simulation_is_done(w.sim));
    ck_assert_int_eq(simulation_last_done_ms(w.sim), 200000);
    ck_assert_int_eq(simulation_oldest_wait_ms(w.sim), 0);
}
END_TEST

START_TEST(posts_count_from_now_and_are_bounded)
{
    CLEANUP(world_clear) struct world w;
    struct scenario_arrival arrival = {.at_ms = 5000, .count = 2, .duration_ms = 1000};
    struct error err = {0};

    world_open("{}", 10000, &w);
    ck_assert_int_eq(simulation_post(w.sim, &arrival, &err), 0);
    ck_assert(!simulation_is_done(w.sim));
    world_advance(&w, 15000);
    ck_assert_uint_eq(w.sim->n_jobs, 2);
    ck_assert_int_eq(job(&w, 1)->created_ms, 15000);
    arrival.count = SCENARIO_JOBS_MAX - 1;
    ck_assert_int_eq(simulation_post(w.sim, &arrival, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
}
END_TEST

/* A day of random scaling: the laws hold after every step, whatever the step is. */
START_TEST(laws_hold_under_random_scaling)
{
    static const char yaml[] = "pools: [{name: default, replicas: 3, startDelay: 20s}, {name: eu, tags: {cluster: eu}, replicas: 1}]\n"
                               "arrivals:\n"
                               "  - {count: 400, over: 2h, duration: 90s, spread: 80s}\n"
                               "  - {count: 200, over: 2h, duration: 60s, spread: 60s, initiator: prebuild, outcome: canceled}\n"
                               "  - {count: 100, over: 1h, duration: 5m, tags: {cluster: eu}, outcome: failed}\n";
    CLEANUP(world_clear) struct world w;
    uint64_t seed = (uint64_t)_i + 1;

    world_open(yaml, 0, &w);
    for (uint64_t step = 0; step < 600; step++) {
        scale(&w, stable_dice(seed, STABLE_USER, step, 2), (int64_t)stable_dice(seed, STABLE_FILE, step, 8));
        check_laws(w.sim);
        world_advance(&w, w.sim->now_ms + (int64_t)stable_dice(seed, STABLE_BUILD, step, 30000));
        check_laws(w.sim);
    }
    scale(&w, 0, 10);
    scale(&w, 1, 10);
    world_advance(&w, w.sim->now_ms + 360 * minute_ms);
    ck_assert(simulation_is_done(w.sim));
    ck_assert_uint_eq(w.sim->n_jobs, 700);
    check_laws(w.sim);
}
END_TEST

Suite *simulation_suite(void)
{
    Suite *suite = suite_create("simulation");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, matching_and_order);
    tcase_add_test(tcase, the_reaper_fails_what_nobody_takes);
    tcase_add_test(tcase, the_reaper_takes_ten_a_minute);
    tcase_add_test(tcase, new_provisioners_take_their_time);
    tcase_add_test(tcase, those_that_start_go_first);
    tcase_add_test(tcase, a_busy_victim_finishes_its_job);
    tcase_add_test(tcase, rows_of_the_gone_are_bounded);
    tcase_add_test(tcase, canceled_jobs_occupy_their_provisioner_to_the_end);
    tcase_add_test(tcase, arrivals_are_spread_evenly);
    tcase_add_test(tcase, durations_spread_within_their_range);
    tcase_add_test(tcase, scaling_does_not_change_the_jobs);
    tcase_add_test(tcase, waits_are_ranked);
    tcase_add_test(tcase, posts_count_from_now_and_are_bounded);
    tcase_add_loop_test(tcase, laws_hold_under_random_scaling, 0, 3);
    suite_add_tcase(suite, tcase);
    return suite;
}
