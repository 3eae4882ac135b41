#include "apiservice/access_desk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/review_key.h"
#include "apiservice/review_metrics.h"
#include "base/clock.h"
#include "base/log.h"

enum { TICK_MOST_MS = 500, TICK_LEAST_MS = 50, TICKS_PER_TTL = 8, AHEAD_MAX = REVIEWS_IN_FLIGHT_MAX / 2 };

/* One review that is being asked for. The loop's. */
struct flight {
    struct access_desk *desk;
    struct flight *next;
    enum review_kind kind;
    struct review_key key;
    char *question;
    struct review *review;
    struct access_ticket *waiting; /* NULL: ahead of time */
    int64_t asked_us;
};

struct access_desk {
    struct access_desk_options options;
    struct review_secret *secret;  /* of the keys */
    struct ticket_queue handed_in; /* not yet seen by the loop */
    struct review_metrics metrics;

    /* the loop's */
    struct loop_timer *tick;
    struct flight *flights;
    size_t n_flights;
    bool failing; /* the last review had no answer */

    pthread_mutex_t lock;
    struct review_cache *caches[REVIEW_KINDS]; /* under lock */
    int64_t ttl_ms;                            /* under lock */
};

static const char *const kind_names[REVIEW_KINDS] = {[REVIEW_ACCESS] = "SubjectAccessReview", [REVIEW_TOKEN] = "TokenReview"};

/* --- flights --- */

static struct flight *flight_find(const struct access_desk *desk, enum review_kind kind, const struct review_key *key)
{
    struct flight *flight = desk->flights;

    while (flight && (flight->kind != kind || memcmp(&flight->key, key, sizeof(*key)) != 0))
        flight = flight->next;
    return flight;
}

static void flight_unlink(struct flight *flight)
{
    struct flight **at = &flight->desk->flights;

    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    flight->desk->n_flights--;
}

static void flight_free(struct flight *flight)
{
    if (flight->question)
        explicit_bzero(flight->question, strlen(flight->question));
    free(flight->question);
    free(flight);
}

/* answer NULL: those who wait fail with code. */
static void flight_end(struct flight *flight, struct review_answer *answer, int code)
{
    struct access_ticket *waiting = flight->waiting;

    flight_unlink(flight);
    flight_free(flight);
    access_tickets_end(waiting, answer, code);
}

static void flight_store(struct flight *flight, struct review_answer *answer)
{
    struct access_desk *desk = flight->desk;
    const struct review_result result = {
        .answer = answer,
        .asked_ms = flight->asked_us / 1000,
        .question = flight->question,
    };

    if (strlen(flight->question) > QUESTION_KEPT_BYTES_MAX)
        return;
    (void)pthread_mutex_lock(&desk->lock);
    review_cache_store(desk->caches[flight->kind], &flight->key, &result);
    (void)pthread_mutex_unlock(&desk->lock);
}

static void note_outcome(struct access_desk *desk, enum review_kind kind, const struct error *err)
{
    if (err && !desk->failing)
        log_warn("the API server cannot be asked; requests that need it are refused", "review", kind_names[kind], "error", err->text, NULL);
    else if (!err && desk->failing)
        log_info("the API server answers reviews again", NULL);
    desk->failing = err != NULL;
}

/* answer NULL: err. */
static void flight_land(struct flight *flight, struct review_answer *answer, const struct error *err)
{
    struct access_desk *desk = flight->desk;
    enum review_outcome outcome = !answer ? REVIEW_OUTCOME_ERROR : answer->yes ? REVIEW_OUTCOME_YES : REVIEW_OUTCOME_NO;

    flight->review = NULL;
    review_metrics_observe(&desk->metrics, flight->kind, outcome, clock_boot_us() - flight->asked_us);
    note_outcome(desk, flight->kind, err);
    if (answer)
        flight_store(flight, answer);
    flight_end(flight, answer, err && err->code == ERROR_RATE_LIMITED ? 429 : 503);
}

static void on_access(void *context, const struct access_answer *answer, const struct error *err)
{
    CLEANUP(review_answer_releasep) struct review_answer *made = NULL;
    struct error no_memory;

    if (answer)
        made = review_answer_new(answer->allowed, answer->reason, NULL);
    if (answer && !made) {
        (void)error_no_memory(&no_memory);
        err = &no_memory;
    }
    flight_land(context, made, err);
}

