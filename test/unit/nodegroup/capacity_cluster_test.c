#include "nodegroup/capacity_cluster.h"

#include <check.h>
#include <string.h>

#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

#define UNBOUND "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"containers\":[]}}"

static struct cluster cluster;

/* Input that is wrong in one thing: a warning names it, and the rest goes on (the good node and pod are there). */
static const struct {
    const char *name, *item, *code; /* code NULL: no warning */
    size_t nodes, pods;             /* beside the good ones */
} cases[] = {
    {"nothing", "{\"kind\":\"ConfigMap\"}", NULL, 0, 0},
    {"a number", "7", "strange-object", 0, 0},
    {"null", "null", "strange-object", 0, 0},
    {"a node without anything", "{\"kind\":\"Node\"}", "strange-object", 0, 0},
    {"a node whose name is a number", "{\"kind\":\"Node\",\"metadata\":{\"name\":7}}", "strange-object", 0, 0},
    {"a node without allocatable", NODE_OF("x", GROUP_G, "z", "", READY), "node-without-size", 1, 0},
    {"a node without labels or status", "{\"kind\":\"Node\",\"metadata\":{\"name\":\"x\"}}", "node-without-size", 1, 0},
    {"labels of wrong types", "{\"kind\":\"Node\",\"metadata\":{\"name\":\"x\",\"labels\":[1]},\"status\":{" READY "," SIZE "}}",
     "strange-object", 1, 0},
    {"a label that is a number", "{\"kind\":\"Node\",\"metadata\":{\"name\":\"x\",\"labels\":{\"a\":1}},\"status\":{" READY "," SIZE "}}",
     "strange-object", 1, 0},
    {"garbage allocatable",
     NODE_OF("x", GROUP_G, "z", "", READY ",\"allocatable\":{\"cpu\":\"8 cores\",\"memory\":\"16Gi\",\"pods\":\"10\"}"), "garbage-quantity",
     1, 0},
    {"negative allocatable", NODE_OF("x", GROUP_G, "z", "", READY ",\"allocatable\":{\"cpu\":\"-8\",\"memory\":\"16Gi\",\"pods\":\"10\"}"),
     "garbage-quantity", 1, 0},
    {"allocatable of wrong types", NODE_OF("x", GROUP_G, "z", "", READY ",\"allocatable\":{\"cpu\":[],\"memory\":{},\"pods\":true}"),
     "garbage-quantity", 1, 0},
    {"capacity stands in for allocatable",
     NODE_OF("x", GROUP_G, "z", "", READY ",\"capacity\":{\"cpu\":\"8\",\"memory\":\"16Gi\",\"pods\":\"10\"}"), NULL, 1, 0},
    {"the same node twice", NODE("good", "z1"), "repeated-object", 0, 0},
    {"the same pod twice", POD("good", "good", "1"), "repeated-object", 0, 0},
    {"a pod on an unknown node", POD("x", "nowhere", "1"), "unknown-node", 0, 1},
    {"garbage requests", POD("x", "good", "1 core"), "garbage-quantity", 0, 1},
    {"a million exabytes", POD_OF("x", "", "", "good", "\"cpu\":\"1e30\",\"memory\":\"99999999Ei\"", ""), NULL, 0, 1},
    {"containers that are no list", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"nodeName\":\"good\",\"containers\":7}}",
     "strange-object", 0, 1},
    {"containers that are no objects",
     "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"nodeName\":\"good\",\"containers\":[1,null,\"a\"]}}", NULL, 0, 1},
    {"affinity of wrong types",
     POD_OF("x", "", "", "good", CPU("1"),
            ",\"affinity\":{\"nodeAffinity\":[],\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[7,{"
            "\"labelSelector\":3}]}}"),
     "strange-object", 0, 1},
    {"a finished pod holds nothing",
     "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"nodeName\":\"good\"},\"status\":{\"phase\":\"Succeeded\"}}", NULL, 0, 0},
    {"a failed pod neither",
     "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"nodeName\":\"nowhere\"},\"status\":{\"phase\":\"Failed\"}}", NULL, 0, 0},
    {"an unbound pod is apart",
     "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"containers\":[]},\"status\":{\"phase\":\"Pending\"}}", NULL, 0, 1},
    {"an unbound pod twice", UNBOUND "," UNBOUND, "repeated-object", 0, 1},
    {"a bound pending pod holds room",
     "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"nodeName\":\"good\",\"containers\":[]},\"status\":{\"phase\":\"Pending\"}"
     "}",
     NULL, 0, 1},
    {"no kind, as the API lists a node", "{\"metadata\":{\"name\":\"x\"},\"status\":{" READY "," SIZE "}}", NULL, 1, 0},
    {"no kind, as the API lists a pod", "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"nodeName\":\"good\",\"containers\":[]}}", NULL, 0, 1},
    {"garbage usage", "{\"kind\":\"NodeMetrics\",\"metadata\":{\"name\":\"good\"},\"usage\":{\"cpu\":\"NaN\",\"memory\":\"1Ki\"}}",
     "garbage-quantity", 0, 0},
    {"usage without a name", "{\"kind\":\"NodeMetrics\",\"usage\":{}}", "strange-object", 0, 0},
    {"a volume of wrong types",
     "{\"kind\":\"PersistentVolume\",\"metadata\":7,\"spec\":{\"claimRef\":{\"namespace\":\"a\",\"name\":\"b\"},\"nodeAffinity\":7}}",
     "strange-object", 0, 0},
};

