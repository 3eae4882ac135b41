#include "queue/hpa_rules.h"

#include <stdlib.h>

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

enum { STEPS_MAX = 12 };

/* At second at_s the metric's total is demand; afterwards there are `set` replicas. A step with set 0 ends the list. */
struct step {
    int64_t at_s, demand, set;
};

struct story {
    const char *why;
    struct hpa_rules up, down;
    int64_t min, max, start;
    struct step steps[STEPS_MAX];
};

#define UP_DEFAULT                                                                                 \
    {                                                                                              \
        0, HPA_SELECT_MAX, {{HPA_POLICY_PODS, 4, 15000}, {HPA_POLICY_PERCENT, 100, 15000}}, 2, 0.1 \
    }
#define DOWN_DEFAULT                                                       \
    {                                                                      \
        300000, HPA_SELECT_MAX, {{HPA_POLICY_PERCENT, 100, 15000}}, 1, 0.1 \
    }
#define DOWN_AT_ONCE                                                  \
    {                                                                 \
        0, HPA_SELECT_MAX, {{HPA_POLICY_PERCENT, 100, 15000}}, 1, 0.1 \
    }

static const struct story stories[] = {
    {"defaults: 4 or 100 percent in 15 s, the larger",
     UP_DEFAULT,
     DOWN_DEFAULT,
     1,
     100,
     1,
     {{0, 100, 5}, {15, 100, 10}, {30, 100, 20}, {45, 100, 40}, {60, 100, 80}, {75, 100, 100}}},
    {"a sync within the period gets what is left of it",
     UP_DEFAULT,
     DOWN_DEFAULT,
     1,
     100,
     6,
     {{0, 8, 8}, {5, 50, 12}, {10, 50, 12}, {14, 50, 12}, {15, 50, 16}, {20, 50, 24}}},
    {"defaults: down only when the highest recommendation of 300 s allows it",
     UP_DEFAULT,
     DOWN_DEFAULT,
     6,
     15,
     6,
     {{0, 12, 12}, {15, 15, 15}, {30, 6, 15}, {299, 6, 15}, {314, 6, 15}, {315, 6, 6}}},
    {"a second wave keeps what is there",
     UP_DEFAULT,
     DOWN_DEFAULT,
     6,
     15,
     15,
     {{0, 15, 15}, {15, 3, 15}, {200, 15, 15}, {320, 3, 15}, {499, 3, 15}, {501, 3, 6}}},
    {"down to the highest recommendation of the window, not to the last",
     UP_DEFAULT,
     DOWN_DEFAULT,
     1,
     20,
     20,
     {{0, 20, 20}, {100, 9, 20}, {200, 5, 20}, {301, 5, 9}, {399, 5, 9}, {401, 5, 5}}},
    {"scaleUp.stabilizationWindowSeconds 60: the lowest recommendation of the window",
     {60000, HPA_SELECT_MAX, {{HPA_POLICY_PERCENT, 900, 15000}}, 1, 0.1},
     DOWN_AT_ONCE,
     1,
     50,
     2,
     {{0, 20, 2}, {30, 10, 2}, {60, 30, 10}, {89, 30, 10}, {90, 30, 30}}},
    {"documentation: at most 4 pods and at most 10 percent a minute down, the larger change wins",
     UP_DEFAULT,
     {0, HPA_SELECT_MAX, {{HPA_POLICY_PODS, 4, 60000}, {HPA_POLICY_PERCENT, 10, 60000}}, 2, 0.1},
     1,
     100,
     80,
     {{0, 10, 72}, {60, 10, 64}, {120, 10, 57}, {180, 10, 51}, {240, 10, 45}, {300, 10, 40}, {360, 10, 36}, {420, 10, 32}}},
    {"selectPolicy Min: the smaller change wins",
     {0, HPA_SELECT_MIN, {{HPA_POLICY_PODS, 4, 15000}, {HPA_POLICY_PERCENT, 100, 15000}}, 2, 0.1},
     {0, HPA_SELECT_MIN, {{HPA_POLICY_PODS, 1, 15000}, {HPA_POLICY_PERCENT, 50, 15000}}, 2, 0.1},
     1,
     100,
     2,
     {{0, 100, 4}, {15, 100, 8}, {30, 100, 12}, {45, 1, 11}, {60, 1, 10}}},
    {"selectPolicy Disabled: no way down",
     UP_DEFAULT,
     {0, HPA_SELECT_DISABLED, {{HPA_POLICY_PERCENT, 100, 15000}}, 1, 0.1},
     1,
     20,
     5,
     {{0, 9, 9}, {15, 1, 9}, {9999, 1, 9}, {10014, 18, 18}}},
    {"selectPolicy Disabled: no way up",
     {0, HPA_SELECT_DISABLED, {{HPA_POLICY_PERCENT, 100, 15000}}, 1, 0.1},
     DOWN_AT_ONCE,
     1,
     20,
     5,
     {{0, 20, 5}, {15, 2, 2}, {30, 20, 2}}},
    {"a small percentage is rounded up: it always scales by one",
     {0, HPA_SELECT_MAX, {{HPA_POLICY_PERCENT, 10, 15000}}, 1, 0.1},
     DOWN_AT_ONCE,
     1,
     20,
     2,
     {{0, 20, 3}, {15, 20, 4}, {30, 20, 5}}},
    {"one pod a minute down",
     UP_DEFAULT,
     {0, HPA_SELECT_MAX, {{HPA_POLICY_PODS, 1, 60000}}, 1, 0.1},
     6,
     15,
     9,
     {{0, 6, 8}, {15, 6, 8}, {59, 6, 8}, {60, 6, 7}, {120, 6, 6}, {180, 0, 6}}},
    {"what went up in the period does not count as down: limits start from the period's first replicas",
     UP_DEFAULT,
     {0, HPA_SELECT_MAX, {{HPA_POLICY_PODS, 2, 60000}}, 1, 0.1},
     1,
     20,
     5,
     {{0, 9, 9}, {15, 3, 3}, {16, 1, 3}, {30, 1, 3}, {60, 1, 3}, {75, 1, 1}}},
    {"a steady metric within tolerance moves nothing",
     UP_DEFAULT,
     DOWN_AT_ONCE,
     6,
     15,
     10,
     {{0, 11, 10}, {15, 9, 10}, {30, 10, 10}, {45, 12, 12}}},
};

