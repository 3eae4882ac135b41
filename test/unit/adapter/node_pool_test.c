#include "adapter/node_pool.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/node_figures.h"
#include "test/unit/run.h"
#include "test/unit/adapter/suites.h"

enum { STEPS_MAX = 10 };

static struct node_pool pool;

static void set_up(void)
{
    node_pool_init(&pool, CLUSTER_GROUP_LABEL);
}

static void tear_down(void)
{
    node_pool_clear(&pool);
}

static json_t *make_node(const char *name, const char *group, bool cordoned)
{
    json_t *node = json_pack("{s:{s:s, s:{s:s}}, s:{s:b}, s:{s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}}", "metadata", "name", name, "labels",
                             CLUSTER_GROUP_LABEL, group, "spec", "unschedulable", cordoned, "status", "allocatable", "cpu", "4", "memory",
                             "8Gi", "pods", "110", "conditions", "type", "Ready", "status", "True", "lastHeartbeatTime",
                             "2026-09-14T08:00:00Z");

    ck_assert_ptr_nonnull(node);
    return node;
}

static json_t *make_pod(const char *name, const char *node, const char *cpu)
{
    json_t *pod = json_pack("{s:{s:s, s:s}, s:{s:[{s:s, s:{s:{s:s, s:s}}}]}}", "metadata", "name", name, "namespace", "coder", "spec",
                            "containers", "name", "main", "resources", "requests", "cpu", cpu, "memory", "1Gi");

    ck_assert_ptr_nonnull(pod);
    if (node)
        ck_assert_int_eq(json_object_set_new(json_object_get(pod, "spec"), "nodeName", json_string(node)), 0);
    return pod;
}

static void put(enum node_kind kind, json_t *object)
{
    struct error err = {0};

    ck_assert_msg(node_pool_put(&pool, kind, object, &err) == 0, "%s", err.text);
    json_decref(object);
}

static void take_away(enum node_kind kind, json_t *object)
{
    node_pool_remove(&pool, kind, object);
    json_decref(object);
}

static void list_two_nodes(void)
{
    node_pool_begin(&pool, KIND_NODES);
    put(KIND_NODES, make_node("a", "workers", false));
    put(KIND_NODES, make_node("b", "workers", false));
    node_pool_end(&pool, KIND_NODES);
    node_pool_begin(&pool, KIND_PODS);
    node_pool_end(&pool, KIND_PODS);
}

