/* Protobuf lists, byte for byte against those made with the real Go types. */
#include "apiservice/wire_value.h"

#include <check.h>

#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

#define STAMP INT64_C(1767323045999) /* 2026-01-02T03:04:05Z and what is cut */

static const struct {
    const char *fixture;
    size_t n;
    struct wire_item items[2];
} cases[] = {
    {"emvl-empty.bin", 0, {{0}}},
    {"emvl-nil-items.bin", 0, {{0}}},
    {"emvl-one.bin",
     1,
     {{.metric_name = "queue_depth", .labels = {{"queue", "q1"}}, .n_labels = 1, .timestamp_unix_ms = STAMP, .value_milli = 42000}}},
    {"emvl-two-window.bin",
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
    {"emvl-no-labels-no-time.bin", 1, {{.metric_name = "m"}}},
};

START_TEST(lists_are_what_go_writes)
{
    CLEANUP(buffer_clear) struct buffer items = BUFFER_INIT(4096);
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(4096);

    for (size_t i = 0; i < cases[_i].n; i++)
        wire_value_write(&cases[_i].items[i], &items);
    wire_value_list_begin(items.len, &body);
    (void)buffer_append(&body, buffer_text(&items), items.len);
    wire_value_list_end(&body);
    ck_assert(!buffer_failed(&body));
    check_bytes(&body, cases[_i].fixture);
}
END_TEST

static const struct metric_family of_last_hour = {.name = "job_wait_seconds", .window_seconds = 3600};
static const struct metric_family of_windows = {.name = "node_cpu_usage_ratio"};

static const struct {
    const struct metric_family *family;
    const char *window; /* the label; NULL: none */
    bool has_window;
    int64_t window_seconds;
} windows[] = {
    {&of_windows, NULL, false, 0},     {&of_windows, "now", true, 0},       {&of_windows, "1h", true, 3600},
    {&of_windows, "24h", true, 86400}, {&of_windows, "some day", false, 0}, {&of_last_hour, NULL, true, 3600},
};

START_TEST(windows_are_the_familys_or_the_labels)
{
    const struct metric_label labels[] = {{"window", windows[_i].window}, {"node", "n1"}};
    const struct metric_set set = {.family = windows[_i].family};
    const struct metric_sample sample = {.labels = windows[_i].window ? labels : labels + 1, .n_labels = windows[_i].window ? 2 : 1};
    const struct wire_item item = wire_item_of(&set, &sample);

    ck_assert(item.has_window == windows[_i].has_window);
    ck_assert_int_eq(item.window_seconds, windows[_i].window_seconds);
    ck_assert_str_eq(item.labels[0].name, "node"); /* sorted, as Go does */
}
END_TEST

Suite *wire_value_suite(void)
{
    Suite *suite = suite_create("wire_value");
    TCase *tcase = tcase_create("wire_value");

    tcase_add_loop_test(tcase, lists_are_what_go_writes, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, windows_are_the_familys_or_the_labels, 0, ARRAY_LEN(windows));
    suite_add_tcase(suite, tcase);
    return suite;
}
