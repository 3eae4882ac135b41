#include "queue/sliding.h"

#include <malloc.h>
#include <stdlib.h>

#include "test/unit/queue/suites.h"

static const int64_t now_ms = INT64_C(1789372800000); /* a full hour */
#define MINUTE INT64_C(60000)

static void add_run(struct sliding *sliding, int64_t ms, int64_t at_unix_ms)
{
    const struct sliding_sample sample = {SLIDING_RUN, JOB_WORKSPACE_BUILD, ms, at_unix_ms};

    ck_assert_int_eq(sliding_add(sliding, &sample), 0);
}

static uint64_t count_runs(const struct sliding *sliding, int64_t at_unix_ms)
{
    struct sliding_summary summary = {0};

    if (!sliding_summarize(sliding, SLIDING_RUN, JOB_WORKSPACE_BUILD, at_unix_ms, &summary))
        ck_assert_uint_eq(summary.count, 0);
    return summary.count;
}

/* --- durations --- */

START_TEST(nothing_is_absent)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    struct sliding_summary summary;
    int64_t ratio = -7;

    ck_assert(!sliding_summarize(&sliding, SLIDING_WAIT, JOB_WORKSPACE_BUILD, now_ms, &summary));
    ck_assert(!sliding_failure_ratio_milli(&sliding, JOB_WORKSPACE_BUILD, now_ms, &ratio));
    ck_assert_int_eq(ratio, -7);
    ck_assert_int_eq(sliding_arrival_rate(&sliding, JOB_WORKSPACE_BUILD, now_ms).ms, 0);
}
END_TEST

START_TEST(types_and_metrics_are_kept_apart)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    struct sliding_summary summary;

    for (int type = 0; type < JOB_TYPES; type++)
        for (enum sliding_metric metric = 0; metric < SLIDING_METRICS; metric++)
            for (int i = 0; i < 10; i++) {
                const struct sliding_sample sample = {metric, (enum job_type)type, 1 + type + 10 * (int64_t)metric, now_ms};

                ck_assert_int_eq(sliding_add(&sliding, &sample), 0);
            }
    for (int type = 0; type < JOB_TYPES; type++)
        for (enum sliding_metric metric = 0; metric < SLIDING_METRICS; metric++) {
            int64_t ms = 1 + type + 10 * (int64_t)metric;

            ck_assert(sliding_summarize(&sliding, metric, (enum job_type)type, now_ms, &summary));
            ck_assert_uint_eq(summary.count, 10);
            ck_assert_int_eq(summary.p50_ms, ms);
            ck_assert_int_eq(summary.p99_ms, ms);
            ck_assert_int_eq(summary.longest_ms, ms);
            ck_assert_int_eq(summary.mean_ms, ms);
            ck_assert_uint_eq(sliding.totals.count[metric][type], 10);
            ck_assert_int_eq(sliding.totals.sum_ms[metric][type], 10 * ms);
        }
}
END_TEST

/* One sample; asked for again and again while time goes by. */
static const struct {
    int64_t after_ms;
    uint64_t count;
} ages[] = {
    {0, 1},  {9 * MINUTE, 1},   {59 * MINUTE, 1},  {60 * MINUTE, 1}, {70 * MINUTE - 1, 1}, {70 * MINUTE, 0}, {140 * MINUTE, 0},
    {-1, 1}, {-10 * MINUTE, 1}, {-11 * MINUTE, 0}, /* a clock that was set back: a little, and so far that the sample cannot be believed */
};

START_TEST(age_case)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};

    add_run(&sliding, 1000, now_ms);
    ck_assert_uint_eq(count_runs(&sliding, now_ms + ages[_i].after_ms), ages[_i].count);
    sliding_expire(&sliding, now_ms + ages[_i].after_ms);
    ck_assert_uint_eq(count_runs(&sliding, now_ms + ages[_i].after_ms), ages[_i].count);
    ck_assert_uint_eq(sliding.totals.count[SLIDING_RUN][JOB_WORKSPACE_BUILD], 1); /* a counter never falls */
}
END_TEST

