/* pod.h - a pod as the capacity rules see it.
 *
 * Owner    texts, labels and rules belong to the cluster it was decoded for */
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
    struct amounts request;
    bool finished;       /* phase Succeeded or Failed: holds no room */
    bool dies_with_node; /* of a DaemonSet, or a mirror of a static pod */
    bool no_request;     /* asks for no cpu or no memory: "it fits" knows nothing of it */
    bool unknown_volume; /* a claim whose volume is not in the input: it may be bound to a zone */
};

#endif
