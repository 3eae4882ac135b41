/* What a node group carries and can lose, of whole clusters. */
#include "adapter/node_figures.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

static const char *const data_services[] = {"db"};

static struct node_pool pool;
static struct node_figures figures;

static void set_up(void)
{
    node_pool_init(&pool, CLUSTER_GROUP_LABEL);
    figures = (struct node_figures){0};
}

static void tear_down(void)
{
    node_pool_clear(&pool);
    node_figures_clear(&figures);
}

static void put(enum node_kind kind, json_t *object)
{
    struct error err = {0};

    ck_assert_ptr_nonnull(object);
    ck_assert_msg(node_pool_put(&pool, kind, object, &err) == 0, "%s", err.text);
    json_decref(object);
}

static void put_node(const char *name, const char *group, const char *zone, const char *cpu)
{
    put(KIND_NODES, json_pack("{s:{s:s, s:{s:s, s:s*}}, s:{}, s:{s:{s:s, s:s, s:s}, s:[{s:s, s:s}]}}", "metadata", "name", name, "labels",
                              CLUSTER_GROUP_LABEL, group, "topology.kubernetes.io/zone", zone, "spec", "status", "allocatable", "cpu", cpu,
                              "memory", "8Gi", "pods", "110", "conditions", "type", "Ready", "status", "True"));
}

static void put_pod(const char *name, const char *node, const char *cpu)
{
    put(KIND_PODS, json_pack("{s:{s:s, s:s}, s:{s:s, s:[{s:s, s:{s:{s:s, s:s}}}]}}", "metadata", "name", name, "namespace", "coder", "spec",
                             "nodeName", node, "containers", "name", "main", "resources", "requests", "cpu", cpu, "memory", "1Gi"));
}

static const struct group_figures *group(const char *name)
{
    for (size_t i = 0; i < figures.n_groups; i++)
        if (strcmp(figures.groups[i].name, name) == 0)
            return &figures.groups[i];
    ck_abort_msg("no group %s", name);
    return NULL;
}

static void make(enum resilience_mode mode)
{
    const struct node_figure_options options = {mode, data_services, ARRAY_LEN(data_services)};
    struct error err = {0};

    ck_assert_msg(node_figures_make(&pool, &options, &figures, &err) == 0, "%s", err.text);
}

START_TEST(sums_are_of_nodes_that_can_be_used)
{
    put_node("a", "workers", NULL, "4");
    put_node("b", "workers", NULL, "2");
    put_pod("p", "a", "3");
    put_pod("q", "b", "1");
    make(RESILIENCE_NODE);
    ck_assert_uint_eq(figures.n_groups, 1);
    ck_assert_int_eq(group("workers")->allocatable[RESOURCE_CPU], 6000);
    ck_assert_int_eq(group("workers")->requested[RESOURCE_CPU], 4000);
    ck_assert_int_eq(group("workers")->line[RESOURCE_CPU], 2000); /* without a */
    ck_assert_uint_eq(group("workers")->n_state[NODE_READY], 2);
    ck_assert_int_eq(group("workers")->checks[RESILIENCE_NODE].headroom[RESOURCE_CPU], -2000); /* 3 cores of a, 1 of b is free */
    ck_assert_int_eq(group("workers")->checks[RESILIENCE_NODE].verdict, RESILIENCE_DOES_NOT_FIT);
}
END_TEST

/* The storage of a data service moves with nobody: what its pods request says nothing of room. */
START_TEST(a_data_service_is_left_out_of_requests)
{
    put_node("a", "db", NULL, "4");
    put_node("b", "workers", NULL, "4");
    make(RESILIENCE_NODE);
    ck_assert(!group("db")->requests_count && group("workers")->requests_count);
    ck_assert_int_eq(group("db")->allocatable[RESOURCE_CPU], 4000);
    for (enum resilience_mode mode = 0; mode < RESILIENCE_MODES; mode++)
        ck_assert(!group("db")->checks[mode].done);
}
END_TEST

static const struct {
    const char *zone; /* of the second node; the first is in zone x */
    enum resilience_mode asked;
    bool done[RESILIENCE_MODES];
} modes[] = {
    {"x", RESILIENCE_NODE, {[RESILIENCE_NODE] = true}},
    {"x", RESILIENCE_ZONE, {[RESILIENCE_NODE] = true, [RESILIENCE_ZONE] = true}},
    {"x", RESILIENCE_DRAIN, {[RESILIENCE_NODE] = true, [RESILIENCE_DRAIN] = true}},
    {"y", RESILIENCE_NODE, {[RESILIENCE_NODE] = true, [RESILIENCE_ZONE] = true}},
    {"y", RESILIENCE_DRAIN, {true, true, true}},
};

START_TEST(modes_that_are_asked_or_can_be_told_apart)
{
    put_node("a", "workers", "x", "4");
    put_node("b", "workers", modes[_i].zone, "4");
    put_node("c", "workers", "x", "4");
    put_pod("p", "a", "1");
    make(modes[_i].asked);
    for (enum resilience_mode mode = 0; mode < RESILIENCE_MODES; mode++) {
        ck_assert_msg(group("workers")->checks[mode].done == modes[_i].done[mode], "%s", resilience_mode_name(mode));
        if (modes[_i].done[mode] && (mode != RESILIENCE_ZONE || strcmp(modes[_i].zone, "y") == 0))
            ck_assert_msg(group("workers")->checks[mode].verdict == RESILIENCE_FITS, "%s", resilience_mode_name(mode));
    }
}
END_TEST

START_TEST(what_was_there_before_is_replaced)
{
    put_node("a", "workers", NULL, "4");
    make(RESILIENCE_NODE);
    put_node("b", "others", NULL, "4");
    make(RESILIENCE_NODE);
    ck_assert_uint_eq(figures.n_groups, 2);
}
END_TEST

Suite *node_figures_suite(void)
{
    Suite *suite = suite_create("node_figures");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, sums_are_of_nodes_that_can_be_used);
    tcase_add_test(tcase, a_data_service_is_left_out_of_requests);
    tcase_add_loop_test(tcase, modes_that_are_asked_or_can_be_told_apart, 0, ARRAY_LEN(modes));
    tcase_add_test(tcase, what_was_there_before_is_replaced);
    suite_add_tcase(suite, tcase);
    return suite;
}
