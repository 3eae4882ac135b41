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

/* A long past is thinned, and its peak stays; lines without points or with half a band do no harm. */
START_TEST(plot_is_thinned)
{
    enum { HOURS = 5000 };
    static double values[HOURS], lower[HOURS], upper[HOURS];
    const struct report_line lines[] = {
        {.name = "none", .step_ms = 3600000},
        {.name = "use", .values = values, .n = HOURS, .start_unix_ms = 3600000, .step_ms = 3600000},
        {.name = "half a band", .values = values, .lower = lower, .n = 2, .start_unix_ms = 7200000, .step_ms = 3600000},
        {.name = "a band", .values = values, .lower = lower, .upper = upper, .n = 20, .start_unix_ms = 0, .step_ms = 3600000},
    };
    const struct report_plot plot = {.title = "cpu", .unit = "cores", .lines = lines, .n_lines = ARRAY_LEN(lines)};
    size_t points = 0;
    const char *path;

    for (size_t i = 0; i < HOURS; i++)
        values[i] = i == 3333 ? 7 : (double)(i % 3);
    for (size_t i = 0; i < 20; i++) {
        lower[i] = i == 3 ? (double)NAN : 0;
        upper[i] = i == 5 ? (double)INFINITY : 8;
    }
    out = BUFFER_INIT(TEXT_MAX);
    report_write_plot(&plot, &out);
    path = strstr(buffer_text(&out), "stroke='#8250df' stroke-width='1.5' d='");
    ck_assert_ptr_nonnull(path);
    for (path = strstr(path, " d='") + 4; *path != '\''; path++)
        points += *path == 'M' || *path == 'L';
    ck_assert_uint_eq(points, HOURS / 5);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), ">10</text>")); /* the scale holds the band's end */
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), " 72.0"));      /* the peak of 7 is drawn: 12 + 0.3 * 200 */
    path = strstr(buffer_text(&out), "opacity='.25' d='");
    ck_assert_ptr_nonnull(path);
    ck_assert_ptr_null(strstr(path + 1, "opacity"));
    points = 0;
    for (path = strstr(path, " d='") + 4; *path != '\''; path++)
        points += *path == 'V';
    ck_assert_uint_eq(points, 18);
    clear();
}
END_TEST

/* One moment is no line; the scale of nothing but zeros is 1. */
START_TEST(plot_of_a_moment)
{
    static const double zeros[2];
    struct report_line line = {.name = "use", .values = zeros, .n = 1, .start_unix_ms = 3600000, .step_ms = 3600000};
    const struct report_plot plot = {.title = "cpu", .unit = "cores", .lines = &line, .n_lines = 1};

    out = BUFFER_INIT(TEXT_MAX);
    report_write_plot(&plot, &out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "Nothing is known"));
    buffer_reset(&out);
    line.n = 2;
    report_write_plot(&plot, &out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), ">1</text>"));
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

/* --- what is said, in the table and on the page --- */

#define BARE(name) "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\"},\"status\":{" READY "," SIZE "}}"
#define THREE_ZONES NODE("n1", "z1") "," NODE("n2", "z2") "," NODE("n3", "z3")
#define CLAIM ",\"volumes\":[{\"persistentVolumeClaim\":{\"claimName\":\"c\"}}]"
#define DAEMON_OF(name, spec) POD_OF(name, "", ",\"ownerReferences\":[{\"kind\":\"DaemonSet\",\"controller\":true}]", "n1", "", spec)
#define LONG "a-node-whose-name-is-longer-than-a-line-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789"

static int no_past(void *context UNUSED, const char *group, const struct report_extra **extra UNUSED, struct error *err)
{
    return error_set(err, ERROR_IO, "the history of %s is torn", group);
}

static const struct report_extra bare_extra;

static int bare_past(void *context UNUSED, const char *group UNUSED, const struct report_extra **extra, struct error *err UNUSED)
{
    *extra = &bare_extra;
    return 0;
}

