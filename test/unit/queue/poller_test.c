#include "queue/poller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/unit/queue/fake_coder.h"
#include "test/unit/queue/suites.h"

#define ANSWER(status, headers) \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n" headers "Content-Length: 2\r\n\r\n[]"
#define GOOD ANSWER("200 OK", "")

enum { INTERVAL_MS = 30, OUTCOMES_MAX = 8 };

/* A poller against a fake Coder; every outcome is noted as a word, "daemons" or "daemons!" when it failed. */
struct bench {
    struct loop *loop;
    struct http_client *http;
    struct coder_client *client;
    struct loop_timer *end, *settle;
    struct poller *poller;
    char token_file[64];
    char outcomes[256];
    size_t n_outcomes, most_outcomes;
    bool never_settles, good, hurried;
    int64_t interval_ms;     /* 0: INTERVAL_MS */
    unsigned n_completions;  /* so often a job has ended */
    int64_t completed_ms[2]; /* when the last two answers about ended jobs came; boot clock */
    enum poll_path path;     /* of the last outcome */
};

static void on_end(void *context)
{
    loop_stop(((struct bench *)context)->loop);
}

static const struct uuid ended_job = {{[15] = 0xab}};

static void on_settle(void *context)
{
    struct bench *bench = context;

    poller_settle(bench->poller, bench->good);
    if (bench->path == POLL_COMPLETIONS)
        bench->n_completions--;
    if (bench->path != POLL_DAEMONS)
        poller_ask_for(bench->poller, &ended_job, bench->n_completions > 0 ? 1 : 0);
}

/* Settles on a later turn, as the worker would. */
static void sink(void *context, struct poller *poller, enum poll_path path, struct coder_answer *answer, const struct error *err)
{
    struct bench *bench = context;
    size_t used = strlen(bench->outcomes);

    ck_assert((answer == NULL) != (err == NULL));
    ck_assert(poller_is_unsettled(poller));
    (void)snprintf(bench->outcomes + used, sizeof(bench->outcomes) - used, "%s%s%s", used > 0 ? " " : "", poll_path_name(path),
                   answer ? "" : "!");
    bench->good = answer != NULL;
    bench->path = path;
    if (path == POLL_COMPLETIONS) {
        bench->completed_ms[0] = bench->completed_ms[1];
        bench->completed_ms[1] = clock_boot_ms();
    }
    if (++bench->n_outcomes >= bench->most_outcomes)
        loop_stop(bench->loop);
    else if (!bench->never_settles)
        loop_timer_after(bench->settle, 1);
}

static void bench_open(struct bench *bench, const char *url, bool resolve)
{
    struct coder_options options = {.url = url, .token_file = bench->token_file, .ca_file = "", .timeout_ms = 3000, .job_limit = 500};
    struct poller_options poller = {.organization = "acme",
                                    .interval_ms = bench->interval_ms > 0 ? bench->interval_ms : INTERVAL_MS,
                                    .resolve = resolve,
                                    .sink = sink,
                                    .context = bench};
    struct error err = {0};
    int fd;

    (void)snprintf(bench->token_file, sizeof(bench->token_file), "/tmp/poller-test-XXXXXX");
    fd = mkstemp(bench->token_file);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "token", 5), 5);
    (void)close(fd);
    bench->loop = loop_new(&err);
    bench->http = http_client_new(bench->loop, &err);
    bench->client = coder_client_new(bench->http, &options, &err);
    bench->end = loop_timer_new(bench->loop, on_end, bench);
    bench->settle = loop_timer_new(bench->loop, on_settle, bench);
    poller.loop = bench->loop;
    poller.client = bench->client;
    bench->poller = poller_new(&poller, &err);
    ck_assert_msg(bench->poller && bench->end && bench->settle, "%s", err.text);
}

static void run(struct bench *bench, int64_t most_ms)
{
    struct error err = {0};

    loop_timer_after(bench->end, most_ms);
    ck_assert_msg(loop_run(bench->loop, &err) == 0, "%s", err.text);
}

static void bench_close(struct bench *bench)
{
    poller_free(bench->poller);
    loop_timer_free(bench->settle);
    loop_timer_free(bench->end);
    coder_client_free(bench->client);
    http_client_free(bench->http);
    loop_free(bench->loop);
    (void)unlink(bench->token_file);
}

/* --- the order of the questions --- */

