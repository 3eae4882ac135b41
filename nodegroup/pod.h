/* pod.h - a pod as the capacity rules see it.
 *
 * Shape    small, since there are many: what pods have in common, they share. That is nearly all: pods of one owner differ in
 *          their node and in the end of their name
 * Owner    all that it points to belongs to the cluster it was read for */
#ifndef NODEGROUP_POD_H
#define NODEGROUP_POD_H

#include <stdbool.h>
#include <stddef.h>

#include "nodegroup/pod_rules.h"
#include "nodegroup/request.h"

enum { POD_NAME_MAX = 512, POD_ENDING_MAX = 6 };

/* Kept once (capacity_values.h): equal shapes are equal pointers. */
struct pod_shape {
    const char *namespace;
    const char *stem; /* of the name: what stands before its ending */
    struct labels labels;
    const struct pod_rules *rules;
    const struct amounts *request;
    bool dies_with_node; /* of a DaemonSet, or a mirror of a static pod */
    bool no_request;     /* asks for no cpu or no memory: "it fits" knows nothing of it */
    char no_gap[6];      /* 0: a shape is compared by its bytes */
};

struct pod {
    const struct pod_shape *shape;
    const char *node_name; /* NULL: bound to no node */
    char ending[POD_ENDING_MAX + 1];
    bool named; /* of whoever keeps it (adapter/node_pool.c): by the newest list, or since */
};

/* Where a name is cut: behind its last dash when at most POD_ENDING_MAX characters follow, as a ReplicaSet, a StatefulSet or a
 * DaemonSet calls its pods; else at its end. */
size_t pod_stem_len(const char *name);
const char *pod_name(const struct pod *pod, char out[POD_NAME_MAX + 1]);
bool pod_is_named(const struct pod *pod, const char *namespace, const char *name);
/* As strcmp: by name, then by namespace. */
int pod_compare(const struct pod *a, const struct pod *b);
/* A claim's volume is not in the input: it may be bound to a zone. Once the volumes are bound (cluster_group). */
bool pod_has_unknown_volume(const struct pod *pod);

#endif
