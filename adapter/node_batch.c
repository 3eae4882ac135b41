#include "adapter/node_batch.h"

#include <stdlib.h>
#include <string.h>

void node_batch_clear(struct node_batch *batch)
{
    for (size_t i = 0; i < batch->len; i++) {
        json_decref(batch->items[i].object);
        free(batch->items[i].frame);
    }
    free(batch->items);
    *batch = (struct node_batch){0};
}

bool node_batch_ends_list(const struct node_batch *batch)
{
    return batch->len > 0 && batch->items[batch->len - 1].type == NODE_LIST_ENDS;
}

/* Room for one more. */
static bool has_room(struct node_batch *batch)
{
    size_t bigger = batch->room ? batch->room * 2 : 16;
    struct node_change *moved;

    if (batch->len < batch->room)
        return true;
    moved = reallocarray(batch->items, bigger, sizeof(*moved));
    if (!moved)
        return false;
    batch->items = moved;
    batch->room = bigger;
    return true;
}

/* The object outlives its event: the decoder only counts down its own reference, and counts are atomic. The event's promise not
 * to change it is kept. */
static json_t *share(const json_t *object)
{
    const union {
        const json_t *told;
        json_t *kept;
    } one = {.told = object};

    return json_incref(one.kept);
}

static bool take_frame(struct node_change *change, const struct kube_event *event)
{
    change->frame = malloc(event->frame_len + 1);
    if (!change->frame)
        return false;
    memcpy(change->frame, event->frame, event->frame_len);
    change->frame_len = event->frame_len;
    return true;
}

void node_batch_add(struct node_batch *batch, enum node_kind kind, enum node_change_type type, const struct kube_event *event)
{
    struct node_change change = {.type = type, .kind = kind};

    if (!has_room(batch) || (event && !event->object && !take_frame(&change, event))) {
        batch->lossy = true;
        (void)error_no_memory(&batch->failure[kind]);
        batch->n_failures[kind]++;
        return;
    }
    if (event && event->object)
        change.object = share(event->object);
    batch->items[batch->len++] = change;
}
