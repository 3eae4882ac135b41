/* rightsize_queries.h - what Prometheus is asked about a pool of provisioners, one number a query. Pure.
 *
 * Shape    a row for each figure, in their order: name (JSON), title, what it is counted in, and the query. In a query $S stands for the
 *          selector of the pool's containers, $Q for that of its queue, $R for the span, $T for its step
 * Source   cAdvisor (container_*), kube-state-metrics (kube_pod_*), the adapter (coder_provisioner_*). Replicas of a Prometheus or of the
 *          adapter export the same series: every query takes max by (...) first */
#ifndef NODEGROUP_RIGHTSIZE_QUERIES_H
#define NODEGROUP_RIGHTSIZE_QUERIES_H

#include <stdint.h>

#include "base/buffer.h"
#include "nodegroup/rightsize.h"

enum rightsize_unit { RIGHTSIZE_COUNT, RIGHTSIZE_CORES, RIGHTSIZE_BYTES, RIGHTSIZE_SHARE, RIGHTSIZE_SECONDS };

struct rightsize_row {
    const char *name, *title;
    enum rightsize_unit unit;
    const char *query;
};
const struct rightsize_row *rightsize_row_of(enum rightsize_figure figure);

struct rightsize_pool {
    const char *kind, *workload; /* "deployment" or "statefulset", and its name */
    const char *name_space, *container;
    const char *queue; /* "": not known, the job times are left out */
};

struct rightsize_span {
    int64_t from_unix_ms, to_unix_ms;
};

/* A whole minute at least, and so that a span has at most a day's worth of minutes times seven. */
int64_t rightsize_step_s(const struct rightsize_span *span);
/* The query of a figure. Empty: it cannot be asked (no queue). */
void rightsize_query(enum rightsize_figure figure, const struct rightsize_pool *pool, const struct rightsize_span *span,
                     struct buffer *out);

#endif
