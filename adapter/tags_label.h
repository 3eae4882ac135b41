/* tags_label.h - tags as the value of a label that stays small however long they are. Pure.
 *
 * Shape    as tags_print while that is at most TAGS_LABEL_MAX bytes; else its beginning, cut between two characters, and
 *          "...#" with 32 hexadecimal digits of the SHA-256 of all of it: sets that begin alike stay apart, and nobody can choose tags
 *          that do not
 * Errors   -1: out of memory */
#ifndef ADAPTER_TAGS_LABEL_H
#define ADAPTER_TAGS_LABEL_H

#include "queue/tags.h"

enum { TAGS_LABEL_MAX = 8192 };

/* out is empty, and may hold TAGS_LABEL_MAX bytes. */
int tags_label_write(const struct tags *tags, struct buffer *out) MUST_CHECK;

#endif
