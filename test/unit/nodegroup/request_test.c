#include "nodegroup/request.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

/* Pods with the answers of the real k8s.io library, through the decoder. */
START_TEST(vectors)
{
    json_t *all = fixture_json("kubernetes/pod-requests.json"), *vector;
    size_t i;

    ck_assert_uint_ge(json_array_size(all), 10);
    json_array_foreach (all, i, vector) {
        json_t *pod = json_object_get(vector, "pod");
        const char *name = json_string_value(json_object_get(vector, "name"));
        struct cluster cluster;
        struct error err = {0};

        json_object_set_new(pod, "kind", json_string("Pod"));
        json_object_set_new(pod, "metadata", json_pack("{s:s,s:s}", "name", "p", "namespace", "default"));
        json_object_set_new(json_object_get(pod, "spec"), "nodeName", json_string("n1"));
        cluster_init(&cluster, CLUSTER_GROUP_LABEL);
        ck_assert_msg(cluster_add(&cluster, pod, &err) == 0, "%s", err.text);
        ck_assert_uint_eq(cluster.pods.len, 1);
        ck_assert_uint_eq(cluster.n_warnings, 0);
        ck_assert_msg(cluster.pods.items[0].shape->request->of[RESOURCE_CPU] ==
                          json_integer_value(json_object_get(vector, "cpu_milli_with_status")),
                      "%s: %lld", name, (long long)cluster.pods.items[0].shape->request->of[RESOURCE_CPU]);
        ck_assert_msg(cluster.pods.items[0].shape->request->of[RESOURCE_MEMORY] ==
                          json_integer_value(json_object_get(vector, "mem_bytes_with_status")),
                      "%s: %lld", name, (long long)cluster.pods.items[0].shape->request->of[RESOURCE_MEMORY]);
        cluster_clear(&cluster);
    }
    json_decref(all);
}
END_TEST

#define CPU_OF(milli)                                                              \
    {                                                                              \
        .amounts = {.of = {[RESOURCE_CPU] = (milli)}}, .named = 1U << RESOURCE_CPU \
    }
#define ASKS(milli)                          \
    {                                        \
        .requests = {.spec = CPU_OF(milli) } \
    }
#define SIDECAR(milli)                                       \
    {                                                        \
        .requests = {.spec = CPU_OF(milli)}, .sidecar = true \
    }

static const struct {
    const char *name;
    struct request_container init[3], regular[2];
    size_t n_init, n_regular;
    struct request_resize pod_level;
    int64_t overhead;
    bool infeasible;
    int64_t expected;
} cases[] = {
    {.name = "nothing", .expected = 0},
    {"a sidecar before an init", {SIDECAR(200), ASKS(1000)}, {ASKS(100)}, 2, 1, .expected = 1200},
    {"the same, the init first", {ASKS(1000), SIDECAR(200)}, {ASKS(100)}, 2, 1, .expected = 1000},
    {"sidecars stay beside the regular ones", {SIDECAR(200), SIDECAR(300)}, {ASKS(600), ASKS(50)}, 2, 2, .expected = 1150},
    {"pod level replaces, even by less", {ASKS(900)}, {ASKS(500)}, 1, 1, {.spec = CPU_OF(300)}, 50, .expected = 350},
    {"pod level of zero", {ASKS(900)}, {ASKS(500)}, 1, 1, {.spec = CPU_OF(0)}, .expected = 0},
    {"pod level resizes down", {ASKS(900)}, {ASKS(500)}, 1, 1, {CPU_OF(300), CPU_OF(700), CPU_OF(700), true}, .expected = 700},
    {.name = "resize down unfinished",
     .regular = {{.requests = {CPU_OF(100), CPU_OF(400), CPU_OF(300), true}}},
     .n_regular = 1,
     .expected = 400},
    {.name = "resize up will never be",
     .regular = {{.requests = {CPU_OF(64000), CPU_OF(200), CPU_OF(200), true}}},
     .n_regular = 1,
     .infeasible = true,
     .expected = 200},
    {.name = "infeasible, but nothing runs yet", .regular = {ASKS(700)}, .n_regular = 1, .infeasible = true, .expected = 700},
    {"a sidecar resizes too",
     {{.requests = {CPU_OF(100), CPU_OF(250), CPU_OF(200), true}, .sidecar = true}},
     {ASKS(100)},
     1,
     1,
     .expected = 350},
    {.name = "sums stay at the edge", .regular = {ASKS(INT64_MAX), ASKS(INT64_MAX)}, .n_regular = 2, .overhead = 5, .expected = INT64_MAX},
};

START_TEST(request_case)
{
    struct request_pod pod = {
        .init = cases[_i].init,
        .regular = cases[_i].regular,
        .n_init = cases[_i].n_init,
        .n_regular = cases[_i].n_regular,
        .pod_level = cases[_i].pod_level,
        .overhead = CPU_OF(cases[_i].overhead),
        .resize_infeasible = cases[_i].infeasible,
    };
    struct amounts request = request_of_pod(&pod);

    ck_assert_msg(request.of[RESOURCE_CPU] == cases[_i].expected, "%s: %lld", cases[_i].name, (long long)request.of[RESOURCE_CPU]);
    ck_assert_int_eq(request.of[RESOURCE_PODS], 1);
}
END_TEST

Suite *request_suite(void)
{
    Suite *suite = suite_create("request");
    TCase *tcase = tcase_create("request");

    tcase_add_test(tcase, vectors);
    tcase_add_loop_test(tcase, request_case, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
