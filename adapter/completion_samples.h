/* completion_samples.h - from the ended jobs of one queue to samples of the public metric families. Pure.
 *
 * Source   DESIGN sections 4 and 6: counters always have all their series; a quantile of nothing and a ratio of fewer than
 *          SLIDING_RATIO_JOBS_MIN jobs are absent, but their sets are there, so that staleness is told */
#ifndef ADAPTER_COMPLETION_SAMPLES_H
#define ADAPTER_COMPLETION_SAMPLES_H

#include "metric/snapshot.h"
#include "queue/sliding.h"

struct completion_samples {
    struct metric_builder *builder;
    const char *queue, *organization, *name_space;
    unsigned source; /* index in the builder */
    const struct sliding *sliding;
    int64_t now_unix_ms; /* by Coder's clock */
};

void completion_samples_add(const struct completion_samples *samples);

#endif
