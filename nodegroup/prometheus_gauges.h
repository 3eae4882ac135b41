/* prometheus_gauges.h - an instant vector as values, each with the labels that tell it from the others. Pure.
 *
 * Errors   a series without one of its labels, or with a value that is none (NaN, below 0), is left out and counted; two series of the
 *          same labels (of two clusters, say) refuse the whole: one of them would be wrong, and nobody could tell which
 * Bounds   GAUGES_MAX
 * Owner    {0} / gauges_clear; gauges_move hands over */
#ifndef NODEGROUP_PROMETHEUS_GAUGES_H
#define NODEGROUP_PROMETHEUS_GAUGES_H

#include "nodegroup/prometheus.h"

enum { GAUGES_MAX = 50000 };

struct gauge {
    const char *labels[PROMETHEUS_IDENTITY_MAX]; /* as the query's identity names them; NULL: it has but one */
    double value;
    int64_t at_unix_ms;
};

struct gauges {
    struct gauge *items; /* sorted by their labels */
    size_t len, n_refused;
    struct arena arena;
};

void gauges_clear(struct gauges *gauges);
struct gauges gauges_move(struct gauges *gauges);
int gauges_of_vector(const struct prometheus_query *query, const struct prometheus_answer *answer, struct gauges *out, struct error *err)
    MUST_CHECK;

#endif
