#include "nodegroup/pod_list.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_ROOM = 64, FIRST_SIZE = 128 };

void pod_list_clear(struct pod_list *list)
{
    free(list->items);
    free(list->slots);
    *list = (struct pod_list){0};
}

/* --- slots --- */

static uint64_t hash_namespace(const struct pod_list *list, const char *namespace)
{
    return hash_bytes(hash_text(list->start, namespace), "/", 1);
}

/* Where the search for a pod of the list begins. */
static size_t home_of(const struct pod_list *list, const struct pod *pod)
{
    uint64_t hash = hash_namespace(list, pod->shape->namespace);

    return hash_place(hash_text(hash_text(hash, pod->shape->stem), pod->ending), list->size);
}

static size_t next(const struct pod_list *list, size_t slot)
{
    return (slot + 1) & (list->size - 1);
}

static void take_slot(struct pod_list *list, const struct pod *pod, uint32_t number)
{
    size_t slot = home_of(list, pod);

    while (list->slots[slot] != 0)
        slot = next(list, slot);
    list->slots[slot] = number;
}

static size_t slot_of(const struct pod_list *list, const struct pod *pod)
{
    size_t slot = home_of(list, pod);
    uint32_t number = (uint32_t)(pod - list->items) + 1;

    while (list->slots[slot] != number)
        slot = next(list, slot);
    return slot;
}

/* No search may end at the free slot too early: whoever stands behind it and may stand here moves up. */
static void free_slot(struct pod_list *list, size_t free)
{
    for (size_t at = next(list, free); list->slots[at] != 0; at = next(list, at)) {
        size_t home = home_of(list, &list->items[list->slots[at] - 1]);
        size_t way = (at - home) & (list->size - 1), gap = (at - free) & (list->size - 1);

        if (way < gap)
            continue;
        list->slots[free] = list->slots[at];
        free = at;
    }
    list->slots[free] = 0;
}

/* --- room --- */

static int grow_items(struct pod_list *list)
{
    size_t bigger = list->room ? list->room * 2 : FIRST_ROOM;
    struct pod *moved;

    if (list->len < list->room)
        return 0;
    moved = reallocarray(list->items, bigger, sizeof(*moved));
    if (!moved)
        return -1;
    list->items = moved;
    list->room = bigger;
    return 0;
}

static int grow_slots(struct pod_list *list)
{
    size_t bigger = list->slots ? list->size * 2 : FIRST_SIZE;
    uint32_t *slots;

    if (list->slots && (list->len + 1) * 4 <= list->size * 3)
        return 0;
    slots = calloc(bigger, sizeof(*slots));
    if (!slots)
        return -1;
    if (!list->slots)
        list->start = hash_secret_start();
    free(list->slots);
    list->slots = slots;
    list->size = bigger;
    for (size_t i = 0; i < list->len; i++)
        take_slot(list, &list->items[i], (uint32_t)i + 1);
    return 0;
}

/* --- pods --- */

struct pod *pod_list_find(const struct pod_list *list, const char *namespace, const char *name)
{
    size_t slot;

    if (list->len == 0)
        return NULL;
    slot = hash_place(hash_text(hash_namespace(list, namespace), name), list->size);
    for (; list->slots[slot] != 0; slot = next(list, slot)) {
        struct pod *pod = &list->items[list->slots[slot] - 1];

        if (pod_is_named(pod, namespace, name))
            return pod;
    }
    return NULL;
}

int pod_list_add(struct pod_list *list, const struct pod *pod)
{
    if (grow_items(list) < 0 || grow_slots(list) < 0)
        return -1;
    list->items[list->len++] = *pod;
    take_slot(list, pod, (uint32_t)list->len);
    return 0;
}

void pod_list_remove(struct pod_list *list, struct pod *pod)
{
    const struct pod *last = &list->items[list->len - 1];

    free_slot(list, slot_of(list, pod));
    if (pod != last) {
        list->slots[slot_of(list, last)] = (uint32_t)(pod - list->items) + 1;
        *pod = *last;
    }
    list->len--;
}
