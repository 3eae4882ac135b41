#include "queue/plan.h"

#include <math.h>
#include <string.h>

#include "base/attributes.h"
#include "base/json.h"
#include "test/unit/queue/capacity_fixture.h"
#include "test/unit/queue/suites.h"

static const double usual_cv = 0.5; /* of the fixture's lognormal rows */

static struct plan_draw draw_of(const struct plan_crowd *crowd)
{
    struct plan_draw draw = {0};
    struct error err = {0};

    ck_assert_msg(plan_draw_make(crowd, &draw, &err) == 0, "%s", err.text);
    return draw;
}

static struct plan_waits measure(const struct plan_draw *draw, int64_t provisioners)
{
    struct plan_waits waits = {0};
    struct error err = {0};

    ck_assert_msg(plan_measure(draw, provisioners, &waits, &err) == 0, "%s", err.text);
    return waits;
}

static int64_t require(const struct plan_crowd *crowd, double target_s)
{
    struct plan_draw draw = draw_of(crowd);
    struct error err = {0};
    int64_t provisioners = 0;

    ck_assert_msg(plan_require(&draw, target_s, &provisioners, &err) == 0, "%s", err.text);
    plan_draw_clear(&draw);
    return provisioners;
}

/* --- against the fixture, which another program computed with 3000 runs a row --- */

/* 5 %, or a second: the fixture's own waits of a few seconds are not known better. */
static void assert_close(double got, double expected, const char *what, const json_t *row)
{
    double allowed = fmax(expected * 0.05, 1);

    ck_assert_msg(fabs(got - expected) <= allowed, "%jd people on %jd, %g s, spread %g s: %s is %g, not %g",
                  (intmax_t)fixture_number(row, "users"), (intmax_t)fixture_number(row, "provisioners"), fixture_number(row, "job_mean_s"),
                  fixture_number(row, "spread_s"), what, got, expected);
}

START_TEST(waits_of_the_fixture)
{
    json_t *fixture = capacity_fixture_read("workshop-waits.json"), *row;
    size_t i, n = 0;

    json_array_foreach (json_object_get(fixture, "guideline"), i, row) {
        const char *law = json_string_value(json_object_get(row, "law"));
        struct plan_crowd crowd = {
            .users = (int64_t)fixture_number(row, "users"),
            .job_s = fixture_number(row, "job_mean_s"),
            .varies = strcmp(law, "fixed") != 0,
            .job_cv = usual_cv,
            .spread_s = fixture_number(row, "spread_s"),
        };
        struct plan_draw draw;
        struct plan_waits waits;

        if (strcmp(law, "exponential") == 0)
            continue; /* a law that plan does not offer */
        draw = draw_of(&crowd);
        waits = measure(&draw, (int64_t)fixture_number(row, "provisioners"));
        assert_close(waits.p95_s, fixture_number(row, "p95_wait_s"), "p95", row);
        assert_close(waits.longest_s, fixture_number(row, "expected_max_wait_s"), "the longest", row);
        ck_assert_double_le(waits.p50_s, waits.p95_s);
        plan_draw_clear(&draw);
        n++;
    }
    ck_assert_uint_gt(n, 50);
    json_decref(fixture);
}
END_TEST

/* Where the wait lies within a second or a percent of the target, one provisioner more or less is the fixture's chance. */
static bool is_on_the_edge(const struct plan_draw *draw, int64_t fewer, double target_s)
{
    return fabs(measure(draw, fewer).p95_s - target_s) < fmax(1, 0.01 * target_s);
}

static void assert_required(const json_t *row, const struct plan_crowd *crowd, const char *column)
{
    int64_t expected = (int64_t)fixture_number(row, column), got = 0;
    double target_s = fixture_number(row, "target_s");
    struct plan_draw draw = draw_of(crowd);
    struct error err = {0};

    ck_assert_msg(plan_require(&draw, target_s, &got, &err) == 0, "%s", err.text);
    if (got != expected)
        ck_assert_msg(llabs(got - expected) == 1 && is_on_the_edge(&draw, got < expected ? got : expected, target_s),
                      "%jd people, %g s, at most %g s: %s is %jd, not %jd", (intmax_t)crowd->users, crowd->job_s, target_s, column,
                      (intmax_t)got, (intmax_t)expected);
    plan_draw_clear(&draw);
}

