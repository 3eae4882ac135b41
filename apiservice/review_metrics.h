/* review_metrics.h - what /metrics tells about reviews: adapter_reviews_total, adapter_review_duration_seconds,
 * adapter_review_cache_entries.
 *
 * Threads  observe: one thread; expose: any (atomics)
 * Owner    {0} is ready to use */
#ifndef APISERVICE_REVIEW_METRICS_H
#define APISERVICE_REVIEW_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "apiservice/exposition.h"

enum { REVIEW_METRIC_KINDS = 2, REVIEW_BUCKETS = 8 }; /* SubjectAccessReview, TokenReview */
enum review_outcome { REVIEW_OUTCOME_YES, REVIEW_OUTCOME_NO, REVIEW_OUTCOME_ERROR, REVIEW_OUTCOMES };

struct review_metrics {
    struct {
        atomic_uint_fast64_t outcomes[REVIEW_OUTCOMES];
        atomic_uint_fast64_t buckets[REVIEW_BUCKETS]; /* not cumulative */
        atomic_uint_fast64_t sum_us;
    } kinds[REVIEW_METRIC_KINDS];
};

void review_metrics_observe(struct review_metrics *metrics, size_t kind, enum review_outcome outcome, int64_t duration_us);
/* entries: of the caches now, by kind */
void review_metrics_expose(struct review_metrics *metrics, const size_t entries[REVIEW_METRIC_KINDS], struct exposition *exposition);

#endif
