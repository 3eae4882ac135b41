#include "nodegroup/prometheus.h"
#include "nodegroup/prometheus_gauges.h"
#include "nodegroup/prometheus_past.h"

#include <check.h>
#include <string.h>

static const char vector[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                             "{\"metric\":{\"instance\":\"w1:9100\",\"cluster\":\"a\"},\"value\":[1795334524.245,\"1.5\"]},"
                             "{\"metric\":{\"instance\":\"w2:9100\"},\"value\":[1795334524.245,\"NaN\"]},"
                             "{\"metric\":{\"instance\":\"w3:9100\"},\"value\":[1795334524,\"+Inf\"]},"
                             "{\"metric\":{},\"value\":[1795334524,\"-2e-3\"]}]},\"infos\":[\"PromQL info: fine\"]}";

START_TEST(a_vector_has_a_point_a_series)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    struct error err = {0};

    ck_assert_msg(prometheus_decode(200, vector, strlen(vector), &answer, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(answer.n_series, 4);
    ck_assert_uint_eq(answer.n_gaps, 2);
    ck_assert_uint_eq(answer.series[0].n_points, 1);
    ck_assert_double_eq(answer.series[0].points[0].value, 1.5);
    ck_assert_int_eq(answer.series[0].points[0].at_unix_ms, 1795334524245);
    ck_assert_str_eq(prometheus_label_of(&answer.series[0], "cluster"), "a");
    ck_assert_str_eq(prometheus_label_of(&answer.series[0], "zone"), "");
    ck_assert_uint_eq(answer.series[1].n_points, 0); /* not zero: nothing */
    ck_assert_uint_eq(answer.series[3].n_labels, 0);
    ck_assert_double_eq(answer.series[3].points[0].value, -2e-3);
}
END_TEST

static const char matrix[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
                             "{\"metric\":{\"group\":\"g\"},\"values\":[[3600,\"1\"],[7200,\"NaN\"],[10800,\"3\"]]},"
                             "{\"metric\":{\"group\":\"h\"},\"values\":[]}]}}";

START_TEST(a_matrix_keeps_its_gaps)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    struct error err = {0};

    ck_assert_msg(prometheus_decode(200, matrix, strlen(matrix), &answer, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(answer.n_series, 2);
    ck_assert_uint_eq(answer.series[0].n_points, 2);
    ck_assert_int_eq(answer.series[0].points[1].at_unix_ms, 10800000);
    ck_assert_uint_eq(answer.series[1].n_points, 0);
    ck_assert_uint_eq(answer.n_gaps, 1);
}
END_TEST

#define VECTOR(result) "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":" result "}}"

#define MATRIX(result) "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":" result "}}"
#define DIGITS "12345678901234567890123456789012"

static const struct {
    const char *title;
    int status;
    enum error_code code;
    const char *body, *expect;
} refused[] = {
    {"a bad query", 400, ERROR_INVALID, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"1:5: parse error\"}",
     "HTTP 400: bad_data: 1:5: parse error"},
    {"many to many", 422, ERROR_INVALID,
     "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-to-many matching not allowed\"}",
     "HTTP 422: execution: many-to-many"},
    {"a time-out", 503, ERROR_UNAVAILABLE, "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out\"}",
     "HTTP 503: timeout: query timed out"},
    {"Mimir without a tenant", 401, ERROR_UNAUTHORIZED, "no org id\n", "HTTP 401: no org id; is the token right, does Mimir need"},
    {"a limit of Mimir", 422, ERROR_INVALID,
     "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"the total query time range exceeds the limit "
     "(err-mimir-max-total-query-length)\"}",
     "err-mimir-max-total-query-length"},
    {"a wrong path", 404, ERROR_NOT_FOUND, "404 page not found\n", "prefix, such as /prometheus"},
    {"a wrong method", 405, ERROR_INVALID, "Method Not Allowed\n", "HTTP 405"},
    {"may not", 403, ERROR_FORBIDDEN, "", "may the token read"},
    {"too many", 429, ERROR_RATE_LIMITED, "too many requests", "HTTP 429"},
    {"a proxy's page", 502, ERROR_UNAVAILABLE, "<html>\n<body>Bad Gateway</body>", "HTTP 502: <html>\\n<body>"},
    {"success that is none", 200, ERROR_INVALID, "{\"status\":\"error\",\"errorType\":\"internal\",\"error\":\"x\"}", "internal: x"},
    {"HTML with 200", 200, ERROR_INVALID, "<html>login</html>", "not JSON"},
    {"Thanos lacks a store", 200, ERROR_UNAVAILABLE,
     "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]},\"warnings\":[\"No StoreAPIs matched for this query\"]}",
     "partial: No StoreAPIs"},
    {"warnings of another form", 200, ERROR_UNAVAILABLE,
     "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]},\"warnings\":[{\"a\":1}]}", "partial"},
    {"VictoriaMetrics lacks a node", 200, ERROR_UNAVAILABLE,
     "{\"status\":\"success\",\"isPartial\":true,\"data\":{\"resultType\":\"vector\",\"result\":[]}}", "partial"},
    {"a scalar", 200, ERROR_INVALID, "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"2\"]}}", "got scalar"},
    {"no data", 200, ERROR_INVALID, "{\"status\":\"success\"}", "resultType"},
    {"cut off", 200, ERROR_INVALID,
     "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"a\":", "not JSON"},
    {"a series that is none", 200, ERROR_INVALID, VECTOR("[7]"), "series 0: expected object, got integer"},
    {"a value that is a number", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1,2]}]"), "series 0: a sample is not"},
    {"a value that is no number", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1,\"0x1p3\"]}]"), "0x1p3, is no number"},
    {"half a sample", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1]}]"), "a sample is not"},
    {"no sample", 200, ERROR_INVALID, VECTOR("[{\"metric\":{}}]"), "a sample is not"},
    {"a time of zero, which is never", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[0,\"2\"]}]"), "out of range"},
    {"a time before 1970", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[-1,\"2\"]}]"), "out of range"},
    {"a time beyond all", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1e300,\"2\"]}]"), "out of range"},
    {"no labels", 200, ERROR_INVALID, VECTOR("[{\"value\":[1,\"2\"]}]"), "no labels"},
    {"an error that is no object", 500, ERROR_UNAVAILABLE, "[1]", "HTTP 500: [1]"},
    {"an error without a text", 500, ERROR_UNAVAILABLE, "{\"status\":\"error\"}", "HTTP 500: {\"status\":\"error\"}"},
    {"an error that is no text", 500, ERROR_UNAVAILABLE, "{\"error\":7}", "HTTP 500: {\"error\":7}"},
    {"a type that is no text", 500, ERROR_UNAVAILABLE, "{\"error\":\"x\",\"errorType\":7}", "HTTP 500: {\"error\":\"x\",\"errorType\":7}"},
    {"an error without a type", 500, ERROR_UNAVAILABLE, "{\"error\":\"x\"}", "HTTP 500: error: x"},
    {"no status", 200, ERROR_INVALID, "{\"data\":{}}", "status: expected string"},
    {"data of another form", 200, ERROR_INVALID, "{\"status\":\"success\",\"data\":[]}", "data: expected object"},
    {"a result of another form", 200, ERROR_INVALID, VECTOR("{}"), "got vector"},
    {"no result", 200, ERROR_INVALID, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\"}}", "got matrix"},
    {"a series of a matrix without values", 200, ERROR_INVALID, MATRIX("[{\"metric\":{}}]"), "series 0: a series has no values"},
    {"values of another form", 200, ERROR_INVALID, MATRIX("[{\"metric\":{},\"values\":{}}]"), "a series has no values"},
    {"a sample of three", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1,\"2\",3]}]"), "a sample is not"},
    {"a time that is a text", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[\"1\",\"2\"]}]"), "a sample is not"},
    {"an empty value", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1,\"\"]}]"), "is no number"},
    {"a value without an exponent", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1,\"1e\"]}]"), "1e, is no number"},
    {"a number of more digits than there are", 200, ERROR_INVALID, VECTOR("[{\"metric\":{},\"value\":[1,\"" DIGITS DIGITS "\"]}]"),
     "is no number"},
    {"labels of another form", 200, ERROR_INVALID, VECTOR("[{\"metric\":[],\"value\":[1,\"2\"]}]"), "no labels"},
    {"a label that is no text", 200, ERROR_INVALID, VECTOR("[{\"metric\":{\"a\":1},\"value\":[1,\"2\"]}]"), "label a: expected string"},
};

