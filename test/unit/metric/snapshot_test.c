#include "metric/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/metric/suites.h"

static const struct metric_family depth = {.name = "depth", .labels = {{"queue", true}, {"type", true}}};
static const struct metric_family ratio = {.name = "ratio", .labels = {{"queue", false}}};
static const struct metric_family other = {.name = "other"};

static void encode_name_and_value(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out)
{
    (void)buffer_printf(out, "%s=%lld", set->family->name, (long long)sample->value_milli);
}

static metric_encode *const json_only[METRIC_FORMS] = {[METRIC_FORM_JSON] = encode_name_and_value};

static struct metric_set_key key_of(const struct metric_family *family, const struct metric_label *identity, const unsigned *sources,
                                    size_t n)
{
    return (struct metric_set_key){
        .family = family, .name_space = "coder", .identity = identity, .n_identity = 1, .sources = sources, .n_sources = n};
}

/* Two queues, added queue by queue: depth, ratio, depth, ratio. */
static struct metric_snapshot *two_queues(void)
{
    struct metric_builder *builder = metric_builder_new();
    struct metric_source jobs = {.name = "jobs", .read_unix_ms = 2000, .read_boot_ms = 20, .stale_after_ms = 60};
    struct metric_source daemons = {
        .name = "daemons", .read_unix_ms = 1000, .read_boot_ms = 10, .stale_after_ms = 60, .last_error = "slow"};
    unsigned sources[] = {metric_builder_source(builder, &jobs), metric_builder_source(builder, &daemons)};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    for (int i = 0; i < 2; i++) {
        char name[] = {'q', (char)('1' + i), '\0'};
        struct metric_label queue = {"queue", name}, labels[] = {{"queue", name}, {"type", "build"}};
        struct metric_set_key key = key_of(&depth, &queue, sources, 1);

        metric_builder_begin(builder, &key);
        metric_builder_sample(builder, labels, 2, 3000 + i);
        key = key_of(&ratio, &queue, sources, 2);
        metric_builder_begin(builder, &key);
        if (i == 0)
            metric_builder_sample(builder, labels, 1, 500);
        memset(name, 'x', 2); /* strings are copied */
    }
    ck_assert_int_eq(metric_builder_finish(builder, json_only, &snapshot, &err), 0);
    metric_builder_free(builder);
    return snapshot;
}

