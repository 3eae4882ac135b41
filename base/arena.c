#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* Chunks grow with the arena: large ones are mapped on their own by malloc, and go back to the system when they are freed. */
enum { CHUNK_BYTES_LEAST = 16 * 1024, CHUNK_BYTES_MOST = 1024 * 1024, CHUNK_SHARE = 8 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

void arena_clear(struct arena *arena)
{
    struct arena_chunk *chunk = arena->newest;

    while (chunk) {
        struct arena_chunk *older = chunk->older;

        free(chunk);
        chunk = older;
    }
    *arena = (struct arena){.limit = arena->limit};
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
    size_t share = arena->used / CHUNK_SHARE;
    size_t wish = share < CHUNK_BYTES_LEAST ? CHUNK_BYTES_LEAST : share > CHUNK_BYTES_MOST ? CHUNK_BYTES_MOST : share;
    size_t bytes = size > wish ? size : wish;
    struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + bytes);

    if (!chunk)
        return NULL;
    chunk->size = bytes;
    chunk->older = arena->newest;
    arena->newest = chunk;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = alignof(max_align_t);
    size_t rounded = (size + align - 1) / align * align;
    struct arena_chunk *chunk = arena->newest;
    void *memory;

    if (arena->failed || rounded < size || rounded > arena->limit || arena->used > arena->limit - rounded) {
        arena->failed = true;
        return NULL;
    }
    if (!chunk || chunk->size - chunk->used < rounded)
        chunk = add_chunk(arena, rounded);
    if (!chunk) {
        arena->failed = arena->no_memory = true;
        return NULL;
    }
    memory = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena->used += rounded;
    return memory;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    void *copy = arena_alloc(arena, len);

    if (copy && len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text) + 1);
}
