#include "queue/policy_history.h"

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

enum { WINDOW_MS = 600000, STEPS = 3000 };

static int64_t draw(unsigned *seed, int64_t most)
{
    *seed = *seed * 1103515245U + 12345U;
    return (int64_t)(*seed >> 8) % (most + 1);
}

/* The highest of the window, by looking at all that was added. */
static int64_t highest_of(const struct policy_wish *all, size_t n, int64_t now_ms, int64_t window_ms)
{
    int64_t highest = 0;

    for (size_t i = 0; i < n; i++)
        if (now_ms - all[i].at_ms < window_ms && all[i].replicas > highest)
            highest = all[i].replicas;
    return highest;
}

/* With few different values it is exact. */
START_TEST(as_looking_at_all)
{
    static struct policy_wish all[STEPS];
    struct policy_history history = {0};
    unsigned seed = 1;
    int64_t now_ms = 0;

    for (size_t i = 0; i < STEPS; i++) {
        now_ms += draw(&seed, 20000);
        all[i] = (struct policy_wish){.at_ms = now_ms, .replicas = draw(&seed, 15)};
        policy_history_add(&history, now_ms, all[i].replicas, WINDOW_MS);
        ck_assert_int_eq(policy_history_highest(&history).replicas, highest_of(all, i + 1, now_ms, WINDOW_MS));
    }
}
END_TEST

/* A thousand values that fall one by one do not fit: never too low, and too high for no longer than a 60th of the window. */
START_TEST(a_long_fall_is_bounded)
{
    static struct policy_wish all[STEPS];
    static const int64_t steps_ms[] = {100, 1000, 7000};

    for (size_t s = 0; s < ARRAY_LEN(steps_ms); s++) {
        struct policy_history history = {0};

        for (size_t i = 0; i < STEPS; i++) {
            int64_t now_ms = (int64_t)i * steps_ms[s], highest;

            all[i] = (struct policy_wish){.at_ms = now_ms, .replicas = STEPS - (int64_t)i};
            policy_history_add(&history, now_ms, all[i].replicas, WINDOW_MS);
            highest = policy_history_highest(&history).replicas;
            ck_assert_int_ge(highest, highest_of(all, i + 1, now_ms, WINDOW_MS));
            ck_assert_int_le(highest, highest_of(all, i + 1, now_ms, WINDOW_MS + WINDOW_MS / 60));
            ck_assert_uint_le(history.len, POLICY_HISTORY_MAX);
        }
    }
}
END_TEST

START_TEST(time_that_goes_back_stands_still)
{
    struct policy_history history = {0};

    policy_history_add(&history, 5000, 9, WINDOW_MS);
    policy_history_add(&history, 1000, 3, WINDOW_MS);
    ck_assert_int_eq(policy_history_highest(&history).replicas, 9);
    ck_assert_int_eq(history.items[history.len - 1].at_ms, 5000);
}
END_TEST

START_TEST(empty)
{
    struct policy_history history = {0};

    ck_assert_int_eq(policy_history_highest(&history).replicas, 0);
}
END_TEST

Suite *policy_history_suite(void)
{
    Suite *suite = suite_create("policy_history");
    TCase *tcase = tcase_create("policy_history");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, as_looking_at_all);
    tcase_add_test(tcase, a_long_fall_is_bounded);
    tcase_add_test(tcase, time_that_goes_back_stands_still);
    tcase_add_test(tcase, empty);
    suite_add_tcase(suite, tcase);
    return suite;
}