static void on_token(void *context, const struct token_answer *answer, const struct error *err)
{
    CLEANUP(review_answer_releasep) struct review_answer *made = NULL;
    struct error no_memory;

    if (answer)
        made = review_answer_new(answer->authenticated, answer->reason, answer->authenticated ? &answer->user : NULL);
    if (answer && !made) {
        (void)error_no_memory(&no_memory);
        err = &no_memory;
    }
    flight_land(context, made, err);
}

static int flight_ask(struct flight *flight, struct error *err)
{
    const struct access_desk_options *options = &flight->desk->options;
    const struct token_question token = {.token = flight->question, .audiences = options->audiences};

    flight->review = flight->kind == REVIEW_TOKEN ? token_review_start(options->client, &token, on_token, flight, err)
                                                  : access_review_start_written(options->client, flight->question, on_access, flight, err);
    return flight->review ? 0 : -1;
}

static int64_t tick_ms(int64_t ttl_ms)
{
    int64_t ms = ttl_ms / TICKS_PER_TTL;

    return ms > TICK_MOST_MS ? TICK_MOST_MS : ms < TICK_LEAST_MS ? TICK_LEAST_MS : ms;
}

static struct review_time time_now(const struct access_desk *desk)
{
    return (struct review_time){.now_ms = clock_boot_ms(), .ttl_ms = desk->ttl_ms};
}

/* NULL: it could not be asked. */
static struct flight *flight_start(struct access_desk *desk, enum review_kind kind, const struct review_key *key, const char *question)
{
    struct flight *flight = calloc(1, sizeof(*flight));
    struct error err = {0};

    if (!flight)
        return NULL;
    *flight = (struct flight){.desk = desk, .kind = kind, .key = *key, .question = strdup(question), .asked_us = clock_boot_us()};
    if ((flight->question ? flight_ask(flight, &err) : error_no_memory(&err)) < 0) {
        note_outcome(desk, kind, &err);
        flight_free(flight);
        return NULL;
    }
    flight->next = desk->flights;
    desk->flights = flight;
    if (desk->n_flights++ == 0)
        loop_timer_after(desk->tick, TICK_LEAST_MS);
    return flight;
}

/* --- the loop's turn --- */

static void begin_ticket(struct access_desk *desk, struct access_ticket *ticket)
{
    CLEANUP(review_answer_releasep) struct review_answer *answer = access_desk_find(desk, ticket->kind, &ticket->key);
    struct flight *flight = flight_find(desk, ticket->kind, &ticket->key);

    if (answer) { /* somebody else asked in the meantime */
        access_ticket_answer(ticket, answer);
        return;
    }
    if (!flight && desk->n_flights >= REVIEWS_IN_FLIGHT_MAX) {
        access_ticket_fail(ticket, 429);
        return;
    }
    if (!flight)
        flight = flight_start(desk, ticket->kind, &ticket->key, buffer_text(&ticket->question));
    if (!flight) {
        access_ticket_fail(ticket, 503);
        return;
    }
    ticket->next = flight->waiting;
    flight->waiting = ticket;
}

static void begin_tickets(void *context)
{
    struct access_desk *desk = context;
    struct access_ticket *next = ticket_queue_take(&desk->handed_in);

    while (next) {
        struct access_ticket *ticket = next;

        next = ticket->next;
        begin_ticket(desk, ticket);
    }
}

/* Half of the flights are left to those who wait. */
static void ask_ahead(struct access_desk *desk, enum review_kind kind)
{
    struct review_due due[AHEAD_MAX];
    size_t n, room = desk->n_flights < AHEAD_MAX ? AHEAD_MAX - desk->n_flights : 0;

    (void)pthread_mutex_lock(&desk->lock);
    n = review_cache_due(desk->caches[kind], time_now(desk), due, room);
    (void)pthread_mutex_unlock(&desk->lock);
    for (size_t i = 0; i < n; i++) {
        if (!flight_find(desk, kind, &due[i].key))
            (void)flight_start(desk, kind, &due[i].key, due[i].question);
        review_due_clear(&due[i]);
    }
}

/* A review has a time-out of its own; should it ever fail to come, nobody waits for ever. */
static void end_late_flights(struct access_desk *desk)
{
    int64_t now_us = clock_boot_us();
    struct flight *next = desk->flights;

    while (next) {
        struct flight *flight = next;

        next = flight->next;
        if (now_us - flight->asked_us <= ACCESS_WAIT_MAX_MS * INT64_C(1000))
            continue;
        review_cancel(flight->review);
        flight_end(flight, NULL, 503);
    }
}

