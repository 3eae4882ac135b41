/* tag_sets.h - the different tag sets of a list of jobs, each kept once.
 *
 * Shape    a set is told by its index, 0 for the first that came. Thousands of jobs share a few sets: the list stays small, and
 *          what depends on tags only is worked out once per set
 * Bounds   ordered search, no hash: tags are chosen by people outside, who could make hashes collide
 * Owner    {0} / tag_sets_clear */
#ifndef QUEUE_TAG_SETS_H
#define QUEUE_TAG_SETS_H

#include <stdint.h>

#include "queue/tags.h"

struct tag_sets {
    struct tags *items;
    uint32_t *order; /* indices of items, sorted by tags */
    uint32_t len, capacity;
};

void tag_sets_clear(struct tag_sets *sets);
/* The index of the set; adds it when it is new. The tags are taken, also on failure. */
int tag_sets_add(struct tag_sets *sets, struct tags *take, uint32_t *out, struct error *err) MUST_CHECK;

#endif