/* The cpu that pods on usable nodes request, in milli-cores. */
static int64_t requested(void)
{
    static const struct node_figure_options options = {.mode = RESILIENCE_NODE};
    struct node_figures figures = {0};
    struct error err = {0};
    int64_t sum = 0;

    ck_assert_msg(node_figures_make(&pool, &options, &figures, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < figures.n_groups; i++)
        sum += figures.groups[i].requested[RESOURCE_CPU];
    node_figures_clear(&figures);
    return sum;
}

enum step_do { PUT, REMOVE, RELIST, END };

static const struct step {
    enum step_do what;
    const char *pod, *node, *cpu;
    bool changes; /* something that the figures depend on */
    size_t pods;
    int64_t cpu_milli;
} steps[][STEPS_MAX] = {
    /* comes, grows, moves, goes */
    {{PUT, "p", "a", "1", true, 1, 1000},
     {PUT, "p", "a", "1", false, 1, 1000},
     {PUT, "p", "a", "2", true, 1, 2000},
     {PUT, "p", "b", "2", true, 1, 2000},
     {REMOVE, "p", "b", "2", true, 0, 0},
     {REMOVE, "p", "b", "2", false, 0, 0},
     {PUT, "p", "a", "500m", true, 1, 500},
     {.what = END}},
    /* waits for a node first */
    {{PUT, "p", NULL, "1", false, 0, 0}, {PUT, "p", NULL, "1", false, 0, 0}, {PUT, "p", "a", "1", true, 1, 1000}, {.what = END}},
    /* on a node that is not there: known, and in no group's sum */
    {{PUT, "p", "elsewhere", "1", true, 1, 0},
     {PUT, "q", "a", "1", true, 2, 1000},
     {REMOVE, "p", "elsewhere", "1", true, 1, 1000},
     {.what = END}},
    /* the last one takes the place of the one that goes, and is found there */
    {{PUT, "p", "a", "1", true, 1, 1000},
     {PUT, "q", "a", "2", true, 2, 3000},
     {PUT, "r", "b", "3", true, 3, 6000},
     {REMOVE, "p", "a", "1", true, 2, 5000},
     {REMOVE, "r", "b", "3", true, 1, 2000},
     {PUT, "q", "b", "1", true, 1, 1000},
     {.what = END}},
    /* a list that names only q */
    {{PUT, "p", "a", "1", true, 1, 1000},
     {PUT, "q", "a", "2", true, 2, 3000},
     {RELIST, "q", "a", "2", true, 1, 2000},
     {RELIST, "q", "a", "2", false, 1, 2000},
     {.what = END}},
};

static void do_step(const struct step *step)
{
    if (step->what == REMOVE) {
        take_away(KIND_PODS, make_pod(step->pod, step->node, step->cpu));
        return;
    }
    if (step->what == RELIST)
        node_pool_begin(&pool, KIND_PODS);
    put(KIND_PODS, make_pod(step->pod, step->node, step->cpu));
    if (step->what == RELIST)
        node_pool_end(&pool, KIND_PODS);
}

START_TEST(pods_are_as_the_events_say)
{
    list_two_nodes();
    for (size_t i = 0; steps[_i][i].what != END; i++) {
        const struct step *step = &steps[_i][i];

        pool.changed = false;
        do_step(step);
        ck_assert_msg(pool.changed == step->changes, "row %d step %zu", _i, i);
        ck_assert_msg(pool.cluster.pods.len == step->pods, "row %d step %zu: %zu pods", _i, i, pool.cluster.pods.len);
        ck_assert_msg(requested() == step->cpu_milli, "row %d step %zu: %lld", _i, i, (long long)requested());
    }
}
END_TEST

START_TEST(a_finished_pod_holds_no_room)
{
    json_t *pod = make_pod("p", "a", "1");

    list_two_nodes();
    put(KIND_PODS, make_pod("p", "a", "1"));
    ck_assert_int_eq(json_object_set_new(pod, "status", json_pack("{s:s}", "phase", "Succeeded")), 0);
    put(KIND_PODS, pod);
    ck_assert_uint_eq(pool.cluster.pods.len, 0);
}
END_TEST

START_TEST(a_heartbeat_costs_no_memory_and_changes_nothing)
{
    size_t before;
    json_t *node = make_node("a", "workers", false);
    json_t *condition = json_array_get(json_object_get(json_object_get(node, "status"), "conditions"), 0);

    list_two_nodes();
    before = pool.cluster.arena.used;
    pool.changed = pool.nodes_changed = false;
    ck_assert_int_eq(json_object_set_new(condition, "lastHeartbeatTime", json_string("2026-09-14T09:00:00Z")), 0);
    put(KIND_NODES, json_incref(node));
    ck_assert(!pool.changed && !pool.nodes_changed);
    ck_assert_uint_eq(pool.cluster.arena.used, before);
    json_decref(node);
}
END_TEST

START_TEST(a_node_is_cordoned_and_goes)
{
    list_two_nodes();
    pool.changed = pool.nodes_changed = false;
    put(KIND_NODES, make_node("a", "workers", true));
    ck_assert(pool.changed && pool.nodes_changed);
    ck_assert_uint_eq(pool.cluster.n_nodes, 2);
    put(KIND_PODS, make_pod("p", "a", "1"));
    ck_assert_int_eq(requested(), 0); /* on no usable node */
    take_away(KIND_NODES, make_node("a", "workers", true));
    ck_assert_uint_eq(pool.cluster.n_nodes, 1);
    ck_assert_str_eq(pool.cluster.nodes[0].name, "b");
    node_pool_begin(&pool, KIND_NODES);
    node_pool_end(&pool, KIND_NODES);
    ck_assert_uint_eq(pool.cluster.n_nodes, 0);
}
END_TEST

START_TEST(garbage_is_counted_and_the_rest_goes_on)
{
    list_two_nodes();
    put(KIND_PODS, make_pod("p", "a", "much"));
    put(KIND_PODS, json_pack("{s:s}", "metadata", "none"));
    put(KIND_NODES, json_array());
    put(KIND_PODS, make_pod("q", "a", "1"));
    ck_assert_uint_gt(pool.strange, 0);
    ck_assert_int_eq(requested(), 1000);
}
END_TEST

static const struct {
    const char *name, *node, *cpu;
    bool costs; /* room that is never given back */
} owned[] = {
    {"app-5d9f-x7zkq", "a", "1", true},  {"app-5d9f-x7zkq", "a", "1", false}, {"app-5d9f-bbbbb", "a", "1", false},
    {"app-5d9f-x7zkq", "b", "1", false}, {"app-5d9f-ccccc", "b", "2", true},  {"app-5d9f-ddddd", "a", "2", false},
    {"web-0", "a", "1", true},           {"web-11", "b", "1", false},         {"lonely", "a", "1", true},
    {"single", "a", "1", false}, /* short names without an owner share theirs */
};

START_TEST(pods_of_one_owner_share_what_they_have_in_common)
{
    list_two_nodes();
    put(KIND_PODS, make_pod("first", "b", "3"));
    for (size_t i = 0; i < ARRAY_LEN(owned); i++) {
        size_t before = pool.cluster.arena.used;

        put(KIND_PODS, make_pod(owned[i].name, owned[i].node, owned[i].cpu));
        ck_assert_msg((pool.cluster.arena.used > before) == owned[i].costs, "step %zu: %zu bytes", i, pool.cluster.arena.used - before);
    }
    ck_assert_uint_eq(pool.cluster.pods.len, 9);
}
END_TEST

/* What pods of many owners had in common is never given back when they go: then a fresh pool is due. */
START_TEST(a_pool_of_which_little_is_alive_says_so)
{
    list_two_nodes();
    for (int i = 0; i < 400000 && !node_pool_is_wasteful(&pool); i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "workspace-%040d", i);
        put(KIND_PODS, make_pod(name, "a", "1m"));
        take_away(KIND_PODS, make_pod(name, "a", "1m"));
    }
    ck_assert(node_pool_is_wasteful(&pool));
    ck_assert_uint_eq(pool.cluster.pods.len, 0);
}
END_TEST

Suite *node_pool_suite(void)
{
    Suite *suite = suite_create("node_pool");
    TCase *tests = tcase_create("node_pool"), *native = tcase_create("native");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, pods_are_as_the_events_say, 0, (int)ARRAY_LEN(steps));
    tcase_add_test(tests, a_finished_pod_holds_no_room);
    tcase_add_test(tests, a_heartbeat_costs_no_memory_and_changes_nothing);
    tcase_add_test(tests, a_node_is_cordoned_and_goes);
    tcase_add_test(tests, garbage_is_counted_and_the_rest_goes_on);
    tcase_add_test(tests, pods_of_one_owner_share_what_they_have_in_common);
    suite_add_tcase(suite, tests);
    tcase_set_timeout(native, 60);
    tcase_add_checked_fixture(native, set_up, tear_down);
    NATIVE_ONLY(native, "a hundred thousand pods");
    tcase_add_test(native, a_pool_of_which_little_is_alive_says_so);
    suite_add_tcase(suite, native);
    return suite;
}
