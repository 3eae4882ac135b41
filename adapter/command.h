/* command.h - one row for each command of the program.
 *
 * Shape    run gets the arguments behind the command's name (argv[0] is the name) and returns the exit code:
 *          0 done, 1 failed, 2 wrong usage. Results go to stdout, errors to stderr as one line
 * Threads  main's */
#ifndef ADAPTER_COMMAND_H
#define ADAPTER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

typedef int command_run(int argc, char **argv);

command_run command_check_config;
command_run command_complete;
command_run command_reference;
command_run command_serve;

/* --- the table of all commands (commands.c) --- */

struct command {
    const char *name, *summary; /* no summary: not for users */
    command_run *run;
};
const struct command *command_at(size_t i);           /* NULL behind the last */
const struct command *command_find(const char *name); /* NULL: none */

/* --- arguments (command_arguments.c) --- */

/* A GNU long option; value gets its argument (borrowed from argv), or, for a switch, seen becomes true. */
struct command_option {
    const char *name;
    const char **value;
    bool *seen;
    char letter; /* its short form; 0: none. Not h, which is help */
};

struct command_arguments {
    const char *usage; /* the whole text of --help */
    const struct command_option *options;
    size_t n_options;
    size_t least, most; /* operands */
};

/* COMMAND --complete [WORD...] prints what may stand for the last word (command_words.h), COMMAND --man the usage as a part of the
 * man page (command_man.h): for the shell and for make docs, not for users. */
#define COMMAND_COMPLETE "--complete"
#define COMMAND_MAN "--man"

/* -1: go on, *operands is the first of argc - *at operands; otherwise the exit code: help was printed or usage is wrong. */
int command_read_arguments(const struct command_arguments *wanted, int argc, char **argv, int *first_operand) MUST_CHECK;
/* "coder-metrics-adapter: text" on stderr. */
void command_complain(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