START_TEST(late_news_count_where_they_belong)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};

    add_run(&sliding, 1000, now_ms);
    add_run(&sliding, 1000, now_ms - 30 * MINUTE);
    add_run(&sliding, 1000, now_ms - 100 * MINUTE); /* too old for the window, not for the sum */
    ck_assert_uint_eq(count_runs(&sliding, now_ms), 2);
    ck_assert_uint_eq(count_runs(&sliding, now_ms + 45 * MINUTE), 1);
    ck_assert_uint_eq(sliding.totals.count[SLIDING_RUN][JOB_WORKSPACE_BUILD], 3);
}
END_TEST

START_TEST(more_than_a_day_counts_as_a_day)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    struct sliding_summary summary;

    add_run(&sliding, INT64_MAX, now_ms);
    add_run(&sliding, INT64_MAX, now_ms);
    ck_assert(sliding_summarize(&sliding, SLIDING_RUN, JOB_WORKSPACE_BUILD, now_ms, &summary));
    ck_assert_int_le(summary.longest_ms, QUANTILE_MS_MAX + QUANTILE_MS_MAX / 50);
    ck_assert_int_eq(sliding.totals.sum_ms[SLIDING_RUN][JOB_WORKSPACE_BUILD], 2 * (int64_t)QUANTILE_MS_MAX);
}
END_TEST

START_TEST(a_full_counter_stays_full)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};

    for (int i = 0; i < UINT16_MAX + 10; i++)
        add_run(&sliding, 5, now_ms);
    ck_assert_uint_eq(count_runs(&sliding, now_ms), UINT16_MAX);
}
END_TEST

/* What the allocator gave for it, with the word that it keeps for itself. */
static size_t memory_of(const struct sliding *sliding)
{
    size_t bytes = sizeof(*sliding);

    for (size_t i = 0; i < SLIDING_SLICES; i++)
        for (size_t metric = 0; metric < SLIDING_METRICS; metric++)
            for (size_t type = 0; type < JOB_TYPES; type++)
                if (sliding->slices[i].counts[metric][type])
                    bytes += malloc_usable_size(sliding->slices[i].counts[metric][type]) + sizeof(size_t);
    return bytes;
}

static void add_to_every_table(struct sliding *sliding, int64_t ms, int64_t at_unix_ms)
{
    for (int type = 0; type < JOB_TYPES; type++)
        for (enum sliding_metric metric = 0; metric < SLIDING_METRICS; metric++) {
            const struct sliding_sample sample = {metric, (enum job_type)type, ms, at_unix_ms};

            ck_assert_int_eq(sliding_add(sliding, &sample), 0);
        }
}

/* Every table is in use, as in no real queue, and 10,000 jobs of each type have ended. */
START_TEST(less_than_64_kib)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    const int64_t exact = INT64_C(9899) * 9899 / 2; /* the 9,900th */
    struct sliding_summary summary;

    ck_assert_uint_lt(memory_of(&sliding), 2560);
    for (int i = 0; i < 10000; i++)
        add_to_every_table(&sliding, (int64_t)i * i / 2, now_ms - i % 61 * MINUTE);
    ck_assert(sliding_summarize(&sliding, SLIDING_WAIT, JOB_OTHER_TYPE, now_ms, &summary));
    ck_assert_uint_eq(summary.count, 10000);
    ck_assert_int_ge(summary.p99_ms, exact * 98 / 100);
    ck_assert_int_le(summary.p99_ms, exact * 102 / 100);
    ck_assert_uint_gt(memory_of(&sliding), (size_t)56 * 1024); /* all tables are there */
    ck_assert_uint_lt(memory_of(&sliding), (size_t)64 * 1024);
    sliding_expire(&sliding, now_ms + 70 * MINUTE);
    ck_assert_uint_lt(memory_of(&sliding), 2560);
}
END_TEST

/* --- outcomes --- */

