/* The arguments of a command: long options, their short forms, switches, operands. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "adapter/command.h"
#include "test/unit/adapter/suites.h"

enum { ARGUMENTS_MAX = 8 };

static const struct {
    const char *words[ARGUMENTS_MAX];
    int code; /* -1: go on */
    bool all;
    const char *space, *selector, *operand;
} cases[] = {
    {{"explain", "m"}, -1, false, NULL, NULL, "m"},
    {{"explain", "m", "-n", "coder", "-l", "queue=a"}, -1, false, "coder", "queue=a", "m"},
    {{"explain", "-ncoder", "m", "-a"}, -1, true, "coder", NULL, "m"},
    {{"explain", "-an", "coder", "m"}, -1, true, "coder", NULL, "m"},
    {{"explain", "--namespace=coder", "--selector", "x", "--all", "m"}, -1, true, "coder", "x", "m"},
    {{"explain", "-n", "-l", "m"}, -1, false, "-l", NULL, "m"},
    {{"explain", "-n", "a", "--namespace", "b", "m"}, -1, false, "b", NULL, "m"},
    {{"explain", "--", "-n"}, -1, false, NULL, NULL, "-n"},
    {{"explain", "m", "-n"}, EXIT_USAGE, false, NULL, NULL, NULL},
    {{"explain", "m", "-x"}, EXIT_USAGE, false, NULL, NULL, NULL},
    {{"explain", "m", "--nosuch"}, EXIT_USAGE, false, NULL, NULL, NULL},
    {{"explain", "m", "--all=yes"}, EXIT_USAGE, false, NULL, NULL, NULL},
    {{"explain"}, EXIT_USAGE, false, NULL, NULL, NULL},
    {{"explain", "m", "more"}, EXIT_USAGE, false, NULL, NULL, NULL},
};

START_TEST(arguments_case)
{
    const char *space = NULL, *selector = NULL;
    bool all = false;
    const struct command_option options[] = {{.name = "namespace", .letter = 'n', .value = &space},
                                             {.name = "selector", .letter = 'l', .value = &selector},
                                             {.name = "all", .letter = 'a', .seen = &all}};
    const struct command_arguments wanted = {.usage = "", .options = options, .n_options = ARRAY_LEN(options), .least = 1, .most = 1};
    char text[ARGUMENTS_MAX][64] = {{0}}, *argv[ARGUMENTS_MAX + 1] = {0};
    int argc = 0, first = 0, code;

    for (; argc < ARGUMENTS_MAX && cases[_i].words[argc]; argc++) {
        (void)snprintf(text[argc], sizeof(text[argc]), "%s", cases[_i].words[argc]);
        argv[argc] = text[argc];
    }
    code = command_read_arguments(&wanted, argc, argv, &first);
    ck_assert_int_eq(code, cases[_i].code);
    if (code >= 0)
        return;
    ck_assert_pstr_eq(space, cases[_i].space);
    ck_assert_pstr_eq(selector, cases[_i].selector);
    ck_assert(all == cases[_i].all);
    ck_assert_str_eq(argv[first], cases[_i].operand);
}
END_TEST

Suite *command_arguments_suite(void)
{
    Suite *suite = suite_create("command_arguments");
    TCase *tcase = tcase_create("command_arguments");

    tcase_add_loop_test(tcase, arguments_case, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
