/* hash.h - numbers from bytes, for tables: FNV-1a. From a secret start collisions are hard to plan; not for signatures.
 *
 * Threads  any */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(14695981039346656037)

uint64_t hash_secret_start(void);
/* Piece by piece: from what the pieces before came to. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len);
uint64_t hash_text(uint64_t hash, const char *text);

/* A place in a table of size slots, a power of two. */
static inline size_t hash_place(uint64_t hash, size_t size)
{
    return (size_t)(hash ^ (hash >> 32)) & (size - 1);
}

#endif
