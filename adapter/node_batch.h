/* node_batch.h - what the watches of nodes and pods told, gathered for the worker.
 *
 * Shape    one change after the other, of both kinds; an object of a list is shared, a frame of a watch copied and read by the worker
 * Threads  the loop fills it and clears it, the worker reads it in between
 * Errors   what there is no memory for makes the batch lossy: the kind's source says so
 * Owner    {0} / node_batch_clear */
#ifndef ADAPTER_NODE_BATCH_H
#define ADAPTER_NODE_BATCH_H

#include "adapter/node_pool.h"
#include "kube/decoder.h"

enum node_change_type { NODE_LIST_BEGINS, NODE_PUT, NODE_REMOVED, NODE_LIST_ENDS };

struct node_change {
    enum node_change_type type;
    enum node_kind kind;
    json_t *object; /* of NODE_PUT and NODE_REMOVED, ours; NULL: it is in the frame, which says itself what it is */
    char *frame;
    size_t frame_len;
};

struct node_batch {
    struct node_change *items;
    size_t len, room;
    bool restart;                        /* both kinds are listed anew from here on, into a fresh pool */
    bool lossy;                          /* something that was told is not in it */
    int64_t current_boot_ms[NODE_KINDS]; /* the last proof that what was told is current; 0: none */
    struct error failure[NODE_KINDS];    /* since the batch before; ERROR_NONE: none */
    uint64_t n_failures[NODE_KINDS];
};

/* event: of NODE_PUT and NODE_REMOVED, else NULL. */
void node_batch_add(struct node_batch *batch, enum node_kind kind, enum node_change_type type, const struct kube_event *event);
void node_batch_clear(struct node_batch *batch);
bool node_batch_ends_list(const struct node_batch *batch);

#endif