static const char *const services[] = {"other", "g"};
static const struct report_options zone = {.modes = {RESILIENCE_ZONE}, .n_modes = 1, .zone_where_zoned = true},
                                   drain = {.modes = {RESILIENCE_DRAIN}, .n_modes = 1},
                                   service = {.modes = {RESILIENCE_NODE}, .n_modes = 1, .data_services = services, .n_data_services = 2},
                                   not_it = {.modes = {RESILIENCE_NODE}, .n_modes = 1, .data_services = services, .n_data_services = 1},
                                   torn = {.modes = {RESILIENCE_NODE}, .n_modes = 1, .extra = no_past},
                                   without = {.modes = {RESILIENCE_NODE}, .n_modes = 1, .extra = bare_past};

static const struct {
    const char *name, *text;
    const struct report_options *options;
    const char *table, *page; /* parts of them; with ! in front: not there */
} told[] = {
    {"nothing to warn of", LIST(THREE_ZONES "," NODE("n4", "z1")), &usual, "!WARNINGS", "!<h2>Warnings"},
    {"no node", LIST(POD("a", "n1", "1")), &usual, "there is no node in the input (no-nodes)",
     "no node in the input <code>no-nodes</code>"},
    {"pods wait",
     LIST(THREE_ZONES ",{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"resources\":{\"requests\":{\"cpu\":"
                      "\"1500m\",\"memory\":1}}}]}}"),
     &usual, "1 pod(s) wait for a node and are in no group: 1500m cpu, 1 MiB", "1500m cpu, 1 MiB"},
    {"zones are not told", LIST(BARE("n1")), &zone, "Loss of a zone: unknown: no node says its zone",
     "Loss of a zone: <span class='verdict unknown'>"},
    {"nor warned of otherwise", LIST(BARE("n1")), &usual, "the loss of a zone cannot be judged", "cannot be judged"},
    {"the zone is asked for once", LIST(THREE_ZONES), &zone, "Loss of a zone: fits", "!Loss of a node"},
    {"a drain", LIST(THREE_ZONES), &drain, "Loss of a node while one is drained: fits", "Loss of a node while another is drained"},
    {"the sums fit", LIST(THREE_ZONES "," POD("a", "n1", "3") "," POD("b", "n2", "2") "," POD("c", "n3", "2")), &usual,
     "FRAGMENTED: the sums fit, the pods do not", "<span class='verdict fragmented'>fragmented</span>"},
    {"too much", LIST(NODE("n1", "z1") "," POD("a", "n1", "5")), &usual, "without a place: a\n", "Without a place then: a</p>"},
    {"namespaces but the default one",
     LIST(NODE("n1", "z1") ",{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\"},\"spec\":{"
                           "\"nodeName\":\"n1\",\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]}}"),
     &usual, "without a place: ns/p\n", "Without a place then: ns/p</p>"},
    {"bound", LIST(THREE_ZONES "," POD_OF("a", "", "", "n1", CPU("1"), ",\"nodeSelector\":{\"kubernetes.io/hostname\":\"n1\"}")), &usual,
     "bound to what may be lost: a\n", "Bound to what may be lost: a</p>"},
    {"one more for a node, two for a zone", LIST(NODE("n1", "z1") "," NODE("n2", "z2") "," POD("a", "n1", "4") "," POD("b", "n2", "4")),
     &usual, "Add 1 node like", "Add 2 nodes like"},
    {"a data service", LIST(THREE_ZONES), &service, "A data service: its requests say nothing about room", "<p>A data service"},
    {"another is the data service", LIST(THREE_ZONES), &not_it, "Loss of a node: fits", "!A data service"},
    {"a torn history", LIST(THREE_ZONES), &torn, "the history of g is torn: nothing of the past is shown", "history-unreadable"},
    {"a history without anything", LIST(THREE_ZONES), &without, "!history-unreadable", "!<h3>cpu"},
    {"a name beyond the line", LIST(NODE(LONG, "z1") "," POD("a", LONG, "5")), &usual, "0123456789-0123456789-0123456789",
     "<p class='small'>Without"},
    {"marks in a name", LIST(NODE("a&b<c>d\\\"e'f", "z1")), &usual, "a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e&#39;f"},
    {"pods without requests, those of a DaemonSet apart", LIST(THREE_ZONES "," POD_OF("a", "", "", "n1", "", "") "," DAEMON_OF("d", "")),
     &usual, "1 pod(s) request no cpu or no memory", "2 pods, 1 of them without requests"},
    {"volumes that are not there, those of a DaemonSet apart",
     LIST(THREE_ZONES "," POD_OF("a", "", "", "n1", CPU("1"), CLAIM) "," DAEMON_OF("d", CLAIM)), &usual,
     "1 pod(s) use claims whose volumes", "volumes-unknown"},
};

