#include "queue/coder_client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "queue/daemon.h"
#include "test/unit/queue/fake_coder.h"
#include "test/unit/queue/suites.h"

#define OK_HEADERS "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n"
#define EMPTY_LIST OK_HEADERS "Content-Length: 2\r\n\r\n[]"

/* --- one client, one loop, one token file --- */

struct bench {
    struct loop *loop;
    struct http_client *http;
    struct coder_client *client;
    struct loop_timer *deadline;
    char token_file[64];
    bool (*next)(struct bench *bench); /* after each call; false: that was the last. NULL: there is one call only */
    size_t n_ended;
    /* how the last call ended */
    bool timed_out, good;
    struct coder_answer answer;
    struct error err;
    int64_t retry_after_ms;
};

static void write_token(const char *path, const char *token)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fprintf(file, "%s\n", token), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void on_deadline(void *context)
{
    struct bench *bench = context;

    bench->timed_out = true;
    loop_stop(bench->loop);
}

static void bench_open(struct bench *bench, const char *url)
{
    struct coder_options options = {.url = url, .token_file = bench->token_file, .ca_file = "", .timeout_ms = 3000, .job_limit = 500};
    int fd;

    *bench = (struct bench){.token_file = "/tmp/coder-client-test-XXXXXX"};
    fd = mkstemp(bench->token_file);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    write_token(bench->token_file, "first-token");
    bench->loop = loop_new(&bench->err);
    bench->http = http_client_new(bench->loop, &bench->err);
    bench->client = coder_client_new(bench->http, &options, &bench->err);
    bench->deadline = loop_timer_new(bench->loop, on_deadline, bench);
    ck_assert(bench->client && bench->deadline);
}

static void bench_close(struct bench *bench)
{
    buffer_clear(&bench->answer.body);
    coder_client_free(bench->client);
    http_client_free(bench->http);
    loop_timer_free(bench->deadline);
    loop_free(bench->loop);
    (void)unlink(bench->token_file);
}

static void on_done(void *context, struct coder_answer *answer, const struct error *err, int64_t retry_after_ms)
{
    struct bench *bench = context;

    bench->n_ended++;
    bench->good = answer != NULL;
    ck_assert((answer == NULL) != (err == NULL));
    buffer_clear(&bench->answer.body);
    if (answer) {
        bench->answer = *answer;
        bench->answer.body = buffer_move(&answer->body);
    } else {
        bench->err = *err;
    }
    bench->retry_after_ms = retry_after_ms;
    if (!bench->next || !bench->next(bench))
        loop_stop(bench->loop);
}

typedef struct coder_call *ask_function(struct coder_client *, const char *, coder_done *, void *, struct error *);

static void start(struct bench *bench, ask_function *function)
{
    ck_assert_msg(function(bench->client, "acme", on_done, bench, &bench->err) != NULL, "%s", bench->err.text);
}

static void run(struct bench *bench)
{
    struct error err = {0};

    loop_timer_after(bench->deadline, 10000);
    ck_assert_msg(loop_run(bench->loop, &err) == 0, "%s", err.text);
    ck_assert(!bench->timed_out);
}

static void ask(struct bench *bench, ask_function *function)
{
    start(bench, function);
    run(bench);
    ck_assert_uint_eq(bench->n_ended, 1);
}

/* --- what is asked --- */

#define ID_ONE "00000000-0000-0000-0000-000000000001"
#define ID_TWO "00000000-0000-0000-0000-000000000002"

static struct coder_call *get_two_jobs(struct coder_client *client, const char *organization, coder_done *done, void *context,
                                       struct error *err)
{
    static const struct uuid ids[] = {{{[15] = 1}}, {{[15] = 2}}};
    const struct coder_jobs_asked asked = {organization, ids, ARRAY_LEN(ids)};

    return coder_get_jobs_by_ids(client, &asked, done, context, err);
}

