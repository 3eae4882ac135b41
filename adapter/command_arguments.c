#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adapter/command.h"
#include "adapter/command_man.h"
#include "adapter/command_words.h"

enum { OPTIONS_MAX = 16, LETTERS_MAX = 2 * OPTIONS_MAX + 3, ABOUT_MAX = 65536 };

void command_complain(const char *format, ...)
{
    va_list args;

    (void)fputs("coder-metrics-adapter: ", stderr);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

static int wrong_usage(const char *command, const char *what, const char *which)
{
    command_complain("%s: %s%s; see coder-metrics-adapter %s --help", command, what, which, command);
    return EXIT_USAGE;
}

/* The short options in getopt's form; the colon in front has it tell a missing value from an unknown option. */
static void make_letters(const struct command_arguments *wanted, char letters[LETTERS_MAX])
{
    char *at = stpcpy(letters, ":h");

    for (size_t i = 0; i < wanted->n_options; i++) {
        if (wanted->options[i].letter == 0)
            continue;
        *at++ = wanted->options[i].letter;
        if (wanted->options[i].value)
            *at++ = ':';
    }
    *at = '\0';
}

/* found: the value of a row, its index + 1, or a letter, which is above them all. */
static const struct command_option *option_of(const struct command_arguments *wanted, int found)
{
    for (size_t i = 0; found > OPTIONS_MAX && i < wanted->n_options; i++)
        if (wanted->options[i].letter == found)
            return &wanted->options[i];
    return &wanted->options[found - 1];
}

/* Our rows in getopt's form: the value returned for a row is its index + 1. */
static void make_table(const struct command_arguments *wanted, struct option table[OPTIONS_MAX + 2])
{
    for (size_t i = 0; i < wanted->n_options; i++)
        table[i] = (struct option){
            .name = wanted->options[i].name, .has_arg = wanted->options[i].value ? required_argument : no_argument, .val = (int)i + 1};
    table[wanted->n_options] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
}

/* What is asked about the command by the shell, or by make docs. */
static bool tell_about(const struct command_arguments *wanted, int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(ABOUT_MAX);

    if (argc > 1 && strcmp(argv[1], COMMAND_COMPLETE) == 0)
        command_offer_words(wanted, argv + 2, (size_t)argc - 2, &out);
    else if (argc == 2 && strcmp(argv[1], COMMAND_MAN) == 0)
        command_man_section(argv[0], wanted->usage, &out);
    else
        return false;
    (void)fputs(buffer_text(&out), stdout);
    return true;
}

/* The options, up to the first operand. -1: go on; else the exit code. */
static int read_options(const struct command_arguments *wanted, int argc, char **argv)
{
    struct option table[OPTIONS_MAX + 2] = {0};
    char letters[LETTERS_MAX];
    int found;

    make_table(wanted, table);
    make_letters(wanted, letters);
    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, letters, table, NULL)) != -1) { /* NOLINT(concurrency-mt-unsafe): before any thread */
        const struct command_option *option;

        if (found == 'h') {
            (void)fputs(wanted->usage, stdout);
            return EXIT_DONE;
        }
        if (found == ':')
            return wrong_usage(argv[0], "a value is missing behind ", argv[optind - 1]);
        if (found == '?')
            return wrong_usage(argv[0], "unknown option ", argv[optind - 1]);
        option = option_of(wanted, found);
        if (option->value)
            *option->value = optarg;
        else
            *option->seen = true;
    }
    return -1;
}

int command_read_arguments(const struct command_arguments *wanted, int argc, char **argv, int *first_operand)
{
    size_t operands;
    int code;

    assert(wanted->n_options <= OPTIONS_MAX);
    if (tell_about(wanted, argc, argv))
        return EXIT_DONE;
    code = read_options(wanted, argc, argv);
    if (code >= 0)
        return code;
    operands = (size_t)(argc - optind);
    if (operands < wanted->least)
        return wrong_usage(argv[0], "an argument is missing", "");
    if (operands > wanted->most)
        return wrong_usage(argv[0], "unexpected argument ", argv[optind + (int)wanted->most]);
    *first_operand = optind;
    return -1;
}
