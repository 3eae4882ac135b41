#include "queue/hpa.h"

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

/* --- the metric's proposal --- */

/* Targets and totals in thousandths. Rows with T=10 and 2 replicas were recorded on a real controller. */
static const struct {
    int64_t target, current, total, proposed;
} proposals[] = {
    {10000, 2, 20000, 2},
    {10000, 2, 22000, 2}, /* exactly a tenth more: within tolerance */
    {10000, 2, 22001, 3},
    {10000, 2, 18000, 2}, /* exactly a tenth less */
    {10000, 2, 17999, 2}, /* beyond it, but rounded up again */
    {10000, 2, 10000, 1},
    {10000, 2, 10001, 2},
    {10000, 2, 0, 0},
    {10000, 2, 200000, 20},
    /* the documentation's: 200m against 100m doubles, 50m halves */
    {100, 4, 800, 8},
    {100, 4, 200, 2},
    {100, 1, 200, 2},
    /* provisioners: target 1, total is the demand */
    {1000, 6, 6000, 6},
    {1000, 6, 7000, 7},
    {1000, 6, 20000, 20},
    {1000, 10, 11000, 10}, /* 1.1 is within tolerance */
    {1000, 10, 12000, 12},
    {1000, 14, 15000, 14}, /* 15/14 is, too: the reason for serving more than is wanted */
    {1000, 14, 16000, 16},
    {1000, 10, 9000, 10},
    {1000, 11, 10000, 11},
    {1000, 15, 13000, 13},
    {1000, 0, 5000, 5},
    {1, 1, INT64_MAX, INT32_MAX},
};

START_TEST(proposal_case)
{
    struct hpa_spec spec = hpa_spec_default(1, 100, proposals[_i].target);

    ck_assert_int_eq(hpa_propose(&spec, proposals[_i].current, proposals[_i].total), proposals[_i].proposed);
}
END_TEST

/* Each direction has its own tolerance. */
static const struct {
    double up, down;
    int64_t current, total, proposed;
} tolerances[] = {
    {0, 0, 14, 15000, 15},     {0, 0, 14, 14000, 14},     {0, 0, 14, 13000, 13},    {0, 0.1, 14, 13000, 14}, {0, 0.1, 14, 14001, 15},
    {0.5, 0.1, 10, 15000, 10}, {0.5, 0.1, 10, 15001, 16}, {0.1, 0.5, 10, 5000, 10}, {0.1, 0.5, 10, 4999, 5},
};

START_TEST(tolerance_case)
{
    struct hpa_spec spec = hpa_spec_default(1, 100, 1000);

    spec.up.tolerance = tolerances[_i].up;
    spec.down.tolerance = tolerances[_i].down;
    ck_assert_int_eq(hpa_propose(&spec, tolerances[_i].current, tolerances[_i].total), tolerances[_i].proposed);
}
END_TEST

/* --- one sync of a fresh HPA, 6..15 --- */

static const struct {
    int64_t current, total, set;
} syncs[] = {
    {6, 6000, 6},   {6, 20000, 12},                   /* at most doubled, or 4 more */
    {6, 8000, 8},   {10, 99000, 15},                  /* never above max */
    {8, 20000, 15}, {15, 0, 15},                      /* down only after the stabilization window: the first recommendation was 15 */
    {3, 20000, 6},                                    /* below min: to min, whatever the metric */
    {3, 0, 6},      {20, 0, 15},     {20, 99000, 15}, /* above max: to max */
    {0, 20000, 0},                                    /* scaled to zero by hand: disabled */
    {6, 0, 6},
};

START_TEST(sync_case)
{
    struct hpa_spec spec = hpa_spec_default(6, 15, 1000);
    struct hpa hpa;

    hpa_init(&hpa, &spec);
    ck_assert_int_eq(hpa_sync(&hpa, 1000000, syncs[_i].current, syncs[_i].total), syncs[_i].set);
}
END_TEST

START_TEST(defaults_are_those_of_autoscaling_v2)
{
    struct hpa_spec spec = hpa_spec_default(6, 15, 1000);

    ck_assert_int_eq(spec.up.stabilization_ms, 0);
    ck_assert_int_eq(spec.down.stabilization_ms, 300000);
    ck_assert_uint_eq(spec.up.n_policies, 2);
    ck_assert_uint_eq(spec.down.n_policies, 1);
    ck_assert_int_eq(spec.up.select, HPA_SELECT_MAX);
    ck_assert_int_eq(spec.down.select, HPA_SELECT_MAX);
    ck_assert_double_eq(spec.up.tolerance, 0.1);
    ck_assert_double_eq(spec.down.tolerance, 0.1);
}
END_TEST

Suite *hpa_suite(void)
{
    Suite *suite = suite_create("hpa");
    TCase *tcase = tcase_create("hpa");

    tcase_add_loop_test(tcase, proposal_case, 0, ARRAY_LEN(proposals));
    tcase_add_loop_test(tcase, tolerance_case, 0, ARRAY_LEN(tolerances));
    tcase_add_loop_test(tcase, sync_case, 0, ARRAY_LEN(syncs));
    tcase_add_test(tcase, defaults_are_those_of_autoscaling_v2);
    suite_add_tcase(suite, tcase);
    return suite;
}
