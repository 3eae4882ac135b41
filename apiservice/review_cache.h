/* review_cache.h - what the API server answered to reviews, for as long as that counts. Pure: the time is told.
 *
 * Rules    an answer counts for its lifetime from when its question was asked, not from when the answer came: yes for the TTL, no
 *          for at most REVIEW_NO_MS. Never longer: an answer that is too old is not found
 * Ahead    a yes that was used lately and is older than half its lifetime should be asked for anew, in the background:
 *          review_cache_due hands those questions out
 * Secrets  a question may be a token: it is wiped when it is dropped, and who gets one from review_cache_due wipes it too
 * Bounds   the capacity; the entry that was unused for longest gives way. All questions together REVIEW_QUESTIONS_BYTES_MAX
 * Threads  none: the caller has a lock. An answer is counted and never changes
 * Owner    store keeps a reference of its own, find gives one */
#ifndef APISERVICE_REVIEW_CACHE_H
#define APISERVICE_REVIEW_CACHE_H

#include <stdatomic.h>
#include <stdint.h>

#include "apiservice/principal.h"

enum {
    REVIEW_NO_MS = 10 * 1000,
    REVIEW_USED_LATELY_MS = 60 * 1000,
    REVIEW_RESTS_MS = 1000,
    REVIEW_KEY_BYTES = 32,
    REVIEW_QUESTIONS_BYTES_MAX = 8 * 1024 * 1024,
};

struct review_key {
    unsigned char bytes[REVIEW_KEY_BYTES]; /* a digest with a secret in it, so that nobody can choose where entries collide */
};

struct review_answer {
    atomic_size_t references;
    bool yes;
    char reason[REVIEW_REASON_MAX];
    struct principal principal; /* whose token it is */
};

struct review_answer *review_answer_new(bool yes, const char *reason, const struct kube_user *user) MUST_CHECK; /* user: NULL: none */
struct review_answer *review_answer_acquire(struct review_answer *answer);                                      /* NULL is fine */
void review_answer_release(struct review_answer *answer);                                                       /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct review_answer, review_answer_release)

int64_t review_lifetime_ms(bool yes, int64_t ttl_ms);

struct review_cache;

struct review_cache *review_cache_new(size_t capacity) MUST_CHECK;
void review_cache_free(struct review_cache *cache); /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct review_cache, review_cache_free)

struct review_time {
    int64_t now_ms, ttl_ms;
};

/* NULL: not known, or not any more. */
struct review_answer *review_cache_find(struct review_cache *cache, const struct review_key *key, struct review_time time);

struct review_result {
    struct review_answer *answer;
    int64_t asked_ms;
    const char *question; /* to ask it anew; copied */
};

/* In place of an older answer, but never of a younger one. */
void review_cache_store(struct review_cache *cache, const struct review_key *key, const struct review_result *result);

struct review_due {
    struct review_key key;
    char *question; /* the caller's, by review_due_clear */
};

void review_due_clear(struct review_due *due);

/* The questions to ask anew now, those used last first. Each is then left alone for REVIEW_RESTS_MS. */
size_t review_cache_due(struct review_cache *cache, struct review_time time, struct review_due *out, size_t most);
size_t review_cache_len(const struct review_cache *cache);

#endif