START_TEST(story_case)
{
    const struct story *story = &stories[_i];
    struct hpa_spec spec = {.min = story->min, .max = story->max, .target_milli = 1000, .up = story->up, .down = story->down};
    int64_t replicas = story->start;
    struct hpa hpa;

    hpa_init(&hpa, &spec);
    for (const struct step *step = story->steps; step < story->steps + STEPS_MAX && step->set != 0; step++) {
        replicas = hpa_sync(&hpa, 5000000 + step->at_s * 1000, replicas, step->demand * 1000);
        ck_assert_msg(replicas == step->set, "%s: %jd replicas at %jd s, not %jd", story->why, (intmax_t)replicas, (intmax_t)step->at_s,
                      (intmax_t)step->set);
    }
}
END_TEST

/* --- the memory against a naive one that keeps everything --- */

struct naive {
    struct hpa_recommendation all[2000];
    size_t n;
};

static int64_t naive_stabilize(struct naive *naive, const struct hpa_spec *spec, int64_t now_ms, int64_t current, int64_t proposed)
{
    int64_t lowest = proposed, highest = proposed;

    for (size_t i = 0; i < naive->n; i++) {
        int64_t replicas = naive->all[i].replicas;

        if (naive->all[i].at_ms > now_ms - spec->up.stabilization_ms && replicas < lowest)
            lowest = replicas;
        if (naive->all[i].at_ms > now_ms - spec->down.stabilization_ms && replicas > highest)
            highest = replicas;
    }
    naive->all[naive->n++] = (struct hpa_recommendation){now_ms, proposed};
    if (current < lowest)
        current = lowest;
    return current > highest ? highest : current;
}

START_TEST(nothing_that_counts_is_forgotten)
{
    static struct naive naive;
    struct hpa_spec spec = hpa_spec_default(1, 20, 1000);
    unsigned state = (unsigned)_i * 31 + 7;
    int64_t now_ms = 0, current = 10;
    struct hpa hpa;

    naive.n = 0;
    spec.up.stabilization_ms = _i % 3 * INT64_C(60000);
    hpa_init(&hpa, &spec);
    for (size_t i = 0; i < ARRAY_LEN(naive.all); i++) {
        int64_t proposed, expected;

        state = state * 1103515245U + 12345U;
        now_ms += state >> 16 & 0x3fff;
        proposed = 1 + (state >> 20) % 4 * 5;
        expected = naive_stabilize(&naive, &spec, now_ms, current, proposed);
        ck_assert_int_eq(hpa_stabilize(&hpa, now_ms, current, proposed), expected);
        current = expected;
    }
}
END_TEST

/* A sync every 100 ms with a window of an hour: more than fits. The newest count. */
START_TEST(a_full_history_loses_its_oldest)
{
    struct hpa_spec spec = hpa_spec_default(1, 1000, 1000);
    struct hpa hpa;

    spec.down.stabilization_ms = 3600000;
    hpa_init(&hpa, &spec);
    for (int64_t i = 0; i < 2000; i++)
        (void)hpa_stabilize(&hpa, i * 100, 500, i % 2 == 0 ? 1 : 2);
    ck_assert_uint_eq(hpa.n_recommendations, HPA_HISTORY_MAX);
    ck_assert_int_eq(hpa.recommendations[HPA_HISTORY_MAX - 1].at_ms, 199900);
    for (int64_t i = 0; i < 2000; i++)
        hpa_remember_change(&hpa, i, 1, 2);
    ck_assert_uint_eq(hpa.n_ups, HPA_HISTORY_MAX);
}
END_TEST

Suite *hpa_rules_suite(void)
{
    Suite *suite = suite_create("hpa_rules");
    TCase *tcase = tcase_create("hpa_rules");

    tcase_add_loop_test(tcase, story_case, 0, ARRAY_LEN(stories));
    tcase_add_loop_test(tcase, nothing_that_counts_is_forgotten, 0, 6);
    tcase_add_test(tcase, a_full_history_loses_its_oldest);
    suite_add_tcase(suite, tcase);
    return suite;
}