static const struct {
    int succeeded, failed, canceled, reaped;
    int64_t ratio_milli; /* -1: absent */
} outcomes[] = {
    {0, 0, 0, 0, -1},   {19, 0, 0, 0, -1},    {20, 0, 0, 0, 0},     {0, 20, 0, 0, 1000}, {0, 0, 0, 20, 1000},
    {15, 5, 0, 0, 250}, {15, 3, 100, 2, 250}, {10, 0, 1000, 0, -1}, {18, 1, 0, 0, -1},   {998, 1, 0, 1, 2},
};

START_TEST(outcome_case)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    const int n[OUTCOMES] = {outcomes[_i].succeeded, outcomes[_i].failed, outcomes[_i].canceled, outcomes[_i].reaped};
    int64_t ratio = -1;

    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        for (int i = 0; i < n[outcome]; i++)
            sliding_add_outcome(&sliding, JOB_TEMPLATE_IMPORT, outcome, now_ms - i % 60 * MINUTE);
    ck_assert(sliding_failure_ratio_milli(&sliding, JOB_TEMPLATE_IMPORT, now_ms, &ratio) == (outcomes[_i].ratio_milli >= 0));
    ck_assert_int_eq(ratio, outcomes[_i].ratio_milli);
    ck_assert(!sliding_failure_ratio_milli(&sliding, JOB_WORKSPACE_BUILD, now_ms, &ratio));
    ck_assert(!sliding_failure_ratio_milli(&sliding, JOB_TEMPLATE_IMPORT, now_ms + 131 * MINUTE, &ratio));
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        ck_assert_uint_eq(sliding.totals.outcomes[JOB_TEMPLATE_IMPORT][outcome], (uint64_t)n[outcome]);
}
END_TEST

/* --- arrivals --- */

START_TEST(arrivals_of_a_quarter_of_an_hour)
{
    CLEANUP(sliding_clear) struct sliding sliding = {.watched_from_unix_ms = now_ms - 5 * MINUTE};
    struct sliding_rate rate;

    for (int64_t at = now_ms - 5 * MINUTE; at < now_ms; at += 10000)
        sliding_add_arrival(&sliding, JOB_WORKSPACE_BUILD, at);
    rate = sliding_arrival_rate(&sliding, JOB_WORKSPACE_BUILD, now_ms);
    ck_assert_uint_eq(rate.jobs, 30);
    ck_assert_int_eq(rate.ms, 5 * MINUTE); /* it is watched for so long */
    rate = sliding_arrival_rate(&sliding, JOB_WORKSPACE_BUILD, now_ms + 10 * MINUTE + 30000);
    ck_assert_uint_eq(rate.jobs, 30);
    ck_assert_int_eq(rate.ms, 15 * MINUTE + 30000);
    rate = sliding_arrival_rate(&sliding, JOB_WORKSPACE_BUILD, now_ms + 13 * MINUTE);
    ck_assert_uint_eq(rate.jobs, 12); /* of the last two of those five minutes */
    ck_assert_uint_eq(sliding_arrival_rate(&sliding, JOB_WORKSPACE_BUILD, now_ms + 16 * MINUTE).jobs, 0);
    ck_assert_uint_eq(sliding_arrival_rate(&sliding, JOB_TEMPLATE_IMPORT, now_ms).jobs, 0);
}
END_TEST

Suite *sliding_suite(void)
{
    Suite *suite = suite_create("sliding");
    TCase *tcase = tcase_create("sliding");

    tcase_add_test(tcase, nothing_is_absent);
    tcase_add_test(tcase, types_and_metrics_are_kept_apart);
    tcase_add_loop_test(tcase, age_case, 0, ARRAY_LEN(ages));
    tcase_add_test(tcase, late_news_count_where_they_belong);
    tcase_add_test(tcase, more_than_a_day_counts_as_a_day);
    tcase_add_test(tcase, a_full_counter_stays_full);
    tcase_add_test(tcase, less_than_64_kib);
    tcase_add_loop_test(tcase, outcome_case, 0, ARRAY_LEN(outcomes));
    tcase_add_test(tcase, arrivals_of_a_quarter_of_an_hour);
    suite_add_tcase(suite, tcase);
    return suite;
}
