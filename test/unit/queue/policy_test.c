#include "queue/policy.h"

#include <math.h>

#include "base/attributes.h"
#include "queue/hpa.h"
#include "test/unit/queue/suites.h"

#define POLL_MS INT64_C(5000)
#define LATER_MS INT64_C(3600000)
#define HOLD_MS INT64_C(600000)

static const struct queue_spec default_spec = {
    .replicas_min = 6,
    .replicas_max = 15,
    .headroom = 1,
    .hpa_tolerance = 0.1,
    .scale_down_after_ms = HOLD_MS,
    .prebuild_weight = 1,
};

static struct queue_stats stats_of(int64_t waiting, int64_t active)
{
    struct queue_stats stats = {.waiting_total = waiting, .active_total = active};

    stats.waiting[JOB_WORKSPACE_BUILD][JOB_BY_USER] = waiting;
    stats.active[JOB_WORKSPACE_BUILD][JOB_BY_USER] = active;
    return stats;
}

static struct queue_stats with_prebuilds(struct queue_stats stats, int64_t waiting, int64_t active)
{
    stats.waiting[JOB_WORKSPACE_BUILD][JOB_BY_PREBUILD] = waiting;
    stats.active[JOB_WORKSPACE_BUILD][JOB_BY_PREBUILD] = active;
    stats.waiting_total += waiting;
    stats.active_total += active;
    return stats;
}

/* --- one answer --- */

static const struct {
    const char *what;
    int64_t waiting, active, prebuilds_waiting, prebuilds_active, idle;
    int64_t min, max, headroom;
    double weight;
    int64_t workshop, learned, autostart;
    int64_t since_start_ms;
    int64_t wanted;
    enum policy_part by;
} cases[] = {
    {"7 waiting, 3 running", 7, 3, 0, 0, 0, 6, 15, 1, 1, 0, 0, 0, LATER_MS, 11, POLICY_HEADROOM},
    {"without headroom", 7, 3, 0, 0, 0, 6, 15, 0, 1, 0, 0, 0, LATER_MS, 10, POLICY_DEMAND},
    {"nothing to do", 0, 0, 0, 0, 0, 6, 15, 1, 1, 0, 0, 0, LATER_MS, 6, POLICY_MIN},
    {"nothing to do, from zero", 0, 0, 0, 0, 0, 0, 15, 0, 1, 0, 0, 0, LATER_MS, 0, POLICY_DEMAND},
    {"exactly the minimum", 5, 0, 0, 0, 0, 6, 15, 1, 1, 0, 0, 0, LATER_MS, 6, POLICY_HEADROOM},
    {"exactly the maximum", 14, 0, 0, 0, 0, 6, 15, 1, 1, 0, 0, 0, LATER_MS, 15, POLICY_HEADROOM},
    {"more than the maximum", 20, 6, 0, 0, 0, 6, 15, 1, 1, 0, 0, 0, LATER_MS, 15, POLICY_MAX},
    {"more active than the maximum", 0, 20, 0, 0, 20, 6, 15, 1, 0, 0, 0, 0, LATER_MS, 15, POLICY_MAX},
    {"a workshop", 1, 1, 0, 0, 0, 6, 15, 1, 1, 12, 0, 0, LATER_MS, 12, POLICY_WORKSHOP},
    {"a workshop below the demand", 10, 1, 0, 0, 0, 6, 15, 1, 1, 8, 0, 0, LATER_MS, 12, POLICY_HEADROOM},
    {"a workshop beyond the maximum", 1, 1, 0, 0, 0, 6, 15, 1, 1, 40, 0, 0, LATER_MS, 15, POLICY_MAX},
    {"a learned hour", 1, 1, 0, 0, 0, 6, 15, 1, 1, 0, 9, 8, LATER_MS, 9, POLICY_LEARNED_PROFILE},
    {"workspaces that will start", 1, 1, 0, 0, 0, 6, 15, 1, 1, 0, 8, 9, LATER_MS, 9, POLICY_AUTOSTART},
    {"prebuilds count half, rounded up", 2, 2, 5, 4, 0, 1, 15, 1, 0.5, 0, 0, 0, LATER_MS, 10, POLICY_HEADROOM},
    {"three tenths of ten are three", 0, 0, 10, 0, 0, 0, 15, 0, 0.3, 0, 0, 0, LATER_MS, 3, POLICY_DEMAND},
    {"a tenth of eleven", 0, 0, 11, 0, 0, 0, 15, 0, 0.1, 0, 0, 0, LATER_MS, 2, POLICY_DEMAND},
    {"running prebuilds are builds", 0, 2, 3, 8, 0, 1, 15, 1, 0, 0, 0, 0, LATER_MS, 10, POLICY_ACTIVE},
    {"after a start", 1, 2, 0, 0, 11, 6, 15, 1, 1, 0, 0, 0, HOLD_MS - 1, 13, POLICY_START},
    {"long after a start", 1, 2, 0, 0, 11, 6, 15, 1, 1, 0, 0, 0, HOLD_MS, 6, POLICY_MIN},
    {"after a start, beyond the maximum", 1, 2, 0, 0, 20, 6, 15, 1, 1, 0, 0, 0, 0, 15, POLICY_MAX},
};

