#include <stdio.h>
#include <string.h>

#include "adapter/command.h"
#include "adapter/command_man.h"
#include "adapter/config.h"
#include "adapter/families_reference.h"

enum { PAGE_MAX = 1024 * 1024 };

static const char usage[] = "Usage: coder-metrics-adapter reference PAGE\n"
                            "\n"
                            "Writes a page of the documentation, as it is made from the tables of the program:\n"
                            "configuration, example (a configuration file), man, metrics.\n";

static const struct {
    const char *name;
    void (*write)(struct buffer *out);
} pages[] = {
    {"configuration", config_write_reference},
    {"example", config_write_example},
    {"metrics", families_write_reference},
};

/* Each command tells its own section, as its usage and options stand in its file. */
static int print_man(void)
{
    CLEANUP(buffer_clear) struct buffer head = BUFFER_INIT(PAGE_MAX), tail = BUFFER_INIT(PAGE_MAX);
    static char man[] = COMMAND_MAN;

    command_man_head(&head);
    (void)fputs(buffer_text(&head), stdout);
    for (size_t i = 0; command_at(i); i++) {
        char name[32];
        char *argv[] = {name, man, NULL};

        (void)snprintf(name, sizeof(name), "%s", command_at(i)->name);
        if (command_at(i)->summary && command_at(i)->run(2, argv) != EXIT_DONE)
            return EXIT_FAILED;
    }
    command_man_tail(&tail);
    (void)fputs(buffer_text(&tail), stdout);
    return EXIT_DONE;
}

int command_reference(int argc, char **argv)
{
    static const struct command_arguments wanted = {.usage = usage, .least = 1, .most = 1};
    CLEANUP(buffer_clear) struct buffer page = BUFFER_INIT(PAGE_MAX);
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    if (strcmp(argv[first], "man") == 0)
        return print_man();
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (strcmp(argv[first], pages[i].name) != 0)
            continue;
        pages[i].write(&page);
        if (buffer_failed(&page)) {
            command_complain("reference %s: out of memory", pages[i].name);
            return EXIT_FAILED;
        }
        (void)fputs(buffer_text(&page), stdout);
        return EXIT_DONE;
    }
    command_complain("reference: no page %s; there are configuration, example, man, metrics", argv[first]);
    return EXIT_USAGE;
}
