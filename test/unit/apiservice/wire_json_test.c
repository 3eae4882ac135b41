/* Items, against lists made with the real Go types. */
#include "apiservice/wire_json.h"

#include <check.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

START_TEST(one_item_is_what_go_writes)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    const struct metric_family family = {.name = "queue_depth"};
    const struct metric_label label = {"queue", "q1"};
    const struct metric_set set = {.family = &family, .timestamp_unix_ms = INT64_C(1767323045999)};
    const struct metric_sample sample = {.labels = &label, .n_labels = 1, .value_milli = 42000};
    char *expected = fixture_text("emvl-one.json");

    (void)buffer_add_text(&out, WIRE_JSON_LIST_HEAD);
    wire_json_item(&set, &sample, &out);
    (void)buffer_add_text(&out, WIRE_JSON_LIST_TAIL);
    ck_assert_str_eq(buffer_text(&out), expected);
    free(expected);
}
END_TEST

START_TEST(no_items_is_what_go_writes)
{
    char *expected = fixture_text("emvl-empty.json");

    ck_assert_str_eq(WIRE_JSON_LIST_HEAD WIRE_JSON_LIST_TAIL, expected);
    free(expected);
}
END_TEST

START_TEST(values_of_labels_are_escaped)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    const struct metric_family family = {.name = "unserved_jobs"};
    const struct metric_label labels[] = {{"organization", "a\"b\\"}, {"tags", "zone=\xc3\xb6,\n"}};
    const struct metric_set set = {.family = &family};
    const struct metric_sample sample = {.labels = labels, .n_labels = 2, .value_milli = 1500};
    json_error_t why;
    json_t *item;

    wire_json_item(&set, &sample, &out);
    item = json_loadb(out.data, out.len, 0, &why);
    ck_assert_msg(item != NULL, "%s", why.text);
    ck_assert_str_eq(json_text_at(json_object_get(item, "metricLabels"), "organization"), "a\"b\\");
    ck_assert_str_eq(json_text_at(json_object_get(item, "metricLabels"), "tags"), "zone=\xc3\xb6,\n");
    ck_assert_str_eq(json_text_at(item, "value"), "1500m");
    json_decref(item);
}
END_TEST

Suite *wire_json_suite(void)
{
    Suite *suite = suite_create("wire_json");
    TCase *tcase = tcase_create("wire_json");

    tcase_add_test(tcase, one_item_is_what_go_writes);
    tcase_add_test(tcase, no_items_is_what_go_writes);
    tcase_add_test(tcase, values_of_labels_are_escaped);
    suite_add_tcase(suite, tcase);
    return suite;
}
