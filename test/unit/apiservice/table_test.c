/* Tables for people: cells, and what stands behind each row. */
#include "apiservice/table.h"

#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

enum { NOW_BOOT_MS = 10000000 };

static const struct metric_family windowed = {.name = "m", .kind = "M", .window_seconds = 3600};

static const struct {
    int64_t value_milli, age_ms; /* age_ms -1: a value of our own */
    const struct metric_family *family;
    const char *cells; /* Value, Age, Source, Window */
} cases[] = {
    {42000, 3000, &fixture_families[0], "42 | 3s | coder/acme/jobs | <none>"},
    {0, 0, &fixture_families[0], "0 | 0s | coder/acme/jobs | <none>"},
    {250, 999, &fixture_families[0], "0.25 | 0s | coder/acme/jobs | <none>"},
    {1, 59999, &fixture_families[0], "0.001 | 59s | coder/acme/jobs | <none>"},
    {1500000, 61000, &fixture_families[0], "1500 | 1m1s | coder/acme/jobs | <none>"},
    {100000, 3723000, &windowed, "100 | 1h2m | coder/acme/jobs | 1h"},
    {INT64_MAX, -1, &windowed, "9223372036854775.807 | <none> | <none> | 1h"},
};

static struct metric_snapshot *snapshot_of(size_t i)
{
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    const struct metric_source source = {.name = "coder/acme/jobs", .read_boot_ms = NOW_BOOT_MS - cases[i].age_ms, .read_unix_ms = 1};
    const struct metric_label label = {"queue", "red"};
    unsigned index = metric_builder_source(builder, &source);
    const struct metric_set_key key = {
        .family = cases[i].family, .name_space = "coder", .sources = &index, .n_sources = cases[i].age_ms < 0 ? 0 : 1};
    metric_encode *const encoders[METRIC_FORMS] = {NULL};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    metric_builder_begin(builder, &key);
    metric_builder_sample(builder, &label, 1, cases[i].value_milli);
    ck_assert_int_eq(metric_builder_finish(builder, encoders, &snapshot, &err), 0);
    return snapshot;
}

static json_t *table_json(const struct metric_snapshot *snapshot, const struct table_options *options)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);
    struct table table = {.options = *options, .snapshot = snapshot, .now_boot_ms = NOW_BOOT_MS, .out = &out};
    json_error_t why;
    json_t *parsed;
    size_t n;
    const struct metric_set *sets = metric_snapshot_all_sets(snapshot, &n);

    table_begin(&table);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; !sets[i].family->local && j < sets[i].n_samples; j++) /* those are on /metrics only */
            table_row(&table, &sets[i], &sets[i].samples[j]);
    table_end(&table);
    parsed = json_loadb(buffer_text(&out), out.len, 0, &why);
    ck_assert_msg(parsed != NULL, "%s: %s", why.text, buffer_text(&out));
    return parsed;
}

START_TEST(cells_are_for_people)
{
    CLEANUP(buffer_clear) struct buffer cells = BUFFER_INIT(4096);
    CLEANUP(buffer_clear) struct buffer expected = BUFFER_INIT(4096);
    struct metric_snapshot *snapshot = snapshot_of((size_t)_i);
    json_t *table = table_json(snapshot, &(struct table_options){.version = "v1"});
    json_t *row = json_array_get(json_object_get(table, "rows"), 0);
    size_t index;
    json_t *cell;

    json_array_foreach (json_object_get(row, "cells"), index, cell)
        (void)buffer_printf(&cells, "%s%s", index > 0 ? " | " : "", json_string_value(cell));
    ck_assert_uint_eq(json_array_size(json_object_get(table, "columnDefinitions")), json_array_size(json_object_get(row, "cells")));
    (void)buffer_printf(&expected, "%s | queue=red | %s", cases[_i].family->name, cases[_i].cells);
    ck_assert_str_eq(buffer_text(&cells), buffer_text(&expected));
    json_decref(table);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(wide_columns_have_a_lower_priority)
{
    static const char *const names[] = {"Metric", "Labels", "Value", "Age", "Source", "Window"};
    struct metric_snapshot *snapshot = snapshot_of(0);
    json_t *table = table_json(snapshot, &(struct table_options){.version = "v1beta1"});
    json_t *columns = json_object_get(table, "columnDefinitions");

    ck_assert_str_eq(json_text_at(table, "kind"), "Table");
    ck_assert_str_eq(json_text_at(table, "apiVersion"), "meta.k8s.io/v1beta1");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        ck_assert_str_eq(json_text_at(json_array_get(columns, i), "name"), names[i]);
        ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(columns, i), "priority")), i < 4 ? 0 : 1);
    }
    json_decref(table);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(rows_carry_what_is_asked_for)
{
    struct metric_snapshot *snapshot = fixture_snapshot_now();
    static const char *const words[] = {NULL, "", "Metadata", "Object", "None"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct table_options options = {.version = "v1"};
        struct error err = {0};
        json_t *table, *object;

        ck_assert_int_eq(table_object_parse(words[i], &options.object, &err), 0);
        table = table_json(snapshot, &options);
        object = json_object_get(json_array_get(json_object_get(table, "rows"), 0), "object");
        ck_assert_str_eq(json_text_at(object, "kind"), i == 3 ? "QueueDepth" : i == 4 ? "" : "PartialObjectMetadata");
        ck_assert_str_eq(json_text_at(json_object_get(object, "metadata"), "namespace"), i == 4 ? "" : "coder");
        ck_assert_str_eq(json_text_at(object, "value"), i == 3 ? "42" : "");
        json_decref(table);
    }
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(other_words_are_refused)
{
    enum table_object object = TABLE_OBJECT_ITEM;
    struct error err = {0};

    ck_assert_int_eq(table_object_parse("metadata", &object, &err), -1);
    ck_assert_str_eq(err.text, "Unable to convert to Table as requested: includeObject: Invalid value: \"metadata\": must be 'Metadata', "
                               "'Object', 'None', or empty");
    ck_assert_int_eq(object, TABLE_OBJECT_ITEM);
}
END_TEST

Suite *table_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *tcase = tcase_create("table");

    tcase_add_loop_test(tcase, cells_are_for_people, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, wide_columns_have_a_lower_priority);
    tcase_add_test(tcase, rows_carry_what_is_asked_for);
    tcase_add_test(tcase, other_words_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
