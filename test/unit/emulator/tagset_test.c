#include "emulator/tagset.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/emulator/suites.h"

/* "cluster=eu gpu=a100": completed as Coder's server does. */
static struct tagset make(const char *text)
{
    struct tagset set = {0};
    struct error err = {0};
    char copy[256], *rest = copy, *word;

    (void)snprintf(copy, sizeof(copy), "%s", text);
    while ((word = strsep(&rest, " ")) != NULL) {
        char *value = strchr(word, '=');

        if (!value)
            continue;
        *value = '\0';
        ck_assert_msg(tagset_set(&set, word, value + 1, &err) == 0, "%s", err.text);
    }
    ck_assert_int_eq(tagset_complete(&set, &err), 0);
    return set;
}

static const struct {
    const char *provisioner, *job;
    bool runs;
} contains_rows[] = {
    {"", "", true},
    {"cluster=eu", "", false},
    {"", "cluster=eu", false},
    {"cluster=eu", "cluster=eu", true},
    {"cluster=eu gpu=a100", "gpu=a100", true},
    {"cluster=eu gpu=a100", "", false},
    {"cluster=eu", "cluster=eu gpu=a100", false},
    {"cluster=eu", "cluster=us", false},
    {"cluster=eu", "cluster=EU", false},
    {"scope=user owner=u1", "scope=user owner=u1", true},
    {"scope=user owner=u1", "", false},
    {"", "scope=user owner=u1", false},
};

START_TEST(contains_case)
{
    struct tagset provisioner = make(contains_rows[_i].provisioner), job = make(contains_rows[_i].job);

    ck_assert_msg(tagset_contains(&provisioner, &job) == contains_rows[_i].runs, "%s runs %s", contains_rows[_i].provisioner,
                  contains_rows[_i].job);
}
END_TEST

START_TEST(sets_are_sorted_and_unique)
{
    struct tagset set = make("z=1 a=1 m=1 a=2");

    ck_assert_uint_eq(set.len, 5);
    for (size_t i = 1; i < set.len; i++)
        ck_assert_int_lt(strcmp(set.pairs[i - 1].key, set.pairs[i].key), 0);
    ck_assert_str_eq(tagset_get(&set, "a"), "2");
    ck_assert_str_eq(tagset_get(&set, "owner"), "");
    ck_assert_ptr_null(tagset_get(&set, "b"));
}
END_TEST

START_TEST(bounds_hold)
{
    struct tagset set = {0};
    struct error err = {0};
    char key[TAGSET_TEXT_MAX + 1];

    ck_assert_int_eq(tagset_set(&set, "", "x", &err), -1);
    memset(key, 'k', sizeof(key));
    key[TAGSET_TEXT_MAX] = '\0';
    ck_assert_int_eq(tagset_set(&set, key, "x", &err), -1);
    ck_assert_int_eq(tagset_set(&set, "x", key, &err), -1);
    for (int i = 0; i < TAGSET_PAIRS_MAX; i++) {
        (void)snprintf(key, sizeof(key), "k%d", i);
        ck_assert_int_eq(tagset_set(&set, key, "x", &err), 0);
    }
    ck_assert_int_eq(tagset_set(&set, "one-more", "x", &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_int_eq(tagset_set(&set, "k0", "y", &err), 0);
    ck_assert_int_eq(tagset_complete(&set, &err), -1);
}
END_TEST

Suite *tagset_suite(void)
{
    Suite *suite = suite_create("tagset");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, contains_case, 0, ARRAY_LEN(contains_rows));
    tcase_add_test(tcase, sets_are_sorted_and_unique);
    tcase_add_test(tcase, bounds_hold);
    suite_add_tcase(suite, tcase);
    return suite;
}
