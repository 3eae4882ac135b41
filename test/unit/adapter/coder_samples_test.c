#include "adapter/coder_samples.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/families.h"
#include "base/file.h"
#include "test/unit/adapter/suites.h"

static struct queue_spec spec;
static struct coder_state state;
static struct metric_snapshot *snapshot;

static void apply_fixture(enum poll_path path, const char *file)
{
    struct coder_reading reading = {.path = path};
    struct error err = {0};

    reading.answer.body = BUFFER_INIT((size_t)1024 * 1024);
    ck_assert_int_eq(file_read(file, &reading.answer.body, &err), 0);
    reading.answer.asked_unix_ms = INT64_C(1789372815000); /* 2026-09-14T08:00:15Z */
    reading.answer.received_unix_ms = reading.answer.asked_unix_ms;
    reading.answer.asked_boot_ms = 5000;
    reading.answer.limit = 100;
    ck_assert_msg(coder_state_apply(&state, 0, &reading, &err) == 0, "%s", err.text);
}

static void build(void)
{
    static metric_encode *const none[METRIC_FORMS] = {NULL};
    struct metric_builder *builder = metric_builder_new();
    struct error err = {0};

    ck_assert_int_eq(coder_state_model(&state, &err), 0);
    coder_samples_add(&state, 60000, builder);
    metric_snapshot_release(snapshot);
    ck_assert_int_eq(metric_builder_finish(builder, none, &snapshot, &err), 0);
    metric_builder_free(builder);
}

static void set_up(void)
{
    struct error err = {0};

    spec = (struct queue_spec){
        .name = strdup("default"), .organization = strdup("default"), .name_space = strdup("coder"), .replicas_min = 6, .replicas_max = 15};
    ck_assert_int_eq(tags_normalize(&spec.tags, &err), 0);
    ck_assert_int_eq(coder_state_new(&spec, 1, &state, &err), 0);
}

static void tear_down(void)
{
    metric_snapshot_release(snapshot);
    snapshot = NULL;
    coder_state_clear(&state);
    queue_spec_clear(&spec);
}

static const struct metric_set *only_set(enum family id)
{
    size_t n = 0;
    const struct metric_set *sets = metric_snapshot_sets(snapshot, family(id), &n);

    ck_assert_uint_eq(n, 1);
    return sets;
}

static int64_t sum(enum family id)
{
    const struct metric_set *set = only_set(id);
    int64_t total = 0;

    for (size_t i = 0; i < set->n_samples; i++)
        total += set->samples[i].value_milli;
    return total;
}

START_TEST(an_unread_queue_has_all_series_and_stale_sources)
{
    size_t n = 0;
    const struct metric_source *sources;

    build();
    ck_assert_uint_eq(only_set(FAMILY_QUEUE_DEPTH)->n_samples, (size_t)JOB_TYPES * JOB_INITIATORS);
    ck_assert_uint_eq(only_set(FAMILY_ACTIVE_JOBS)->n_samples, (size_t)JOB_TYPES * JOB_INITIATORS);
    ck_assert_uint_eq(only_set(FAMILY_DAEMONS)->n_samples, DAEMON_STATUSES);
    ck_assert_uint_eq(only_set(FAMILY_UTILIZATION)->n_samples, 0);
    ck_assert_int_eq(only_set(FAMILY_DEMAND)->timestamp_unix_ms, 0);
    sources = metric_snapshot_sources(snapshot, &n);
    ck_assert_uint_eq(n, 3);
    for (size_t i = 0; i < n; i++)
        ck_assert(metric_source_is_stale(&sources[i], 5000));
}
END_TEST

START_TEST(the_fixtures_are_counted)
{
    apply_fixture(POLL_DAEMONS, FIXTURES "/coder/provisionerdaemons.json");
    apply_fixture(POLL_JOBS, FIXTURES "/coder/provisionerjobs-pending-running.json");
    build();
    ck_assert_int_eq(sum(FAMILY_DEMAND), sum(FAMILY_QUEUE_DEPTH) + sum(FAMILY_ACTIVE_JOBS));
    ck_assert_int_gt(sum(FAMILY_QUEUE_DEPTH), 0);
    ck_assert_int_gt(sum(FAMILY_OLDEST_PENDING), 0);
    ck_assert_int_eq(sum(FAMILY_UNSERVED_JOBS), 1000); /* the GPU job without a daemon */
    ck_assert_str_eq(only_set(FAMILY_UNSERVED_JOBS)->samples[0].labels[1].value, "cluster=eu-1,gpu=a100");
}
END_TEST

