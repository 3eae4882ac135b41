#include "queue/tag_sets.h"

#include <stdlib.h>
#include <string.h>

void tag_sets_clear(struct tag_sets *sets)
{
    for (uint32_t i = 0; i < sets->len; i++)
        tags_clear(&sets->items[i]);
    free(sets->items);
    free(sets->order);
    *sets = (struct tag_sets){0};
}

/* Where in the order the tags are, or where they belong. */
static uint32_t find(const struct tag_sets *sets, const struct tags *tags, bool *is_there)
{
    uint32_t low = 0, high = sets->len;

    *is_there = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = tags_compare(tags, &sets->items[sets->order[middle]]);

        if (order == 0) {
            *is_there = true;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static int grow(struct tag_sets *sets, struct error *err)
{
    uint32_t capacity = sets->capacity ? sets->capacity * 2 : 16;
    struct tags *items;
    uint32_t *order;

    if (sets->len < sets->capacity)
        return 0;
    if (capacity < sets->capacity)
        return error_set(err, ERROR_LIMIT, "more than %u tag sets", (unsigned)sets->capacity);
    items = realloc(sets->items, capacity * sizeof(*items));
    if (items)
        sets->items = items;
    order = realloc(sets->order, capacity * sizeof(*order));
    if (order)
        sets->order = order;
    if (!items || !order)
        return error_no_memory(err);
    sets->capacity = capacity;
    return 0;
}

int tag_sets_add(struct tag_sets *sets, struct tags *take, uint32_t *out, struct error *err)
{
    CLEANUP(tags_clear) struct tags tags = tags_move(take);
    bool is_there;
    uint32_t at = find(sets, &tags, &is_there);

    if (is_there) {
        *out = sets->order[at];
        return 0;
    }
    if (grow(sets, err) < 0)
        return -1;
    memmove(sets->order + at + 1, sets->order + at, (sets->len - at) * sizeof(*sets->order));
    sets->order[at] = sets->len;
    sets->items[sets->len] = tags_move(&tags);
    *out = sets->len++;
    return 0;
}
