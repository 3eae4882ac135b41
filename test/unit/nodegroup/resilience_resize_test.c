#include "nodegroup/resilience_resize.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

static struct cluster cluster;
static struct placement placement;

static void build(void)
{
    struct error err = {0};

    ck_assert_msg(placement_of_group(&cluster, &cluster.groups[0], &placement, &err) == 0, "%s", err.text);
}

static void clear(void)
{
    placement_clear(&placement);
    cluster_clear(&cluster);
}

static const struct {
    const char *name, *member;
} cases[] = {{"C23", "resize"}, {"C25", "resize"}, {"C27", "to_six_half"}};

static void compare(const struct resize *resize, const json_t *expected)
{
    const json_t *names = json_object_get(expected, "does_not_fit"), *after = json_object_get(expected, "util_after_loss");
    static const char *const resources[] = {"cpu", "memory", "pods"};
    char name[POD_NAME_MAX + 1];

    ck_assert_uint_eq(resize->n_unplaced, (size_t)json_integer_value(json_object_get(expected, "does_not_fit_count")));
    for (size_t i = 0; i < json_array_size(names); i++)
        ck_assert_str_eq(pod_name(resize->unplaced[i], name), json_string_value(json_array_get(names, i)));
    ck_assert_int_eq(resize->daemons_cpu_saved, json_integer_value(json_object_get(expected, "daemonset_cpu_saved")));
    ck_assert_int_eq(resize->verdict == RESILIENCE_FITS,
                     strcmp(json_string_value(json_object_get(expected, "survives_node_loss")), "yes") == 0);
    for (size_t r = 0; r < ARRAY_LEN(resources); r++)
        if (json_is_null(after))
            ck_assert(isnan(resize->ratio_after[r]));
        else
            ck_assert_double_eq_tol(resize->ratio_after[r], json_number_value(json_object_get(after, resources[r])), 1e-4);
}

START_TEST(shared_case)
{
    char path[64];
    json_t *whole, *expected;
    struct resize resize;
    struct error err = {0};
    struct resize_wish wish = {.mode = RESILIENCE_NODE};

    (void)snprintf(path, sizeof(path), "capacity/%s.expect.json", cases[_i].name);
    whole = fixture_json(path);
    expected = json_object_get(whole, cases[_i].member);
    (void)snprintf(path, sizeof(path), "capacity/%s.json", cases[_i].name);
    cluster_of_fixture(&cluster, path);
    build();
    wish.nodes_after = (size_t)json_integer_value(json_object_get(expected, "nodes_after"));
    wish.size_factor = json_number_value(json_object_get(expected, "size_factor"));
    ck_assert_int_eq(resize_check(&placement, &wish, &resize, &err), 0);
    ck_assert_uint_eq(resize.nodes_before, (size_t)json_integer_value(json_object_get(expected, "nodes_before")));
    compare(&resize, expected);
    json_decref(whole);
    clear();
}
END_TEST

#define THREE NODE("n1", "z1") "," NODE("n2", "z2") "," NODE("n3", "z3") ","
#define ANTI(name, node)                                                                                               \
    POD_OF(name, "\"app\":\"db\"", "", node, CPU("500m"),                                                              \
           ",\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":" \
           "\"kubernetes.io/hostname\",\"labelSelector\":{\"matchLabels\":{\"app\":\"db\"}}}]}}")

#define LARGE(name) NODE_OF(name, GROUP_G, "z1", "", READY ",\"allocatable\":{\"cpu\":\"8\",\"memory\":\"32Gi\",\"pods\":\"10\"}")
#define NOWHERE(name)                                                                                                                    \
    "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\",\"labels\":{\"elastisys.io/node-group\":\"g\"}},\"status\":{" READY "," SIZE \
    "}}"
#define CORDONED(name) NODE_SPEC(name, "z1", "\"unschedulable\":true")
/* A node that is not ready, with a pod that wants a node for itself. */
#define LOST(name) NODE_OF("lost-" name, GROUP_G, "z1", "", SIZE) "," ANTI(name, "lost-" name)

