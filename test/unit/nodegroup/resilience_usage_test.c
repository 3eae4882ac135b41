#include "nodegroup/resilience_usage.h"

#include <check.h>
#include <math.h>

#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

enum { NODES_MAX = 16 };

static double at(const json_t *array, size_t i)
{
    return json_number_value(json_array_get(array, i));
}

static void check_row(const json_t *row)
{
    const json_t *capacity = json_object_get(row, "capacity"), *zones = json_object_get(row, "zones");
    const json_t *expect = json_object_get(row, "expect"), *worst = json_object_get(expect, "worst");
    const char *id = json_string_value(json_object_get(row, "id"));
    struct usage_node nodes[NODES_MAX];
    struct usage_after after;
    size_t n = json_array_size(capacity), lost = (size_t)at(json_object_get(worst, "lost"), 0);

    ck_assert_uint_le(n, NODES_MAX);
    for (size_t i = 0; i < n; i++)
        nodes[i] = (struct usage_node){
            .capacity = at(capacity, i),
            .used = at(json_object_get(row, "used"), i),
            .daemons_used = at(json_object_get(row, "daemonset_used"), i),
            .zone = json_is_array(zones) ? (uint32_t)at(zones, i) : (uint32_t)i,
        };
    after = usage_after_loss(nodes, n, json_number_value(json_object_get(row, "target")));
    ck_assert_msg(fabs(after.ratio - json_number_value(json_object_get(expect, "weighted_ratio"))) < 1e-4, "%s", id);
    ck_assert_msg(fabs(after.after - json_number_value(json_object_get(worst, "usage_after"))) < 1e-4, "%s", id);
    ck_assert_msg(fabs(after.headroom - json_number_value(json_object_get(worst, "headroom"))) < 1e-4, "%s", id);
    ck_assert_msg(after.holds == json_is_true(json_object_get(expect, "ok")), "%s", id);
    ck_assert_msg(after.zone == nodes[lost].zone, "%s", id);
}

START_TEST(shared_cases)
{
    json_t *all = fixture_json("capacity/usage_cases.json"), *row;
    size_t i;

    json_array_foreach (all, i, row)
        check_row(row);
    ck_assert_uint_ge(i, 3);
    json_decref(all);
}
END_TEST

START_TEST(daemons_die_with_their_node)
{
    const struct usage_node nodes[] = {{10, 5, 1, 0}, {10, 5, 1, 1}};
    struct usage_after after = usage_after_loss(nodes, 2, 0.95);

    ck_assert_double_eq_tol(after.after, 0.9, 1e-9);
    ck_assert(after.holds);
}
END_TEST

START_TEST(nothing_is_left)
{
    const struct usage_node used[] = {{10, 5, 0, 0}}, idle[] = {{10, 0, 0, 0}};

    ck_assert(isinf(usage_after_loss(used, 1, 0.95).after));
    ck_assert(!usage_after_loss(used, 1, 0.95).holds);
    ck_assert(usage_after_loss(idle, 1, 0.95).holds);
}
END_TEST

Suite *resilience_usage_suite(void)
{
    Suite *suite = suite_create("resilience_usage");
    TCase *tcase = tcase_create("resilience_usage");

    tcase_add_test(tcase, shared_cases);
    tcase_add_test(tcase, daemons_die_with_their_node);
    tcase_add_test(tcase, nothing_is_left);
    suite_add_tcase(suite, tcase);
    return suite;
}
