#include "emulator/stable_id.h"

#include <string.h>

#include "base/attributes.h"
#include "test/unit/emulator/suites.h"

static const struct {
    const char *text;
    bool parses;
} id_rows[] = {
    {"c42fdf75-3097-471c-8c33-fb52454d81c0", true},  {"C42FDF75-3097-471C-8C33-FB52454D81C0", true},
    {"c42fdf75-3097-471c-8c33-fb52454d81c", false},  {"c42fdf75-3097-471c-8c33-fb52454d81c01", false},
    {"c42fdf75+3097-471c-8c33-fb52454d81c0", false}, {"c42fdf75-3097-471c-8c33-fb52454d81cg", false},
    {"c42fdf7-53097-471c-8c33-fb52454d81c0", false}, {"", false},
};

START_TEST(parse_case)
{
    struct stable_id id = {1, 2};
    char text[STABLE_ID_TEXT];
    bool parsed = stable_id_parse(id_rows[_i].text, strlen(id_rows[_i].text), &id);

    ck_assert_msg(parsed == id_rows[_i].parses, "%s", id_rows[_i].text);
    stable_id_format(id, text);
    if (parsed)
        ck_assert_int_eq(strcasecmp(text, id_rows[_i].text), 0);
    else
        ck_assert_msg(id.high == 1 && id.low == 2, "a refused text changed the id");
}
END_TEST

START_TEST(ids_are_stable_and_differ)
{
    struct stable_id id = stable_id_make(1, STABLE_JOB, 7);
    char text[STABLE_ID_TEXT];

    ck_assert(stable_id_equal(id, stable_id_make(1, STABLE_JOB, 7)));
    ck_assert(!stable_id_equal(id, stable_id_make(2, STABLE_JOB, 7)));
    ck_assert(!stable_id_equal(id, stable_id_make(1, STABLE_JOB, 8)));
    ck_assert(!stable_id_equal(id, stable_id_make(1, STABLE_DAEMON, 7)));
    stable_id_format(id, text);
    ck_assert_int_eq(text[14], '8');                 /* the version */
    ck_assert_ptr_nonnull(strchr("89ab", text[19])); /* the variant */
}
END_TEST

/* A die that is rolled 6000 times shows each side about 1000 times. */
START_TEST(dice_are_even)
{
    int sides[6] = {0};

    for (uint64_t i = 0; i < 6000; i++)
        sides[stable_dice(3, STABLE_DURATION, i, ARRAY_LEN(sides))]++;
    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        ck_assert_msg(sides[i] > 850 && sides[i] < 1150, "side %zu: %d", i, sides[i]);
    ck_assert_uint_eq(stable_dice(3, STABLE_DURATION, 1, 0), 0);
}
END_TEST

Suite *stable_id_suite(void)
{
    Suite *suite = suite_create("stable_id");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, parse_case, 0, ARRAY_LEN(id_rows));
    tcase_add_test(tcase, ids_are_stable_and_differ);
    tcase_add_test(tcase, dice_are_even);
    suite_add_tcase(suite, tcase);
    return suite;
}
