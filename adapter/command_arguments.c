#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adapter/command.h"

enum { OPTIONS_MAX = 16 };

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

/* Our rows in getopt's form: the value returned for a row is its index + 1. */
static void make_table(const struct command_arguments *wanted, struct option table[OPTIONS_MAX + 2])
{
    for (size_t i = 0; i < wanted->n_options; i++)
        table[i] = (struct option){
            .name = wanted->options[i].name, .has_arg = wanted->options[i].value ? required_argument : no_argument, .val = (int)i + 1};
    table[wanted->n_options] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
}

int command_read_arguments(const struct command_arguments *wanted, int argc, char **argv, int *first_operand)
{
    struct option table[OPTIONS_MAX + 2] = {0};
    size_t operands;
    int found;

    make_table(wanted, table);
    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, ":h", table, NULL)) != -1) { /* NOLINT(concurrency-mt-unsafe): before any thread */
        const struct command_option *option;

        if (found == 'h') {
            (void)fputs(wanted->usage, stdout);
            return EXIT_DONE;
        }
        if (found == ':')
            return wrong_usage(argv[0], "a value is missing behind ", argv[optind - 1]);
        if (found == '?')
            return wrong_usage(argv[0], "unknown option ", argv[optind - 1]);
        option = &wanted->options[found - 1];
        if (option->value)
            *option->value = optarg;
        else
            *option->seen = true;
    }
    operands = (size_t)(argc - optind);
    if (operands < wanted->least)
        return wrong_usage(argv[0], "an argument is missing", "");
    if (operands > wanted->most)
        return wrong_usage(argv[0], "unexpected argument ", argv[optind + (int)wanted->most]);
    *first_operand = optind;
    return -1;
}
