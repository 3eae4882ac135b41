#include "nodegroup/report.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

enum { TEXT_MAX = 4 * 1024 * 1024, COLUMNS = 100 };

static const struct report_options usual = {
    .modes = {RESILIENCE_NODE}, .n_modes = 1, .zone_where_zoned = true, .lines = {.p1_cpu = 0.95, .p1_memory = 0.85, .p2 = 0.75}};

static struct cluster cluster;
static struct report report;
static struct buffer out;

static void build(const struct report_options *options)
{
    struct error err = {0};

    out = BUFFER_INIT(TEXT_MAX);
    ck_assert_msg(report_build(&cluster, options, &report, &err) == 0, "%s", err.text);
}

static void clear(void)
{
    buffer_clear(&out);
    report_clear(&report);
    cluster_clear(&cluster);
}

/* --- the shared cases, from the text that kubectl prints to the JSON that the command prints --- */

static const char *const cases[] = {"C01", "C03", "C05", "C07", "C09", "C11", "C13", "C15", "C17", "C19", "C21", "C23", "C25", "C27"};

static const json_t *find(const json_t *array, const char *key, const char *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach (array, i, item)
        if (strcmp(json_string_value(json_object_get(item, key)), value) == 0)
            return item;
    return NULL;
}

/* Equal, numbers to four decimals. */
static void same(const char *name, const char *what, const json_t *got, const json_t *expected)
{
    if (json_is_number(expected))
        ck_assert_msg(fabs(json_number_value(got) - json_number_value(expected)) < 1.01e-4, "%s: %s: %g, expected %g", name, what,
                      json_number_value(got), json_number_value(expected));
    else
        ck_assert_msg(json_equal(got, expected), "%s: %s: %s", name, what, got ? json_dumps(got, JSON_ENCODE_ANY) : "missing");
}

static void same_members(const char *name, const char *what, json_t *got, json_t *expected)
{
    const char *key;
    json_t *value;

    json_object_foreach (expected, key, value) {
        char path[64];

        (void)snprintf(path, sizeof(path), "%s.%s", what, key);
        same(name, path, json_object_get(got, key), value);
    }
}

static enum resilience_mode mode_of(const char *name)
{
    for (int mode = 0; mode < RESILIENCE_MODES; mode++)
        if (strcmp(resilience_mode_name((enum resilience_mode)mode), name) == 0)
            return (enum resilience_mode)mode;
    ck_abort_msg("no mode %s", name);
}

static void compare(const char *name, json_t *got, json_t *expected)
{
    const json_t *group = find(json_object_get(got, "nodeGroups"), "name", json_string_value(json_object_get(expected, "nodeGroup")));
    const json_t *check = find(json_object_get(group, "resilience"), "mode", json_string_value(json_object_get(expected, "mode")));

    ck_assert_msg(check != NULL, "%s", name);
    ck_assert_str_eq(json_string_value(json_object_get(got, "kind")), "CapacityReport");
    same_members(name, "requestsRatio", json_object_get(group, "requestsRatio"), json_object_get(expected, "requestsRatio"));
    same_members(name, "headroom", json_object_get(check, "headroom"), json_object_get(expected, "headroom"));
    same_members(name, "ratioAfterLoss", json_object_get(check, "ratioAfterLoss"), json_object_get(expected, "ratioAfterLoss"));
    same(name, "verdict", json_object_get(check, "verdict"), json_object_get(expected, "verdict"));
    same(name, "worstLoss", json_object_get(check, "worstLoss"), json_object_get(expected, "worstLoss"));
    same(name, "stranded", json_object_get(check, "stranded"), json_object_get(expected, "stranded"));
}

START_TEST(shared_case)
{
    char path[64];
    struct report_options options = usual;
    json_t *expected, *got;

    (void)snprintf(path, sizeof(path), "capacity/%s.expect.json", cases[_i]);
    expected = fixture_json(path);
    (void)snprintf(path, sizeof(path), "capacity/%s.json", cases[_i]);
    cluster_of_fixture(&cluster, path);
    options.modes[0] = mode_of(json_string_value(json_object_get(expected, "mode")));
    build(&options);
    report_write_json(&report, &out);
    got = json_loads(buffer_text(&out), JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(got != NULL, "%s", buffer_text(&out));
    compare(cases[_i], got, expected);
    json_decref(got);
    json_decref(expected);
    clear();
}
END_TEST

/* --- hostile names --- */

static const char nasty[] = LIST(NODE("<script>alert(1)</script>", "z\\u0007\\\"'&") "," NODE(
    "a-node-name-that-is-longer-than-any-line-of-the-table-may-be-"
    "and-has-no-blank-at-all-where-it-could-be-cut-0123456789-0123456789",
    "z2") "," POD("\\u001b[31mred", "<script>alert(1)</script>", "3") "," POD("big", "nowhere", "1"));

START_TEST(table_fits_the_terminal)
{
    const char *line;

    if (_i < (int)ARRAY_LEN(cases)) {
        char path[64];

        (void)snprintf(path, sizeof(path), "capacity/%s.json", cases[_i]);
        cluster_of_fixture(&cluster, path);
    } else {
        cluster_of_text(&cluster, nasty);
    }
    build(&usual);
    report_write_table(&report, &out);
    line = buffer_text(&out);
    ck_assert_ptr_nonnull(strstr(line, "NODE GROUP "));
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");

        ck_assert_msg(len <= COLUMNS, "%zu columns: %.*s", len, (int)len, line);
        for (size_t i = 0; i < len; i++)
            ck_assert_msg((unsigned char)line[i] >= 0x20, "control character in: %.*s", (int)len, line);
        line += len + (line[len] == '\n');
    }
    clear();
}
END_TEST

