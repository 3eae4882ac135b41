/* main.c - coder-metrics-adapter: finds the command and runs it. */
#include <string.h>

#include "adapter/command.h"

int main(int argc, char **argv)
{
    static char version[] = "version";
    char *only_version[] = {version, NULL};
    const char *name = argc > 1 ? argv[1] : "";
    const struct command *command;

    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0)
        return command_find(version)->run(1, only_version);
    command = command_find(name);
    if (command)
        return command->run(argc - 1, argv + 1);
    if (*name == '\0')
        command_complain("a command is missing; see coder-metrics-adapter --help");
    else
        command_complain("unknown command %s; see coder-metrics-adapter --help", name);
    return EXIT_USAGE;
}
