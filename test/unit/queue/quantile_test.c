#include "queue/quantile.h"

#include <math.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

/* The bound that the header promises for one value, and the one that the issue asks of a quantile. */
static const double value_bound = 0.018, quantile_bound = 0.02;

static double error_of(int64_t said, int64_t exact)
{
    return exact == 0 ? (double)said : fabs((double)(said - exact)) / (double)exact;
}

/* --- one value --- */

static const struct {
    int64_t ms, said;
} exact[] = {{-1, 0}, {INT64_MIN, 0}, {0, 0}, {1, 1}, {2, 2}, {63, 63}};

START_TEST(exact_case)
{
    ck_assert_int_eq(quantile_bucket_ms(quantile_bucket(exact[_i].ms)), exact[_i].said);
}
END_TEST

/* Every value below ten seconds, then a value in each ten thousandth. */
START_TEST(every_value_is_close_to_that_of_its_bucket)
{
    size_t before = 0;
    int64_t last = QUANTILE_MS_MAX;

    for (int64_t ms = 1; ms <= last; ms += ms < 10000 ? 1 : ms / 10000) {
        size_t bucket = quantile_bucket(ms);

        ck_assert_msg(bucket == before || bucket == before + 1, "%lld ms: bucket %zu after %zu", (long long)ms, bucket, before);
        ck_assert_uint_lt(bucket, QUANTILE_BUCKETS);
        ck_assert_msg(error_of(quantile_bucket_ms(bucket), ms) <= value_bound, "%lld ms is told as %lld", (long long)ms,
                      (long long)quantile_bucket_ms(bucket));
        before = bucket;
    }
    ck_assert_uint_eq(quantile_bucket(last), QUANTILE_BUCKETS - 1);
    ck_assert_uint_eq(quantile_bucket(INT64_MAX), QUANTILE_BUCKETS - 1);
}
END_TEST

/* --- ranks --- */

START_TEST(nothing_has_no_quantile)
{
    static const uint32_t nothing[QUANTILE_BUCKETS];

    ck_assert_int_eq(quantile_ms(nothing, 500), -1);
}
END_TEST

/* n samples: 1 ms, 2 ms, ..., n ms */
static const struct {
    size_t n;
    int share_milli;
    int64_t ms;
} ranks[] = {
    {1, 500, 1},   {1, 990, 1},   {2, 500, 1},   {2, 501, 2},   {3, 500, 2},   {4, 500, 2}, {4, 950, 4},    {20, 500, 10},
    {20, 950, 19}, {20, 951, 20}, {20, 990, 20}, {40, 950, 38}, {50, 990, 50}, {60, 0, 1},  {60, 1000, 60},
};

START_TEST(rank_case)
{
    uint32_t counts[QUANTILE_BUCKETS] = {0};

    for (size_t ms = 1; ms <= ranks[_i].n; ms++)
        counts[quantile_bucket((int64_t)ms)]++;
    ck_assert_int_eq(quantile_ms(counts, ranks[_i].share_milli), ranks[_i].ms);
}
END_TEST

/* --- 10,000 samples of many kinds, against the exact quantiles --- */

enum { SAMPLES = 10000, SEEDS = 5 };

struct dice {
    uint64_t state;
};

/* splitmix64; in (0, 1) */
static double roll(struct dice *dice)
{
    uint64_t x = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((x ^ (x >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct dice *dice)
{
    double radius = sqrt(-2 * log(roll(dice)));

    return radius * cos(2 * M_PI * roll(dice));
}

static double always_a_minute(struct dice *dice)
{
    (void)dice;
    return 60000;
}

static double uniform_builds(struct dice *dice)
{
    return 60000 + 120000 * roll(dice);
}

static double short_waits(struct dice *dice)
{
    return 500 * roll(dice);
}

static double lognormal_builds(struct dice *dice)
{
    return 90000 * exp(0.5 * normal(dice));
}

static double wide_lognormal(struct dice *dice)
{
    return 20000 * exp(1.5 * normal(dice));
}

static double exponential_waits(struct dice *dice)
{
    return -30000 * log(roll(dice));
}

static double heavy_tail(struct dice *dice)
{
    return 1000 / pow(roll(dice), 1 / 1.5);
}

static double imports_and_builds(struct dice *dice)
{
    return roll(dice) < 0.3 ? 2000 + 3000 * roll(dice) : 90000 + 60000 * roll(dice);
}

static double mostly_nothing(struct dice *dice)
{
    return roll(dice) < 0.94 ? 0 : 1800000 * roll(dice);
}

static double any_magnitude(struct dice *dice)
{
    return exp(log(86400000) * roll(dice));
}

static const struct {
    const char *name;
    double (*draw)(struct dice *dice);
} kinds[] = {
    {"always a minute", always_a_minute}, {"uniform builds", uniform_builds},
    {"short waits", short_waits},         {"lognormal builds", lognormal_builds},
    {"wide lognormal", wide_lognormal},   {"exponential waits", exponential_waits},
    {"heavy tail", heavy_tail},           {"imports and builds", imports_and_builds},
    {"mostly nothing", mostly_nothing},   {"any magnitude", any_magnitude},
};

static int compare(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

    return (first > second) - (first < second);
}

static void check_quantiles(const char *name, int64_t samples[SAMPLES])
{
    static const int shares[] = {500, 950, 990};
    uint32_t counts[QUANTILE_BUCKETS] = {0};

    for (size_t i = 0; i < SAMPLES; i++)
        counts[quantile_bucket(samples[i])]++;
    qsort(samples, SAMPLES, sizeof(*samples), compare);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        int64_t is = samples[(size_t)shares[i] * SAMPLES / 1000 - 1], said = quantile_ms(counts, shares[i]);

        ck_assert_msg(error_of(said, is) <= quantile_bound, "%s: p%g is %lld, not %lld", name, shares[i] / 10.0, (long long)is,
                      (long long)said);
    }
}

START_TEST(kind_case)
{
    static int64_t samples[SAMPLES];

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct dice dice = {.state = seed * 7919};

        for (size_t i = 0; i < SAMPLES; i++) {
            double ms = kinds[_i].draw(&dice);

            samples[i] = ms < QUANTILE_MS_MAX ? (int64_t)ms : QUANTILE_MS_MAX;
        }
        check_quantiles(kinds[_i].name, samples);
    }
}
END_TEST

Suite *quantile_suite(void)
{
    Suite *suite = suite_create("quantile");
    TCase *tcase = tcase_create("quantile");

    tcase_add_loop_test(tcase, exact_case, 0, ARRAY_LEN(exact));
    tcase_add_test(tcase, every_value_is_close_to_that_of_its_bucket);
    tcase_add_test(tcase, nothing_has_no_quantile);
    tcase_add_loop_test(tcase, rank_case, 0, ARRAY_LEN(ranks));
    tcase_add_loop_test(tcase, kind_case, 0, ARRAY_LEN(kinds));
    suite_add_tcase(suite, tcase);
    return suite;
}