START_TEST(required_of_the_fixture)
{
    json_t *fixture = capacity_fixture_read("workshop-waits.json"), *row;
    size_t i;

    json_array_foreach (json_object_get(fixture, "required"), i, row) {
        struct plan_crowd crowd = {.users = (int64_t)fixture_number(row, "users"), .job_s = fixture_number(row, "job_mean_s")};

        ck_assert_int_eq(require(&crowd, fixture_number(row, "target_s")), (int64_t)fixture_number(row, "c_fixed_max"));
        crowd.varies = true;
        crowd.job_cv = usual_cv;
        crowd.spread_s = i % 2 ? 60 : 0; /* each row in turn: both would take twice the time */
        assert_required(row, &crowd, i % 2 ? "c_p95_lognormal_spread60" : "c_p95_lognormal_spread0");
    }
    ck_assert_uint_gt(i, 80);
    json_decref(fixture);
}
END_TEST

/* --- all at once, fixed times: the formulas of capacity.md --- */

START_TEST(waves_are_exact)
{
    static const double jobs_s[] = {0.1, 60, 123.456};

    for (int64_t users = 1; users <= 40; users++)
        for (size_t i = 0; i < ARRAY_LEN(jobs_s); i++) {
            struct plan_crowd crowd = {.users = users, .job_s = jobs_s[i]};
            struct plan_draw draw = draw_of(&crowd);

            for (int64_t c = 1; c <= users + 2; c++) {
                int64_t waves = (users + c - 1) / c;

                ck_assert_double_eq_tol(measure(&draw, c).longest_s, (double)(waves - 1) * jobs_s[i], 1e-9);
            }
            for (int64_t builds = 0; builds <= 3; builds++) /* the target is a whole number of builds: the hardest for rounding */
                ck_assert_int_eq(require(&crowd, (double)builds * jobs_s[i]), (users + builds) / (builds + 1));
            plan_draw_clear(&draw);
        }
}
END_TEST

/* Quantiles are interpolated, as in the fixture: of 20 people on 19, one waits a minute. */
static const struct {
    int64_t users, provisioners;
    double p50_s, p95_s, longest_s;
} exact[] = {
    {1, 1, 0, 0, 0},      {30, 12, 60, 120, 120},   {20, 10, 30, 60, 60}, {20, 19, 0, 3, 60},
    {30, 15, 30, 60, 60}, {25, 1, 720, 1368, 1440}, {5, 1000, 0, 0, 0},
};

START_TEST(exact_case)
{
    struct plan_crowd crowd = {.users = exact[_i].users, .job_s = 60};
    struct plan_draw draw = draw_of(&crowd);
    struct plan_waits waits = measure(&draw, exact[_i].provisioners);

    ck_assert_uint_eq(draw.runs, 1);
    ck_assert_double_eq_tol(waits.p50_s, exact[_i].p50_s, 1e-9);
    ck_assert_double_eq_tol(waits.p95_s, exact[_i].p95_s, 1e-9);
    ck_assert_double_eq_tol(waits.longest_s, exact[_i].longest_s, 1e-9);
    plan_draw_clear(&draw);
}
END_TEST

/* --- where chance has a part --- */

START_TEST(what_is_drawn_is_what_was_asked_for)
{
    struct plan_crowd crowd = {.users = 30, .job_s = 100, .varies = true, .job_cv = usual_cv, .spread_s = 300};
    struct plan_draw draw = draw_of(&crowd);
    double n = (double)(draw.runs * draw.users), sum = 0, squares = 0, asked = 0;

    for (size_t i = 0; i < draw.runs * draw.users; i++) {
        double job_s = (double)draw.job_us[i] / 1e6;

        sum += job_s;
        squares += job_s * job_s;
        asked += (double)draw.asked_us[i] / 1e6;
        ck_assert_int_ge(draw.asked_us[i], 0);
        ck_assert_int_le(draw.asked_us[i], 300000000);
        ck_assert(i % draw.users == 0 || draw.asked_us[i] >= draw.asked_us[i - 1]);
    }
    ck_assert_double_eq_tol(sum / n, 100, 0.5);
    ck_assert_double_eq_tol(sqrt(squares / n - sum / n * sum / n) / 100, usual_cv, 0.01);
    ck_assert_double_eq_tol(asked / n, 150, 1);
    plan_draw_clear(&draw);
}
END_TEST

START_TEST(one_provisioner_more_is_never_worse)
{
    static const struct plan_crowd crowds[] = {
        {.users = 30, .job_s = 120, .spread_s = 60},
        {.users = 30, .job_s = 120, .varies = true, .job_cv = 2, .spread_s = 60},
        {.users = 7, .job_s = 5, .varies = true, .job_cv = 0, .spread_s = 10},
    };

    for (size_t i = 0; i < ARRAY_LEN(crowds); i++) {
        struct plan_draw draw = draw_of(&crowds[i]);
        struct plan_waits before = measure(&draw, 1);

        for (int64_t c = 2; c <= crowds[i].users; c++) {
            struct plan_waits waits = measure(&draw, c);

            ck_assert(waits.p50_s <= before.p50_s && waits.p95_s <= before.p95_s && waits.longest_s <= before.longest_s);
            before = waits;
        }
        ck_assert_double_eq(before.longest_s, 0);
        plan_draw_clear(&draw);
    }
}
END_TEST

