#include "kube/reviews.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"

enum { QUESTION_BYTES_MAX = 1024 * 1024, FIRST_DELAY_MS = 500 };

struct review {
    struct kube_client *client;
    struct kube_call *call;   /* while asking */
    struct loop_timer *timer; /* while waiting for the next try */
    const char *path;
    struct buffer body;
    int attempt;
    int64_t deadline_ms; /* boot clock */
    void (*finish)(struct review *review, const json_t *object, const struct error *err);
    access_review_done *access_done;
    token_review_done *token_done;
    struct text_list audiences; /* borrowed */
    void *context;
};

static bool may_work_later(const struct object_result *result)
{
    switch (result->status) {
    case 0: return false;
    case 429:
    case 500:
    case 504: return true;
    default: return result->status >= 300 && result->retry_after_ms >= 0;
    }
}

int64_t review_retry_delay(const struct object_result *result, const struct error *err, int attempt, double unit)
{
    double delay = FIRST_DELAY_MS;

    if (result->status == 0 && err->code == ERROR_UNAVAILABLE && attempt == 1)
        return 0;
    if (attempt >= REVIEW_TRIES || !may_work_later(result))
        return -1;
    for (int i = 1; i < attempt; i++)
        delay *= 1.5;
    delay *= 1.0 + 0.2 * unit;
    return (double)result->retry_after_ms > delay ? result->retry_after_ms : (int64_t)delay;
}

static void review_free(struct review *review)
{
    loop_timer_free(review->timer);
    if (review->body.data)
        explicit_bzero(review->body.data, review->body.len); /* it may hold a token */
    buffer_clear(&review->body);
    free(review);
}

void review_cancel(struct review *review)
{
    if (!review)
        return;
    kube_call_cancel(review->call);
    review_free(review);
}

static void end(struct review *review, const json_t *object, const struct error *err)
{
    review->finish(review, object, err);
    review_free(review);
}

static void on_timer(void *context);

/* The timer is made when it is needed: most reviews never wait. */
static bool ask_later(struct review *review, int64_t delay_ms)
{
    if (delay_ms < 0 || clock_boot_ms() + delay_ms >= review->deadline_ms)
        return false;
    if (!review->timer)
        review->timer = loop_timer_new(kube_client_loop(review->client), on_timer, review);
    if (review->timer)
        loop_timer_after(review->timer, delay_ms);
    return review->timer != NULL;
}

static void on_answer(void *context, const struct object_result *result, const struct error *err)
{
    struct review *review = context;

    review->call = NULL;
    if (!err || !ask_later(review, review_retry_delay(result, err, review->attempt, random_unit())))
        end(review, result->object, err);
}

static int ask(struct review *review, struct error *err)
{
    struct object_request request = {
        .method = "POST",
        .path = review->path,
        .body = review->body.data,
        .body_len = review->body.len,
        .timeout_ms = review->deadline_ms - clock_boot_ms(),
    };

    if (request.timeout_ms <= 0)
        return error_set(err, ERROR_TIMEOUT, "no time is left for another try");
    review->attempt++;
    review->call = object_start(review->client, &request, on_answer, review, err);
    return review->call ? 0 : -1;
}

static void on_timer(void *context)
{
    struct review *review = context;
    struct error err = {0};

    if (ask(review, &err) < 0)
        end(review, NULL, &err);
}

/* Takes the review. */
static struct review *start(struct review *review, struct error *err)
{
    review->deadline_ms = clock_boot_ms() + REVIEW_TIMEOUT_MS;
    if (buffer_failed(&review->body))
        error_set(err, ERROR_LIMIT, "a question of more than %d bytes", QUESTION_BYTES_MAX);
    else if (ask(review, err) == 0)
        return review;
    review_free(review);
    return NULL;
}

static struct review *review_new(struct kube_client *client, const char *path, struct error *err)
{
    struct review *review = calloc(1, sizeof(*review));

    if (!review) {
        error_no_memory(err);
        return NULL;
    }
    *review = (struct review){.client = client, .path = path, .body = BUFFER_INIT(QUESTION_BYTES_MAX)};
    return review;
}

/* --- the two kinds --- */

static void finish_access(struct review *review, const json_t *object, const struct error *err)
{
    struct access_answer answer = {0};
    struct error why = {0};

    if (!err && access_review_read(object, &answer, &why) < 0)
        err = &why;
    review->access_done(review->context, err ? NULL : &answer, err);
}

static struct review *access_review_new(struct kube_client *client, access_review_done *done, void *context, struct error *err)
{
    struct review *review = review_new(client, "/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s", err);

    if (!review)
        return NULL;
    review->finish = finish_access;
    review->access_done = done;
    review->context = context;
    return review;
}

struct review *access_review_start(struct kube_client *client, const struct access_question *question, access_review_done *done,
                                   void *context, struct error *err)
{
    struct review *review = access_review_new(client, done, context, err);

    if (!review)
        return NULL;
    access_review_write(question, &review->body);
    return start(review, err);
}

struct review *access_review_start_written(struct kube_client *client, const char *question, access_review_done *done, void *context,
                                           struct error *err)
{
    struct review *review = access_review_new(client, done, context, err);

    if (!review)
        return NULL;
    (void)buffer_add_text(&review->body, question);
    return start(review, err);
}

static void finish_token(struct review *review, const json_t *object, const struct error *err)
{
    CLEANUP(token_answer_clear) struct token_answer answer = {0};
    struct error why = {0};

    if (!err && token_review_read(object, &review->audiences, &answer, &why) < 0)
        err = &why;
    review->token_done(review->context, err ? NULL : &answer, err);
}

struct review *token_review_start(struct kube_client *client, const struct token_question *question, token_review_done *done, void *context,
                                  struct error *err)
{
    struct review *review = review_new(client, "/apis/authentication.k8s.io/v1/tokenreviews?timeout=10s", err);

    if (!review)
        return NULL;
    review->finish = finish_token;
    review->token_done = done;
    review->audiences = question->audiences;
    review->context = context;
    token_review_write(question->token, &question->audiences, &review->body);
    return start(review, err);
}
