#include "nodegroup/usage_samples.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "base/buffer.h"

#define LIST(items) "{\"kind\":\"NodeMetricsList\",\"apiVersion\":\"metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":" items "}"
#define NODE(name, cpu, memory)                                                                                           \
    "{\"metadata\":{\"name\":\"" name "\",\"creationTimestamp\":\"2026-11-22T08:00:00Z\",\"labels\":{\"items\":\"[{\"}}," \
    "\"timestamp\":\"2026-11-22T07:59:47Z\",\"window\":\"20.034s\",\"usage\":{\"cpu\":\"" cpu "\",\"memory\":\"" memory "\"}}"

static const struct {
    const char *title, *body;
    size_t len, n_refused;
    double cpu, memory; /* of the first */
    const char *why;    /* a part of the first refusal */
} lists[] = {
    {"as metrics-server writes it", LIST("[" NODE("w1", "1234567891n", "16310732Ki") "," NODE("w2", "250m", "1Gi") "]"), 2, 0, 1235,
     16310732.0 * 1024, NULL},
    {"other suffixes", LIST("[" NODE("w1", "1500000u", "1e9") "]"), 1, 0, 1500, 1e9, NULL},
    {"a node without a name", LIST("[" NODE("", "1", "1Gi") "," NODE("w2", "250m", "1Gi") "]"), 1, 1, 250, 1073741824.0,
     "name: it is empty"},
    {"none", LIST("[]"), 0, 0, 0, 0, NULL},
    {"null, as Go writes an empty list", LIST("null"), 0, 0, 0, 0, NULL},
    {"a List that kubectl put together", "{\"apiVersion\":\"v1\",\"items\":[" NODE("w1", "2", "1Gi") "],\"kind\":\"List\"}", 1, 0, 2000,
     1073741824.0, NULL},
    {"items in a text are no items",
     "{\"metadata\":{\"a\":\"\\\"items\\\":[\"},\"x\":\"items\",\"items\" : [" NODE("w1", "2", "1Gi") "],\"kind\":\"NodeMetricsList\"}", 1,
     0, 2000, 1073741824.0, NULL},
    {"garbage is a gap, the rest goes on",
     LIST("[" NODE("w1", "2GHz", "1Gi") "," NODE("w2", "1", "2Gi") ",7,{\"metadata\":{\"name\":\"w3\"}}," NODE("w4", "-1", "1Gi") "," NODE(
         "w5", "1", "-1Gi") ",{\"timestamp\":\"2026-11-22T07:59:47Z\"}]"),
     1, 6, 1000, 2147483648.0, "node w1: usage: cpu"},
    {"a stamp that is none", LIST("[{\"metadata\":{\"name\":\"w1\"},\"timestamp\":\"now\",\"usage\":{\"cpu\":\"1\",\"memory\":\"1\"}}]"), 0,
     1, 0, 0, "node w1: timestamp"},
};

START_TEST(node_metrics_are_read_item_by_item)
{
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};
    struct error err = {0};

    ck_assert_msg(usage_samples_decode(lists[_i].body, strlen(lists[_i].body), &samples, &err) == 0, "%s: %s", lists[_i].title, err.text);
    ck_assert_msg(samples.len == lists[_i].len && samples.n_refused == lists[_i].n_refused, "%s: %zu, %zu refused", lists[_i].title,
                  samples.len, samples.n_refused);
    if (samples.len > 0) {
        ck_assert_double_eq(samples.items[0].use[USAGE_CPU], lists[_i].cpu);
        ck_assert_double_eq(samples.items[0].use[USAGE_MEMORY], lists[_i].memory);
        ck_assert_int_eq(samples.items[0].at_unix_ms, 1795334387000);
    }
    if (lists[_i].why)
        ck_assert_msg(strstr(samples.refused.text, lists[_i].why) != NULL, "%s: %s", lists[_i].title, samples.refused.text);
}
END_TEST

static const struct {
    const char *title, *body, *expect;
} broken[] = {
    {"nothing", "", "not JSON"},
    {"HTML", "<html></html>", "not JSON"},
    {"a Status", "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":503}", "got Status"},
    {"another list", "{\"kind\":\"PodMetricsList\",\"items\":[]}", "expected a NodeMetricsList, got PodMetricsList"},
    {"an array", "[]", "kind"},
    {"no kind", "{\"items\":[]}", "kind"},
    {"items that are no list", "{\"kind\":\"NodeMetricsList\",\"items\":{}}", "with items"},
    {"items twice", "{\"kind\":\"NodeMetricsList\",\"items\":[],\"items\":[]}", "not JSON"},
    {"cut off in an item", "{\"kind\":\"NodeMetricsList\",\"items\":[{\"metadata\":{\"name\":\"w1\"", "not JSON"},
    {"cut off behind the items", "{\"kind\":\"NodeMetricsList\",\"items\":[]", "not JSON"},
    {"cut off in a text", "{\"kind\":\"NodeMetricsList\",\"items\":[\"abc", "not JSON"},
    {"a comma too many", LIST("[{},]"), "element 1"},
    {"no comma", LIST("[{}{}]"), "element 0"},
    {"wrong brackets", "{\"kind\":\"NodeMetricsList\",\"items\":[}]}", "not JSON"},
    {"more behind the end", LIST("[]") "{}", "not JSON"},
};

