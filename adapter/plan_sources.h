/* plan_sources.h - what plan asks of a running adapter: how long builds take, and what room the node groups have.
 *
 * Errors   what running_adapter.h says; a queue of which no workspace build has ended in the last hour; a value that is stale
 * Owner    {0} / plan_rooms_clear */
#ifndef ADAPTER_PLAN_SOURCES_H
#define ADAPTER_PLAN_SOURCES_H

#include "adapter/running_adapter.h"
#include "queue/plan.h"

enum { PLAN_ROOMS_MAX = 200 };

/* A node group, and what it has left for pods after the loss of a node. */
struct plan_room {
    char group[64];
    double cores, bytes; /* -1: not known */
};

struct plan_rooms {
    struct plan_room *items; /* by name */
    size_t len;
};
void plan_rooms_clear(struct plan_rooms *rooms);

/* Fills in how long the queue's builds take. The queue is read in that namespace. */
int plan_read_builds(const struct running_adapter *adapter, const char *queue, const char *name_space, struct plan_crowd *crowd,
                     struct error *err) MUST_CHECK;
/* None when node groups are off. */
int plan_read_rooms(const struct running_adapter *adapter, const char *name_space, struct plan_rooms *out, struct error *err) MUST_CHECK;

#endif