START_TEST(page_is_safe_and_whole)
{
    cluster_of_text(&cluster, nasty);
    build(&usual);
    report_write_html(&report, &out);
    ck_assert(!buffer_failed(&out));
    ck_assert_ptr_null(strstr(buffer_text(&out), "<script"));
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "&lt;script&gt;"));
    ck_assert_ptr_null(strstr(buffer_text(&out), "http"));
    ck_assert_ptr_null(strchr(buffer_text(&out), '\x1b'));
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "</html>"));
    clear();
}
END_TEST

START_TEST(json_is_valid_for_hostile_names)
{
    json_t *got;

    cluster_of_text(&cluster, nasty);
    build(&usual);
    report_write_json(&report, &out);
    got = json_loads(buffer_text(&out), JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(got);
    json_decref(got);
    clear();
}
END_TEST

/* --- plots --- */

START_TEST(plot_has_gaps_and_a_band)
{
    static const double values[] = {1, 2, (double)NAN, 4, (double)INFINITY, 3}, lower[] = {0, 1, 1, 2, 2, 2}, upper[] = {2, 3, 3, 5, 5, 7};
    const struct report_line lines[] = {
        {.name = "use<", .values = values, .n = 6, .step_ms = 3600000},
        {.name = "forecast", .values = values, .lower = lower, .upper = upper, .n = 6, .start_unix_ms = 21600000, .step_ms = 3600000},
    };
    const struct report_plot plot = {.title = "cpu & more", .unit = "cores", .lines = lines, .n_lines = 2};
    const char *path;
    int moves = 0;

    out = BUFFER_INIT(TEXT_MAX);
    report_write_plot(&plot, &out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "cpu &amp; more"));
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "use&lt;"));
    ck_assert_ptr_null(strstr(buffer_text(&out), "nan"));
    ck_assert_ptr_null(strstr(buffer_text(&out), "inf"));
    path = strstr(buffer_text(&out), "stroke-width='1.5' d='"); /* the first line: three pieces around two gaps */
    for (path += strlen("stroke-width='1.5' d='"); *path != '\''; path++)
        moves += *path == 'M';
    ck_assert_int_eq(moves, 3);
    clear();
}
END_TEST

START_TEST(plot_of_nothing)
{
    const struct report_plot plot = {.title = "cpu", .unit = "cores"};

    out = BUFFER_INIT(TEXT_MAX);
    report_write_plot(&plot, &out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "Nothing is known"));
    clear();
}
END_TEST

/* --- what else a report says --- */

START_TEST(a_data_service_is_not_judged_by_requests)
{
    static const char *const names[] = {"g"};
    struct report_options options = usual;

    options.data_services = names;
    options.n_data_services = 1;
    cluster_of_text(&cluster, LIST(NODE("n1", "z1") "," POD("a", "n1", "4")));
    build(&options);
    ck_assert_uint_eq(report.groups[0].n_checks, 0);
    for (size_t i = 0; i < report.groups[0].advice.n; i++)
        ck_assert_int_ne(report.groups[0].advice.items[i].code, ADVICE_ADD_NODE);
    clear();
}
END_TEST

START_TEST(usage_needs_every_node)
{
#define USAGE(name)                    \
    ",{\"metadata\":{\"name\":\"" name \
    "\"},\"timestamp\":\"2026-11-22T07:59:47Z\",\"window\":\"20s\",\"usage\":{\"cpu\":\"1\",\"memory\":\"8Gi\"}}"
    cluster_of_text(&cluster, LIST(NODE("n1", "z1") "," NODE("n2", "z1") USAGE("n1")));
    build(&usual);
    ck_assert_uint_eq(report.groups[0].n_usage, 1);
    ck_assert(isnan(report.groups[0].usage_ratio[0]));
    ck_assert(cluster_warned(&cluster, "usage-incomplete"));
    clear();
    cluster_of_text(&cluster, LIST(NODE("n1", "z1") "," NODE("n2", "z1") USAGE("n1") USAGE("n2")));
    build(&usual);
    ck_assert_double_eq_tol(report.groups[0].usage_ratio[0], 0.25, 1e-9);
    ck_assert_double_eq_tol(report.groups[0].usage_ratio[1], 0.5, 1e-9);
    clear();
}
END_TEST

START_TEST(mib_rounds_to_the_safe_side)
{
    ck_assert_int_eq(report_mib_down(1048577), 1);
    ck_assert_int_eq(report_mib_down(-1), -1);
    ck_assert_int_eq(report_mib_down(-1048576), -1);
    ck_assert_int_eq(report_mib_up(1048577), 2);
    ck_assert_int_eq(report_mib_up(1048576), 1);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");

    tcase_add_loop_test(tcase, shared_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, table_fits_the_terminal, 0, ARRAY_LEN(cases) + 1);
    tcase_add_test(tcase, page_is_safe_and_whole);
    tcase_add_test(tcase, json_is_valid_for_hostile_names);
    tcase_add_test(tcase, plot_has_gaps_and_a_band);
    tcase_add_test(tcase, plot_of_nothing);
    tcase_add_test(tcase, a_data_service_is_not_judged_by_requests);
    tcase_add_test(tcase, usage_needs_every_node);
    tcase_add_test(tcase, mib_rounds_to_the_safe_side);
    suite_add_tcase(suite, tcase);
    return suite;
}
