/* sliding.h - what became of one queue's jobs: durations and outcomes of the last hour, arrivals of the last 15 minutes.
 *
 * Shape    seven slices of ten minutes, the one that goes on and the six before it, so that every job of the last hour counts, and
 *          none that is older than 70 minutes. Arrivals: the minute that goes on and the 15 before it
 * Accuracy quantiles within 2 % of the exact ones, whatever the distribution and however many the samples (quantile.h)
 * Bounds   under 64 KiB a queue, all job types and both durations together, because each slice is a table of fixed size; tables are made
 *          when their first sample comes, so that a queue at rest has 2 KiB. A counter of a table stops at 65,535
 * Units    *_unix_ms: UTC by Coder's clock; times that are still to come are taken for now by the caller
 * Errors   -1 when no memory is left for a sample: it is in no quantile
 * Owner    {0} is empty / sliding_clear */
#ifndef QUEUE_SLIDING_H
#define QUEUE_SLIDING_H

#include "base/attributes.h"
#include "queue/outcome.h"
#include "queue/quantile.h"

enum sliding_metric { SLIDING_RUN, SLIDING_WAIT, SLIDING_METRICS };

enum {
    SLIDING_SLICE_MS = 10 * 60 * 1000,
    SLIDING_SLICES = 7,
    SLIDING_ARRIVAL_MS = 60 * 1000,
    SLIDING_ARRIVAL_SLICES = 16,
    SLIDING_RATIO_JOBS_MIN = 20, /* fewer have no failure ratio */
};

struct sliding_slice {
    int64_t number;                               /* of its ten minutes since 1970 */
    uint16_t *counts[SLIDING_METRICS][JOB_TYPES]; /* QUANTILE_BUCKETS each; NULL: all zero */
    int64_t sum_ms[SLIDING_METRICS][JOB_TYPES];   /* of what is in counts */
    uint32_t outcomes[JOB_TYPES][OUTCOMES];
};

struct sliding_arrivals {
    int64_t number; /* of its minute since 1970 */
    uint32_t jobs[JOB_TYPES];
};

/* Since the start: for counters. */
struct sliding_totals {
    uint64_t outcomes[JOB_TYPES][OUTCOMES];
    uint64_t count[SLIDING_METRICS][JOB_TYPES];
    int64_t sum_ms[SLIDING_METRICS][JOB_TYPES];
    uint64_t arrivals[JOB_TYPES];
    uint64_t lost; /* jobs that ended, but Coder never said how */
};

struct sliding {
    struct sliding_slice slices[SLIDING_SLICES];              /* number N stands at N modulo their number */
    struct sliding_arrivals arrivals[SLIDING_ARRIVAL_SLICES]; /* the same */
    int64_t watched_from_unix_ms;                             /* arrivals before are not known; 0: nothing was seen yet */
    int64_t kept_until_unix_ms;                               /* waits that ended before are counted, by the process before; 0: none */
    struct sliding_totals totals;
};

struct sliding_sample {
    enum sliding_metric metric;
    enum job_type type;
    int64_t ms;         /* more than a day counts as a day, in sums too: a wrong stamp spoils none */
    int64_t at_unix_ms; /* when it became known: the start of a wait's end, the end of a run */
};

void sliding_clear(struct sliding *sliding);
int sliding_add(struct sliding *sliding, const struct sliding_sample *sample) MUST_CHECK;
void sliding_add_outcome(struct sliding *sliding, enum job_type type, enum outcome outcome, int64_t at_unix_ms);
void sliding_add_arrival(struct sliding *sliding, enum job_type type, int64_t at_unix_ms);
/* Gives back the memory of what is older than the window. */
void sliding_expire(struct sliding *sliding, int64_t now_unix_ms);

struct sliding_summary {
    uint64_t count;
    int64_t p50_ms, p95_ms, p99_ms, longest_ms; /* within 2 % */
    int64_t mean_ms;                            /* exact */
};
/* False when there is no sample. */
bool sliding_summarize(const struct sliding *sliding, enum sliding_metric metric, enum job_type type, int64_t now_unix_ms,
                       struct sliding_summary *out);
/* (failed + reaped) / (failed + reaped + succeeded) in thousandths; false below SLIDING_RATIO_JOBS_MIN jobs. */
bool sliding_failure_ratio_milli(const struct sliding *sliding, enum job_type type, int64_t now_unix_ms, int64_t *out);
/* Jobs that came in the last 15 minutes, or since watching began when that is shorter: how many, and over how long. */
struct sliding_rate {
    uint64_t jobs;
    int64_t ms; /* 0: nothing was seen yet */
};
struct sliding_rate sliding_arrival_rate(const struct sliding *sliding, enum job_type type, int64_t now_unix_ms);

#endif
