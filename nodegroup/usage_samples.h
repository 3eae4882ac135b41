/* usage_samples.h - readings of node usage out of the answers of their sources. Pure.
 *
 * Shape    one list for an answer; a node of which the answer says garbage is left out (a gap) and counted, the others stay. A
 *          whole answer that is not what was asked for, or is cut off, is an error
 * Units    cpu in milli-cores, memory in bytes (metrics.k8s.io: the working set; Prometheus: total - available. They differ by
 *          the page cache that is in use, so a figure always names its source)
 * Bounds   an item of metrics.k8s.io by JSON_ELEMENT_MAX; the list is read item by item, never as one tree
 * Source   metrics.k8s.io/v1beta1 NodeMetricsList as metrics-server writes it
 * Owner    {0} / usage_samples_clear; the names belong to the list */
#ifndef NODEGROUP_USAGE_SAMPLES_H
#define NODEGROUP_USAGE_SAMPLES_H

#include <jansson.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "nodegroup/prometheus.h"
#include "nodegroup/usage_tracker.h"

struct usage_samples {
    struct usage_sample *items;
    size_t len, capacity;
    struct arena names;
    size_t n_refused;
    struct error refused; /* why the first of them was */
};

void usage_samples_clear(struct usage_samples *samples);

/* GET /apis/metrics.k8s.io/v1beta1/nodes; also a List of NodeMetrics, as kubectl puts them together. */
int usage_samples_decode(const char *body, size_t len, struct usage_samples *out, struct error *err) MUST_CHECK;
/* One NodeMetrics object; out->node is borrowed from it. */
int usage_sample_decode(const json_t *object, struct usage_sample *out, struct error *err) MUST_CHECK;

/* Two instant vectors of Prometheus: cores and bytes, each a series a node. What only one of them knows is kept; two series of one
 * node (of two clusters, say) are an error: added or mixed they would be a number of nothing. */
int usage_samples_from_prometheus(const struct prometheus_answer *cpu, const struct prometheus_answer *memory, struct usage_samples *out,
                                  struct error *err) MUST_CHECK;

#endif
