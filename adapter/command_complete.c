/* command_complete.c - complete [WORD...]: the candidates for the last word, for adapter/completion.bash. */
#include <stdio.h>

#include "adapter/command.h"
#include "adapter/command_words.h"

enum { WORDS_MAX = 64, CANDIDATES_MAX = 65536 };

int command_complete(int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(CANDIDATES_MAX);
    static char complete[] = COMMAND_COMPLETE;
    char *words[WORDS_MAX + 2] = {0};
    const struct command *command;
    int n = 0;

    if (argc <= 2) {
        command_offer_commands(argc == 2 ? argv[1] : "", &out);
        (void)fputs(buffer_text(&out), stdout);
        return EXIT_DONE;
    }
    command = command_find(argv[1]);
    if (!command || argc > WORDS_MAX)
        return EXIT_DONE; /* nothing to offer */
    words[n++] = argv[1];
    words[n++] = complete;
    for (int i = 2; i < argc; i++)
        words[n++] = argv[i];
    return command->run(n, words);
}
