/* node_frame.h - a frame of a watch, as its late decoder left it, into what is known of nodes and pods. Pure.
 *
 * Errors   -1: the frame holds no event or no object, memory, or a limit; whatever it told is then not known */
#ifndef ADAPTER_NODE_FRAME_H
#define ADAPTER_NODE_FRAME_H

#include "adapter/node_pool.h"

int node_frame_apply(struct node_pool *pool, enum node_kind kind, const char *frame, size_t len, struct error *err) MUST_CHECK;
int node_object_apply(struct node_pool *pool, enum node_kind kind, bool removed, const json_t *object, struct error *err) MUST_CHECK;

#endif
