#include "nodegroup/node.h"

#include <string.h>

#include "base/attributes.h"

/* capacity.md 2.1: what these taints say about a node, beside its conditions. */
static const struct {
    const char *key;
    enum node_state state;
} state_taints[] = {
    {"node.kubernetes.io/not-ready", NODE_NOT_READY},
    {"node.kubernetes.io/unreachable", NODE_NOT_READY},
    {"node.cloudprovider.kubernetes.io/uninitialized", NODE_NOT_READY},
    {"node.kubernetes.io/unschedulable", NODE_CORDONED},
    {"ToBeDeletedByClusterAutoscaler", NODE_DELETING},
};

static enum node_state taint_state(const struct taint *taint)
{
    for (size_t i = 0; i < ARRAY_LEN(state_taints); i++)
        if (strcmp(taint->key, state_taints[i].key) == 0)
            return state_taints[i].state;
    return NODE_READY;
}

bool node_taint_is_state(const struct taint *taint)
{
    return taint_state(taint) != NODE_READY;
}

enum node_state node_state_of(const struct node_condition *condition, const struct taint *taints, size_t n)
{
    enum node_state state = condition->unschedulable ? NODE_CORDONED : NODE_READY;

    if (!condition->ready)
        state = NODE_NOT_READY;
    for (size_t i = 0; i < n; i++)
        if (taint_state(&taints[i]) > state)
            state = taint_state(&taints[i]);
    return condition->deleting ? NODE_DELETING : state;
}

const char *node_state_name(enum node_state state)
{
    switch (state) {
    case NODE_READY: return "ready";
    case NODE_CORDONED: return "cordoned";
    case NODE_NOT_READY: return "not ready";
    case NODE_DELETING: return "being deleted";
    default: return "unknown";
    }
}