static void on_tick(void *context)
{
    struct access_desk *desk = context;
    bool needed = false;
    int64_t again_ms;

    end_late_flights(desk);
    for (size_t i = 0; i < REVIEW_KINDS; i++)
        ask_ahead(desk, (enum review_kind)i);
    (void)pthread_mutex_lock(&desk->lock);
    for (size_t i = 0; i < REVIEW_KINDS; i++)
        needed = needed || desk->n_flights > 0 || review_cache_len(desk->caches[i]) > 0;
    again_ms = tick_ms(desk->ttl_ms);
    (void)pthread_mutex_unlock(&desk->lock);
    if (needed)
        loop_timer_after(desk->tick, again_ms);
}

/* --- any thread --- */

bool access_desk_key(const struct access_desk *desk, enum review_kind kind, const struct buffer *bytes, struct review_key *out)
{
    return kind == REVIEW_TOKEN ? review_key_of_token(desk->secret, bytes, out) : review_key_of_question(desk->secret, bytes, out);
}

struct review_answer *access_desk_find(struct access_desk *desk, enum review_kind kind, const struct review_key *key)
{
    struct review_answer *answer;

    (void)pthread_mutex_lock(&desk->lock);
    answer = review_cache_find(desk->caches[kind], key, time_now(desk));
    (void)pthread_mutex_unlock(&desk->lock);
    return answer;
}

void access_desk_ask(struct access_desk *desk, struct access_ticket *ticket, loop_callback *resume, void *context)
{
    ticket->resume = resume;
    ticket->context = context;
    if (ticket_queue_put(&desk->handed_in, ticket) &&
        (loop_post(desk->options.loop, begin_tickets, desk) == 0 || !ticket_queue_take_back(&desk->handed_in, ticket)))
        return;
    access_ticket_fail(ticket, 503);
}

void access_desk_set_ttl(struct access_desk *desk, int64_t ttl_ms)
{
    (void)pthread_mutex_lock(&desk->lock);
    desk->ttl_ms = ttl_ms;
    (void)pthread_mutex_unlock(&desk->lock);
}

void access_desk_expose(void *context, struct exposition *exposition)
{
    struct access_desk *desk = context;
    size_t entries[REVIEW_KINDS];

    (void)pthread_mutex_lock(&desk->lock);
    for (size_t i = 0; i < REVIEW_KINDS; i++)
        entries[i] = review_cache_len(desk->caches[i]);
    (void)pthread_mutex_unlock(&desk->lock);
    review_metrics_expose(&desk->metrics, entries, exposition);
}

/* --- the desk --- */

struct access_desk *access_desk_new(const struct access_desk_options *options, struct error *err)
{
    struct access_desk *desk = calloc(1, sizeof(*desk));

    if (!desk) {
        (void)error_no_memory(err);
        return NULL;
    }
    desk->options = *options;
    desk->ttl_ms = options->ttl_ms;
    ticket_queue_open(&desk->handed_in);
    (void)pthread_mutex_init(&desk->lock, NULL);
    desk->caches[REVIEW_ACCESS] = review_cache_new(ACCESS_ENTRIES_MAX);
    desk->caches[REVIEW_TOKEN] = review_cache_new(TOKEN_ENTRIES_MAX);
    desk->tick = loop_timer_new(options->loop, on_tick, desk);
    desk->secret = review_secret_new();
    if (desk->caches[REVIEW_ACCESS] && desk->caches[REVIEW_TOKEN] && desk->tick && desk->secret)
        return desk;
    (void)error_set(err, ERROR_MEMORY, "make the caches of reviews: out of memory, or no random numbers");
    access_desk_free(desk);
    return NULL;
}

void access_desk_close(struct access_desk *desk)
{
    ticket_queue_close(&desk->handed_in);
    access_tickets_end(ticket_queue_take(&desk->handed_in), NULL, 503);
    while (desk->flights) {
        review_cancel(desk->flights->review);
        flight_end(desk->flights, NULL, 503);
    }
    if (desk->tick)
        loop_timer_stop(desk->tick);
}

void access_desk_free(struct access_desk *desk)
{
    if (!desk)
        return;
    access_desk_close(desk);
    if (desk->tick)
        loop_timer_free(desk->tick);
    for (size_t i = 0; i < REVIEW_KINDS; i++)
        review_cache_free(desk->caches[i]);
    review_secret_free(desk->secret);
    ticket_queue_free(&desk->handed_in);
    (void)pthread_mutex_destroy(&desk->lock);
    free(desk);
}
