/* stable_id.h - UUIDs and dice that come out the same for the same seed. Pure.
 *
 * Shape    a value is a mix of seed, what it is for, and its number: no generator has a state, so that what happens to the
 *          provisioners does not change the jobs, and two runs of one scenario can be compared job by job
 * Source   RFC 9562: version 8 (own scheme), variant 10 */
#ifndef EMULATOR_STABLE_ID_H
#define EMULATOR_STABLE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STABLE_ID_TEXT = 37 };

struct stable_id {
    uint64_t high, low;
};

enum stable_kind {
    STABLE_ORGANIZATION,
    STABLE_JOB,
    STABLE_DAEMON,
    STABLE_KEY, /* a pool's provisioner key */
    STABLE_USER,
    STABLE_FILE,
    STABLE_TEMPLATE,
    STABLE_TEMPLATE_VERSION,
    STABLE_WORKSPACE,
    STABLE_BUILD,
    STABLE_DEPLOYMENT,
    STABLE_DURATION,
};

struct stable_id stable_id_make(uint64_t seed, enum stable_kind kind, uint64_t number);
/* Evenly spread in [0, range). */
uint64_t stable_dice(uint64_t seed, enum stable_kind kind, uint64_t number, uint64_t range);
bool stable_id_equal(struct stable_id a, struct stable_id b);
void stable_id_format(struct stable_id id, char out[STABLE_ID_TEXT]);
/* 8-4-4-4-12 hexadecimal digits in either case; false leaves *out. */
bool stable_id_parse(const char *text, size_t len, struct stable_id *out);

#endif
