#include "nodegroup/capacity_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { FIRST_SIZE = 256 };

void values_clear(struct values *values)
{
    free(values->slots);
    *values = (struct values){.arena = values->arena};
}

/* The slot that holds such a value, or the free one where it belongs. */
static struct values_slot *probe(const struct values *values, const struct values_slot *wanted)
{
    size_t at = hash_place(wanted->hash, values->size);

    for (;; at = (at + 1) & (values->size - 1)) {
        struct values_slot *slot = &values->slots[at];

        if (!slot->bytes || (slot->hash == wanted->hash && slot->len == wanted->len && memcmp(slot->bytes, wanted->bytes, slot->len) == 0))
            return slot;
    }
}

static int grow(struct values *values)
{
    struct values bigger = *values;

    if (values->slots && values->n * 4 < values->size * 3)
        return 0;
    bigger.size = values->slots ? values->size * 2 : FIRST_SIZE;
    bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
    if (!bigger.slots)
        return -1;
    if (!values->slots)
        bigger.start = hash_secret_start();
    for (size_t i = 0; values->slots && i < values->size; i++)
        if (values->slots[i].bytes)
            *probe(&bigger, &values->slots[i]) = values->slots[i];
    free(values->slots);
    *values = bigger;
    return 0;
}

const void *values_keep(struct values *values, const void *bytes, uint32_t len)
{
    struct values_slot wanted = {.bytes = bytes, .len = len};
    struct values_slot *slot;

    if (grow(values) < 0)
        return NULL;
    wanted.hash = (uint32_t)(hash_bytes(values->start, bytes, len) >> 32);
    slot = probe(values, &wanted);
    if (slot->bytes)
        return slot->bytes;
    wanted.bytes = arena_copy(values->arena, bytes, len);
    if (!wanted.bytes)
        return NULL;
    *slot = wanted;
    values->n++;
    return slot->bytes;
}