START_TEST(hostile_case)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);

    (void)buffer_printf(&text, LIST("%s,%s,%s"), NODE("good", "z1"), POD("good", "good", "2"), cases[_i].item);
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_msg(cluster.n_nodes == 1 + cases[_i].nodes, "%s: %zu nodes", cases[_i].name, cluster.n_nodes);
    ck_assert_msg(cluster.pods.len == 1 + cases[_i].pods, "%s: %zu pods", cases[_i].name, cluster.pods.len);
    if (cases[_i].code)
        ck_assert_msg(cluster_warned(&cluster, cases[_i].code), "%s: no warning %s", cases[_i].name, cases[_i].code);
    else
        ck_assert_msg(cluster.n_warnings == 0, "%s: %s", cases[_i].name, cluster.warnings[0].text);
    ck_assert_int_eq(cluster.pods.items[0].shape->request->of[RESOURCE_CPU], 2000);
    for (size_t g = 0; g < cluster.n_groups; g++) { /* and the whole chain takes it */
        struct placement placement = {0};
        struct resilience got = {0};
        struct error err = {0};

        ck_assert_int_eq(placement_of_group(&cluster, &cluster.groups[g], &placement, &err), 0);
        for (int mode = 0; mode < RESILIENCE_MODES; mode++)
            ck_assert_int_eq(resilience_check(&placement, (enum resilience_mode)mode, &got, &err), 0);
        resilience_clear(&got);
        placement_clear(&placement);
    }
    cluster_clear(&cluster);
}
END_TEST

