#include "apiservice/review_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entries stand in an array and are linked by index, twice: in the list of their bucket, and from the last used to the one
 * unused for longest. */
#define NONE UINT32_MAX

struct entry {
    struct review_key key;
    struct review_answer *answer;
    char *question;
    int64_t asked_ms, used_ms;
    int64_t rests_until_ms;  /* the question was handed out */
    uint32_t next_in_bucket; /* also of the free ones */
    uint32_t newer, older;
};

struct review_cache {
    struct entry *entries;
    uint32_t *buckets;
    uint32_t capacity, n_buckets; /* n_buckets: a power of two */
    uint32_t len, free, newest, oldest;
    size_t question_bytes;
};

/* --- answers --- */

struct review_answer *review_answer_new(bool yes, const char *reason, const struct kube_user *user)
{
    struct review_answer *answer = calloc(1, sizeof(*answer));

    if (!answer)
        return NULL;
    atomic_init(&answer->references, 1);
    answer->yes = yes;
    (void)snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
    answer->principal = PRINCIPAL_INIT;
    if (user)
        principal_copy(&answer->principal, user);
    if (!answer->principal.arena.failed)
        return answer;
    review_answer_release(answer);
    return NULL;
}

struct review_answer *review_answer_acquire(struct review_answer *answer)
{
    if (answer)
        (void)atomic_fetch_add_explicit(&answer->references, 1, memory_order_relaxed);
    return answer;
}

void review_answer_release(struct review_answer *answer)
{
    if (!answer || atomic_fetch_sub_explicit(&answer->references, 1, memory_order_acq_rel) != 1)
        return;
    principal_clear(&answer->principal);
    free(answer);
}

int64_t review_lifetime_ms(bool yes, int64_t ttl_ms)
{
    return yes || ttl_ms < REVIEW_NO_MS ? ttl_ms : REVIEW_NO_MS;
}

/* --- the links --- */

static uint32_t *bucket_of(struct review_cache *cache, const struct review_key *key)
{
    uint32_t hash;

    memcpy(&hash, key->bytes, sizeof(hash));
    return &cache->buckets[hash & (cache->n_buckets - 1)];
}

static void take_from_ages(struct review_cache *cache, uint32_t at)
{
    struct entry *entry = &cache->entries[at];

    *(entry->newer == NONE ? &cache->newest : &cache->entries[entry->newer].older) = entry->older;
    *(entry->older == NONE ? &cache->oldest : &cache->entries[entry->older].newer) = entry->newer;
}

static void put_newest(struct review_cache *cache, uint32_t at)
{
    struct entry *entry = &cache->entries[at];

    entry->newer = NONE;
    entry->older = cache->newest;
    *(cache->newest == NONE ? &cache->oldest : &cache->entries[cache->newest].newer) = at;
    cache->newest = at;
}

static void take_from_bucket(struct review_cache *cache, uint32_t at)
{
    uint32_t *link = bucket_of(cache, &cache->entries[at].key);

    while (*link != at)
        link = &cache->entries[*link].next_in_bucket;
    *link = cache->entries[at].next_in_bucket;
}

static void wipe(char *question)
{
    if (question)
        explicit_bzero(question, strlen(question));
    free(question);
}

static void drop_question(struct review_cache *cache, struct entry *entry)
{
    if (entry->question)
        cache->question_bytes -= strlen(entry->question) + 1;
    wipe(entry->question);
    entry->question = NULL;
}

static void evict(struct review_cache *cache, uint32_t at)
{
    struct entry *entry = &cache->entries[at];

    take_from_bucket(cache, at);
    take_from_ages(cache, at);
    review_answer_release(entry->answer);
    entry->answer = NULL;
    drop_question(cache, entry);
    entry->next_in_bucket = cache->free;
    cache->free = at;
    cache->len--;
}

static uint32_t find_index(struct review_cache *cache, const struct review_key *key)
{
    uint32_t at = *bucket_of(cache, key);

    while (at != NONE && memcmp(&cache->entries[at].key, key, sizeof(*key)) != 0)
        at = cache->entries[at].next_in_bucket;
    return at;
}