static const struct {
    const char *name, *text;
    enum resilience_mode mode;
    size_t missing;
    const char *where; /* NULL: not looked at */
} missing[] = {
    {"one more for the sums", LIST(THREE POD("a", "n1", "3") "," POD("b", "n2", "3") "," POD("c", "n3", "3")), RESILIENCE_NODE, 1},
    {"one more for anti-affinity", LIST(THREE ANTI("a", "n1") "," ANTI("b", "n2") "," ANTI("c", "n3")), RESILIENCE_NODE, 1},
    {"two for a zone", LIST(THREE POD("a", "n1", "4") "," POD("b", "n2", "4") "," POD("c", "n3", "4")), RESILIENCE_ZONE, 2,
     "1 in zone z1, 1 in zone z2"},
    {"both into the zone that has less",
     LIST(THREE NODE("n4", "z1") "," NODE("n5", "z1") "," NODE("n6", "z3") "," NODE("n7", "z3") "," POD("a", "n4", "4") "," POD(
         "b", "n5", "4") "," POD("c", "n1", "4") "," POD("d", "n2", "4") "," POD("e", "n3", "4") "," POD("f", "n6", "4")),
     RESILIENCE_ZONE, 2, "in zone z2"},
    {"two for a drain", LIST(THREE POD("a", "n1", "3") "," POD("b", "n2", "3") "," POD("c", "n3", "3")), RESILIENCE_DRAIN, 2},
    {"none helps in one zone", LIST(NODE("n1", "z1") "," POD("a", "n1", "1")), RESILIENCE_ZONE, 0},
    {"the only node is twice as good as two", LIST(NODE("n1", "z1") "," POD("a", "n1", "1")), RESILIENCE_NODE, 1, ""},
    {"a node each for six that wait",
     LIST(NODE("n1", "z1") "," LOST("a") "," LOST("b") "," LOST("c") "," LOST("d") "," LOST("e") "," LOST("f")), RESILIENCE_NODE, 6},
    {"the usual size counts, not the large one", LIST(LARGE("n0") "," THREE POD("a", "n0", "8")), RESILIENCE_NODE, 0},
    {"of the usual size many",
     LIST(LARGE("n0") "," THREE POD("a", "n0", "4") "," POD("b", "n0", "4") "," POD("c", "n1", "4") "," POD("d", "n2", "4")),
     RESILIENCE_NODE, 1},
    {"no zone has the fewest",
     LIST(NODE_OF("n1", GROUP_G, "z1", "", READY "," SIZE) "," NOWHERE("n2") "," CORDONED("n3") "," POD("a", "n1", "4") "," POD("b", "n2",
                                                                                                                                "4")),
     RESILIENCE_NODE, 1},
    {"pods want more than any node has", LIST(THREE POD("a", "n1", "100000000000")), RESILIENCE_NODE, 0},
};

START_TEST(missing_case)
{
    struct resilience now = {0};
    struct error err = {0};
    struct resize_more more = {.n = 99, .type = 99};

    cluster_of_text(&cluster, missing[_i].text);
    build();
    ck_assert_int_eq(resilience_check(&placement, missing[_i].mode, &now, &err), 0);
    ck_assert_int_ne(now.verdict, RESILIENCE_FITS);
    ck_assert_int_eq(resize_nodes_missing(&placement, &now, &more, &err), 0);
    ck_assert_msg(more.n == missing[_i].missing, "%s: %zu", missing[_i].name, more.n);
    ck_assert_msg(!missing[_i].where || strcmp(more.where, missing[_i].where) == 0, "%s: %s", missing[_i].name, more.where);
    ck_assert_uint_lt(more.type, placement.n_nodes);
    resilience_clear(&now);
    clear();
}
END_TEST

START_TEST(nothing_to_copy)
{
    const struct resize_wish wish = {.nodes_after = 2, .size_factor = 2, .mode = RESILIENCE_NODE};
    struct resize resize;
    struct resilience now = {0};
    struct error err = {0};
    struct resize_more more = {.n = 99, .type = 99};

    cluster_of_text(&cluster, LIST(CORDONED("n1") "," POD("a", "n1", "1")));
    build();
    ck_assert_int_eq(resize_check(&placement, &wish, &resize, &err), 0);
    ck_assert_int_eq(resize.verdict, RESILIENCE_DOES_NOT_FIT);
    ck_assert_uint_eq(resize.nodes_before, 0);
    ck_assert(isnan(resize.ratio_after[RESOURCE_CPU]) && isnan(resize.ratio_after[RESOURCE_PODS]));
    ck_assert_int_eq(resilience_check(&placement, RESILIENCE_NODE, &now, &err), 0);
    ck_assert_int_eq(resize_nodes_missing(&placement, &now, &more, &err), 0);
    ck_assert_uint_eq(more.n, 0);
    ck_assert_uint_eq(more.type, UINT32_MAX);
    ck_assert_uint_eq(resize_emptiest(&placement), UINT32_MAX);
    ck_assert(!resize_is_uniform(&placement));
    resilience_clear(&now);
    clear();
}
END_TEST

