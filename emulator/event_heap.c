#include "emulator/event_heap.h"

#include <stdlib.h>

void event_heap_clear(struct event_heap *heap)
{
    free(heap->items);
    *heap = (struct event_heap){0};
}

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static int reserve(struct event_heap *heap, struct error *err)
{
    size_t capacity = heap->capacity > 0 ? heap->capacity * 2 : 64;
    struct event *items;

    if (heap->len < heap->capacity)
        return 0;
    items = realloc(heap->items, capacity * sizeof(*items));
    if (!items)
        return error_no_memory(err);
    heap->items = items;
    heap->capacity = capacity;
    return 0;
}

int event_heap_push(struct event_heap *heap, struct event event, struct error *err)
{
    size_t at;

    if (reserve(heap, err) < 0)
        return -1;
    event.order = heap->pushed++;
    at = heap->len++;
    while (at > 0 && is_before(&event, &heap->items[(at - 1) / 2])) {
        heap->items[at] = heap->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->items[at] = event;
    return 0;
}

/* Puts event where its place is, from the root down. */
static void sink(struct event_heap *heap, struct event event)
{
    size_t at = 0, child;

    while ((child = 2 * at + 1) < heap->len) {
        if (child + 1 < heap->len && is_before(&heap->items[child + 1], &heap->items[child]))
            child++;
        if (!is_before(&heap->items[child], &event))
            break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = event;
}

bool event_heap_pop(struct event_heap *heap, int64_t until_ms, struct event *out)
{
    if (heap->len == 0 || heap->items[0].at_ms > until_ms)
        return false;
    *out = heap->items[0];
    heap->len--;
    if (heap->len > 0)
        sink(heap, heap->items[heap->len]);
    return true;
}
