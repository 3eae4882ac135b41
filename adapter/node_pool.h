/* node_pool.h - the nodes and pods of a cluster, kept up to date event by event. Pure.
 *
 * Shape    a list begins (node_pool_begin), its objects are put, it ends (node_pool_end): what it did not name is gone. Between
 *          lists objects are put and removed one by one. A put costs one decoding and no look at the others; a node
 *          that only told its heartbeat is not even decoded
 * Bounds   what pods and nodes share (texts, shapes of pods) is never given back: node_pool_is_wasteful says when a fresh pool,
 *          listed anew, is due. A pod costs 24 bytes and its place in the index; the first of its owner 250 more
 * Errors   an object that is not what it should be is left out or has a gap (nodegroup/capacity_json.h) and is counted in
 *          strange; -1: memory, or a limit
 * Owner    node_pool_init / node_pool_clear; the label is borrowed */
#ifndef ADAPTER_NODE_POOL_H
#define ADAPTER_NODE_POOL_H

#include "nodegroup/capacity_cluster.h"

enum node_kind { KIND_NODES, KIND_PODS, NODE_KINDS };

struct node_pool {
    struct cluster cluster;  /* its groups are not made; unbound pods are not in it */
    bool listed[NODE_KINDS]; /* there was a whole list */
    bool nodes_changed;      /* these two: since somebody cleared them */
    bool changed;
    size_t lean_bytes; /* of the arena, when the first lists were whole */
    uint64_t strange;
    char strange_text[256]; /* the last of them */
};

void node_pool_init(struct node_pool *pool, const char *group_label);
void node_pool_clear(struct node_pool *pool);
void node_pool_begin(struct node_pool *pool, enum node_kind kind);
int node_pool_put(struct node_pool *pool, enum node_kind kind, const json_t *object, struct error *err) MUST_CHECK;
void node_pool_remove(struct node_pool *pool, enum node_kind kind, const json_t *object);
void node_pool_end(struct node_pool *pool, enum node_kind kind);

bool node_pool_is_whole(const struct node_pool *pool); /* everything was listed */
bool node_pool_is_wasteful(const struct node_pool *pool);

#endif