static bool holds(const char *text, const char *part)
{
    return *part == '!' ? strstr(text, part + 1) == NULL : strstr(text, part) != NULL;
}

START_TEST(told_case)
{
    cluster_of_text(&cluster, told[_i].text);
    build(told[_i].options);
    report_write_table(&report, &out);
    ck_assert_msg(holds(buffer_text(&out), told[_i].table), "%s: %s", told[_i].name, buffer_text(&out));
    buffer_reset(&out);
    report_write_html(&report, &out);
    ck_assert_msg(holds(buffer_text(&out), told[_i].page), "%s: %s", told[_i].name, buffer_text(&out));
    clear();
}
END_TEST

/* Lists and pictures are cut where nobody reads on. */
START_TEST(a_large_group)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(TEXT_MAX);

    for (int i = 0; i < 210; i++)
        (void)buffer_printf(
            &text,
            "%s{\"kind\":\"Node\",\"metadata\":{\"name\":\"n%d\",\"labels\":{\"topology.kubernetes.io/zone\":\"z\"}},\"status\":{" READY
            "," SIZE "}},{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%d\"},\"spec\":{\"nodeName\":\"n%d\",\"containers\":[{"
            "\"resources\":{\"requests\":{\"cpu\":\"6\",\"memory\":\"1Gi\"}}}]}}",
            i == 0 ? "[" : ",", i, i, i);
    (void)buffer_add_text(&text, "]");
    cluster_of_text(&cluster, buffer_text(&text));
    build(&zone);
    for (size_t i = 0; i < CLUSTER_WARNINGS_MAX + 3; i++)
        cluster_warn(&cluster, NULL, "x", "one of many");
    report_write_table(&report, &out);
    ck_assert(holds(buffer_text(&out), "n0, n1, n2, n3, n4, n5 and 204 more\n"));
    ck_assert(holds(buffer_text(&out), "  and 5 more\n"));
    buffer_reset(&out);
    report_write_html(&report, &out);
    ck_assert(holds(buffer_text(&out), "n18, n19 and 190 more</td>"));
    ck_assert(holds(buffer_text(&out), " and 190 more</p>"));
    ck_assert(holds(buffer_text(&out), "The first 200 of 210 nodes."));
    ck_assert(holds(buffer_text(&out), "!text-anchor='middle'")); /* no place for names */
    ck_assert(holds(buffer_text(&out), "<li>and 5 more</li>"));
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
    tcase_add_test(tcase, plot_is_thinned);
    tcase_add_test(tcase, plot_of_a_moment);
    tcase_add_test(tcase, plot_of_nothing);
    tcase_add_test(tcase, a_data_service_is_not_judged_by_requests);
    tcase_add_test(tcase, usage_needs_every_node);
    tcase_add_loop_test(tcase, told_case, 0, ARRAY_LEN(told));
    tcase_add_test(tcase, a_large_group);
    tcase_add_test(tcase, mib_rounds_to_the_safe_side);
    suite_add_tcase(suite, tcase);
    return suite;
}
