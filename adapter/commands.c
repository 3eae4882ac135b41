/* commands.c - the table of the program's commands. */
#include <stdio.h>
#include <string.h>

#include "adapter/command.h"
#include "adapter/command_backfill.h"
#include "adapter/command_capacity.h"
#include "adapter/command_explain.h"
#include "adapter/command_forecast.h"
#include "adapter/command_plan.h"
#include "adapter/command_rightsize.h"

static command_run print_version, print_help;

static const struct command commands[] = {
    {"serve", "serve --config FILE [--kubeconfig FILE] [--port N]   poll Coder and serve its queues as external metrics", command_serve},
    {"check-config", "check-config FILE    every mistake of a configuration file, with line and path", command_check_config},
    {"explain", "explain METRIC [-n NS] [-l SELECTOR] ...   why a running adapter says what it says", command_explain},
    {"plan", "plan --users N ...   provisioners for a workshop, and how long its people wait", command_plan},
    {"capacity", "capacity --from FILE ...   what the node groups hold, lose and need", command_capacity},
    {"forecast", "forecast --from FILE.csv ...   when a series will cross a threshold", command_forecast},
    {"backfill", "backfill --config FILE ...   the history of the node groups, filled from Prometheus", command_backfill},
    {"rightsize", "rightsize --prometheus URL ...   requests and limits of provisioners, from what they used", command_rightsize},
    {"version", "version              what this program is", print_version},
    {"help", "help                 this text; COMMAND --help tells more", print_help},
    {"reference", NULL, command_reference},
    {"complete", NULL, command_complete},
};

const struct command *command_at(size_t i)
{
    return i < ARRAY_LEN(commands) ? &commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

static int print_version(int argc, char **argv)
{
    static const struct command_arguments wanted = {.usage = "Usage: coder-metrics-adapter version\n"};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    (void)printf("coder-metrics-adapter %s\n", VERSION);
    return EXIT_DONE;
}

static int print_help(int argc, char **argv)
{
    static const struct command_arguments wanted = {.usage = "Usage: coder-metrics-adapter help\n", .most = 1};
    int first = 0, code = argc > 1 ? command_read_arguments(&wanted, argc, argv, &first) : -1;

    if (code >= 0)
        return code;
    (void)printf("coder-metrics-adapter: Coder's provisioner queues as Kubernetes external metrics.\n\nCommands:\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (commands[i].summary)
            (void)printf("  %s\n", commands[i].summary);
    (void)printf("\nExit codes: 0 done, 1 failed, 2 wrong usage.\n");
    return EXIT_DONE;
}
