#include "apiservice/access.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/authorization.h"
#include "apiservice/own_families.h"
#include "apiservice/status.h"
#include "base/clock.h"

struct access {
    struct access_desk *desk;
    atomic_bool metrics_free;
    atomic_uint_fast64_t ways[AUTHENTICATION_WAYS];
    pthread_mutex_t lock;
    struct authentication_config *config; /* under lock; one reference is ours */
};

static const char *const way_names[AUTHENTICATION_WAYS] = {
    [AUTHENTICATION_FRONT_PROXY] = "front_proxy", [AUTHENTICATION_CERTIFICATE] = "certificate", [AUTHENTICATION_TOKEN] = "token",
    [AUTHENTICATION_ANONYMOUS] = "anonymous",     [AUTHENTICATION_FAILED] = "failed",
};

/* One request on its way. */
struct judgement {
    struct access *access;
    const struct request *request;
    const struct target *target;
    struct access_ticket *ticket;
    struct response *response;
    struct principal principal;
};

static void judgement_clear(struct judgement *judgement)
{
    principal_clear(&judgement->principal);
}

static enum access_decision refuse(struct judgement *judgement, int code, const char *message)
{
    status_respond_text(code, message, judgement->response);
    return ACCESS_REFUSED;
}

static enum access_decision refuse_failed(struct judgement *judgement)
{
    if (judgement->ticket->failure == 429)
        return refuse(judgement, 429, "too many requests wait for the API server to check their rights, please try again later");
    return refuse(judgement, 503, "the API server cannot be asked now who this is and what they may do, please try again later");
}

/* --- whose request is it? --- */

static enum access_decision refuse_too_large(struct judgement *judgement)
{
    return refuse(judgement, 431, "the user's name, groups and extra are too large to ask the API server about");
}

/* Without memory for a key nobody is told from another. */
static void note_no_key(struct judgement *judgement)
{
    judgement->principal.arena.failed = true;
}

/* The API server's answer about the token; NULL: ask. Borrowed from the ticket. */
static const struct review_answer *find_token(struct judgement *judgement, const char *token)
{
    struct access_desk *desk = judgement->access->desk;
    struct access_ticket *ticket = judgement->ticket;

    if (ticket->answers[REVIEW_TOKEN])
        return ticket->answers[REVIEW_TOKEN];
    (void)buffer_add_text(&ticket->question, token);
    ticket->kind = REVIEW_TOKEN;
    if (!access_desk_key(desk, REVIEW_TOKEN, &ticket->question, &ticket->key)) {
        note_no_key(judgement);
        return NULL;
    }
    ticket->answers[REVIEW_TOKEN] = access_desk_find(desk, REVIEW_TOKEN, &ticket->key);
    return ticket->answers[REVIEW_TOKEN];
}

static enum authentication_way identify(struct judgement *judgement, const struct authentication_config *config)
{
    struct principal *principal = &judgement->principal;
    struct authentication authentication = {.config = config, .request = judgement->request, .peer = judgement->request->peer};
    const struct review_answer *answer;
    struct token_verdict heard;
    enum authentication_way way;

    client_peer_judge(judgement->request->peer, config, clock_unix_ms());
    authentication.token = authentication_token(judgement->request, &principal->arena);
    way = authenticate(&authentication, principal);
    if (way != AUTHENTICATION_ASK)
        return way;
    answer = find_token(judgement, authentication.token);
    if (!answer)
        return way;
    heard = (struct token_verdict){answer->yes, &answer->principal.user};
    authentication.heard = &heard;
    return authenticate(&authentication, principal);
}

/* --- what may they do? --- */

static bool is_metrics(const struct target *target)
{
    return target->n_segments == 1 && strcmp(target->segments[0], "metrics") == 0;
}

static enum access_decision decide(struct judgement *judgement, const struct access_question *question, const struct review_answer *answer)
{
    if (answer->yes)
        return ACCESS_GRANTED;
    authorization_forbid(question, answer->reason, judgement->response);
    return ACCESS_REFUSED;
}

