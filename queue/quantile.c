#include "queue/quantile.h"

#include <math.h>

/* Below this each millisecond has its bucket: a logarithmic one would be narrower than a millisecond, or lopsided in it. */
enum { EXACT_MS = 64 };

/* The ends of a bucket: 1.5 % to each side of its middle. */
static const double growth = 1.015 / 0.985;

size_t quantile_bucket(int64_t ms)
{
    if (ms <= 0)
        return 0;
    if (ms < EXACT_MS)
        return (size_t)ms;
    if (ms > QUANTILE_MS_MAX)
        ms = QUANTILE_MS_MAX;
    return EXACT_MS + (size_t)(log((double)ms / EXACT_MS) / log(growth));
}

/* The harmonic mean of the least and the largest whole millisecond of the bucket: as far, relatively, from one as from the other. */
int64_t quantile_bucket_ms(size_t bucket)
{
    double least, largest;

    if (bucket < EXACT_MS)
        return (int64_t)bucket;
    least = ceil(EXACT_MS * pow(growth, (double)(bucket - EXACT_MS)));
    largest = ceil(EXACT_MS * pow(growth, (double)(bucket - EXACT_MS + 1))) - 1;
    return llround(2 * least * largest / (least + largest));
}

int64_t quantile_ms(const uint32_t counts[QUANTILE_BUCKETS], int share_milli)
{
    uint64_t total = 0, rank, passed = 0;
    size_t bucket = 0;

    for (size_t i = 0; i < QUANTILE_BUCKETS; i++)
        total += counts[i];
    if (total == 0)
        return -1;
    rank = (total * (uint64_t)share_milli + 999) / 1000;
    if (rank == 0)
        rank = 1;
    while (bucket < QUANTILE_BUCKETS - 1 && (passed += counts[bucket]) < rank)
        bucket++;
    return quantile_bucket_ms(bucket);
}