static const struct {
    ask_function *function;
    const char *line;
    size_t limit;
} questions[] = {
    {coder_list_active_jobs, "GET /api/v2/organizations/acme/provisionerjobs?status=pending,running,canceling&limit=500 HTTP/1.1\r\n", 500},
    {coder_list_daemons, "GET /api/v2/organizations/acme/provisionerdaemons?limit=10000 HTTP/1.1\r\n", DAEMON_LIST_MAX},
    {coder_get_organization, "GET /api/v2/organizations/acme HTTP/1.1\r\n", 0},
    {get_two_jobs, "GET /api/v2/organizations/acme/provisionerjobs?ids=" ID_ONE "," ID_TWO "&limit=2 HTTP/1.1\r\n", 0},
};

START_TEST(question_case)
{
    static const char *const answers[] = {EMPTY_LIST};
    struct fake_coder fake;
    struct bench bench;
    const char *request = fake.requests[0];

    fake_coder_start(&fake, answers, ARRAY_LEN(answers));
    bench_open(&bench, fake.url);
    ask(&bench, questions[_i].function);
    fake_coder_stop(&fake);
    ck_assert_msg(bench.good, "%s", bench.err.text);
    ck_assert_msg(strncmp(request, questions[_i].line, strlen(questions[_i].line)) == 0, "%s", request);
    ck_assert_ptr_nonnull(strstr(request, "\r\nCoder-Session-Token: first-token\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "\r\nAccept: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "\r\nUser-Agent: coder-metrics-adapter/" VERSION "\r\n"));
    ck_assert_str_eq(buffer_text(&bench.answer.body), "[]");
    ck_assert_uint_eq(bench.answer.limit, questions[_i].limit);
    ck_assert_int_eq(bench.answer.clock_offset_ms, 0); /* no Date header */
    ck_assert_int_ge(bench.answer.received_boot_ms, bench.answer.asked_boot_ms);
    ck_assert_int_gt(bench.answer.asked_unix_ms, 0);
    ck_assert_int_eq(bench.retry_after_ms, -1);
    bench_close(&bench);
}
END_TEST

/* --- what goes wrong --- */