START_TEST(what_is_no_whole_answer_is_refused)
{
    struct prometheus_answer answer = {.n_gaps = 7};
    struct error err = {0};

    ck_assert_msg(prometheus_decode(refused[_i].status, refused[_i].body, strlen(refused[_i].body), &answer, &err) == -1, "%s",
                  refused[_i].title);
    ck_assert_msg(strstr(err.text, refused[_i].expect) != NULL, "%s: %s", refused[_i].title, err.text);
    ck_assert_msg(err.code == refused[_i].code, "%s: %s", refused[_i].title, error_code_name(err.code));
    ck_assert_uint_eq(answer.n_gaps, 7);
}
END_TEST

START_TEST(nothing_found_is_not_zero)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    struct error err = {0};

    ck_assert_int_eq(prometheus_decode(200, VECTOR("[]"), strlen(VECTOR("[]")), &answer, &err), 0);
    ck_assert_uint_eq(answer.n_series, 0);
}
END_TEST

#define NAME_LONG DIGITS DIGITS DIGITS DIGITS DIGITS DIGITS DIGITS DIGITS

START_TEST(a_whole_answer_says_so)
{
    static const char body[] =
        "{\"status\":\"success\",\"isPartial\":false,\"warnings\":[],\"data\":{\"resultType\":\"vector\",\"result\":[]}}";
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    struct error err = {0};

    ck_assert_msg(prometheus_decode(200, body, strlen(body), &answer, &err) == 0, "%s", err.text);
}
END_TEST

