#include "apiservice/request_metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/own_families.h"

/* Upper bounds of the buckets; the last bucket is +Inf. */
static const int64_t bucket_us[] = {50, 100, 250, 500, 1000, 2500, 5000, 10000, 50000, 250000};
/* Every code that this server answers with; the last stands for the rest. */
static const int codes[] = {200, 304, 400, 401, 403, 404, 405, 406, 414, 429, 431, 500, 503, 505, 0};

enum { BUCKETS = ARRAY_LEN(bucket_us) + 1, CODES = ARRAY_LEN(codes) };

struct histogram {
    atomic_uint_fast64_t buckets[BUCKETS]; /* not cumulative */
    atomic_uint_fast64_t sum_us;
};

/* A slot is empty until family is set, by whoever holds the lock; family is set last and never changes. */
struct read_count {
    _Atomic(const char *) family;
    char queue[REQUEST_QUEUE_MAX];
    int code;
    atomic_uint_fast64_t count;
};

struct request_metrics {
    const char *const *routes;
    size_t n_routes;
    struct histogram histograms[REQUEST_ROUTES_MAX][CODES];
    pthread_mutex_t lock;                           /* for filling an empty slot of reads */
    struct read_count reads[REQUEST_READS_MAX + 1]; /* the last counts what finds no slot */
};

struct request_metrics *request_metrics_new(const char *const *routes, size_t n)
{
    struct request_metrics *metrics = calloc(1, sizeof(*metrics));

    assert(n <= REQUEST_ROUTES_MAX);
    if (!metrics)
        return NULL;
    metrics->routes = routes;
    metrics->n_routes = n;
    (void)pthread_mutex_init(&metrics->lock, NULL);
    atomic_init(&metrics->reads[REQUEST_READS_MAX].family, "other");
    return metrics;
}

void request_metrics_free(struct request_metrics *metrics)
{
    if (!metrics)
        return;
    (void)pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    (void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void request_metrics_observe(struct request_metrics *metrics, size_t route, int code, int64_t duration_us)
{
    struct histogram *histogram;
    size_t bucket = 0, at = 0;

    assert(route < metrics->n_routes);
    while (bucket < ARRAY_LEN(bucket_us) && duration_us > bucket_us[bucket])
        bucket++;
    while (at + 1 < CODES && codes[at] != code)
        at++;
    histogram = &metrics->histograms[route][at];
    add(&histogram->buckets[bucket], 1);
    add(&histogram->sum_us, duration_us > 0 ? (uint64_t)duration_us : 0);
}

static size_t hash(const char *family, const char *queue, int code)
{
    uint64_t value = (uint64_t)(uintptr_t)family * 31 + (uint64_t)code;

    for (; *queue != '\0'; queue++)
        value = (value ^ (unsigned char)*queue) * UINT64_C(1099511628211);
    return (size_t)((value ^ (value >> 29)) % REQUEST_READS_MAX);
}

/* The slot of that key, or the empty one where it belongs, or the last when all are taken by others. */
static struct read_count *find(struct request_metrics *metrics, const char *family, const char *queue, int code)
{
    size_t at = hash(family, queue, code);

    for (size_t i = 0; i < REQUEST_READS_MAX; i++, at = (at + 1) % REQUEST_READS_MAX) {
        struct read_count *slot = &metrics->reads[at];
        const char *owner = atomic_load_explicit(&slot->family, memory_order_acquire);

        if (!owner || (owner == family && slot->code == code && strcmp(slot->queue, queue) == 0))
            return slot;
    }
    return &metrics->reads[REQUEST_READS_MAX];
}

static struct read_count *take_slot(struct request_metrics *metrics, const char *family, const char *queue, int code)
{
    struct read_count *slot;

    (void)pthread_mutex_lock(&metrics->lock);
    slot = find(metrics, family, queue, code); /* somebody may have been faster */
    if (!atomic_load_explicit(&slot->family, memory_order_relaxed)) {
        slot->code = code;
        memcpy(slot->queue, queue, strlen(queue) + 1);
        atomic_store_explicit(&slot->family, family, memory_order_release);
    }
    (void)pthread_mutex_unlock(&metrics->lock);
    return slot;
}

void request_metrics_count_read(struct request_metrics *metrics, const char *family, const char *queue, int code)
{
    struct read_count *slot;

    if (strlen(queue) >= REQUEST_QUEUE_MAX)
        queue = "other";
    slot = find(metrics, family, queue, code);
    if (!atomic_load_explicit(&slot->family, memory_order_acquire))
        slot = take_slot(metrics, family, queue, code);
    add(&slot->count, 1);
}

static void expose_histogram(struct histogram *histogram, const char *route, int code, struct exposition *exposition)
{
    char code_text[16], bound[32];
    struct metric_label labels[] = {{"route", route}, {"code", code_text}, {"le", bound}};
    uint64_t total = 0;

    (void)snprintf(code_text, sizeof(code_text), code ? "%d" : "other", code);
    for (size_t i = 0; i < BUCKETS; i++)
        total += get(&histogram->buckets[i]);
    if (total == 0)
        return;
    total = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        total += get(&histogram->buckets[i]);
        if (i < ARRAY_LEN(bucket_us))
            (void)snprintf(bound, sizeof(bound), "%g", (double)bucket_us[i] / 1e6);
        else
            (void)snprintf(bound, sizeof(bound), "+Inf");
        exposition_sample(exposition, "_bucket", labels, 3, (double)total);
    }
    exposition_sample(exposition, "_sum", labels, 2, (double)get(&histogram->sum_us) / 1e6);
    exposition_sample(exposition, "_count", labels, 2, (double)total);
}

static void expose_read(struct read_count *slot, const char *family, struct exposition *exposition)
{
    char code_text[16];
    const struct metric_label labels[] = {{"family", family}, {"queue", slot->queue}, {"code", code_text}};

    (void)snprintf(code_text, sizeof(code_text), "%d", slot->code);
    exposition_sample(exposition, "", labels, ARRAY_LEN(labels), (double)get(&slot->count));
}

void request_metrics_expose(struct request_metrics *metrics, struct exposition *exposition)
{
    own_family_begin(exposition, OWN_REQUEST_DURATION);
    for (size_t route = 0; route < metrics->n_routes; route++)
        for (size_t code = 0; code < CODES; code++)
            expose_histogram(&metrics->histograms[route][code], metrics->routes[route], codes[code], exposition);
    own_family_begin(exposition, OWN_EXTERNAL_READS);
    for (size_t i = 0; i <= REQUEST_READS_MAX; i++) {
        const char *family = atomic_load_explicit(&metrics->reads[i].family, memory_order_acquire);

        if (family && get(&metrics->reads[i].count) > 0)
            expose_read(&metrics->reads[i], family, exposition);
    }
}
