/* tagset.h - provisioner tags as Coder's server keeps them, and its rule of who may run what. Pure.
 *
 * Shape    plain data, pairs sorted by key, keys unique
 * Bounds   TAGSET_PAIRS_MAX pairs; keys and values of TAGSET_TEXT_MAX - 1 bytes
 * Source   Coder's provisioner_tagset_contains: the job's tags are within the provisioner's, except that a job with exactly
 *          {owner: "", scope: organization} needs a provisioner with exactly these. Written here a second time on purpose:
 *          the emulator must not share a mistake with the adapter that it tests */
#ifndef EMULATOR_TAGSET_H
#define EMULATOR_TAGSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { TAGSET_PAIRS_MAX = 16, TAGSET_TEXT_MAX = 64 };

struct tagset_pair {
    char key[TAGSET_TEXT_MAX], value[TAGSET_TEXT_MAX];
};

struct tagset {
    struct tagset_pair pairs[TAGSET_PAIRS_MAX];
    size_t len;
};

int tagset_set(struct tagset *set, const char *key, const char *value, struct error *err) MUST_CHECK; /* adds or replaces */
/* Adds what Coder's server adds: scope=organization and owner="" when they are missing. */
int tagset_complete(struct tagset *set, struct error *err) MUST_CHECK;
const char *tagset_get(const struct tagset *set, const char *key); /* NULL when absent */
bool tagset_equal(const struct tagset *a, const struct tagset *b);
/* provisioner_tagset_contains(provisioner, job) */
bool tagset_contains(const struct tagset *provisioner, const struct tagset *job);

#endif
