/* quantile.h - durations in logarithmic buckets, and quantiles of what was counted in them. Pure.
 *
 * Shape    a bucket for each millisecond below 64 ms, then buckets whose ends are 3 % apart; whatever value of its bucket is meant,
 *          the one that stands for the bucket is within 1.8 % of it. More than a day counts as a day, less than nothing as nothing
 * Units    milliseconds; shares in thousandths (950: p95)
 * Source   DDSketch (Masson, Rim, Lee: VLDB 2019): the error of a quantile is that of its bucket, whatever the distribution */
#ifndef QUEUE_QUANTILE_H
#define QUEUE_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

enum { QUANTILE_BUCKETS = 535, QUANTILE_MS_MAX = 24 * 60 * 60 * 1000 };

size_t quantile_bucket(int64_t ms);
/* The value that stands for a bucket. */
int64_t quantile_bucket_ms(size_t bucket);
/* Nearest rank: the least value that at least this share of the samples does not exceed. -1 when there is no sample. */
int64_t quantile_ms(const uint32_t counts[QUANTILE_BUCKETS], int share_milli);

#endif
