#include "queue/erlang.h"

#include <math.h>

#include "base/attributes.h"
#include "base/json.h"
#include "test/unit/queue/capacity_fixture.h"
#include "test/unit/queue/suites.h"

START_TEST(the_fixture_agrees)
{
    json_t *fixture = capacity_fixture_read("workshop-waits.json"), *row;
    size_t i;

    json_array_foreach (json_object_get(fixture, "mmc"), i, row) {
        int64_t servers = json_integer_value(json_object_get(row, "provisioners"));
        double load = json_number_value(json_object_get(row, "offered_erlang")), run_s = fixture_number(row, "job_mean_s");
        double share = erlang_c(servers, load), wait_s = erlang_p95_wait_s(servers, load, run_s);

        if (json_is_null(json_object_get(row, "p_wait"))) {
            ck_assert_msg(isinf(wait_s), "%jd servers, load %g: %g s", (intmax_t)servers, load, wait_s);
            continue;
        }
        ck_assert_double_eq_tol(share, fixture_number(row, "p_wait"), 0.00006); /* four digits */
        ck_assert_double_eq_tol(wait_s, fixture_number(row, "p95_wait_s"), 0.06);
    }
    ck_assert_uint_gt(i, 30);
    json_decref(fixture);
}
END_TEST

/* The least is enough, one less is not: over loads and targets. */
START_TEST(least_is_least)
{
    static const double targets[] = {0, 1, 30, 120, 3600};

    for (int step = 0; step < 28; step++)
        for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
            double load = 0.05 * pow(1.3, step); /* up to 60 */
            int64_t least = erlang_servers(load, 120, targets[i], 1000);

            ck_assert_double_le(erlang_p95_wait_s(least, load, 120), targets[i]);
            ck_assert_msg(least == 1 || erlang_p95_wait_s(least - 1, load, 120) > targets[i], "load %g, target %g: %jd", load, targets[i],
                          (intmax_t)least);
        }
}
END_TEST

static const struct {
    double load, run_s, target_s;
    int64_t most, servers;
} cases[] = {
    {0, 120, 60, 15, 0},           /* nothing comes */
    {-1, 120, 60, 15, 0},          /* nor here */
    {(double)NAN, 120, 60, 15, 0}, /* nothing is known */
    {4, 0, 60, 15, 0},             /* takes no time */
    {100, 120, 60, 15, 15},        /* more than the most can do */
    {4, 120, 5, 15, 8},            /* the fixture: 8 servers, 5.0 s */
    {4, 120, 104.5, 15, 6},        /* and 6, 104.4 s */
    {4, 120, 60, 1, 1},            /* the most is one */
};

START_TEST(servers_case)
{
    ck_assert_int_eq(erlang_servers(cases[_i].load, cases[_i].run_s, cases[_i].target_s, cases[_i].most), cases[_i].servers);
}
END_TEST

START_TEST(no_servers)
{
    ck_assert_double_eq(erlang_c(0, 1), 1);
    ck_assert(isinf(erlang_p95_wait_s(0, 1, 60)));
    ck_assert_double_eq(erlang_p95_wait_s(0, 0, 60), 0);
}
END_TEST

Suite *erlang_suite(void)
{
    Suite *suite = suite_create("erlang");
    TCase *tcase = tcase_create("erlang");

    tcase_add_test(tcase, the_fixture_agrees);
    tcase_add_test(tcase, least_is_least);
    tcase_add_loop_test(tcase, servers_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, no_servers);
    suite_add_tcase(suite, tcase);
    return suite;
}
