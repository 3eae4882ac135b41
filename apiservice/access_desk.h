/* access_desk.h - where server threads have the API server asked: the caches of reviews, and those who wait for one.
 *
 * Shape    a server thread looks an answer up with access_desk_find; when there is none it suspends its request and hands a ticket in. The
 *          loop asks, keeps the answer, puts it into the ticket and calls resume
 * Rules    one question is asked once at a time, however many wait for it. Answers that are used are asked for anew before they end
 *          (review_cache.h), so that whoever keeps asking waits only once
 * Bounds   REVIEWS_IN_FLIGHT_MAX reviews at once, half of them ahead of time; a ticket waits ACCESS_WAIT_MAX_MS at most; cache
 *          entries and questions by review_cache.h
 * Errors   no answer is neither yes nor no: ticket.failure is then the HTTP status code to give. Failures are logged when they begin
 *          and when they end
 * Threads  find, ask, set_ttl, expose: any; new, close and free: the loop's, or when it does not run. resume is called by the loop, or
 *          by the caller of ask
 * Owner    a ticket belongs to its request; from ask until resume is called it is the desk's */
#ifndef APISERVICE_ACCESS_DESK_H
#define APISERVICE_ACCESS_DESK_H

#include "apiservice/access_ticket.h"
#include "apiservice/exposition.h"
#include "kube/reviews.h"

enum {
    ACCESS_ENTRIES_MAX = 8192,
    TOKEN_ENTRIES_MAX = 1024,
    REVIEWS_IN_FLIGHT_MAX = 64,
    ACCESS_WAIT_MAX_MS = REVIEW_TIMEOUT_MS + 1000, /* the review's own time-out comes first, and says why */
    QUESTION_KEPT_BYTES_MAX = 10000,               /* an answer to a longer one serves its ticket only */
};

struct access_desk;

struct access_desk_options {
    struct loop *loop;
    struct kube_client *client;
    struct text_list audiences; /* a token's; borrowed for the life of the desk */
    int64_t ttl_ms;
};

struct access_desk *access_desk_new(const struct access_desk_options *options, struct error *err) MUST_CHECK;
/* Every ticket gets its resume, with a failure; from now on asking fails at once. */
void access_desk_close(struct access_desk *desk);
void access_desk_free(struct access_desk *desk); /* NULL is fine; closes */
void access_desk_set_ttl(struct access_desk *desk, int64_t ttl_ms);

/* False: out of memory. */
bool access_desk_key(const struct access_desk *desk, enum review_kind kind, const struct buffer *bytes, struct review_key *out) MUST_CHECK;
/* NULL: not known. */
struct review_answer *access_desk_find(struct access_desk *desk, enum review_kind kind, const struct review_key *key) MUST_CHECK;
/* resume(context) is called once: at once, or later by the loop. */
void access_desk_ask(struct access_desk *desk, struct access_ticket *ticket, loop_callback *resume, void *context);
/* context: struct access_desk */
void access_desk_expose(void *context, struct exposition *exposition);

#endif
