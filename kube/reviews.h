/* reviews.h - asks the API server whose token this is (TokenReview) and what a user may do (SubjectAccessReview).
 *
 * Time     REVIEW_TIMEOUT_MS for one question with all its tries
 * Retry    at most REVIEW_TRIES, 0.5 s apart and growing by half with jitter, and only when the server says that it may
 *          work later: 429, 500, 504, or any status with Retry-After. Without any answer it is asked once more, at once: a kept
 *          connection may have been closed just then. A server that cannot be reached is told at once
 * Errors   an error is neither yes nor no: the caller denies and says why
 * Threads  the loop's
 * Owner    the question is copied; an answer lives for the call of done only. A review ends with done or with review_cancel (then
 *          done is not called); the client must live until then
 * Source   k8s.io/apiserver pkg/util/webhook: DefaultShouldRetry, DefaultRetryBackoff */
#ifndef KUBE_REVIEWS_H
#define KUBE_REVIEWS_H

#include "base/attributes.h"
#include "base/error.h"
#include "kube/client.h"
#include "kube/objects.h"
#include "kube/review_wire.h"

enum { REVIEW_TIMEOUT_MS = 10000, REVIEW_TRIES = 5 };

struct review;

typedef void access_review_done(void *context, const struct access_answer *answer, const struct error *err); /* one is NULL */
typedef void token_review_done(void *context, const struct token_answer *answer, const struct error *err);   /* one is NULL */

struct review *access_review_start(struct kube_client *client, const struct access_question *question, access_review_done *done,
                                   void *context, struct error *err) MUST_CHECK;
/* The same with a question as access_review_write left it; copied. */
struct review *access_review_start_written(struct kube_client *client, const char *question, access_review_done *done, void *context,
                                           struct error *err) MUST_CHECK;

struct token_question {
    const char *token;
    struct text_list audiences; /* the items must live until done */
};

struct review *token_review_start(struct kube_client *client, const struct token_question *question, token_review_done *done, void *context,
                                  struct error *err) MUST_CHECK;
void review_cancel(struct review *review); /* NULL is fine */

/* Pure: how long to wait before the next try, -1: no more. attempt counts from 1; unit is random in [0, 1). */
int64_t review_retry_delay(const struct object_result *result, const struct error *err, int attempt, double unit);

#endif