START_TEST(answer_case)
{
    struct queue_spec spec = default_spec;
    struct queue_stats stats = with_prebuilds(stats_of(cases[_i].waiting, cases[_i].active), cases[_i].prebuilds_waiting,
                                              cases[_i].prebuilds_active);
    struct policy_state state = {0};
    struct policy_input input = {.spec = &spec,
                                 .stats = &stats,
                                 .workshop = cases[_i].workshop,
                                 .learned_profile = cases[_i].learned,
                                 .autostart = cases[_i].autostart,
                                 .started_ms = 1000,
                                 .now_ms = 1000 + cases[_i].since_start_ms};
    struct policy_answer answer;

    spec.replicas_min = cases[_i].min;
    spec.replicas_max = cases[_i].max;
    spec.headroom = cases[_i].headroom;
    spec.prebuild_weight = cases[_i].weight;
    stats.daemons[DAEMON_IDLE] = cases[_i].idle;
    stats.daemons[DAEMON_BUSY] = stats.active_total;
    answer = policy_decide(&input, &state);
    ck_assert_msg(answer.wanted == cases[_i].wanted && answer.decided_by == cases[_i].by, "%s: %jd by %s, not %jd by %s", cases[_i].what,
                  (intmax_t)answer.wanted, policy_part_name(answer.decided_by), (intmax_t)cases[_i].wanted, policy_part_name(cases[_i].by));
    ck_assert_int_eq(answer.parts[answer.decided_by], answer.wanted);
    ck_assert_int_eq(answer.held_until_ms, cases[_i].by == POLICY_START ? 1000 + HOLD_MS : 0);
    ck_assert_int_eq(answer.served, policy_serve(answer.wanted, 0.1));
}
END_TEST

static const struct {
    const char *what;
    int64_t waiting, busy_ordinal;
    int64_t wanted;
    enum policy_part by;
} ordinals[] = {
    {"a busy pod above the demand", 0, 12, 12, POLICY_BUSY_ORDINAL},
    {"below it", 9, 8, 10, POLICY_HEADROOM},
    {"as high", 9, 10, 10, POLICY_HEADROOM},
    {"beyond the maximum", 0, 40, 15, POLICY_MAX},
};

/* It stands while the pod works and not a moment longer: it is no wish, so nothing remembers it. */
START_TEST(busy_ordinal_case)
{
    struct queue_stats stats = stats_of(ordinals[_i].waiting, 0);
    struct policy_state state = {0};
    struct policy_input input = {.spec = &default_spec, .stats = &stats, .now_ms = LATER_MS, .busy_ordinal = ordinals[_i].busy_ordinal};
    struct policy_answer answer = policy_decide(&input, &state);

    ck_assert_msg(answer.wanted == ordinals[_i].wanted && answer.decided_by == ordinals[_i].by, "%s: %jd by %s", ordinals[_i].what,
                  (intmax_t)answer.wanted, policy_part_name(answer.decided_by));
    input.now_ms += POLL_MS;
    input.busy_ordinal = 0;
    answer = policy_decide(&input, &state);
    ck_assert_int_eq(answer.wanted, ordinals[_i].waiting > 0 ? ordinals[_i].waiting + 1 : 6);
}
END_TEST

