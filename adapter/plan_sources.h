/* plan_sources.h - plan asks a running adapter: how long builds take, and what room the node groups have.
 *
 * Errors   what running_adapter.h says; a queue of which no workspace build has ended in the last hour; a value that is stale */
#ifndef ADAPTER_PLAN_SOURCES_H
#define ADAPTER_PLAN_SOURCES_H

#include "adapter/plan_answers.h"
#include "adapter/running_adapter.h"

/* Fills in how long the queue's builds take. The queue is read in that namespace. */
int plan_read_builds(const struct running_adapter *adapter, const char *queue, const char *name_space, struct plan_crowd *crowd,
                     struct error *err) MUST_CHECK;
/* None when node groups are off. */
int plan_read_rooms(const struct running_adapter *adapter, const char *name_space, struct plan_rooms *out, struct error *err) MUST_CHECK;

#endif
