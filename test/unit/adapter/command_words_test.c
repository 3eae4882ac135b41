/* What a shell offers: commands, options of the table, values of the usage, files. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "adapter/command_words.h"
#include "test/unit/adapter/suites.h"

enum { WORDS_MAX = 8, WORD_MAX = 64 };

static const char usage[] = "Usage: coder-metrics-adapter look FILE [--from FILE.csv] [--format table|json|html] [--users N] [--all]\n"
                            "\n"
                            "  --format F  table (default), json or html\n";

static const struct {
    const char *words[WORDS_MAX];
    const char *offered;
} cases[] = {
    {{""}, ":files\n"},
    {{"some"}, ":files\n"},
    {{"-"}, "--from\n--format\n--users\n--all\n--help\n"},
    {{"--f"}, "--from\n--format\n"},
    {{"--format"}, "--format\n"},
    {{"--format", ""}, "table\njson\nhtml\n"},
    {{"--format", "j"}, "json\n"},
    {{"--format", "json|"}, ""},
    {{"--format", "="}, "table\njson\nhtml\n"},
    {{"--format", "=", "h"}, "html\n"},
    {{"-o", "t"}, "table\n"},
    {{"-o", "x"}, ""},
    {{"--from", ""}, ":files\n"},
    {{"--users", ""}, ""},
    {{"--all", ""}, ":files\n"},
    {{"--all", "--he"}, "--help\n"},
    {{"--secret", "--s"}, ""},
    {{NULL}, ":files\n"},
};

START_TEST(words_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    const char *from = NULL, *format = NULL, *users = NULL, *secret = NULL;
    bool all = false;
    const struct command_option options[] = {{.name = "from", .value = &from},
                                             {.name = "format", .letter = 'o', .value = &format},
                                             {.name = "users", .value = &users},
                                             {.name = "secret", .value = &secret}, /* the usage does not tell of it */
                                             {.name = "all", .seen = &all}};
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options), .most = 1};
    char text[WORDS_MAX][WORD_MAX], *words[WORDS_MAX];
    size_t n = 0;

    for (; n < WORDS_MAX && cases[_i].words[n]; n++) {
        (void)snprintf(text[n], WORD_MAX, "%s", cases[_i].words[n]);
        words[n] = text[n];
    }
    command_offer_words(&wanted, words, n, &out);
    ck_assert_str_eq(buffer_text(&out), cases[_i].offered);
}
END_TEST

START_TEST(commands)
{
    CLEANUP(buffer_clear) struct buffer all = BUFFER_INIT(4096), some = BUFFER_INIT(4096);

    command_offer_commands("", &all);
    command_offer_commands("pl", &some);
    ck_assert_str_eq(buffer_text(&some), "plan\n");
    for (size_t i = 0; command_at(i); i++)
        ck_assert_msg((strstr(buffer_text(&all), command_at(i)->name) != NULL) == (command_at(i)->summary != NULL), "%s",
                      command_at(i)->name);
}
END_TEST

Suite *command_words_suite(void)
{
    Suite *suite = suite_create("command_words");
    TCase *tcase = tcase_create("words");

    tcase_add_loop_test(tcase, words_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, commands);
    suite_add_tcase(suite, tcase);
    return suite;
}
