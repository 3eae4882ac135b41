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

/* align: a power of two that a chunk's start fulfills. */
static void *take(struct arena *arena, size_t size, size_t align)
{
    struct arena_chunk *chunk = arena->newest;
    size_t gap = chunk ? (align - chunk->used % align) % align : 0;
    void *memory;

    if (chunk && (gap > chunk->size - chunk->used || size > chunk->size - chunk->used - gap))
        chunk = NULL;
    if (!chunk)
        gap = 0;
    if (arena->failed || size > arena->limit || gap > arena->limit - size || arena->used > arena->limit - size - gap) {
        arena->failed = true;
        return NULL;
    }
    if (!chunk)
        chunk = add_chunk(arena, size);
    if (!chunk) {
        arena->failed = arena->no_memory = true;
        return NULL;
    }
    memory = chunk->bytes + chunk->used + gap;
    chunk->used += gap + size;
    arena->used += gap + size;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = alignof(max_align_t);
    size_t rounded = (size + align - 1) / align * align;

    if (rounded < size)
        arena->failed = true;
    return take(arena, rounded, align);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    void *copy = arena_alloc(arena, len);

    if (copy && len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

/* Texts stand side by side. */
char *arena_text(struct arena *arena, const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = take(arena, len, 1);

    if (copy)
        memcpy(copy, text, len);
    return copy;
}