/* --- the targetWait floor --- */

static const struct {
    double per_second, run_s;
    int64_t samples, target_wait_ms, floor;
} target_waits[] = {
    {120.0 / 3600, 120, 20, 5010, 8}, /* the fixture: 4 erlangs, 8 servers, 5.0 s */
    {120.0 / 3600, 120, 19, 5010, 0}, /* too few samples */
    {120.0 / 3600, 120, 20, 0, 0},    /* no target */
    {0, 120, 20, 5010, 0},            /* nothing comes */
    {9, 120, 20, 5010, 15},           /* more than the maximum can do */
};

START_TEST(target_wait_case)
{
    struct queue_spec spec = default_spec;
    struct queue_stats stats = stats_of(0, 0);
    struct policy_state state = {0};
    struct policy_input input = {.spec = &spec, .stats = &stats, .now_ms = LATER_MS};
    struct policy_answer answer;

    input.load = (struct policy_load){target_waits[_i].per_second, target_waits[_i].run_s, target_waits[_i].samples};
    spec.target_wait_ms = target_waits[_i].target_wait_ms;
    answer = policy_decide(&input, &state);
    ck_assert_int_eq(answer.parts[POLICY_TARGET_WAIT], target_waits[_i].floor);
    ck_assert_int_eq(answer.wanted, target_waits[_i].floor > 6 ? target_waits[_i].floor : 6);
    ck_assert_int_eq(answer.decided_by, target_waits[_i].floor > 6 ? POLICY_TARGET_WAIT : POLICY_MIN);
}
END_TEST

/* --- what is served --- */

static const struct {
    int64_t wanted;
    double tolerance;
    int64_t served;
} servings[] = {
    {0, 0.1, 0},   {-3, 0.1, 0},     {1, 0.1, 1},   {6, 0.1, 6},   {10, 0.1, 10},   {11, 0.1, 12}, {12, 0.1, 13},
    {13, 0.1, 14}, {14, 0.1, 15},    {15, 0.1, 16}, {21, 0.1, 23}, {31, 0.1, 34},   {15, 0, 15},   {50, 0, 50},
    {11, 1, 21},   {101, 0.07, 108}, {1, 1, 1},     {2, 0.3, 2},   {1000, 1, 1999},
};

START_TEST(serve_case)
{
    ck_assert_int_eq(policy_serve(servings[_i].wanted, servings[_i].tolerance), servings[_i].served);
}
END_TEST

/* The stock formula reaches at least the wish from any number of replicas; and it is reached from below with no less. */
START_TEST(every_wish_is_reached)
{
    static const double tolerances[] = {0.1, 0, 0.05, 0.07, 0.2, 0.3, 0.5, 1};
    struct hpa_spec spec = hpa_spec_default(1, 1000, 1000);

    for (size_t i = 0; i < ARRAY_LEN(tolerances); i++) {
        spec.up.tolerance = tolerances[i];
        for (int64_t wanted = 0; wanted <= 50; wanted++) {
            int64_t served = policy_serve(wanted, tolerances[i]);

            for (int64_t current = 0; current <= 50; current++)
                ck_assert_msg(hpa_propose(&spec, current, served * 1000) >= wanted, "tolerance %g: %jd from %jd, served %jd", tolerances[i],
                              (intmax_t)wanted, (intmax_t)current, (intmax_t)served);
            ck_assert_msg(served == wanted || hpa_propose(&spec, wanted - 1, (served - 1) * 1000) < wanted,
                          "tolerance %g: %jd is served as %jd, where less would do", tolerances[i], (intmax_t)wanted, (intmax_t)served);
        }
    }
}
END_TEST

START_TEST(served_is_close)
{
    for (int64_t wanted = 0; wanted <= 15; wanted++) {
        ck_assert_int_eq(policy_serve(wanted, 0), wanted);
        ck_assert_int_le(policy_serve(wanted, 0.1) - wanted, wanted > 10);
    }
}
END_TEST

/* --- after a fall --- */

