#include "nodegroup/capacity_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { FIRST_SIZE = 256 };

void names_clear(struct names *names)
{
    free(names->slots);
    *names = (struct names){.arena = names->arena};
}

/* The slot that holds the text, or the free one where it belongs. */
static struct names_slot *probe(const struct names *names, const char *text)
{
    size_t at = hash_place(hash_text(names->start, text), names->size);

    while (names->slots[at].text && strcmp(names->slots[at].text, text) != 0)
        at = (at + 1) & (names->size - 1);
    return &names->slots[at];
}

static int grow(struct names *names)
{
    struct names bigger = *names;

    if (names->slots && names->n * 4 < names->size * 3)
        return 0;
    bigger.size = names->slots ? names->size * 2 : FIRST_SIZE;
    bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
    if (!bigger.slots)
        return -1;
    if (!names->slots)
        bigger.start = hash_secret_start();
    for (size_t i = 0; i < names->size; i++)
        if (names->slots && names->slots[i].text)
            *probe(&bigger, names->slots[i].text) = names->slots[i];
    free(names->slots);
    *names = bigger;
    return 0;
}

struct names_slot *names_slot(struct names *names, const char *text)
{
    struct names_slot *slot;

    slot = names->slots ? probe(names, text) : NULL;
    if (slot && slot->text)
        return slot;
    if (grow(names) < 0)
        return NULL;
    slot = probe(names, text);
    slot->text = arena_text(names->arena, text);
    if (!slot->text)
        return NULL;
    names->n++;
    return slot;
}

const char *names_keep(struct names *names, const char *text)
{
    const struct names_slot *slot = names_slot(names, text);

    return slot ? slot->text : NULL;
}

struct names_slot names_find(const struct names *names, const char *text)
{
    return names->slots ? *probe(names, text) : (struct names_slot){0};
}