START_TEST(sets_stand_family_by_family)
{
    struct metric_snapshot *snapshot = two_queues();
    size_t n = 0;
    const struct metric_set *sets = metric_snapshot_sets(snapshot, &depth, &n);

    ck_assert_uint_eq(n, 2);
    ck_assert_str_eq(sets[0].identity[0].value, "q1");
    ck_assert_str_eq(sets[1].identity[0].value, "q2");
    ck_assert_uint_eq(sets[1].n_samples, 1);
    ck_assert_int_eq(sets[1].samples[0].value_milli, 3001);
    ck_assert_str_eq(sets[1].samples[0].labels[0].value, "q2");
    (void)metric_snapshot_all_sets(snapshot, &n);
    ck_assert_uint_eq(n, 4);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(an_empty_set_keeps_its_sources)
{
    struct metric_snapshot *snapshot = two_queues();
    size_t n = 0;
    const struct metric_set *sets = metric_snapshot_sets(snapshot, &ratio, &n);

    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(sets[1].n_samples, 0);
    ck_assert_uint_eq(sets[1].n_sources, 2);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(a_set_is_as_old_as_its_oldest_source)
{
    struct metric_snapshot *snapshot = two_queues();
    size_t n = 0;

    ck_assert_int_eq(metric_snapshot_sets(snapshot, &depth, &n)->timestamp_unix_ms, 2000);
    ck_assert_int_eq(metric_snapshot_sets(snapshot, &ratio, &n)->timestamp_unix_ms, 1000);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(wire_bytes_are_made_once)
{
    struct metric_snapshot *snapshot = two_queues();
    size_t n = 0;
    const struct metric_sample *sample = metric_snapshot_sets(snapshot, &ratio, &n)->samples;

    ck_assert_uint_eq(sample->wire[METRIC_FORM_JSON].len, strlen("ratio=500"));
    ck_assert_mem_eq(sample->wire[METRIC_FORM_JSON].data, "ratio=500", strlen("ratio=500"));
    ck_assert_ptr_null(sample->wire[METRIC_FORM_PROTOBUF].data);
    metric_snapshot_release(snapshot);
}
END_TEST

static const struct {
    struct metric_family family;
    bool made;
} asked[] = {
    {{.name = "plain"}, true},
    {{.name = "many series", .on_demand = true}, false},
    {{.name = "on /metrics only", .local = true}, false},
};

START_TEST(wire_bytes_are_made_of_what_is_asked_for_in_them)
{
    struct metric_builder *builder = metric_builder_new();
    const struct metric_set_key key = {.family = &asked[_i].family, .name_space = "*"};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};
    size_t n = 0;

    metric_builder_begin(builder, &key);
    metric_builder_sample(builder, NULL, 0, 1000);
    ck_assert_int_eq(metric_builder_finish(builder, json_only, &snapshot, &err), 0);
    metric_builder_free(builder);
    ck_assert((metric_snapshot_all_sets(snapshot, &n)->samples[0].wire != NULL) == asked[_i].made);
    ck_assert_uint_eq(n, 1);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(an_unknown_family_has_no_sets)
{
    struct metric_snapshot *snapshot = two_queues();
    size_t n = 7;

    ck_assert_ptr_null(metric_snapshot_sets(snapshot, &other, &n));
    ck_assert_uint_eq(n, 0);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(generations_grow)
{
    struct metric_snapshot *first = two_queues(), *second = two_queues();

    ck_assert_uint_lt(metric_snapshot_generation(first), metric_snapshot_generation(second));
    metric_snapshot_release(first);
    metric_snapshot_release(second);
}
END_TEST

static const struct {
    int64_t read_boot_ms, stale_after_ms, now_boot_ms;
    int64_t age_ms;
    bool stale;
} freshness[] = {
    {0, 60, 0, INT64_MAX, true},    {0, 60, 1000, INT64_MAX, true}, /* never read */
    {100, 60, 100, 0, false},       {100, 60, 160, 60, false},      /* the limit itself is fresh */
    {100, 60, 161, 61, true},       {100, 60, 90, 0, false},        /* read after "now" was taken */
    {100, 60, 100000, 99900, true},
};

START_TEST(source_freshness)
{
    struct metric_source source = {.read_boot_ms = freshness[_i].read_boot_ms, .stale_after_ms = freshness[_i].stale_after_ms};

    ck_assert_int_eq(metric_source_age_ms(&source, freshness[_i].now_boot_ms), freshness[_i].age_ms);
    ck_assert(metric_source_is_stale(&source, freshness[_i].now_boot_ms) == freshness[_i].stale);
}
END_TEST

Suite *snapshot_suite(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tcase = tcase_create("snapshot");

    tcase_add_test(tcase, sets_stand_family_by_family);
    tcase_add_test(tcase, an_empty_set_keeps_its_sources);
    tcase_add_test(tcase, a_set_is_as_old_as_its_oldest_source);
    tcase_add_test(tcase, wire_bytes_are_made_once);
    tcase_add_loop_test(tcase, wire_bytes_are_made_of_what_is_asked_for_in_them, 0, (int)ARRAY_LEN(asked));
    tcase_add_test(tcase, an_unknown_family_has_no_sets);
    tcase_add_test(tcase, generations_grow);
    tcase_add_loop_test(tcase, source_freshness, 0, ARRAY_LEN(freshness));
    suite_add_tcase(suite, tcase);
    return suite;
}