/* The first round is in order; later ones are as the jitter of each path has it. */
static const struct {
    const char *why, *first, *later; /* later: an outcome that comes after these; NULL: none in particular */
    const char *never;               /* one that does not come after these; NULL: any may */
    bool resolve;
    const char *answers[OUTCOMES_MAX];
} orders[] = {
    {"daemons before jobs, again and again", "daemons jobs", " daemons", "organization", false, {GOOD, GOOD, GOOD, GOOD, GOOD}},
    {"the organization first, and once", "organization daemons jobs", " jobs", "organization", true, {GOOD, GOOD, GOOD, GOOD, GOOD, GOOD}},
    {"a path that may not ask for a while does not hold the other one up",
     "daemons! jobs jobs jobs",
     NULL,
     "daemons",
     false,
     {ANSWER("429 Too Many Requests", "Retry-After: 60\r\n"), GOOD, GOOD, GOOD, GOOD}},
    {"a failure is followed by another try",
     "daemons! jobs!",
     " daemons",
     "!",
     false,
     {ANSWER("500 Internal Server Error", ""), ANSWER("401 Unauthorized", ""), GOOD, GOOD, GOOD, GOOD}},
    {"an unresolved organization is asked for again",
     "organization! daemons jobs",
     " organization",
     "!",
     true,
     {ANSWER("404 Not Found", ""), GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD}},
};

START_TEST(order_case)
{
    struct fake_coder fake;
    struct bench bench = {0};
    size_t first_len;

    while (bench.most_outcomes < OUTCOMES_MAX && orders[_i].answers[bench.most_outcomes])
        bench.most_outcomes++;
    fake_coder_start(&fake, orders[_i].answers, bench.most_outcomes);
    bench_open(&bench, fake.url, orders[_i].resolve);
    run(&bench, 5000);
    fake_coder_stop(&fake);
    first_len = strlen(orders[_i].first);
    ck_assert_msg(strncmp(bench.outcomes, orders[_i].first, first_len) == 0, "%s: %s", orders[_i].why, bench.outcomes);
    if (orders[_i].later)
        ck_assert_msg(strstr(bench.outcomes + first_len, orders[_i].later), "%s: %s", orders[_i].why, bench.outcomes);
    if (orders[_i].never)
        ck_assert_msg(!strstr(bench.outcomes + first_len, orders[_i].never), "%s: %s", orders[_i].why, bench.outcomes);
    ck_assert_uint_eq(fake.n_requests, bench.most_outcomes);
    ck_assert_str_eq(poller_organization(bench.poller), "acme");
    bench_close(&bench);
}
END_TEST

/* What ended is asked for right after the jobs, then not again for a while, however often the others are. */
START_TEST(ended_jobs_are_asked_for)
{
    static const char *const answers[] = {GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD};
    struct fake_coder fake;
    struct bench bench = {.most_outcomes = ARRAY_LEN(answers), .interval_ms = POLL_COMPLETIONS_SPACE_MS * 4 / 5, .n_completions = 2};

    fake_coder_start(&fake, answers, ARRAY_LEN(answers));
    bench_open(&bench, fake.url, false);
    run(&bench, 5000);
    fake_coder_stop(&fake);
    ck_assert_msg(strncmp(bench.outcomes, "daemons jobs completions ", 25) == 0, "%s", bench.outcomes);
    ck_assert_ptr_nonnull(strstr(bench.outcomes + 25, " completions"));
    ck_assert_int_ge(bench.completed_ms[1] - bench.completed_ms[0], POLL_COMPLETIONS_SPACE_MS);
    ck_assert_ptr_nonnull(strstr(fake.requests[2], "/provisionerjobs?ids=00000000-0000-0000-0000-0000000000ab&limit=1 "));
    bench_close(&bench);
}
END_TEST

static void on_hurry(void *context)
{
    struct bench *bench = context;

    ck_assert(!poller_hurry(bench->poller, POLL_ORGANIZATION)); /* never asked */
    bench->hurried = poller_hurry(bench->poller, POLL_DAEMONS);
    ck_assert(poller_hurry(bench->poller, POLL_JOBS));
}

/* A path whose interval is an hour is asked at once; one that rests after a failure is not. */
static const struct {
    const char *first, *outcomes;
    bool hurried; /* the daemons */
} hurries[] = {
    {GOOD, "daemons jobs daemons jobs", true},
    {ANSWER("500 Internal Server Error", ""), "daemons! jobs jobs", false},
};