START_TEST(the_policy_is_shown_part_by_part)
{
    const struct metric_set *set;

    build();
    for (int part = 0; part < POLICY_PARTS; part++)
        state.policies[0].answer.parts[part] = part + 1;
    state.policies[0].answer.wanted = 77;
    build();
    set = only_set(FAMILY_POLICY_REPLICAS);
    ck_assert_uint_eq(set->n_samples, POLICY_PARTS + 1);
    ck_assert_str_eq(set->samples[POLICY_PARTS].labels[2].value, "wanted");
    ck_assert_int_eq(set->samples[POLICY_PARTS].value_milli, 77000);
    for (int part = 0; part < POLICY_PARTS; part++) {
        ck_assert_str_eq(set->samples[part].labels[2].value, policy_part_name((enum policy_part)part));
        ck_assert_int_eq(set->samples[part].value_milli, (part + 1) * INT64_C(1000));
    }
}
END_TEST

START_TEST(every_family_of_a_queue_names_its_sources)
{
    static const struct {
        enum family family;
        size_t n_sources;
    } rows[] = {{FAMILY_QUEUE_DEPTH, 1},      {FAMILY_OLDEST_PENDING, 1}, {FAMILY_ACTIVE_JOBS, 2},       {FAMILY_DEMAND, 2},
                {FAMILY_DAEMONS, 1},          {FAMILY_UTILIZATION, 1},    {FAMILY_UNSERVED_JOBS, 2},     {FAMILY_UNMANAGED_JOBS, 2},
                {FAMILY_JOB_DURATION, 1},     {FAMILY_JOB_WAIT, 1},       {FAMILY_JOB_FAILURE_RATIO, 1}, {FAMILY_JOBS_COMPLETED, 1},
                {FAMILY_LOST_COMPLETIONS, 1}, {FAMILY_POLICY_REPLICAS, 2}};

    build();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_uint_eq(only_set(rows[i].family)->n_sources, rows[i].n_sources);
}
END_TEST

/* When a pool is full its waiting jobs go to the next, and how full it is the daemons tell. */
START_TEST(depths_of_pools_that_share_jobs_need_the_daemons_too)
{
    static const struct {
        const char *cluster;
        size_t n_sources;
    } rows[] = {{"eu", 2}, {"us", 1}};
    struct queue_spec specs[2] = {{.name = strdup("a"), .organization = strdup("o"), .name_space = strdup("coder"), .replicas_max = 5},
                                  {.name = strdup("b"), .organization = strdup("o"), .name_space = strdup("coder"), .replicas_max = 5}};
    struct error err = {0};
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
        ck_assert_int_eq(tags_normalize(&specs[i].tags, &err), 0);
        ck_assert_int_eq(tags_set(&specs[i].tags, "cluster", "eu", &err), 0);
    }
    ck_assert_int_eq(tags_set(&specs[1].tags, "gpu", "a100", &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_int_eq(tags_set(&specs[1].tags, "cluster", rows[i].cluster, &err), 0);
        coder_state_clear(&state);
        ck_assert_int_eq(coder_state_new(specs, ARRAY_LEN(specs), &state, &err), 0);
        build();
        ck_assert_uint_eq(metric_snapshot_sets(snapshot, family(FAMILY_QUEUE_DEPTH), &n)->n_sources, rows[i].n_sources);
        ck_assert_uint_eq(metric_snapshot_sets(snapshot, family(FAMILY_OLDEST_PENDING), &n)->n_sources, rows[i].n_sources);
        ck_assert_uint_eq(n, ARRAY_LEN(specs));
    }
    coder_state_clear(&state);
    for (size_t i = 0; i < ARRAY_LEN(specs); i++)
        queue_spec_clear(&specs[i]);
}
END_TEST

Suite *coder_samples_suite(void)
{
    Suite *suite = suite_create("coder_samples");
    TCase *tcase = tcase_create("coder_samples");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_unread_queue_has_all_series_and_stale_sources);
    tcase_add_test(tcase, the_fixtures_are_counted);
    tcase_add_test(tcase, the_policy_is_shown_part_by_part);
    tcase_add_test(tcase, every_family_of_a_queue_names_its_sources);
    tcase_add_test(tcase, depths_of_pools_that_share_jobs_need_the_daemons_too);
    suite_add_tcase(suite, tcase);
    return suite;
}
