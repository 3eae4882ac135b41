/* node_samples.h - from what is known of nodes and pods to samples of the public metric families. Pure.
 *
 * Source   DESIGN sections 4 and 6: a usage of which too little is covered has no value (a metric of its own says so); a verdict
 *          that is unknown has none; one of headroom and shortfall is 0. Before the first list every family is stale, never empty
 * Units    see metric/snapshot.h */
#ifndef ADAPTER_NODE_SAMPLES_H
#define ADAPTER_NODE_SAMPLES_H

#include "adapter/node_facts.h"
#include "metric/snapshot.h"

/* state was settled. */
void node_samples_add(const struct node_facts *state, struct metric_builder *builder);

#endif