static struct policy_answer decide_at(struct policy_state *state, const struct queue_spec *spec, int64_t now_ms, int64_t demand)
{
    struct queue_stats stats = stats_of(demand, 0);
    struct policy_input input = {.spec = spec, .stats = &stats, .now_ms = LATER_MS + now_ms};

    return policy_decide(&input, state);
}

START_TEST(a_fall_is_held)
{
    struct queue_spec spec = default_spec;
    struct policy_state state = {0};
    struct policy_answer answer = decide_at(&state, &spec, 0, 12);

    ck_assert_int_eq(answer.wanted, 13);
    ck_assert_int_eq(answer.decided_by, POLICY_HEADROOM);
    answer = decide_at(&state, &spec, 5000, 10);
    ck_assert_int_eq(answer.wanted, 13);
    ck_assert_int_eq(answer.decided_by, POLICY_SCALE_DOWN_AFTER);
    ck_assert_int_eq(answer.held_until_ms, LATER_MS + HOLD_MS);
    answer = decide_at(&state, &spec, HOLD_MS - 1, 0);
    ck_assert_int_eq(answer.wanted, 13);
    answer = decide_at(&state, &spec, HOLD_MS, 0); /* now the 11 of 5 s is the highest */
    ck_assert_int_eq(answer.wanted, 11);
    ck_assert_int_eq(answer.held_until_ms, LATER_MS + HOLD_MS + 5000);
    answer = decide_at(&state, &spec, 2 * HOLD_MS, 0);
    ck_assert_int_eq(answer.wanted, 6);
    ck_assert_int_eq(answer.decided_by, POLICY_MIN);
    ck_assert_int_eq(answer.held_until_ms, 0);
}
END_TEST

START_TEST(nothing_is_held_without_scale_down_after)
{
    struct queue_spec spec = default_spec;
    struct policy_state state = {0};

    spec.scale_down_after_ms = 0;
    ck_assert_int_eq(decide_at(&state, &spec, 0, 12).wanted, 13);
    ck_assert_int_eq(decide_at(&state, &spec, 1, 7).wanted, 8);
}
END_TEST

/* A wish beyond the maximum is not remembered as such. */
START_TEST(a_wider_range_brings_nothing_back)
{
    struct queue_spec spec = default_spec;
    struct policy_state state = {0};

    ck_assert_int_eq(decide_at(&state, &spec, 0, 200).wanted, 15);
    spec.replicas_max = 100;
    ck_assert_int_eq(decide_at(&state, &spec, POLL_MS, 3).wanted, 15);
}
END_TEST

/* --- properties over random inputs, with a seed that never changes --- */

static int64_t draw(unsigned *seed, int64_t most)
{
    *seed = *seed * 1103515245U + 12345U;
    return (int64_t)(*seed >> 8) % (most + 1);
}

struct random_case {
    struct queue_spec spec;
    struct queue_stats stats;
    struct policy_input input;
};

static void draw_case(unsigned *seed, struct random_case *out)
{
    out->spec = default_spec;
    out->spec.replicas_min = draw(seed, 10);
    out->spec.replicas_max = out->spec.replicas_min + 1 + draw(seed, 20);
    out->spec.headroom = draw(seed, 3);
    out->spec.prebuild_weight = (double)draw(seed, 10) / 10;
    out->spec.target_wait_ms = draw(seed, 3) * 30000;
    out->stats = with_prebuilds(stats_of(draw(seed, 20), draw(seed, 20)), draw(seed, 10), draw(seed, 10));
    out->stats.daemons[DAEMON_IDLE] = draw(seed, 10);
    out->stats.daemons[DAEMON_BUSY] = out->stats.active_total;
    out->input = (struct policy_input){
        .spec = &out->spec,
        .stats = &out->stats,
        .load = {.arrivals_per_second = (double)draw(seed, 100) / 1000, .mean_run_s = 90, .run_samples = draw(seed, 40)},
        .workshop = draw(seed, 1) * draw(seed, 20),
        .learned_profile = draw(seed, 10),
        .now_ms = draw(seed, 2 * HOLD_MS),
    };
}

