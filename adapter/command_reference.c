#include <stdio.h>
#include <string.h>

#include "adapter/command.h"
#include "adapter/config.h"
#include "adapter/families_reference.h"

enum { PAGE_MAX = 1024 * 1024 };

static const char usage[] = "Usage: coder-metrics-adapter reference PAGE\n"
                            "\n"
                            "Writes a page of the documentation, as it is made from the tables of the program:\n"
                            "configuration, example (a configuration file), metrics.\n";

static const struct {
    const char *name;
    void (*write)(struct buffer *out);
} pages[] = {
    {"configuration", config_write_reference},
    {"example", config_write_example},
    {"metrics", families_write_reference},
};

int command_reference(int argc, char **argv)
{
    static const struct command_arguments wanted = {.usage = usage, .least = 1, .most = 1};
    CLEANUP(buffer_clear) struct buffer page = BUFFER_INIT(PAGE_MAX);
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
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
    command_complain("reference: no page %s; there are configuration, example, metrics", argv[first]);
    return EXIT_USAGE;
}
