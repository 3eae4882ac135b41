#include "queue/backoff.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

static const double almost_one = 0.999999999;

/* The delay lies within [least, most], both reached (but for a millisecond) by the ends of random. */
static const struct {
    int failures;
    int64_t interval_ms, least, most;
} cases[] = {
    /* all is well: the interval, give or take a tenth */
    {0, 5000, 4500, 5500},
    {0, 1000, 900, 1100},
    {0, 300000, 270000, 330000},
    /* failures: 1, 2, 3, 4 intervals, never above 4 intervals or 15 s */
    {1, 1000, 1000, 1100},
    {2, 1000, 2000, 2200},
    {3, 1000, 3000, 3300},
    {4, 1000, 3600, 4000},
    {5, 1000, 3600, 4000},
    {100, 1000, 3600, 4000},
    {1, 5000, 5000, 5500},
    {2, 5000, 10000, 11000},
    {3, 5000, 13500, 15000},
    {4, 5000, 13500, 15000},
    {1, 10000, 10000, 11000},
    {2, 10000, 13500, 15000},
    /* never below one interval, although 15 s is close or exceeded */
    {1, 14000, 14000, 15000},
    {2, 14000, 14000, 15000},
    {1, 15000, 15000, 16500},
    {4, 15000, 15000, 16500},
    {1, 300000, 300000, 330000},
    {9, 300000, 300000, 330000},
};

static struct backoff failed(int times)
{
    struct backoff backoff = {0};

    for (int i = 0; i < times; i++)
        backoff_failure(&backoff, 0, -1);
    return backoff;
}

START_TEST(delay_case)
{
    struct backoff backoff = failed(cases[_i].failures);
    int64_t at_zero = backoff_delay_ms(&backoff, cases[_i].interval_ms, 0, 0);
    int64_t at_one = backoff_delay_ms(&backoff, cases[_i].interval_ms, 0, almost_one);
    int64_t least = at_zero < at_one ? at_zero : at_one, most = at_zero < at_one ? at_one : at_zero;

    ck_assert_msg(llabs(least - cases[_i].least) <= 1, "least %jd, not %jd", (intmax_t)least, (intmax_t)cases[_i].least);
    ck_assert_msg(llabs(most - cases[_i].most) <= 1, "most %jd, not %jd", (intmax_t)most, (intmax_t)cases[_i].most);
    for (int i = 0; i < 100; i++) {
        int64_t delay = backoff_delay_ms(&backoff, cases[_i].interval_ms, 0, i / 100.0);

        ck_assert_int_ge(delay, cases[_i].least);
        ck_assert_int_le(delay, cases[_i].most);
    }
}
END_TEST

START_TEST(the_mean_is_the_interval)
{
    struct backoff backoff = {0};
    int64_t sum = 0;

    for (int i = 0; i < 1000; i++)
        sum += backoff_delay_ms(&backoff, 5000, 0, (i + 0.5) / 1000);
    ck_assert_int_le(llabs(sum / 1000 - 5000), 2);
}
END_TEST

/* After a 429 the path rests; nothing shortens that. */
static const struct {
    int64_t retry_after_ms, now_ms; /* the failure was at 1000000 */
    int64_t least;
} rests[] = {
    {60000, 1000000, 60000},
    {60000, 1030000, 30000},
    {60000, 1059999, 5000}, /* the back-off of one failure is longer */
    {60000, 1070000, 5000},
    {1000, 1000000, 5000},
    {0, 1000000, 5000},
    {-1, 1000000, 5000},
    {INT64_MAX, 1000000, BACKOFF_REST_MAX_MS},
};

START_TEST(rest_case)
{
    struct backoff backoff = {0};

    backoff_failure(&backoff, 1000000, rests[_i].retry_after_ms);
    ck_assert_int_eq(backoff_delay_ms(&backoff, 5000, rests[_i].now_ms, 0), rests[_i].least);
    for (int i = 0; i < 20; i++) {
        int64_t delay = backoff_delay_ms(&backoff, 5000, rests[_i].now_ms, i / 20.0);

        ck_assert_int_ge(rests[_i].now_ms + delay, backoff.rest_until_ms);
        ck_assert_int_le(delay, rests[_i].least + 500);
    }
}
END_TEST

START_TEST(a_shorter_rest_does_not_end_a_longer_one)
{
    struct backoff backoff = {0};

    backoff_failure(&backoff, 0, 60000);
    backoff_failure(&backoff, 1000, 2000);
    ck_assert_int_eq(backoff.rest_until_ms, 60000);
    backoff_failure(&backoff, 2000, -1);
    ck_assert_int_eq(backoff.rest_until_ms, 60000);
}
END_TEST

START_TEST(success_forgets_all)
{
    struct backoff backoff = failed(7);

    backoff_failure(&backoff, 0, 60000);
    backoff_success(&backoff);
    ck_assert_int_eq(backoff_delay_ms(&backoff, 5000, 0, 0.5), 5000);
    backoff_failure(&backoff, 0, -1);
    ck_assert_int_eq(backoff_delay_ms(&backoff, 5000, 0, 0), 5000);
}
END_TEST

Suite *backoff_suite(void)
{
    Suite *suite = suite_create("backoff");
    TCase *tcase = tcase_create("backoff");

    tcase_add_loop_test(tcase, delay_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, the_mean_is_the_interval);
    tcase_add_loop_test(tcase, rest_case, 0, ARRAY_LEN(rests));
    tcase_add_test(tcase, a_shorter_rest_does_not_end_a_longer_one);
    tcase_add_test(tcase, success_forgets_all);
    suite_add_tcase(suite, tcase);
    return suite;
}