/* The quick search finds what trying each number finds. */
START_TEST(required_is_the_least)
{
    static const double targets[] = {0, 20, 60, 300, 2000};
    struct plan_crowd crowd = {.users = 24, .job_s = 90, .varies = true, .job_cv = 1, .spread_s = 45};
    struct plan_draw draw = draw_of(&crowd);

    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        int64_t least = 1;

        while (measure(&draw, least).p95_s > targets[i])
            least++;
        ck_assert_int_eq(require(&crowd, targets[i]), least);
    }
    plan_draw_clear(&draw);
}
END_TEST

START_TEST(the_same_question_has_the_same_answer)
{
    struct plan_crowd crowd = {.users = 30, .job_s = 120, .varies = true, .job_cv = usual_cv, .spread_s = 60};
    struct plan_draw first = draw_of(&crowd), second = draw_of(&crowd);
    struct plan_waits a = measure(&first, 12), b = measure(&second, 12);

    ck_assert_mem_eq(&a, &b, sizeof(a));
    plan_draw_clear(&first);
    plan_draw_clear(&second);
}
END_TEST

/* --- bounds --- */

static const struct {
    struct plan_crowd crowd;
    const char *says;
} refused[] = {
    {{.users = 0, .job_s = 1}, "plan: users: want 1 to 10000"},
    {{.users = PLAN_USERS_MAX + 1, .job_s = 1}, "users"},
    {{.users = 1, .job_s = 0}, "time of a build"},
    {{.users = 1, .job_s = (double)NAN}, "time of a build"},
    {{.users = 1, .job_s = HUGE_VAL}, "time of a build"},
    {{.users = 1, .job_s = 1, .varies = true, .job_cv = -0.1}, "coefficient"},
    {{.users = 1, .job_s = 1, .spread_s = -1}, "spread"},
    {{.users = 1, .job_s = 1, .spread_s = 1e9}, "spread"},
};

START_TEST(refused_case)
{
    struct plan_draw draw = {.runs = 7};
    struct error err = {0};

    ck_assert_int_eq(plan_draw_make(&refused[_i].crowd, &draw, &err), -1);
    ck_assert_msg(strstr(err.text, refused[_i].says), "%s", err.text);
    ck_assert_uint_eq(draw.runs, 7);
}
END_TEST

START_TEST(the_largest_crowd)
{
    struct plan_crowd crowd = {
        .users = PLAN_USERS_MAX, .job_s = PLAN_JOB_S_MAX, .varies = true, .job_cv = PLAN_JOB_CV_MAX, .spread_s = PLAN_SPREAD_S_MAX};
    struct plan_draw draw = draw_of(&crowd);
    struct plan_waits waits = measure(&draw, 1);

    ck_assert(isfinite(waits.longest_s) && waits.longest_s > 0);
    plan_draw_clear(&draw);
}
END_TEST

/* --- measured build times --- */

static const struct {
    double p50_s, p95_s, job_s, job_cv;
} fits[] = {
    {120, 120, 120, 0},      {107.3, 233.7, 120, 0.5}, /* the lognormal distribution of mean 120 and cv 0.5 has these quantiles */
    {60, 50, 60, 0},                                   /* a p95 of other samples */
    {0, 0, 0.001, 0},                                  /* builds that took no time */
    {100, 86400, 86400, 10},                           /* as much as a crowd may have */
};

START_TEST(fit_case)
{
    struct plan_crowd crowd = {.users = 1};

    plan_crowd_fit(&crowd, fits[_i].p50_s, fits[_i].p95_s);
    ck_assert(crowd.varies);
    ck_assert_double_eq_tol(crowd.job_s, fits[_i].job_s, fits[_i].job_s * 0.005);
    ck_assert_double_eq_tol(crowd.job_cv, fits[_i].job_cv, 0.005);
}
END_TEST

Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, waits_of_the_fixture);
    tcase_add_test(tcase, required_of_the_fixture);
    tcase_add_test(tcase, waves_are_exact);
    tcase_add_loop_test(tcase, exact_case, 0, ARRAY_LEN(exact));
    tcase_add_test(tcase, what_is_drawn_is_what_was_asked_for);
    tcase_add_test(tcase, one_provisioner_more_is_never_worse);
    tcase_add_test(tcase, required_is_the_least);
    tcase_add_test(tcase, the_same_question_has_the_same_answer);
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, the_largest_crowd);
    tcase_add_loop_test(tcase, fit_case, 0, ARRAY_LEN(fits));
    suite_add_tcase(suite, tcase);
    return suite;
}