static const struct {
    const char *spec, *metadata, *conditions;
    enum node_state state;
} states[] = {
    {"", "", "{\"type\":\"Ready\",\"status\":\"True\"}", NODE_READY},
    {"", "", "{\"type\":\"Ready\",\"status\":\"False\"}", NODE_NOT_READY},
    {"", "", "{\"type\":\"Ready\",\"status\":\"Unknown\"}", NODE_NOT_READY},
    {"", "", "{\"type\":\"MemoryPressure\",\"status\":\"True\"}", NODE_NOT_READY},
    {"", "", "", NODE_NOT_READY},
    {"", "", "7", NODE_NOT_READY},
    {"\"unschedulable\":true", "", "{\"type\":\"Ready\",\"status\":\"True\"}", NODE_CORDONED},
    {"\"unschedulable\":\"yes\"", "", "{\"type\":\"Ready\",\"status\":\"True\"}", NODE_READY},
    {"\"unschedulable\":true", "", "{\"type\":\"Ready\",\"status\":\"False\"}", NODE_NOT_READY},
    {"", ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", "{\"type\":\"Ready\",\"status\":\"True\"}", NODE_DELETING},
    {"\"taints\":[{\"key\":\"node.kubernetes.io/unreachable\",\"effect\":\"NoExecute\"}]", "", "{\"type\":\"Ready\",\"status\":\"True\"}",
     NODE_NOT_READY},
    {"\"taints\":[{\"key\":\"node.cloudprovider.kubernetes.io/uninitialized\",\"effect\":\"NoSchedule\"}]", "",
     "{\"type\":\"Ready\",\"status\":\"True\"}", NODE_NOT_READY},
    {"\"taints\":[{\"key\":\"ToBeDeletedByClusterAutoscaler\",\"effect\":\"NoSchedule\"}]", "", "{\"type\":\"Ready\",\"status\":\"True\"}",
     NODE_DELETING},
    {"\"taints\":[{\"key\":\"gpu\",\"effect\":\"NoSchedule\"}]", "", "{\"type\":\"Ready\",\"status\":\"True\"}", NODE_READY},
};

START_TEST(state_case)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);

    (void)buffer_printf(&text,
                        "{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"%s},\"spec\":{%s},\"status\":{" SIZE ",\"conditions\":[%s]}}",
                        states[_i].metadata, states[_i].spec, states[_i].conditions);
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_int_eq(cluster.nodes[0].state, states[_i].state);
    cluster_clear(&cluster);
}
END_TEST

START_TEST(groups_by_label)
{
    cluster_of_text(&cluster, LIST(NODE("n1", "z1") "," NODE_OF("n2", "", "z1", "", READY "," SIZE) "," NODE_OF(
                                  "n3", "\"elastisys.io/node-group\":\"a\",", "z1", "",
                                  READY "," SIZE) "," NODE_OF("n4", "\"elastisys.io/node-group\":\"\",", "z1", "",
                                                              READY "," SIZE) "," POD("p", "n2", "1") "," POD("q", "n1", "1")));
    ck_assert_uint_eq(cluster.n_groups, 3);
    ck_assert_str_eq(cluster.groups[0].name, CLUSTER_NO_GROUP);
    ck_assert(cluster.groups[0].unlabelled);
    ck_assert_uint_eq(cluster.groups[0].n_nodes, 2);
    ck_assert_uint_eq(cluster.groups[0].n_pods, 1);
    ck_assert_str_eq(cluster.groups[1].name, "a");
    ck_assert_str_eq(cluster.groups[2].name, "g");
    ck_assert(!cluster.groups[2].unlabelled);
    cluster_clear(&cluster);
}
END_TEST

START_TEST(no_nodes_at_all)
{
    cluster_of_text(&cluster, LIST(POD("p", "n1", "1")));
    ck_assert_uint_eq(cluster.n_groups, 0);
    ck_assert(cluster_warned(&cluster, "unknown-node"));
    cluster_clear(&cluster);
}
END_TEST

START_TEST(warnings_are_bounded)
{
    cluster_init(&cluster, CLUSTER_GROUP_LABEL);
    for (int i = 0; i < CLUSTER_WARNINGS_MAX + 10; i++)
        cluster_warn(&cluster, NULL, "x", "%d", i);
    ck_assert_uint_eq(cluster.n_warnings, CLUSTER_WARNINGS_MAX);
    ck_assert_uint_eq(cluster.n_warnings_left_out, 10);
    cluster_clear(&cluster);
}
END_TEST

Suite *capacity_cluster_suite(void)
{
    Suite *suite = suite_create("capacity_cluster");
    TCase *tcase = tcase_create("capacity_cluster");

    tcase_add_loop_test(tcase, hostile_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, state_case, 0, ARRAY_LEN(states));
    tcase_add_test(tcase, groups_by_label);
    tcase_add_test(tcase, no_nodes_at_all);
    tcase_add_test(tcase, warnings_are_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
