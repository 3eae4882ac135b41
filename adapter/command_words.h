/* command_words.h - what a shell offers for the last word of a command line. Pure.
 *
 * Shape    one candidate a line; COMMAND_FILES alone on a line: names of files. Options come from the table of the command, their
 *          values from its usage: "--format table|json" offers two words, "--from FILE" files, anything else nothing
 * Source   bash hands "--format=json" over as three words, with "=" between */
#ifndef ADAPTER_COMMAND_WORDS_H
#define ADAPTER_COMMAND_WORDS_H

#include "adapter/command.h"
#include "base/buffer.h"

#define COMMAND_FILES ":files"

/* words: behind the name of the command; the last one is being written and may be "". */
void command_offer_words(const struct command_arguments *wanted, char **words, size_t n, struct buffer *out);
/* The names of the commands that users know. */
void command_offer_commands(const char *begun, struct buffer *out);

#endif