START_TEST(labels_are_bounded)
{
    for (int more = 0; more < 2; more++) {
        CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
        CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
        struct error err = {0};

        (void)buffer_add_text(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{");
        for (int i = 0; i < PROMETHEUS_LABELS_MAX + more; i++)
            (void)buffer_printf(&body, "%s\"l%d\":\"v\"", i == 0 ? "" : ",", i);
        (void)buffer_add_text(&body, "},\"value\":[1,\"2\"]}]}}");
        ck_assert_int_eq(prometheus_decode(200, buffer_text(&body), body.len, &answer, &err), -more);
        ck_assert(more == 0 || strstr(err.text, "or more than 64"));
    }
}
END_TEST

static const struct {
    struct prometheus_label labels[2];
    const char *node; /* NULL: none */
} nodes[] = {
    {{{"node", "w1"}, {"instance", "10.0.0.1:9100"}}, "w1"},
    {{{"instance", "w1:9100"}, {"job", "x"}}, "w1"},
    {{{"instance", "w1"}, {"node", ""}}, "w1"},
    {{{"instance", "[fd00::1]:9100"}, {"job", "x"}}, "fd00::1"},
    {{{"instance", "fd00::1"}, {"job", "x"}}, "fd00::1"},
    {{{"instance", ":9100"}, {"job", "x"}}, NULL},
    {{{"instance", "[fd00::1]"}, {"job", "x"}}, "fd00::1"},
    {{{"instance", "[w1"}, {"job", "x"}}, "[w1"},
    {{{"instance", "["}, {"job", "x"}}, "["},
    {{{"node", NAME_LONG}, {"instance", "w1:9100"}}, NULL}, /* longer than a node's name can be */
    {{{"job", "x"}, {"cluster", "a"}}, NULL},
};

START_TEST(series_name_their_node)
{
    struct prometheus_label labels[2] = {nodes[_i].labels[0], nodes[_i].labels[1]};
    struct prometheus_series series = {.labels = labels, .n_labels = 2};
    char name[PROMETHEUS_NODE_MAX];
    struct error err = {0};

    ck_assert(prometheus_node_name(&series, name, &err) == (nodes[_i].node != NULL));
    if (nodes[_i].node)
        ck_assert_str_eq(name, nodes[_i].node);
}
END_TEST

START_TEST(forms_are_encoded)
{
    CLEANUP(buffer_clear) struct buffer form = BUFFER_INIT(4096);
    struct prometheus_range range = {.from_unix_ms = 1500, .to_unix_ms = 7200000, .step_ms = 3600000};

    prometheus_range_form("up{a=\"b c\"} + 1 & \xc3\xa4", &range, &form);
    ck_assert_str_eq(buffer_text(&form),
                     "partial_response=false&query=up%7Ba%3D%22b%20c%22%7D%20%2B%201%20%26%20%C3%A4&start=1.500&end=7200.000"
                     "&step=3600.000");
}
END_TEST

START_TEST(queries_have_names)
{
    struct error err = {0};
    size_t n = 0;

    for (const struct prometheus_query *query; (query = prometheus_query_at(n)) != NULL; n++) {
        ck_assert_str_eq(prometheus_query_text(query->name), query->text);
        ck_assert(query->unit && query->about && query->identity[0]);
        ck_assert_ptr_nonnull(strstr(query->text, "by (cluster")); /* nothing is joined across clusters */
    }
    ck_assert_uint_eq(n, PROMETHEUS_QUERIES);
    ck_assert_ptr_null(prometheus_query_text("node_cpu"));
    ck_assert_int_eq(prometheus_check_name("node_cpu_usage", &err), 0);
    ck_assert_int_eq(prometheus_check_name("node_cpu", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "no query node_cpu; there are node_cpu_usage, node_memory_usage, "));
    ck_assert_ptr_nonnull(strstr(prometheus_query_text("node_cpu_usage"), "idle|iowait|steal"));
}
END_TEST

/* --- gauges --- */

#define SERIES(labels, value) "{\"metric\":{" labels "},\"value\":[1795334524,\"" value "\"]}"

static const struct {
    size_t query; /* 3: node and mountpoint; 5: ceph_daemon */
    const char *series, *expected;
} gauge_cases[] = {
    {3, "", ""},
    {3, SERIES("\"instance\":\"w1:9100\",\"mountpoint\":\"/var\"", "0.5") "," SERIES("\"node\":\"w1\",\"mountpoint\":\"/\"", "0.25"),
     "w1 / 0.25;w1 /var 0.5;"},
    {3, SERIES("\"node\":\"w1\",\"mountpoint\":\"/\"", "NaN") "," SERIES("\"node\":\"w2\",\"mountpoint\":\"/\"", "-1"), "2 refused"},
    {3, SERIES("\"node\":\"w1\"", "0.5") "," SERIES("\"mountpoint\":\"/\"", "0.5"), "2 refused"},
    {3,
     SERIES("\"node\":\"w1\",\"mountpoint\":\"/\",\"cluster\":\"a\"",
            "0.5") "," SERIES("\"node\":\"w1\",\"mountpoint\":\"/\",\"cluster\":\"b\"", "0.5"),
     "two series for node w1 /"},
    {5, SERIES("\"ceph_daemon\":\"osd.3\"", "0.85") "," SERIES("\"ceph_daemon\":\"osd.1\"", "0"), "osd.1 - 0;osd.3 - 0.85;"},
    {5, SERIES("\"ceph_daemon\":\"osd.3\"", "0.85") "," SERIES("\"ceph_daemon\":\"osd.3\"", "0.85"), "two series for ceph_daemon osd.3"},
};

START_TEST(gauge_case)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536), told = BUFFER_INIT(4096);
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    CLEANUP(gauges_clear) struct gauges gauges = {0};
    struct error err = {0};

    (void)buffer_printf(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[%s]}}", gauge_cases[_i].series);
    ck_assert_msg(prometheus_decode(200, buffer_text(&body), body.len, &answer, &err) == 0, "%s", err.text);
    if (gauges_of_vector(prometheus_query_at(gauge_cases[_i].query), &answer, &gauges, &err) < 0)
        (void)buffer_add_text(&told, err.text);
    for (size_t i = 0; i < gauges.len; i++)
        (void)buffer_printf(&told, "%s %s %g;", gauges.items[i].labels[0], gauges.items[i].labels[1] ? gauges.items[i].labels[1] : "-",
                            gauges.items[i].value);
    if (gauges.n_refused > 0)
        (void)buffer_printf(&told, "%zu refused", gauges.n_refused);
    ck_assert_msg(strncmp(buffer_text(&told), gauge_cases[_i].expected, strlen(gauge_cases[_i].expected)) == 0, "%s", buffer_text(&told));
}
END_TEST

