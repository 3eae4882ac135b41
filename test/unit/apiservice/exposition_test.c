/* The text format: escapes, types, exact numbers, and what a stale source leaves out. */
#include "apiservice/exposition.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static void expose(const struct fixture_ages *ages, struct buffer *out)
{
    struct metric_snapshot *snapshot = ages ? fixture_snapshot(ages) : NULL;
    struct exposition exposition = {.out = out};

    exposition_snapshot(&exposition, fixture_families, FIXTURE_FAMILIES, snapshot, FIXTURE_NOW_BOOT_MS);
    ck_assert(!buffer_failed(out));
    metric_snapshot_release(snapshot);
}

static const char fresh[] = "# HELP queue_depth Jobs that wait\n"
                            "# TYPE queue_depth gauge\n"
                            "queue_depth{queue=\"red\",organization=\"acme\",job_type=\"workspace_build\"} 42\n"
                            "queue_depth{queue=\"red\",organization=\"acme\",job_type=\"template_import\"} 1.5\n"
                            "queue_depth{queue=\"blue\",organization=\"other\",job_type=\"workspace_build\"} 7\n"
                            "queue_depth{queue=\"blue\",organization=\"other\",job_type=\"template_import\"} 0\n"
                            "# HELP provisioner_daemons Daemons by status, \"idle\" or \\\\busy\\nor offline\n"
                            "# TYPE provisioner_daemons gauge\n"
                            "provisioner_daemons{queue=\"red\",organization=\"acme\",status=\"idle\"} 4\n"
                            "provisioner_daemons{queue=\"red\",organization=\"acme\",status=\"busy\"} 2\n"
                            "provisioner_daemons{queue=\"blue\",organization=\"other\",status=\"idle\"} 1\n"
                            "provisioner_daemons{queue=\"blue\",organization=\"other\",status=\"busy\"} 0\n"
                            "# HELP unserved_jobs Jobs nobody can run\n"
                            "# TYPE unserved_jobs gauge\n"
                            "# HELP job_wait_seconds Waiting time\n"
                            "# TYPE job_wait_seconds summary\n"
                            "# HELP adapter_polls_total Polls\n"
                            "# TYPE adapter_polls_total counter\n"
                            "adapter_polls_total{organization=\"acme\"} 12\n";

START_TEST(shows_all_of_a_fresh_snapshot)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);

    expose(&(struct fixture_ages){0, 60000, NULL}, &out);
    ck_assert_uint_ge(out.len, sizeof(fresh) - 1);
    ck_assert_int_eq(strncmp(buffer_text(&out), fresh, sizeof(fresh) - 1), 0);
    ck_assert_ptr_nonnull(strstr(out.data, "\nadapter_source_up{source=\"coder/other/jobs\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\nadapter_source_last_success_timestamp_seconds{source=\"coder/other/jobs\"} 1767323045\n"));
}
END_TEST

START_TEST(leaves_out_what_is_stale)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);

    expose(&(struct fixture_ages){60001, -1, NULL}, &out);
    ck_assert_ptr_null(strstr(out.data, "queue=\"red\""));
    ck_assert_ptr_null(strstr(out.data, "queue=\"blue\""));
    ck_assert_ptr_nonnull(strstr(out.data, "\nadapter_polls_total{organization=\"acme\"} 12\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\nadapter_source_up{source=\"coder/acme/jobs\"} 0\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "\nadapter_source_up{source=\"coder/other/jobs\"} 0\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "last_success_timestamp_seconds{source=\"coder/acme/jobs\"} 1767323045\n"));
    ck_assert_ptr_null(strstr(out.data, "last_success_timestamp_seconds{source=\"coder/other/jobs\"}"));
}
END_TEST

START_TEST(names_all_families_before_the_first_snapshot)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);

    expose(NULL, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "# TYPE adapter_polls_total counter\n"));
    ck_assert_ptr_null(strstr(out.data, "adapter_source_up"));
}
END_TEST

static const struct {
    double value;
    const char *line;
} numbers[] = {
    {0, "f_sum{l=\"a\\\\b\\\"c\\nd\"} 0\n"},
    {0.1, "f_sum{l=\"a\\\\b\\\"c\\nd\"} 0.1\n"},
    {1e15, "f_sum{l=\"a\\\\b\\\"c\\nd\"} 1e+15\n"},
    {123456789012, "f_sum{l=\"a\\\\b\\\"c\\nd\"} 123456789012\n"},
    {(double)NAN, "f_sum{l=\"a\\\\b\\\"c\\nd\"} NaN\n"},
    {(double)INFINITY, "f_sum{l=\"a\\\\b\\\"c\\nd\"} +Inf\n"},
    {-(double)INFINITY, "f_sum{l=\"a\\\\b\\\"c\\nd\"} -Inf\n"},
    {-2.5, "f_sum{l=\"a\\\\b\\\"c\\nd\"} -2.5\n"},
};

START_TEST(writes_numbers_and_escapes)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    struct exposition exposition = {.out = &out, .family = "f"};
    const struct metric_label label = {"l", "a\\b\"c\nd"};

    exposition_sample(&exposition, "_sum", &label, 1, numbers[_i].value);
    ck_assert_str_eq(buffer_text(&out), numbers[_i].line);
}
END_TEST

static const struct {
    int64_t milli;
    const char *text;
} millis[] = {{0, "0"},      {1, "0.001"},   {10, "0.01"},   {100, "0.1"},
              {120, "0.12"}, {1230, "1.23"}, {999, "0.999"}, {INT64_C(9007199254740993), "9007199254740.993"}};

START_TEST(writes_thousandths_exactly)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    static const struct metric_family family = {.name = "f", .help = "h"};
    struct metric_snapshot *snapshot = NULL;
    struct exposition exposition = {.out = &out};
    struct error err = {0};
    char line[64];

    metric_builder_begin(builder, &(struct metric_set_key){.family = &family, .name_space = "*"});
    metric_builder_sample(builder, NULL, 0, millis[_i].milli);
    ck_assert_int_eq(metric_builder_finish(builder, (metric_encode *const[METRIC_FORMS]){NULL}, &snapshot, &err), 0);
    exposition_snapshot(&exposition, &family, 1, snapshot, 1);
    (void)snprintf(line, sizeof(line), "\nf %s\n", millis[_i].text);
    ck_assert_msg(strstr(buffer_text(&out), line) != NULL, "%s", buffer_text(&out));
    metric_snapshot_release(snapshot);
}
END_TEST

Suite *exposition_suite(void)
{
    Suite *suite = suite_create("exposition");
    TCase *tcase = tcase_create("exposition");

    tcase_add_test(tcase, shows_all_of_a_fresh_snapshot);
    tcase_add_test(tcase, leaves_out_what_is_stale);
    tcase_add_test(tcase, names_all_families_before_the_first_snapshot);
    tcase_add_loop_test(tcase, writes_numbers_and_escapes, 0, ARRAY_LEN(numbers));
    tcase_add_loop_test(tcase, writes_thousandths_exactly, 0, ARRAY_LEN(millis));
    suite_add_tcase(suite, tcase);
    return suite;
}
