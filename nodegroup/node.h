/* node.h - a node as the capacity rules see it.
 *
 * Units    allocatable: request.h
 * Owner    texts and arrays belong to the cluster they were decoded for (capacity_cluster.h) */
#ifndef NODEGROUP_NODE_H
#define NODEGROUP_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nodegroup/pod_rules.h"
#include "nodegroup/request.h"

/* Only a ready node is capacity. Pods of a cordoned node stay where they are, those of the others have to move. */
enum node_state { NODE_READY, NODE_CORDONED, NODE_NOT_READY, NODE_DELETING };

struct node {
    const char *name, *group, *zone, *instance_type; /* NULL when the node has no such label */
    struct labels labels;
    const struct taint *taints; /* NoSchedule and NoExecute, without those that its state already tells */
    size_t n_taints;
    enum node_state state;
    const struct amounts *allocatable, *capacity; /* capacity: what usage is measured against; nodes of one size share them */
    bool sized;                                   /* false: cpu, memory or pods are missing or garbage, and the node counts as no room */
    bool named;                                   /* these two: of whoever keeps it (adapter/node_pool.c): by the newest list, or since */
    uint64_t print;                               /* of what it was read from */
};

struct node_condition {
    bool ready, deleting, unschedulable;
};

enum node_state node_state_of(const struct node_condition *condition, const struct taint *taints, size_t n);
/* Taints that only say what state a node is in. */
bool node_taint_is_state(const struct taint *taint);
const char *node_state_name(enum node_state state);

#endif
