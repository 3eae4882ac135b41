#include "apiservice/review_metrics.h"

#include <stdio.h>

#include "apiservice/own_families.h"
#include "base/attributes.h"

/* Upper bounds of the buckets; the last bucket is +Inf. */
static const int64_t bucket_us[] = {1000, 2500, 5000, 10000, 50000, 250000, 1000000};
static const char *const kinds[REVIEW_METRIC_KINDS] = {"access", "token"};
static const char *const outcomes[REVIEW_OUTCOMES] = {"yes", "no", "error"};

_Static_assert(ARRAY_LEN(bucket_us) + 1 == REVIEW_BUCKETS, "a bucket without a bound");

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    (void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void review_metrics_observe(struct review_metrics *metrics, size_t kind, enum review_outcome outcome, int64_t duration_us)
{
    size_t bucket = 0;

    while (bucket < ARRAY_LEN(bucket_us) && duration_us > bucket_us[bucket])
        bucket++;
    add(&metrics->kinds[kind].outcomes[outcome], 1);
    add(&metrics->kinds[kind].buckets[bucket], 1);
    add(&metrics->kinds[kind].sum_us, duration_us > 0 ? (uint64_t)duration_us : 0);
}

static void expose_durations(struct review_metrics *metrics, size_t kind, struct exposition *exposition)
{
    char bound[32];
    struct metric_label labels[] = {{"kind", kinds[kind]}, {"le", bound}};
    uint64_t total = 0;

    for (size_t i = 0; i < REVIEW_BUCKETS; i++) {
        total += get(&metrics->kinds[kind].buckets[i]);
        if (i < ARRAY_LEN(bucket_us))
            (void)snprintf(bound, sizeof(bound), "%g", (double)bucket_us[i] / 1e6);
        else
            (void)snprintf(bound, sizeof(bound), "+Inf");
        exposition_sample(exposition, "_bucket", labels, 2, (double)total);
    }
    exposition_sample(exposition, "_sum", labels, 1, (double)get(&metrics->kinds[kind].sum_us) / 1e6);
    exposition_sample(exposition, "_count", labels, 1, (double)total);
}

void review_metrics_expose(struct review_metrics *metrics, const size_t entries[REVIEW_METRIC_KINDS], struct exposition *exposition)
{
    own_family_begin(exposition, OWN_REVIEWS);
    for (size_t kind = 0; kind < REVIEW_METRIC_KINDS; kind++)
        for (size_t outcome = 0; outcome < REVIEW_OUTCOMES; outcome++) {
            const struct metric_label labels[] = {{"kind", kinds[kind]}, {"result", outcomes[outcome]}};

            exposition_sample(exposition, "", labels, 2, (double)get(&metrics->kinds[kind].outcomes[outcome]));
        }
    own_family_begin(exposition, OWN_REVIEW_DURATION);
    for (size_t kind = 0; kind < REVIEW_METRIC_KINDS; kind++)
        expose_durations(metrics, kind, exposition);
    own_family_begin(exposition, OWN_REVIEW_CACHE);
    for (size_t kind = 0; kind < REVIEW_METRIC_KINDS; kind++)
        exposition_sample(exposition, "", &(const struct metric_label){"kind", kinds[kind]}, 1, (double)entries[kind]);
}