START_TEST(a_broken_list_is_refused_as_a_whole)
{
    struct usage_samples samples = {.n_refused = 9};
    struct error err = {0};

    ck_assert_msg(usage_samples_decode(broken[_i].body, strlen(broken[_i].body), &samples, &err) == -1, "%s", broken[_i].title);
    ck_assert_msg(strstr(err.text, broken[_i].expect) != NULL, "%s: %s", broken[_i].title, err.text);
    ck_assert_uint_eq(samples.n_refused, 9);
}
END_TEST

/* Every prefix of a good answer is refused: a list that is cut off must not pass for a short one. */
START_TEST(no_prefix_of_a_list_is_a_list)
{
    static const char whole[] = LIST("[" NODE("w1", "1234567891n", "16310732Ki") "," NODE("w2", "250m", "1Gi") "]");

    for (size_t len = 0; len + 1 < sizeof(whole); len++) {
        CLEANUP(usage_samples_clear) struct usage_samples samples = {0};
        struct error err = {0};

        ck_assert_msg(usage_samples_decode(whole, len, &samples, &err) == -1, "%zu bytes of %zu", len, sizeof(whole) - 1);
    }
}
END_TEST

START_TEST(five_thousand_nodes_are_read)
{
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(1 << 24);
    struct error err = {0};

    (void)buffer_add_text(&body, "{\"kind\":\"NodeMetricsList\",\"items\":[");
    for (int i = 0; i < 5000; i++)
        (void)buffer_printf(&body,
                            "%s{\"metadata\":{\"name\":\"node-%04d\"},\"timestamp\":\"2026-11-22T07:59:47Z\","
                            "\"usage\":{\"cpu\":\"%d000000n\",\"memory\":\"%dKi\"}}",
                            i > 0 ? "," : "", i, i, 1024 * i);
    (void)buffer_add_text(&body, "]}");
    ck_assert_msg(usage_samples_decode(body.data, body.len, &samples, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(samples.len, 5000);
    ck_assert_str_eq(samples.items[4999].node, "node-4999");
    ck_assert_double_eq(samples.items[4999].use[USAGE_CPU], 4999);
}
END_TEST

/* --- Prometheus --- */

static void decode(const char *body, struct prometheus_answer *out)
{
    struct error err = {0};

    ck_assert_msg(prometheus_decode(200, body, strlen(body), out, &err) == 0, "%s", err.text);
}

#define VECTOR(result) "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" result "]}}"
#define SERIES(labels, value) "{\"metric\":{" labels "},\"value\":[1795334524,\"" value "\"]}"

START_TEST(cpu_and_memory_of_a_node_come_together)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer cpu = {0}, memory = {0};
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};
    struct error err = {0};

    decode(VECTOR(SERIES("\"instance\":\"w2:9100\"", "2.5") "," SERIES("\"instance\":\"w1:9100\"", "1.5") "," SERIES(
               "\"instance\":\"w3\"", "NaN") "," SERIES("\"job\":\"x\"", "1")),
           &cpu);
    decode(
        VECTOR(SERIES("\"instance\":\"w1:9100\"", "4e9") "," SERIES("\"instance\":\"w3\"", "1e9") "," SERIES("\"instance\":\"w4\"", "-5")),
        &memory);
    ck_assert_msg(usage_samples_from_prometheus(&cpu, &memory, &samples, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(samples.len, 3);
    ck_assert_str_eq(samples.items[0].node, "w1");
    ck_assert_double_eq(samples.items[0].use[USAGE_CPU], 1500);
    ck_assert_double_eq(samples.items[0].use[USAGE_MEMORY], 4e9);
    ck_assert_int_eq(samples.items[0].at_unix_ms, 1795334524000);
    ck_assert(isnan(samples.items[1].use[USAGE_MEMORY])); /* w2: absent is not idle */
    ck_assert(isnan(samples.items[2].use[USAGE_CPU]));
    ck_assert_uint_eq(samples.n_refused, 3);
}
END_TEST

START_TEST(equal_names_of_two_clusters_are_not_mixed)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer cpu = {0}, memory = {0};
    struct usage_samples samples = {.len = 5};
    struct error err = {0};

    decode(VECTOR(SERIES("\"instance\":\"w1:9100\",\"cluster\":\"a\"", "1") "," SERIES("\"instance\":\"w1:9100\",\"cluster\":\"b\"", "2")),
           &cpu);
    decode(VECTOR(""), &memory);
    ck_assert_int_eq(usage_samples_from_prometheus(&cpu, &memory, &samples, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "two series for node w1: name the cluster"));
    ck_assert_uint_eq(samples.len, 5);
}
END_TEST

Suite *usage_samples_suite(void);

Suite *usage_samples_suite(void)
{
    Suite *suite = suite_create("usage_samples");
    TCase *tcase = tcase_create("usage_samples");

    tcase_add_loop_test(tcase, node_metrics_are_read_item_by_item, 0, ARRAY_LEN(lists));
    tcase_add_loop_test(tcase, a_broken_list_is_refused_as_a_whole, 0, ARRAY_LEN(broken));
    tcase_add_test(tcase, no_prefix_of_a_list_is_a_list);
    tcase_add_test(tcase, five_thousand_nodes_are_read);
    tcase_add_test(tcase, cpu_and_memory_of_a_node_come_together);
    tcase_add_test(tcase, equal_names_of_two_clusters_are_not_mixed);
    suite_add_tcase(suite, tcase);
    return suite;
}
