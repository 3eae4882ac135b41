/* uuid.h - the ids that Coder gives to jobs, daemons and organizations. Pure.
 *
 * Shape    16 bytes, so that a long list of jobs stays small; all zero: not said */
#ifndef QUEUE_UUID_H
#define QUEUE_UUID_H

#include <stdbool.h>

enum { UUID_BYTES = 16, UUID_TEXT_LEN = 36 };

struct uuid {
    unsigned char bytes[UUID_BYTES];
};

/* "4ea6ae5d-be31-5631-ae1d-ad219cf00a6c", in either case. False when it is none; *out is then untouched. */
bool uuid_parse(const char *text, struct uuid *out);
void uuid_print(const struct uuid *uuid, char out[UUID_TEXT_LEN + 1]); /* lower case */
bool uuid_is_nil(const struct uuid *uuid);
int uuid_compare(const struct uuid *a, const struct uuid *b); /* as memcmp */
bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
