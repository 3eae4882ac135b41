#include "queue/sliding.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct sliding) + sizeof(uint16_t[SLIDING_SLICES][SLIDING_METRICS][JOB_TYPES][QUANTILE_BUCKETS]) < 64 * (size_t)1024,
               "a queue takes less than 64 KiB");

static void clear_slice(struct sliding_slice *slice)
{
    for (size_t metric = 0; metric < SLIDING_METRICS; metric++)
        for (size_t type = 0; type < JOB_TYPES; type++)
            free(slice->counts[metric][type]);
    *slice = (struct sliding_slice){0};
}

void sliding_clear(struct sliding *sliding)
{
    for (size_t i = 0; i < SLIDING_SLICES; i++)
        clear_slice(&sliding->slices[i]);
    *sliding = (struct sliding){0};
}

/* --- the window --- */

/* The next slice too: Coder's clock as we know it may be set back by a second. */
static bool in_window(const struct sliding_slice *slice, int64_t now_unix_ms)
{
    int64_t newest = now_unix_ms / SLIDING_SLICE_MS;

    return slice->number <= newest + 1 && slice->number > newest - SLIDING_SLICES;
}

/* NULL for a time that is older than what has taken its place. */
static struct sliding_slice *slice_at(struct sliding *sliding, int64_t unix_ms)
{
    int64_t number = unix_ms / SLIDING_SLICE_MS;
    struct sliding_slice *slice = &sliding->slices[(uint64_t)number % SLIDING_SLICES];

    if (slice->number > number)
        return NULL;
    if (slice->number < number) {
        clear_slice(slice);
        slice->number = number;
    }
    return slice;
}

void sliding_expire(struct sliding *sliding, int64_t now_unix_ms)
{
    for (size_t i = 0; i < SLIDING_SLICES; i++)
        if (!in_window(&sliding->slices[i], now_unix_ms))
            clear_slice(&sliding->slices[i]);
}

/* --- adding --- */

int sliding_add(struct sliding *sliding, const struct sliding_sample *sample)
{
    struct sliding_slice *slice = slice_at(sliding, sample->at_unix_ms);
    int64_t ms = sample->ms < QUANTILE_MS_MAX ? sample->ms : QUANTILE_MS_MAX;
    uint16_t **counts, *count;

    sliding->totals.count[sample->metric][sample->type]++;
    sliding->totals.sum_ms[sample->metric][sample->type] += ms;
    if (!slice)
        return 0;
    counts = &slice->counts[sample->metric][sample->type];
    if (!*counts)
        *counts = calloc(QUANTILE_BUCKETS, sizeof(**counts));
    if (!*counts)
        return -1;
    count = &(*counts)[quantile_bucket(ms)];
    if (*count == UINT16_MAX)
        return 0;
    (*count)++;
    slice->sum_ms[sample->metric][sample->type] += ms;
    return 0;
}

void sliding_add_outcome(struct sliding *sliding, enum job_type type, enum outcome outcome, int64_t at_unix_ms)
{
    struct sliding_slice *slice = slice_at(sliding, at_unix_ms);

    sliding->totals.outcomes[type][outcome]++;
    if (slice)
        slice->outcomes[type][outcome]++;
}

void sliding_add_arrival(struct sliding *sliding, enum job_type type, int64_t at_unix_ms)
{
    int64_t number = at_unix_ms / SLIDING_ARRIVAL_MS;
    struct sliding_arrivals *arrivals = &sliding->arrivals[(uint64_t)number % SLIDING_ARRIVAL_SLICES];

    sliding->totals.arrivals[type]++;
    if (arrivals->number > number)
        return;
    if (arrivals->number < number)
        *arrivals = (struct sliding_arrivals){.number = number};
    arrivals->jobs[type]++;
}

/* --- asking --- */

bool sliding_summarize(const struct sliding *sliding, enum sliding_metric metric, enum job_type type, int64_t now_unix_ms,
                       struct sliding_summary *out)
{
    uint32_t counts[QUANTILE_BUCKETS] = {0};
    uint64_t total = 0;
    int64_t sum_ms = 0;

    for (size_t i = 0; i < SLIDING_SLICES; i++) {
        const uint16_t *slice = sliding->slices[i].counts[metric][type];

        if (!slice || !in_window(&sliding->slices[i], now_unix_ms))
            continue;
        sum_ms += sliding->slices[i].sum_ms[metric][type];
        for (size_t bucket = 0; bucket < QUANTILE_BUCKETS; bucket++) {
            counts[bucket] += slice[bucket];
            total += slice[bucket];
        }
    }
    if (total == 0)
        return false;
    *out = (struct sliding_summary){
        .count = total,
        .p50_ms = quantile_ms(counts, 500),
        .p95_ms = quantile_ms(counts, 950),
        .p99_ms = quantile_ms(counts, 990),
        .longest_ms = quantile_ms(counts, 1000),
        .mean_ms = sum_ms / (int64_t)total,
    };
    return true;
}

bool sliding_failure_ratio_milli(const struct sliding *sliding, enum job_type type, int64_t now_unix_ms, int64_t *out)
{
    int64_t bad = 0, good = 0;

    for (size_t i = 0; i < SLIDING_SLICES; i++) {
        const uint32_t *outcomes = sliding->slices[i].outcomes[type];

        if (!in_window(&sliding->slices[i], now_unix_ms))
            continue;
        bad += (int64_t)outcomes[OUTCOME_FAILED] + outcomes[OUTCOME_REAPED];
        good += outcomes[OUTCOME_SUCCEEDED];
    }
    if (bad + good < SLIDING_RATIO_JOBS_MIN)
        return false;
    *out = bad * 1000 / (bad + good);
    return true;
}

struct sliding_rate sliding_arrival_rate(const struct sliding *sliding, enum job_type type, int64_t now_unix_ms)
{
    int64_t newest = now_unix_ms / SLIDING_ARRIVAL_MS, oldest = newest - SLIDING_ARRIVAL_SLICES + 1;
    int64_t from_unix_ms = oldest * SLIDING_ARRIVAL_MS;
    struct sliding_rate rate = {0};

    if (sliding->watched_from_unix_ms == 0 || now_unix_ms <= sliding->watched_from_unix_ms)
        return rate;
    for (size_t i = 0; i < SLIDING_ARRIVAL_SLICES; i++) {
        const struct sliding_arrivals *arrivals = &sliding->arrivals[i];

        if (arrivals->number >= oldest && arrivals->number <= newest)
            rate.jobs += arrivals->jobs[type];
    }
    rate.ms = now_unix_ms - (sliding->watched_from_unix_ms > from_unix_ms ? sliding->watched_from_unix_ms : from_unix_ms);
    return rate;
}
