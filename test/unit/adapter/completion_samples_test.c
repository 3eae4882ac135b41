#include "adapter/completion_samples.h"

#include "adapter/families.h"
#include "test/unit/adapter/suites.h"

static const int64_t now_ms = INT64_C(1795338070000);

static struct sliding sliding;
static struct metric_snapshot *snapshot;

static void tear_down(void)
{
    sliding_clear(&sliding);
    metric_snapshot_release(snapshot);
    snapshot = NULL;
}

static void build(void)
{
    static metric_encode *const none[METRIC_FORMS] = {NULL};
    const struct metric_source source = {
        .name = "coder/default/completions", .read_unix_ms = now_ms, .read_boot_ms = 1, .stale_after_ms = 1};
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    struct completion_samples samples = {
        .builder = builder, .queue = "q", .organization = "o", .name_space = "coder", .sliding = &sliding, .now_unix_ms = now_ms};
    struct error err = {0};

    samples.source = metric_builder_source(builder, &source);
    completion_samples_add(&samples);
    ck_assert_int_eq(metric_builder_finish(builder, none, &snapshot, &err), 0);
}

static const struct metric_set *set_of(enum family id)
{
    size_t n = 0;
    const struct metric_set *sets = metric_snapshot_sets(snapshot, family(id), &n);

    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(sets->n_sources, 1);
    ck_assert_str_eq(sets->name_space, "coder");
    return sets;
}

static void add_job(enum outcome outcome, int64_t wait_ms, int64_t run_ms)
{
    const struct sliding_sample wait = {SLIDING_WAIT, JOB_TEMPLATE_IMPORT, wait_ms, now_ms},
                                run = {SLIDING_RUN, JOB_TEMPLATE_IMPORT, run_ms, now_ms};

    ck_assert_int_eq(sliding_add(&sliding, &wait), 0);
    ck_assert_int_eq(sliding_add(&sliding, &run), 0);
    sliding_add_outcome(&sliding, JOB_TEMPLATE_IMPORT, outcome, now_ms);
}

/* Zero is a value for what is counted; a quantile of nothing is none. */
static const struct {
    enum family family;
    size_t n_at_rest, n_after_jobs;
} rows[] = {
    {FAMILY_JOB_DURATION, 0, 3},
    {FAMILY_JOB_WAIT, 0, 3},
    {FAMILY_JOB_FAILURE_RATIO, 0, 1},
    {FAMILY_JOB_DURATION_SUM, JOB_TYPES, JOB_TYPES},
    {FAMILY_JOB_DURATION_COUNT, JOB_TYPES, JOB_TYPES},
    {FAMILY_JOB_WAIT_SUM, JOB_TYPES, JOB_TYPES},
    {FAMILY_JOB_WAIT_COUNT, JOB_TYPES, JOB_TYPES},
    {FAMILY_JOBS_COMPLETED, (size_t)JOB_TYPES *OUTCOMES, (size_t)JOB_TYPES *OUTCOMES},
    {FAMILY_LOST_COMPLETIONS, 1, 1},
};

START_TEST(every_set_is_there)
{
    build();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_uint_eq(set_of(rows[i].family)->n_samples, rows[i].n_at_rest);
    metric_snapshot_release(snapshot);
    for (int i = 0; i < 20; i++)
        add_job(i < 15 ? OUTCOME_SUCCEEDED : OUTCOME_REAPED, 7, 50);
    build();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_uint_eq(set_of(rows[i].family)->n_samples, rows[i].n_after_jobs);
}
END_TEST

/* A sample as "label=value,... milli". */
static void check(enum family id, size_t at, const char *text)
{
    const struct metric_sample *sample = &set_of(id)->samples[at];
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(256);

    for (size_t i = 0; i < sample->n_labels; i++)
        (void)buffer_printf(&out, "%s=%s ", sample->labels[i].name, sample->labels[i].value);
    (void)buffer_printf(&out, "%lld", (long long)sample->value_milli);
    ck_assert_str_eq(buffer_text(&out), text);
}

START_TEST(values_and_labels)
{
    for (int i = 0; i < 20; i++)
        add_job(i < 15 ? OUTCOME_SUCCEEDED : OUTCOME_FAILED, 7, i < 19 ? 40 : 50);
    sliding.totals.lost = 2;
    build();
    check(FAMILY_JOB_DURATION, 0, "queue=q organization=o job_type=template_version_import quantile=0.5 40");
    check(FAMILY_JOB_DURATION, 1, "queue=q organization=o job_type=template_version_import quantile=0.95 40");
    check(FAMILY_JOB_DURATION, 2, "queue=q organization=o job_type=template_version_import quantile=0.99 50");
    check(FAMILY_JOB_WAIT, 0, "queue=q organization=o job_type=template_version_import quantile=0.5 7");
    check(FAMILY_JOB_DURATION_SUM, JOB_TEMPLATE_IMPORT, "queue=q organization=o job_type=template_version_import 810");
    check(FAMILY_JOB_DURATION_COUNT, JOB_TEMPLATE_IMPORT, "queue=q organization=o job_type=template_version_import 20000");
    check(FAMILY_JOB_WAIT_SUM, JOB_TEMPLATE_IMPORT, "queue=q organization=o job_type=template_version_import 140");
    check(FAMILY_JOB_WAIT_COUNT, JOB_WORKSPACE_BUILD, "queue=q organization=o job_type=workspace_build 0");
    check(FAMILY_JOB_FAILURE_RATIO, 0, "queue=q organization=o job_type=template_version_import 250");
    check(FAMILY_JOBS_COMPLETED, 0, "queue=q organization=o job_type=workspace_build status=succeeded 0");
    check(FAMILY_JOBS_COMPLETED, OUTCOMES + OUTCOME_FAILED, "queue=q organization=o job_type=template_version_import status=failed 5000");
    check(FAMILY_LOST_COMPLETIONS, 0, "queue=q organization=o 2000");
}
END_TEST

Suite *completion_samples_suite(void)
{
    Suite *suite = suite_create("completion_samples");
    TCase *tcase = tcase_create("completion_samples");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, every_set_is_there);
    tcase_add_test(tcase, values_and_labels);
    suite_add_tcase(suite, tcase);
    return suite;
}
