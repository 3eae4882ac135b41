#include "nodegroup/capacity_values.h"

#include <string.h>

#include "base/attributes.h"
#include "test/unit/nodegroup/suites.h"

enum { MANY = 5000 };

/* Equal values are one, whatever came between; others are not, even when one begins as another does. */
START_TEST(a_value_is_kept_once)
{
    CLEANUP(arena_clear) struct arena arena = {.limit = (size_t)1 << 20};
    CLEANUP(values_clear) struct values values = {.arena = &arena};
    const uint64_t *kept[MANY];

    for (uint64_t i = 0; i < MANY; i++) {
        const uint64_t value[] = {i, 7};

        kept[i] = values_keep(&values, value, (i % 2 ? 1 : 2) * sizeof(*value));
        ck_assert_ptr_nonnull(kept[i]);
        ck_assert_uint_eq(*kept[i], i);
    }
    ck_assert_uint_eq(values.n, MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        const uint64_t value[] = {i, 7};

        ck_assert_ptr_eq(values_keep(&values, value, (i % 2 ? 1 : 2) * sizeof(*value)), kept[i]);
        ck_assert_ptr_ne(values_keep(&values, value, (i % 2 ? 2 : 1) * sizeof(*value)), kept[i]);
    }
    ck_assert_uint_eq(values.n, 2UL * MANY);
}
END_TEST

START_TEST(a_full_arena_says_so)
{
    CLEANUP(arena_clear) struct arena arena = {.limit = 64};
    CLEANUP(values_clear) struct values values = {.arena = &arena};
    const char *kept = values_keep(&values, "one", 3);

    ck_assert_ptr_nonnull(kept);
    for (uint64_t i = 0; i < 4; i++)
        (void)values_keep(&values, &i, sizeof(i));
    ck_assert_ptr_null(values_keep(&values, "another", 7));
    ck_assert_ptr_eq(values_keep(&values, "one", 3), kept);
}
END_TEST

Suite *capacity_values_suite(void)
{
    Suite *suite = suite_create("capacity_values");
    TCase *tests = tcase_create("capacity_values");

    tcase_add_test(tests, a_value_is_kept_once);
    tcase_add_test(tests, a_full_arena_says_so);
    suite_add_tcase(suite, tests);
    return suite;
}
