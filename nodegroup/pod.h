/* pod.h - a pod as the capacity rules see it.
 *
 * Shape    small, since there are many: what pods have in common, they share
 * Owner    all that it points to belongs to the cluster it was added to */
#ifndef NODEGROUP_POD_H
#define NODEGROUP_POD_H

#include <stdbool.h>
#include <stdint.h>

#include "nodegroup/pod_rules.h"
#include "nodegroup/request.h"

struct pod {
    const char *namespace, *name;
    const char *node_name; /* NULL: bound to no node */
    const struct labels *labels;
    const struct pod_rules *rules;
    const struct amounts *request;
    bool finished;       /* phase Succeeded or Failed: holds no room */
    bool dies_with_node; /* of a DaemonSet, or a mirror of a static pod */
    bool no_request;     /* asks for no cpu or no memory: "it fits" knows nothing of it */
    bool unknown_volume; /* a claim whose volume is not in the input: it may be bound to a zone */
};

#endif
