#include "queue/tag_sets.h"

#include <stdio.h>

#include "test/unit/queue/suites.h"

static uint32_t add(struct tag_sets *sets, const char *key, const char *value)
{
    struct tags tags = {0};
    struct error err = {0};
    uint32_t index = UINT32_MAX;

    ck_assert_int_eq(tags_set(&tags, key, value, &err), 0);
    ck_assert_msg(tag_sets_add(sets, &tags, &index, &err) == 0, "%s", err.text);
    ck_assert_ptr_null(tags.pairs); /* taken */
    return index;
}

START_TEST(equal_sets_are_one)
{
    CLEANUP(tag_sets_clear) struct tag_sets sets = {0};

    ck_assert_uint_eq(add(&sets, "m", "1"), 0);
    ck_assert_uint_eq(add(&sets, "a", "1"), 1);
    ck_assert_uint_eq(add(&sets, "m", "1"), 0);
    ck_assert_uint_eq(add(&sets, "m", "2"), 2);
    ck_assert_uint_eq(add(&sets, "a", "1"), 1);
    ck_assert_uint_eq(sets.len, 3);
    ck_assert_str_eq(tags_get(&sets.items[1], "a"), "1");
}
END_TEST

/* An index stays what it was while thousands come. */
START_TEST(many_sets_keep_their_index)
{
    CLEANUP(tag_sets_clear) struct tag_sets sets = {0};
    enum { MANY = 3000 };
    char value[16];

    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            (void)snprintf(value, sizeof(value), "%u", i * 7919 % MANY);
            ck_assert_uint_eq(add(&sets, "n", value), i);
        }
    }
    ck_assert_uint_eq(sets.len, MANY);
    for (uint32_t i = 1; i < sets.len; i++)
        ck_assert_int_lt(tags_compare(&sets.items[sets.order[i - 1]], &sets.items[sets.order[i]]), 0);
}
END_TEST

Suite *tag_sets_suite(void)
{
    Suite *suite = suite_create("tag_sets");
    TCase *tcase = tcase_create("tag_sets");

    tcase_add_test(tcase, equal_sets_are_one);
    tcase_add_test(tcase, many_sets_keep_their_index);
    suite_add_tcase(suite, tcase);
    return suite;
}