/* A free entry, in its bucket and the newest. */
static uint32_t add(struct review_cache *cache, const struct review_key *key)
{
    uint32_t *bucket = bucket_of(cache, key);
    uint32_t at;

    if (cache->free == NONE)
        evict(cache, cache->oldest);
    at = cache->free;
    cache->free = cache->entries[at].next_in_bucket;
    cache->entries[at] = (struct entry){.key = *key, .next_in_bucket = *bucket};
    *bucket = at;
    put_newest(cache, at);
    cache->len++;
    return at;
}

/* --- the cache --- */

struct review_cache *review_cache_new(size_t capacity)
{
    struct review_cache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        return NULL;
    cache->capacity = (uint32_t)capacity;
    cache->n_buckets = 1;
    while (cache->n_buckets < cache->capacity)
        cache->n_buckets *= 2;
    cache->entries = calloc(cache->capacity, sizeof(*cache->entries));
    cache->buckets = calloc(cache->n_buckets, sizeof(*cache->buckets));
    if (!cache->entries || !cache->buckets) {
        free(cache->entries);
        free(cache->buckets);
        free(cache);
        return NULL;
    }
    memset(cache->buckets, 0xff, cache->n_buckets * sizeof(*cache->buckets));
    cache->newest = cache->oldest = NONE;
    for (uint32_t i = 0; i < cache->capacity; i++)
        cache->entries[i].next_in_bucket = i + 1 < cache->capacity ? i + 1 : NONE;
    return cache;
}

void review_cache_free(struct review_cache *cache)
{
    if (!cache)
        return;
    while (cache->newest != NONE)
        evict(cache, cache->newest);
    free(cache->entries);
    free(cache->buckets);
    free(cache);
}

static bool is_half_old(const struct entry *entry, struct review_time time)
{
    return entry->answer->yes && time.now_ms - entry->asked_ms >= time.ttl_ms / 2 && time.now_ms >= entry->rests_until_ms;
}

struct review_answer *review_cache_find(struct review_cache *cache, const struct review_key *key, struct review_time time)
{
    uint32_t at = find_index(cache, key);
    struct entry *entry = at == NONE ? NULL : &cache->entries[at];

    if (!entry)
        return NULL;
    if (time.now_ms - entry->asked_ms >= review_lifetime_ms(entry->answer->yes, time.ttl_ms)) {
        evict(cache, at);
        return NULL;
    }
    take_from_ages(cache, at);
    put_newest(cache, at);
    entry->used_ms = time.now_ms;
    return review_answer_acquire(entry->answer);
}

static void keep_question(struct review_cache *cache, struct entry *entry, const struct review_result *result)
{
    size_t size = strlen(result->question) + 1;

    drop_question(cache, entry);
    if (!result->answer->yes || cache->question_bytes + size > REVIEW_QUESTIONS_BYTES_MAX)
        return;
    entry->question = strdup(result->question);
    if (entry->question)
        cache->question_bytes += size;
}

void review_cache_store(struct review_cache *cache, const struct review_key *key, const struct review_result *result)
{
    uint32_t at = find_index(cache, key);
    bool known = at != NONE;
    struct entry *entry;

    if (known && cache->entries[at].asked_ms > result->asked_ms)
        return;
    if (!known)
        at = add(cache, key);
    entry = &cache->entries[at];
    if (!known)
        entry->used_ms = result->asked_ms;
    review_answer_release(entry->answer);
    entry->answer = review_answer_acquire(result->answer);
    entry->asked_ms = result->asked_ms;
    entry->rests_until_ms = INT64_MIN;
    keep_question(cache, entry, result);
}

size_t review_cache_due(struct review_cache *cache, struct review_time time, struct review_due *out, size_t most)
{
    size_t n = 0;

    for (uint32_t at = cache->newest; at != NONE && n < most; at = cache->entries[at].older) {
        struct entry *entry = &cache->entries[at];

        if (time.now_ms - entry->used_ms > REVIEW_USED_LATELY_MS)
            break;
        if (!entry->question || !is_half_old(entry, time))
            continue;
        out[n] = (struct review_due){.key = entry->key, .question = strdup(entry->question)};
        entry->rests_until_ms = time.now_ms + REVIEW_RESTS_MS;
        n += out[n].question != NULL;
    }
    return n;
}

void review_due_clear(struct review_due *due)
{
    wipe(due->question);
    due->question = NULL;
}

size_t review_cache_len(const struct review_cache *cache)
{
    return cache->len;
}