START_TEST(laws_of_one_answer)
{
    unsigned seed = 1;

    for (int i = 0; i < 20000; i++) {
        struct random_case before = {0}, after;
        struct policy_state state = {0}, other_state = {0};
        struct policy_answer answer, more;
        int64_t room;

        draw_case(&seed, &before);
        answer = policy_decide(&before.input, &state);
        room = before.stats.active_total < before.spec.replicas_max ? before.stats.active_total : before.spec.replicas_max;
        ck_assert_int_ge(answer.wanted, before.spec.replicas_min);
        ck_assert_int_le(answer.wanted, before.spec.replicas_max);
        ck_assert_int_ge(answer.wanted, room);
        ck_assert_int_eq(answer.parts[answer.decided_by], answer.wanted);
        /* one job more never asks for less */
        after = before;
        after.input.spec = &after.spec;
        after.input.stats = &after.stats;
        after.stats.waiting[JOB_WORKSPACE_BUILD][JOB_BY_USER]++;
        after.stats.waiting_total++;
        more = policy_decide(&after.input, &other_state);
        ck_assert_int_ge(more.wanted, answer.wanted);
    }
}
END_TEST

/* The same days with more demand at every moment never ask for less at any moment. */
START_TEST(monotone_over_time)
{
    struct policy_state state = {0}, more_state = {0};
    unsigned seed = 7;

    for (int64_t now_ms = 0; now_ms < 3 * HOLD_MS; now_ms += POLL_MS) {
        int64_t demand = draw(&seed, 14), more = demand + draw(&seed, 3);

        ck_assert_int_ge(decide_at(&more_state, &default_spec, now_ms, more).wanted,
                         decide_at(&state, &default_spec, now_ms, demand).wanted);
    }
}
END_TEST

/* Demand that jumps between 2 and 14 at each poll for an hour: the answer only rises, and falls once, when it has become quiet. */
START_TEST(noise_does_not_flap)
{
    struct policy_state state = {0};
    unsigned seed = 3;
    int64_t last = 0, falls = 0, changes = 0;

    for (int64_t now_ms = 0; now_ms < 6 * HOLD_MS; now_ms += POLL_MS) {
        int64_t demand = now_ms < 5 * HOLD_MS ? 2 + draw(&seed, 12) : 0;
        int64_t wanted = decide_at(&state, &default_spec, now_ms, demand).wanted;

        falls += now_ms < 5 * HOLD_MS && wanted < last;
        changes += wanted != last;
        last = wanted;
    }
    ck_assert_int_eq(falls, 0);
    ck_assert_int_le(changes, 15);
    ck_assert_int_eq(decide_at(&state, &default_spec, 6 * HOLD_MS + POLL_MS, 0).wanted, 6);
}
END_TEST

START_TEST(parts_have_names)
{
    ck_assert_str_eq(policy_part_name(POLICY_DEMAND), "demand");
    ck_assert_str_eq(policy_part_name(POLICY_TARGET_WAIT), "targetWait");
    ck_assert_str_eq(policy_part_name(POLICY_SCALE_DOWN_AFTER), "scaleDownAfter");
    for (enum policy_part part = 0; part < POLICY_PARTS; part++)
        ck_assert_ptr_nonnull(policy_part_name(part));
}
END_TEST

Suite *policy_suite(void)
{
    Suite *suite = suite_create("policy");
    TCase *tcase = tcase_create("policy");

    tcase_add_loop_test(tcase, answer_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, busy_ordinal_case, 0, ARRAY_LEN(ordinals));
    tcase_add_loop_test(tcase, target_wait_case, 0, ARRAY_LEN(target_waits));
    tcase_add_loop_test(tcase, serve_case, 0, ARRAY_LEN(servings));
    tcase_add_test(tcase, every_wish_is_reached);
    tcase_add_test(tcase, served_is_close);
    tcase_add_test(tcase, a_fall_is_held);
    tcase_add_test(tcase, nothing_is_held_without_scale_down_after);
    tcase_add_test(tcase, a_wider_range_brings_nothing_back);
    tcase_add_test(tcase, laws_of_one_answer);
    tcase_add_test(tcase, monotone_over_time);
    tcase_add_test(tcase, noise_does_not_flap);
    tcase_add_test(tcase, parts_have_names);
    suite_add_tcase(suite, tcase);
    return suite;
}
