#include "queue/uuid.h"

#include <string.h>

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

static const struct {
    const char *text, *printed; /* NULL: refused */
} cases[] = {
    {"4ea6ae5d-be31-5631-ae1d-ad219cf00a6c", "4ea6ae5d-be31-5631-ae1d-ad219cf00a6c"},
    {"4EA6AE5D-BE31-5631-AE1D-AD219CF00A6C", "4ea6ae5d-be31-5631-ae1d-ad219cf00a6c"},
    {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
    {"ffffffff-ffff-ffff-ffff-ffffffffffff", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
    {"", NULL},
    {"4ea6ae5d", NULL},
    {"4ea6ae5d-be31-5631-ae1d-ad219cf00a6", NULL},
    {"4ea6ae5d-be31-5631-ae1d-ad219cf00a6c0", NULL},
    {"4ea6ae5d-be31-5631-ae1d-ad219cf00a6c ", NULL},
    {"4ea6ae5dbe315631ae1dad219cf00a6c", NULL},
    {"4ea6ae5d_be31-5631-ae1d-ad219cf00a6c", NULL},
    {"4ea6ae5d-be31-5631-ae1d-ad219cf00a6g", NULL},
    {"4ea6ae5db-e31-5631-ae1d-ad219cf00a6c", NULL},
    {"{4ea6ae5d-be31-5631-ae1d-ad219cf00a6c}", NULL},
    {"4ea6ae5d-be31-5631-ae1d-ad219cf00a\xc3\xa9", NULL},
};

START_TEST(parse_case)
{
    struct uuid before = {.bytes = {1, 2, 3}}, uuid = before;
    char text[UUID_TEXT_LEN + 1];
    bool parses = uuid_parse(cases[_i].text, &uuid);

    ck_assert_msg(parses == (cases[_i].printed != NULL), "'%s'", cases[_i].text);
    if (!parses) {
        ck_assert(uuid_equal(&uuid, &before));
        return;
    }
    uuid_print(&uuid, text);
    ck_assert_str_eq(text, cases[_i].printed);
}
END_TEST

START_TEST(nil_and_order)
{
    struct uuid nil, low, high;

    ck_assert(uuid_parse("00000000-0000-0000-0000-000000000000", &nil));
    ck_assert(uuid_parse("00000000-0000-0000-0000-000000000001", &low));
    ck_assert(uuid_parse("80000000-0000-0000-0000-000000000000", &high));
    ck_assert(uuid_is_nil(&nil));
    ck_assert(!uuid_is_nil(&low));
    ck_assert_int_lt(uuid_compare(&low, &high), 0);
    ck_assert_int_gt(uuid_compare(&high, &nil), 0);
    ck_assert(!uuid_equal(&low, &high));
}
END_TEST

Suite *uuid_suite(void)
{
    Suite *suite = suite_create("uuid");
    TCase *tcase = tcase_create("uuid");

    tcase_add_loop_test(tcase, parse_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, nil_and_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
