#include <stdio.h>
#include <stdlib.h>

#include "adapter/command.h"
#include "adapter/config.h"

enum { REPORT_MAX = 1024 * 1024 };

static const char usage[] =
    "Usage: coder-metrics-adapter check-config FILE\n"
    "\n"
    "Reads a configuration file as serve does. Prints every mistake on a line of its own, with line, column and the\n"
    "path of the key, and ends with 1. Silence and 0 when there is none.\n";

int command_check_config(int argc, char **argv)
{
    static const struct command_arguments wanted = {.usage = usage, .least = 1, .most = 1};
    CLEANUP(config_clear) struct config config = {0};
    CLEANUP(buffer_clear) struct buffer report = BUFFER_INIT(REPORT_MAX);
    struct config_mistakes mistakes = {0};
    struct error err = {0};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    if (config_read(argv[first], &config, &mistakes, &err) == 0)
        return EXIT_DONE;
    if (config_mistakes_any(&mistakes)) {
        config_mistakes_print(&mistakes, &report);
        (void)fputs(buffer_text(&report), stderr);
    } else {
        command_complain("%s", err.text);
    }
    return EXIT_FAILED;
}
