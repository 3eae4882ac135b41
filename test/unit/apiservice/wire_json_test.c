/* Items, against lists made with the real Go types; and what kubectl needs beside. */
#include "apiservice/wire_json.h"

#include <check.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

#define STAMP INT64_C(1767323045999)

static const struct {
    const char *fixture;
    size_t n;
    struct wire_item items[2];
} cases[] = {
    {"emvl-empty.json", 0, {{0}}},
    {"emvl-one.json",
     1,
     {{.metric_name = "queue_depth", .labels = {{"queue", "q1"}}, .n_labels = 1, .timestamp_unix_ms = STAMP, .value_milli = 42000}}},
    {"emvl-two-window.json",
     2,
     {{.metric_name = "queue_depth",
       .labels = {{"a.io/app", "web"}, {"queue", "q1"}, {"zone", "b"}},
       .n_labels = 3,
       .timestamp_unix_ms = STAMP,
       .has_window = true,
       .window_seconds = 60,
       .value_milli = 1500},
      {.metric_name = "queue_depth",
       .labels = {{"queue", "q2"}},
       .n_labels = 1,
       .timestamp_unix_ms = STAMP,
       .has_window = true,
       .value_milli = 12000000}}},
};

START_TEST(lists_are_what_go_writes)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    char *expected = fixture_text(cases[_i].fixture);

    (void)buffer_add_text(&out, WIRE_JSON_LIST_HEAD);
    for (size_t i = 0; i < cases[_i].n; i++) {
        (void)buffer_add_text(&out, i > 0 ? ",{" : "{");
        wire_json_members(&cases[_i].items[i], &out);
        (void)buffer_add_char(&out, '}');
    }
    (void)buffer_add_text(&out, WIRE_JSON_LIST_TAIL);
    ck_assert_str_eq(buffer_text(&out), expected);
    free(expected);
}
END_TEST

START_TEST(a_value_that_nobody_read_has_no_time)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    const struct wire_item item = {.metric_name = "m"};

    wire_json_members(&item, &out);
    ck_assert_str_eq(buffer_text(&out), "\"metricName\":\"m\",\"metricLabels\":{},\"timestamp\":null,\"value\":\"0\"");
}
END_TEST

static const struct {
    const char *name_space, *start;
} namespaces[] = {
    {"coder", "{\"kind\":\"UnservedJobs\",\"apiVersion\":\"external.metrics.k8s.io/v1beta1\","
              "\"metadata\":{\"name\":\"acme\",\"namespace\":\"coder\"},\"metricName\":\"unserved_jobs\","},
    {"*", "{\"kind\":\"UnservedJobs\",\"apiVersion\":\"external.metrics.k8s.io/v1beta1\",\"metadata\":{\"name\":\"acme\"},\"metricName\":"},
};

START_TEST(an_item_stands_for_itself)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    const struct metric_label label = {"organization", "acme"};
    const struct metric_set set = {.family = &fixture_families[2], .name_space = namespaces[_i].name_space};
    const struct metric_sample sample = {.labels = &label, .n_labels = 1};

    wire_json_item(&set, &sample, &out);
    ck_assert_int_eq(strncmp(buffer_text(&out), namespaces[_i].start, strlen(namespaces[_i].start)), 0);
}
END_TEST

START_TEST(values_of_labels_are_escaped)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    const struct metric_label labels[] = {{"organization", "a\"b\\"}, {"tags", "zone=\xc3\xb6,\n"}};
    const struct metric_set set = {.family = &fixture_families[2], .name_space = "a\"b"};
    const struct metric_sample sample = {.labels = labels, .n_labels = 2, .value_milli = 1500};
    json_error_t why;
    json_t *item;

    wire_json_item(&set, &sample, &out);
    item = json_loadb(out.data, out.len, 0, &why);
    ck_assert_msg(item != NULL, "%s", why.text);
    ck_assert_str_eq(json_text_at(json_object_get(item, "metricLabels"), "organization"), "a\"b\\");
    ck_assert_str_eq(json_text_at(json_object_get(item, "metricLabels"), "tags"), "zone=\xc3\xb6,\n");
    ck_assert_str_eq(json_text_at(json_object_get(item, "metadata"), "namespace"), "a\"b");
    ck_assert_str_eq(json_text_at(item, "value"), "1500m");
    json_decref(item);
}
END_TEST

Suite *wire_json_suite(void)
{
    Suite *suite = suite_create("wire_json");
    TCase *tcase = tcase_create("wire_json");

    tcase_add_loop_test(tcase, lists_are_what_go_writes, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, a_value_that_nobody_read_has_no_time);
    tcase_add_loop_test(tcase, an_item_stands_for_itself, 0, ARRAY_LEN(namespaces));
    tcase_add_test(tcase, values_of_labels_are_escaped);
    suite_add_tcase(suite, tcase);
    return suite;
}
