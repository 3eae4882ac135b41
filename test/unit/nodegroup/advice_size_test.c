#include "nodegroup/advice_size.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

static double number(const json_t *row, const char *key)
{
    return json_number_value(json_object_get(row, key));
}

static void near(double got, const json_t *row, const char *key)
{
    ck_assert_msg(fabs(got - number(row, key)) < 1.01e-4, "%s: %g, expected %g", key, got, number(row, key));
}

START_TEST(limits_by_count)
{
    json_t *all = fixture_json("capacity/limits.json"), *row;
    struct size_lines lines = size_lines_usual();
    size_t i;

    json_array_foreach (json_object_get(all, "limits_by_node_count"), i, row) {
        struct size_limits limits = size_limits_of((size_t)number(row, "nodes"), &lines);

        near(limits.resilient, row, "node_resilient_max");
        near(limits.keep_cpu, row, "keep_cpu_under_95");
        near(limits.keep_memory, row, "keep_mem_under_85");
        near(limits.keep_p2, row, "keep_under_75");
        ck_assert(limits.p2_is_early_enough == json_is_true(json_object_get(row, "p2_75_is_early_enough")));
    }
    ck_assert_uint_gt(i, 5);
    json_array_foreach (json_object_get(all, "limits_by_zone_count"), i, row) {
        struct size_limits limits = size_limits_of((size_t)number(row, "zones"), &lines);

        near(limits.resilient, row, "zone_resilient_max");
        near(limits.keep_cpu, row, "keep_cpu_under_95");
        near(limits.keep_memory, row, "keep_mem_under_85");
    }
    ck_assert(size_limits_of(0, &lines).resilient <= 0);
    json_decref(all);
}
END_TEST

START_TEST(sizing)
{
    json_t *all = fixture_json("capacity/sizing.json"), *row;
    size_t i;

    json_array_foreach (all, i, row) {
        struct size_wish wish = {.requests = number(row, "requests"),
                                 .daemons_per_node = number(row, "daemonset_per_node"),
                                 .node_size = number(row, "node_size"),
                                 .target = number(row, "target"),
                                 .zones = (size_t)number(row, "zones")};

        ck_assert_uint_eq(size_nodes_needed(&wish), (size_t)number(row, "expect_nodes")); /* null is 0: no number is enough */
    }
    ck_assert_uint_gt(i, 3);
    json_decref(all);
}
END_TEST

static const struct {
    struct size_wish wish;
    size_t expected;
} wishes[] = {
    {{.requests = 0, .node_size = 4000, .target = 1}, 1},
    {{.requests = 12000, .node_size = 4000, .target = 1}, 4},
    {{.requests = 12000, .node_size = 4000, .target = 1, .zones = 2}, 6},
    {{.requests = 0.3 * 3, .node_size = 0.3, .target = 1}, 4}, /* 0.8999999999999999 / 0.3 */
    {{.requests = (double)NAN, .node_size = 4000, .target = 1}, 0},
    {{.requests = 1, .node_size = (double)NAN, .target = 1}, 0},
    {{.requests = 1e300, .node_size = 1, .target = 1}, 0},
};

START_TEST(sizing_case)
{
    ck_assert_uint_eq(size_nodes_needed(&wishes[_i].wish), wishes[_i].expected);
}
END_TEST

START_TEST(changes)
{
    json_t *all = fixture_json("capacity/change_warnings.json"), *row;
    size_t i;

    json_array_foreach (all, i, row) {
        struct size_warning warning = size_warning_of((size_t)number(row, "before"), (size_t)number(row, "after"));
        const char *expected = json_string_value(json_object_get(row, "expect"));

        ck_assert_int_eq(warning.change == SIZE_CHANGE_DOUBLES, expected && strcmp(expected, "double") == 0);
        ck_assert_int_eq(warning.change == SIZE_CHANGE_HALVES, expected && strcmp(expected, "halve") == 0);
        ck_assert_int_eq(warning.below_three, json_is_true(json_object_get(row, "expect_below_three")));
        ck_assert_int_eq(warning.consider_consolidation, json_is_true(json_object_get(row, "expect_consider_consolidation")));
    }
    ck_assert_uint_gt(i, 3);
    json_decref(all);
}
END_TEST

Suite *advice_size_suite(void)
{
    Suite *suite = suite_create("advice_size");
    TCase *tcase = tcase_create("advice_size");

    tcase_add_test(tcase, limits_by_count);
    tcase_add_test(tcase, sizing);
    tcase_add_loop_test(tcase, sizing_case, 0, ARRAY_LEN(wishes));
    tcase_add_test(tcase, changes);
    suite_add_tcase(suite, tcase);
    return suite;
}