static const struct {
    const char *allocatable; /* of the second of two nodes */
    bool uniform;
} sizes[] = {
    {"\"cpu\":\"4\",\"memory\":\"16Gi\",\"pods\":\"10\"", true},
    {"\"cpu\":\"4000m\",\"memory\":\"16Gi\",\"pods\":\"10\",\"gpu\":\"1\"", true},
    {"\"cpu\":\"5\",\"memory\":\"16Gi\",\"pods\":\"10\"", false},
    {"\"cpu\":\"4\",\"memory\":\"15Gi\",\"pods\":\"10\"", false},
    {"\"cpu\":\"4\",\"memory\":\"16Gi\",\"pods\":\"11\"", false},
};

START_TEST(uniform_case)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);

    (void)buffer_printf(&text,
                        LIST("%s,{\"kind\":\"Node\",\"metadata\":{\"name\":\"n2\",\"labels\":{\"elastisys.io/"
                             "node-group\":\"g\"}},\"status\":{" READY ",\"allocatable\":{%s}}}"),
                        NODE("n1", "z1"), sizes[_i].allocatable);
    cluster_of_text(&cluster, buffer_text(&text));
    build();
    ck_assert_msg(resize_is_uniform(&placement) == sizes[_i].uniform, "%s", sizes[_i].allocatable);
    clear();
}
END_TEST

static const struct {
    const char *name, *text;
    uint32_t at;
} emptiest[] = {
    {"the one with the least", LIST(THREE POD("a", "n1", "2") "," POD("b", "n2", "1") "," POD("c", "n3", "2")), 1},
    {"not the only one of its zone", LIST(THREE NODE("n4", "z1") "," POD("a", "n1", "2") "," POD("b", "n4", "1")), 3},
    {"without zones", LIST(NOWHERE("n1") "," NOWHERE("n2") "," POD("a", "n1", "2")), 1},
    {"a zone's cordoned nodes count not", LIST(THREE CORDONED("n4") "," NODE("n5", "z2") "," POD("a", "n2", "2") "," POD("b", "n5", "1")),
     4},
};

START_TEST(emptiest_case)
{
    cluster_of_text(&cluster, emptiest[_i].text);
    build();
    ck_assert_msg(resize_emptiest(&placement) == emptiest[_i].at, "%s: %u", emptiest[_i].name, resize_emptiest(&placement));
    clear();
}
END_TEST

START_TEST(without_a_node_and_back)
{
    struct resilience before = {0}, without = {0}, after = {0};
    struct error err = {0};

    cluster_of_text(&cluster, LIST(THREE POD("a", "n1", "2") "," POD("b", "n2", "2") "," POD("c", "n3", "1")));
    build();
    ck_assert_int_eq(resilience_check(&placement, RESILIENCE_NODE, &before, &err), 0);
    ck_assert_uint_eq(resize_emptiest(&placement), 2);
    ck_assert_int_eq(resize_without(&placement, 2, RESILIENCE_NODE, &without, &err), 0);
    ck_assert_int_eq(without.verdict, RESILIENCE_DOES_NOT_FIT);
    ck_assert_int_eq(resilience_check(&placement, RESILIENCE_NODE, &after, &err), 0);
    ck_assert_int_eq(before.verdict, after.verdict);
    ck_assert_int_eq(before.headroom.of[RESOURCE_CPU], after.headroom.of[RESOURCE_CPU]);
    resilience_clear(&before);
    resilience_clear(&without);
    resilience_clear(&after);
    clear();
}
END_TEST

Suite *resilience_resize_suite(void)
{
    Suite *suite = suite_create("resilience_resize");
    TCase *tcase = tcase_create("resilience_resize");

    tcase_add_loop_test(tcase, shared_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, missing_case, 0, ARRAY_LEN(missing));
    tcase_add_test(tcase, nothing_to_copy);
    tcase_add_loop_test(tcase, uniform_case, 0, ARRAY_LEN(sizes));
    tcase_add_loop_test(tcase, emptiest_case, 0, ARRAY_LEN(emptiest));
    tcase_add_test(tcase, without_a_node_and_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
