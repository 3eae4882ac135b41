/* capacity_values.h - each value kept once, by its bytes, so that equal values are equal pointers.
 *
 * Shape    a value is plain bytes without padding; what it points to is kept once as well
 * Errors   values_keep returns NULL when the memory or the limit is reached
 * Owner    {.arena = ..} borrows the arena, where the values live; values_clear frees the table only */
#ifndef NODEGROUP_CAPACITY_VALUES_H
#define NODEGROUP_CAPACITY_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct values_slot {
    const void *bytes; /* NULL: free */
    uint32_t len, hash;
};

struct values {
    struct arena *arena;
    struct values_slot *slots;
    size_t n, size; /* size: a power of two */
    uint64_t start; /* of the hashes */
};

void values_clear(struct values *values);
/* len > 0 */
const void *values_keep(struct values *values, const void *bytes, uint32_t len);

#endif
