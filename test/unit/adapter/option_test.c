/* option_test.c - the rows themselves, and the search for the key that was meant. */
#include <string.h>

#include "adapter/config.h"

#include "test/unit/adapter/suites.h"

/* The laws of every row, over the whole table. */
static void check_row(const struct option *option)
{
    struct option_value value;
    struct error err = {0};

    ck_assert_msg(option->table || option->help, "%s has no help", option->key);
    ck_assert_msg((option->type == OPTION_CHOICE) == (option->choices != NULL), "%s: choices", option->key);
    ck_assert_msg(!option->least || option->most, "%s: a range has two ends", option->key);
    if (option->type == OPTION_SECTION || option->type == OPTION_SECTIONS)
        ck_assert_msg(option->table != NULL, "%s: no table", option->key);
    if (option->type == OPTION_INTEGER || option->type == OPTION_DURATION || option->type == OPTION_SIZE || option->type == OPTION_REAL)
        ck_assert_msg(option->least != NULL, "%s: a number without a range", option->key);
    if (option_is_scalar(option->type) && option->fallback)
        ck_assert_msg(option_read_fallback(option, &value, &err) == 0, "%s: its own default is wrong: %s", option->key, err.text);
}

static size_t check_table(const struct option_table *table)
{
    size_t rows = table->len;

    for (size_t i = 0; i < table->len; i++) {
        const struct option *option = &table->rows[i];

        check_row(option);
        ck_assert_ptr_eq(option_find(table, option->key), option); /* no key twice */
        if (option->table)
            rows += check_table(option->table);
    }
    return rows;
}

START_TEST(rows_are_whole)
{
    ck_assert_uint_gt(check_table(config_table()), 80);
}
END_TEST

static const struct {
    const char *key, *nearest;
} nearest[] = {
    {"kinds", "kind"},
    {"apiversion", "apiVersion"},
    {"Serving", "serving"},
    {"que", NULL},
    {"queue", "queues"},
    {"workshop", "workshops"},
    {"timezone", "timeZone"},
    {"x", NULL},
    {"", NULL},
    {"nodegroup", "nodeGroups"},
    {"completelyElse", NULL},
    {"codre", "coder"},
    {"aVeryLongKeyThatIsLongerThanAnyOfOursAndSoNearToNone", NULL},
};

START_TEST(nearest_case)
{
    const char *found = option_nearest_key(config_table(), nearest[_i].key);

    ck_assert_msg((found == NULL) == (nearest[_i].nearest == NULL), "'%s': %s", nearest[_i].key, found ? found : "none");
    if (found)
        ck_assert_str_eq(found, nearest[_i].nearest);
}
END_TEST

Suite *option_suite(void)
{
    Suite *suite = suite_create("option");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, rows_are_whole);
    tcase_add_loop_test(tcase, nearest_case, 0, ARRAY_LEN(nearest));
    suite_add_tcase(suite, tcase);
    return suite;
}
