/* capacity_names.h - each text kept once, so that equal names are equal pointers.
 *
 * Errors   names_keep returns NULL when the memory or the limit is reached
 * Owner    {.arena = ..} borrows the arena, where the texts live; names_clear frees the table only */
#ifndef NODEGROUP_CAPACITY_NAMES_H
#define NODEGROUP_CAPACITY_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct names_slot {
    const char *text; /* NULL: free */
    union {           /* the caller's: what is known by this name; 0 at first */
        void *value;
        uint32_t number;
    };
};

struct names {
    struct arena *arena;
    struct names_slot *slots;
    size_t n, size; /* size: a power of two */
    uint64_t start; /* of the hashes */
};

void names_clear(struct names *names);
const char *names_keep(struct names *names, const char *text);
/* The slot of a text, made when it is new. NULL when out of memory. The slot moves with the next new text. */
struct names_slot *names_slot(struct names *names, const char *text);
/* The slot of a known text; of an unknown one a slot of zeros. */
struct names_slot names_find(const struct names *names, const char *text);

#endif