static const struct {
    const char *answer;
    enum error_code code;
    int64_t retry_after_ms;
    const char *says;
} failures[] = {
    {"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"message\":\"signed out\"}",
     ERROR_UNAUTHORIZED, -1, "list provisioner jobs of acme: HTTP 401: the token in /tmp/coder-client-test-"},
    {"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", ERROR_FORBIDDEN, -1,
     "list provisioner jobs of acme: HTTP 404: organization acme does not exist or"},
    {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", ERROR_RATE_LIMITED, 7000, "HTTP 429"},
    {"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", ERROR_RATE_LIMITED, 60000, "HTTP 429"},
    {"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example.com/\r\nContent-Length: 0\r\n\r\n", ERROR_INVALID, -1,
     "redirects are not followed"},
    {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", ERROR_INVALID, -1, "login page"},
    {"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", ERROR_UNAVAILABLE, -1, "HTTP 502"},
    {OK_HEADERS "Content-Length: 100\r\n\r\n[{", ERROR_UNAVAILABLE, -1, "list provisioner jobs of acme: GET http://127.0.0.1"},
    {OK_HEADERS "Content-Length: 99999999999\r\n\r\n[", ERROR_UNAVAILABLE, -1, "GET http://127.0.0.1"},
    {"", ERROR_UNAVAILABLE, -1, "GET http://127.0.0.1"},
    {"rubbish\r\n\r\n", ERROR_UNAVAILABLE, -1, "GET http://127.0.0.1"},
};

START_TEST(failure_case)
{
    const char *const answers[] = {failures[_i].answer};
    struct fake_coder fake;
    struct bench bench;

    fake_coder_start(&fake, answers, 1);
    bench_open(&bench, fake.url);
    ask(&bench, coder_list_active_jobs);
    fake_coder_stop(&fake);
    ck_assert(!bench.good);
    ck_assert_msg(bench.err.code == failures[_i].code, "%s: %s", error_code_name(bench.err.code), bench.err.text);
    ck_assert_msg(strstr(bench.err.text, failures[_i].says), "no '%s' in: %s", failures[_i].says, bench.err.text);
    ck_assert_msg(!strstr(bench.err.text, "first-token"), "the token is in: %s", bench.err.text);
    ck_assert_int_eq(bench.retry_after_ms, failures[_i].retry_after_ms);
    bench_close(&bench);
}
END_TEST

START_TEST(nobody_listens)
{
    struct fake_coder fake;
    struct bench bench;

    fake_coder_start(&fake, NULL, 0);
    fake_coder_stop(&fake);
    bench_open(&bench, fake.url);
    ask(&bench, coder_list_daemons);
    ck_assert(!bench.good);
    ck_assert_int_eq(bench.err.code, ERROR_UNAVAILABLE);
    ck_assert_msg(strstr(bench.err.text, "list provisioner daemons of acme: GET "), "%s", bench.err.text);
    bench_close(&bench);
}
END_TEST

START_TEST(coders_clock_is_ahead)
{
    struct fake_coder fake;
    struct bench bench;
    char date[TIMESTAMP_TEXT_MAX], text[256];
    const char *const answers[] = {text};
    static const int64_t ahead_ms = 300000;

    timestamp_format_http_date((int64_t)time(NULL) * 1000 + ahead_ms, date);
    (void)snprintf(text, sizeof(text), OK_HEADERS "Date: %s\r\nContent-Length: 2\r\n\r\n[]", date);
    fake_coder_start(&fake, answers, 1);
    bench_open(&bench, fake.url);
    ask(&bench, coder_list_active_jobs);
    fake_coder_stop(&fake);
    ck_assert_int_le(llabs(bench.answer.clock_offset_ms - ahead_ms), 2000);
    bench_close(&bench);
}
END_TEST

/* --- the token --- */

/* Another token of the same length, written so that the file's stamp stays as it was. */
static void change_behind_the_stamp(const char *path, const char *token)
{
    struct stat before;
    struct timespec times[2];

    ck_assert_int_eq(stat(path, &before), 0);
    write_token(path, token);
    times[0] = before.st_atim;
    times[1] = before.st_mtim;
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool change_token(struct bench *bench)
{
    char next[80];

    switch (bench->n_ended) {
    case 1: /* as Kubernetes does it: a new file behind the same path */
        (void)snprintf(next, sizeof(next), "%s.next", bench->token_file);
        write_token(next, "another-token");
        ck_assert_int_eq(rename(next, bench->token_file), 0);
        break;
    case 2: /* an edit that the stamp does not show: after a 401 the file is read in any case */
        change_behind_the_stamp(bench->token_file, "renewed-token");
        break;
    case 3: ck_assert_int_eq(bench->err.code, ERROR_UNAUTHORIZED); break;
    default: return false;
    }
    start(bench, coder_list_active_jobs);
    return true;
}

START_TEST(the_token_is_read_again)
{
    static const char *const answers[] = {
        EMPTY_LIST,
        EMPTY_LIST,
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        EMPTY_LIST,
    };
    static const char *const tokens[] = {"first-token", "another-token", "another-token", "renewed-token"};
    struct fake_coder fake;
    struct bench bench;

    fake_coder_start(&fake, answers, ARRAY_LEN(answers));
    bench_open(&bench, fake.url);
    bench.next = change_token;
    start(&bench, coder_list_active_jobs);
    run(&bench);
    fake_coder_stop(&fake);
    ck_assert_uint_eq(fake.n_requests, ARRAY_LEN(answers));
    ck_assert(bench.good);
    for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
        char line[80];

        (void)snprintf(line, sizeof(line), "\r\nCoder-Session-Token: %s\r\n", tokens[i]);
        ck_assert_msg(strstr(fake.requests[i], line), "no %s in: %s", tokens[i], fake.requests[i]);
    }
    bench_close(&bench);
}
END_TEST

static const struct {
    const char *content; /* NULL: no file */
    const char *organization, *says;
} unstartable[] = {
    {NULL, "acme", "list provisioner jobs of acme: Coder's token (coder.tokenFile): open /tmp/coder-client-test-"},
    {"", "acme", "the file is empty"},
    {"two words", "acme", "a blank or control character"},
    {"token\r\nHost: evil", "acme", "a blank or control character"},
    {"token", "..", "list provisioner jobs of ..: '..' cannot be the name or id of an organization"},
    {"token", "", "cannot be the name or id of an organization"},
};

START_TEST(unstartable_case)
{
    struct bench bench;
    struct error err = {0};

    bench_open(&bench, "http://127.0.0.1:1");
    if (unstartable[_i].content)
        write_token(bench.token_file, unstartable[_i].content);
    else
        (void)unlink(bench.token_file);
    ck_assert_ptr_null(coder_list_active_jobs(bench.client, unstartable[_i].organization, on_done, &bench, &err));
    ck_assert_msg(strstr(err.text, unstartable[_i].says), "no '%s' in: %s", unstartable[_i].says, err.text);
    ck_assert_uint_eq(bench.n_ended, 0);
    bench_close(&bench);
}
END_TEST

/* --- the end of a call --- */

struct cancelled {
    struct bench bench;
    struct coder_call *call;
};

static void cancel(void *context)
{
    struct cancelled *cancelled = context;

    coder_call_cancel(cancelled->call);
    loop_timer_after(cancelled->bench.deadline, 100); /* time enough for done to be called, were it called */
}

START_TEST(a_cancelled_call_says_nothing)
{
    static const char *const answers[] = {"hang"};
    struct fake_coder fake;
    struct cancelled cancelled = {0};
    struct bench *bench = &cancelled.bench;
    struct loop_timer *timer;
    struct error err = {0};

    fake_coder_start(&fake, answers, 1);
    bench_open(bench, fake.url);
    cancelled.call = coder_list_active_jobs(bench->client, "acme", on_done, bench, &err);
    timer = loop_timer_new(bench->loop, cancel, &cancelled);
    ck_assert(cancelled.call && timer);
    loop_timer_after(timer, 100);
    ck_assert_int_eq(loop_run(bench->loop, &err), 0);
    ck_assert_uint_eq(bench->n_ended, 0);
    loop_timer_free(timer);
    bench_close(bench);
    fake_coder_stop(&fake);
}
END_TEST

START_TEST(a_hang_ends_in_time)
{
    static const char *const answers[] = {"hang"};
    struct fake_coder fake;
    struct bench bench;

    fake_coder_start(&fake, answers, 1);
    bench_open(&bench, fake.url);
    ask(&bench, coder_list_active_jobs); /* its time-out is 3 s */
    ck_assert(!bench.good);
    ck_assert_int_eq(bench.err.code, ERROR_TIMEOUT);
    bench_close(&bench);
    fake_coder_stop(&fake);
}
END_TEST

Suite *coder_client_suite(void)
{
    Suite *suite = suite_create("coder_client");
    TCase *tcase = tcase_create("coder_client");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, question_case, 0, ARRAY_LEN(questions));
    tcase_add_loop_test(tcase, failure_case, 0, ARRAY_LEN(failures));
    tcase_add_test(tcase, nobody_listens);
    tcase_add_test(tcase, coders_clock_is_ahead);
    tcase_add_test(tcase, the_token_is_read_again);
    tcase_add_loop_test(tcase, unstartable_case, 0, ARRAY_LEN(unstartable));
    tcase_add_test(tcase, a_cancelled_call_says_nothing);
    tcase_add_test(tcase, a_hang_ends_in_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
