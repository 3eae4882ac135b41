/* command_man.h - the man page, made of the usage of each command. Pure.
 *
 * Shape    troff with the man macros. A usage is a synopsis ("Usage: ..."), paragraphs, and options: two blanks, the option, two
 *          blanks or more, its text, which goes on in lines that begin where it began; deeper lines stand as they are */
#ifndef ADAPTER_COMMAND_MAN_H
#define ADAPTER_COMMAND_MAN_H

#include "base/buffer.h"

void command_man_head(struct buffer *out);
void command_man_section(const char *name, const char *usage, struct buffer *out);
void command_man_tail(struct buffer *out);

#endif
