#include "emulator/demo_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "test/unit/emulator/suites.h"

enum { ARGUMENTS_MAX = 4 };

static const struct {
    const char *arguments[ARGUMENTS_MAX];
    int status; /* -1: goes on */
    struct demo_options options;
} rows[] = {
    {{NULL}, -1, {.speed = 10, .users = 20}},
    {{"--speed", "2.5", "--forever"}, -1, {.speed = 2.5, .users = 20, .forever = true}},
    {{"--users=500", "--seconds=30"}, -1, {.speed = 10, .users = 500, .seconds = 30}},
    {{"--help"}, EXIT_SUCCESS, {0}},
    {{"--speed", "0"}, 2, {0}},
    {{"--speed", "21"}, 2, {0}},
    {{"--speed", "nan"}, 2, {0}},
    {{"--speed", "10x"}, 2, {0}},
    {{"--speed"}, 2, {0}},
    {{"--users", "0"}, 2, {0}},
    {{"--users", "501"}, 2, {0}},
    {{"--users", "2.5"}, 2, {0}},
    {{"--seconds", ""}, 2, {0}},
    {{"--adapter", ""}, 2, {0}},
    {{"--nothing"}, 2, {0}},
    {{"extra"}, 2, {0}},
};

START_TEST(row_case)
{
    char name[] = "demo", texts[ARGUMENTS_MAX][32] = {{0}};
    char *argv[ARGUMENTS_MAX + 2] = {name};
    struct demo_options options = {.users = -1};
    int argc = 1, status = -1, result;

    for (size_t i = 0; i < ARGUMENTS_MAX && rows[_i].arguments[i]; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%s", rows[_i].arguments[i]);
        argv[argc++] = texts[i];
    }
    optind = 0; /* getopt remembers */
    result = demo_options_parse(argc, argv, &options, &status);
    ck_assert_int_eq(result, rows[_i].status < 0 ? 0 : -1);
    if (result < 0) {
        ck_assert_int_eq(status, rows[_i].status);
        ck_assert_int_eq(options.users, -1); /* out is untouched */
        return;
    }
    ck_assert_double_eq(options.speed, rows[_i].options.speed);
    ck_assert_int_eq(options.users, rows[_i].options.users);
    ck_assert_int_eq(options.seconds, rows[_i].options.seconds);
    ck_assert_int_eq(options.forever, rows[_i].options.forever);
}
END_TEST

Suite *demo_options_suite(void)
{
    Suite *suite = suite_create("demo_options");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, row_case, 0, ARRAY_LEN(rows));
    suite_add_tcase(suite, tcase);
    return suite;
}