START_TEST(hurry_case)
{
    const char *const answers[] = {hurries[_i].first, GOOD, GOOD, GOOD};
    struct fake_coder fake;
    struct bench bench = {.most_outcomes = hurries[_i].hurried ? 4 : 3, .interval_ms = 3600 * INT64_C(1000)};
    struct loop_timer *timer;

    fake_coder_start(&fake, answers, bench.most_outcomes);
    bench_open(&bench, fake.url, false);
    timer = loop_timer_new(bench.loop, on_hurry, &bench);
    loop_timer_after(timer, 300);
    run(&bench, 5000);
    fake_coder_stop(&fake);
    ck_assert_str_eq(bench.outcomes, hurries[_i].outcomes);
    ck_assert(bench.hurried == hurries[_i].hurried);
    loop_timer_free(timer);
    bench_close(&bench);
}
END_TEST

START_TEST(a_failed_question_for_ended_jobs_rests_alone)
{
    static const char *const answers[] = {GOOD, GOOD, ANSWER("429 Too Many Requests", "Retry-After: 60\r\n"), GOOD, GOOD};
    struct fake_coder fake;
    /* An interval in which the first three come also where the machine is busy. */
    struct bench bench = {.most_outcomes = ARRAY_LEN(answers), .n_completions = 100, .interval_ms = 1500};

    fake_coder_start(&fake, answers, ARRAY_LEN(answers));
    bench_open(&bench, fake.url, false);
    run(&bench, 15000);
    fake_coder_stop(&fake);
    ck_assert_uint_eq(bench.n_outcomes, ARRAY_LEN(answers));
    ck_assert_msg(strncmp(bench.outcomes, "daemons jobs completions! ", 26) == 0, "%s", bench.outcomes);
    ck_assert_ptr_null(strstr(strstr(bench.outcomes, "completions!") + 1, "completions"));
    bench_close(&bench);
}
END_TEST

/* Whoever does not settle is not asked for more, however long it takes. */
START_TEST(one_at_a_time)
{
    static const char *const answers[] = {GOOD, GOOD};
    struct fake_coder fake;
    struct bench bench = {.most_outcomes = 2, .never_settles = true};

    fake_coder_start(&fake, answers, ARRAY_LEN(answers));
    bench_open(&bench, fake.url, false);
    run(&bench, 10 * (int64_t)INTERVAL_MS);
    fake_coder_stop(&fake);
    ck_assert_str_eq(bench.outcomes, "daemons");
    ck_assert_uint_eq(fake.n_requests, 1);
    poller_settle(bench.poller, true);
    bench_close(&bench);
}
END_TEST

/* No token file: an outcome like any other. */
START_TEST(a_call_that_cannot_start)
{
    struct bench bench = {.most_outcomes = 2};

    bench_open(&bench, "http://127.0.0.1:1", false);
    (void)unlink(bench.token_file);
    run(&bench, 5000);
    ck_assert_str_eq(bench.outcomes, "daemons! jobs!");
    poller_settle(bench.poller, false);
    bench_close(&bench);
}
END_TEST

START_TEST(free_cancels_what_runs)
{
    static const char *const answers[] = {"hang"};
    struct fake_coder fake;
    struct bench bench = {.most_outcomes = 1};

    fake_coder_start(&fake, answers, 1);
    bench_open(&bench, fake.url, false);
    run(&bench, 100);
    ck_assert_uint_eq(bench.n_outcomes, 0);
    bench_close(&bench);
    fake_coder_stop(&fake);
    ck_assert_uint_eq(fake.n_requests, 1);
}
END_TEST

Suite *poller_suite(void)
{
    Suite *suite = suite_create("poller");
    TCase *tcase = tcase_create("poller");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, order_case, 0, ARRAY_LEN(orders));
    tcase_add_test(tcase, ended_jobs_are_asked_for);
    tcase_add_loop_test(tcase, hurry_case, 0, ARRAY_LEN(hurries));
    tcase_add_test(tcase, a_failed_question_for_ended_jobs_rests_alone);
    tcase_add_test(tcase, one_at_a_time);
    tcase_add_test(tcase, a_call_that_cannot_start);
    tcase_add_test(tcase, free_cancels_what_runs);
    suite_add_tcase(suite, tcase);
    return suite;
}