static bool is_same(const struct review_key *a, const struct review_key *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* The ticket's buffer holds the key's bytes for a moment, so that a request costs no allocation. */
static bool make_key(struct judgement *judgement, const struct access_question *question, struct review_key *out)
{
    struct buffer *bytes = &judgement->ticket->question;
    bool made;

    buffer_reset(bytes);
    authorization_write_key(question, bytes);
    made = access_desk_key(judgement->access->desk, REVIEW_ACCESS, bytes, out);
    buffer_reset(bytes);
    return made;
}

static enum access_decision authorize(struct judgement *judgement, const struct access_question *question)
{
    struct access_ticket *ticket = judgement->ticket;
    struct review_answer **answer = &ticket->answers[REVIEW_ACCESS];
    struct review_key key;

    if (!make_key(judgement, question, &key))
        return refuse_too_large(judgement);
    if (*answer && is_same(&ticket->key, &key))
        return decide(judgement, question, *answer);
    review_answer_release(*answer); /* to a question that another configuration made another */
    *answer = access_desk_find(judgement->access->desk, REVIEW_ACCESS, &key);
    if (*answer)
        return decide(judgement, question, *answer);
    ticket->kind = REVIEW_ACCESS;
    ticket->key = key;
    access_review_write(question, &ticket->question);
    return buffer_failed(&ticket->question) ? refuse_too_large(judgement) : ACCESS_LATER;
}

static enum access_decision judge_user(struct judgement *judgement)
{
    struct access_question question = {.user = &judgement->principal.user};
    bool known;

    if (authorization_is_health(judgement->target))
        return ACCESS_GRANTED;
    if (is_metrics(judgement->target) && atomic_load_explicit(&judgement->access->metrics_free, memory_order_relaxed))
        return ACCESS_GRANTED;
    known = authorization_question(judgement->request->method, judgement->target, &judgement->principal.arena, &question);
    if (judgement->principal.arena.failed)
        return refuse(judgement, 500, "Internal error occurred: out of memory");
    if (known)
        return authorization_is_free(&question) ? ACCESS_GRANTED : authorize(judgement, &question);
    status_respond(&(struct status){.code = 404, .message = STATUS_NO_SUCH_RESOURCE, .details = STATUS_DETAILS_EMPTY}, judgement->response);
    return ACCESS_REFUSED;
}

/* --- the judgement --- */

/* Before the cluster's configuration was read nobody can be told from another; the kubelet must hear all the same. */
static enum access_decision judge_without_config(struct judgement *judgement)
{
    if (authorization_is_health(judgement->target))
        return ACCESS_GRANTED;
    return refuse(judgement, 503, "starting: the cluster's authentication configuration was not read yet, please try again later");
}

static enum access_decision judge(struct judgement *judgement)
{
    CLEANUP(authentication_config_releasep) struct authentication_config *config = access_config(judgement->access);
    enum access_decision decision;
    enum authentication_way way;

    if (judgement->ticket->failure)
        return refuse_failed(judgement);
    if (!config)
        return judge_without_config(judgement);
    buffer_reset(&judgement->ticket->question);
    way = identify(judgement, config);
    if (judgement->principal.arena.failed)
        return refuse_too_large(judgement);
    if (way == AUTHENTICATION_ASK)
        return ACCESS_LATER;
    decision = way == AUTHENTICATION_FAILED ? refuse(judgement, 401, "Unauthorized") : judge_user(judgement);
    if (decision != ACCESS_LATER)
        (void)atomic_fetch_add_explicit(&judgement->access->ways[way], 1, memory_order_relaxed);
    return decision;
}

enum access_decision access_judge(struct access *access, const struct request *request, const struct target *target,
                                  struct response *response)
{
    CLEANUP(judgement_clear)
    struct judgement judgement = {.access = access, .request = request, .target = target, .ticket = request->ticket, .response = response};

    judgement.principal = PRINCIPAL_INIT;
    return judge(&judgement);
}

void access_wait(struct access *access, struct access_ticket *ticket, loop_callback *resume, void *context)
{
    access_desk_ask(access->desk, ticket, resume, context);
}

void access_close(struct access *access)
{
    access_desk_close(access->desk);
}

/* --- access --- */

struct access *access_new(struct access_desk *desk, struct error *err)
{
    struct access *access = calloc(1, sizeof(*access));

    if (!access) {
        (void)error_no_memory(err);
        return NULL;
    }
    access->desk = desk;
    (void)pthread_mutex_init(&access->lock, NULL);
    return access;
}

void access_free(struct access *access)
{
    if (!access)
        return;
    authentication_config_release(access->config);
    (void)pthread_mutex_destroy(&access->lock);
    free(access);
}

void access_set_config(struct access *access, struct authentication_config *config)
{
    struct authentication_config *old;

    (void)pthread_mutex_lock(&access->lock);
    old = access->config;
    access->config = authentication_config_acquire(config);
    (void)pthread_mutex_unlock(&access->lock);
    authentication_config_release(old);
}

struct authentication_config *access_config(struct access *access)
{
    struct authentication_config *config;

    (void)pthread_mutex_lock(&access->lock);
    config = authentication_config_acquire(access->config);
    (void)pthread_mutex_unlock(&access->lock);
    return config;
}

void access_set_metrics_free(struct access *access, bool free_for_all)
{
    atomic_store_explicit(&access->metrics_free, free_for_all, memory_order_relaxed);
}

void access_expose(void *context, struct exposition *exposition)
{
    struct access *access = context;

    own_family_begin(exposition, OWN_AUTHENTICATION);
    for (size_t i = 0; i < AUTHENTICATION_WAYS; i++)
        exposition_sample(exposition, "", &(const struct metric_label){"result", way_names[i]}, 1,
                          (double)atomic_load_explicit(&access->ways[i], memory_order_relaxed));
    access_desk_expose(access->desk, exposition);
}
