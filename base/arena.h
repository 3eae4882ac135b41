/* arena.h - many small allocations that live and die together.
 *
 * Errors   functions return NULL when the memory or the limit is reached, and the arena stays failed, so
 *          that a builder may check once at the end
 * Owner    {.limit = n} / arena_clear */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *newest;
    size_t used, limit; /* bytes over all chunks */
    bool failed;
    bool no_memory; /* failed, and not by its limit */
};

void arena_clear(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
void *arena_copy(struct arena *arena, const void *bytes, size_t len);
char *arena_text(struct arena *arena, const char *text);

#endif