START_TEST(gauges_are_bounded)
{
    const struct prometheus_answer answer = {.n_series = GAUGES_MAX + 1}; /* as if they were there */
    struct gauges gauges = {.n_refused = 7};
    struct error err = {0};

    ck_assert_int_eq(gauges_of_vector(prometheus_query_at(3), &answer, &gauges, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_str_eq(err.text, "more than 50000 series");
    ck_assert_uint_eq(gauges.n_refused, 7);
}
END_TEST

/* --- the past --- */

START_TEST(past_queries_speak_of_the_label)
{
    for (size_t i = 0; i < PAST_QUERIES; i++) {
        CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(8192);

        past_query_write(past_query_at(i)->text, "elastisys.io/node-group", &text);
        ck_assert_ptr_null(strstr(buffer_text(&text), "$group"));
        ck_assert_ptr_nonnull(strstr(buffer_text(&text), "(cluster, label_elastisys_io_node_group)"));
        ck_assert_ptr_eq(past_query_text(past_query_at(i)->name), past_query_at(i)->text);
    }
    ck_assert_ptr_null(past_query_at(PAST_QUERIES));
}
END_TEST

/* A value at the end of an hour is that hour's: so the first that is asked for ends the first whole one. */
START_TEST(past_hours_are_whole)
{
    const struct prometheus_range range = past_range(7200001, 18000000 - 1);

    ck_assert_int_eq(range.from_unix_ms, 14400000);
    ck_assert_int_eq(range.to_unix_ms, 14400000);
    ck_assert_int_eq(range.step_ms, 3600000);
}
END_TEST

static int write_bucket(void *context, const char *series, const struct history_row *bucket, struct error *err UNUSED)
{
    return buffer_printf(context, "%s %lld %lld;", series, (long long)bucket->start_ms, (long long)bucket->mean);
}

static const struct {
    const char *result, *told; /* or the error */
} pasts[] = {
    {"{\"metric\":{\"label_g\":\"w\"},\"values\":[[7200,\"1.5\"],[10800,\"NaN\"],[14400,\"0\"]]}",
     "w/cpu/use 3600000 1500;w/cpu/use 10800000 0;"},
    {"{\"metric\":{},\"values\":[[7200,\"2\"]]}", "(none)/cpu/use 3600000 2000;"},
    {"{\"metric\":{\"label_g\":\"w\"},\"values\":[[7200.5,\"1\"],[7200,\"-1\"],[7200,\"1e300\"]]}", ""}, /* gaps */
    {"{\"metric\":{\"label_g\":\"w\",\"cluster\":\"a\"},\"values\":[]},{\"metric\":{\"label_g\":\"w\",\"cluster\":\"b\"},\"values\":[]}",
     "query past_cpu_use: two series for group w"},
};

START_TEST(past_case)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536), told = BUFFER_INIT(4096);
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    const struct past_reading reading = {past_query_at(0), "g", write_bucket, &told};
    struct error err = {0};

    (void)buffer_printf(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[%s]}}", pasts[_i].result);
    ck_assert_msg(prometheus_decode(200, buffer_text(&body), body.len, &answer, &err) == 0, "%s", err.text);
    if (past_read(&reading, &answer, &err) < 0) {
        ck_assert_ptr_nonnull(strstr(err.text, pasts[_i].told));
        return;
    }
    ck_assert_str_eq(buffer_text(&told), pasts[_i].told);
}
END_TEST

Suite *prometheus_suite(void);

Suite *prometheus_suite(void)
{
    Suite *suite = suite_create("prometheus");
    TCase *tcase = tcase_create("prometheus");

    tcase_add_test(tcase, a_vector_has_a_point_a_series);
    tcase_add_test(tcase, a_matrix_keeps_its_gaps);
    tcase_add_loop_test(tcase, what_is_no_whole_answer_is_refused, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, nothing_found_is_not_zero);
    tcase_add_test(tcase, a_whole_answer_says_so);
    tcase_add_test(tcase, labels_are_bounded);
    tcase_add_test(tcase, gauges_are_bounded);
    tcase_add_loop_test(tcase, series_name_their_node, 0, ARRAY_LEN(nodes));
    tcase_add_test(tcase, forms_are_encoded);
    tcase_add_test(tcase, queries_have_names);
    tcase_add_loop_test(tcase, gauge_case, 0, ARRAY_LEN(gauge_cases));
    tcase_add_test(tcase, past_queries_speak_of_the_label);
    tcase_add_test(tcase, past_hours_are_whole);
    tcase_add_loop_test(tcase, past_case, 0, ARRAY_LEN(pasts));
    suite_add_tcase(suite, tcase);
    return suite;
}
