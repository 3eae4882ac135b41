/* reviews_test.c - when a review is asked again, and what its asker hears. */
#include <check.h>
#include <string.h>

#include "kube/reviews.h"
#include "test/unit/kube/fast_clock.h"
#include "test/unit/kube/script_server.h"
#include "test/unit/kube/suites.h"

static const struct {
    struct object_result result;
    enum error_code code;
    int attempt;
    int64_t delay_ms, most_ms; /* at unit 0 and just below 1 */
} retries[] = {
    {{.status = 500, .retry_after_ms = -1}, ERROR_UNAVAILABLE, 1, 500, 600},
    {{.status = 500, .retry_after_ms = -1}, ERROR_UNAVAILABLE, 2, 750, 900},
    {{.status = 504, .retry_after_ms = -1}, ERROR_TIMEOUT, 3, 1125, 1350},
    {{.status = 429, .retry_after_ms = -1}, ERROR_RATE_LIMITED, 4, 1687, 2025},
    {{.status = 429, .retry_after_ms = -1}, ERROR_RATE_LIMITED, 5, -1, -1},
    {{.status = 429, .retry_after_ms = 3000}, ERROR_RATE_LIMITED, 1, 3000, 3000},
    {{.status = 503, .retry_after_ms = 1000}, ERROR_UNAVAILABLE, 1, 1000, 1000},
    {{.status = 503, .retry_after_ms = -1}, ERROR_UNAVAILABLE, 1, -1, -1},
    {{.status = 403, .retry_after_ms = -1}, ERROR_FORBIDDEN, 1, -1, -1},
    {{.status = 401, .retry_after_ms = -1}, ERROR_UNAUTHORIZED, 1, -1, -1},
    {{.status = 0, .retry_after_ms = -1}, ERROR_TIMEOUT, 1, -1, -1},
    {{.status = 0, .retry_after_ms = -1}, ERROR_UNAVAILABLE, 1, 0, 0},
    {{.status = 0, .retry_after_ms = -1}, ERROR_UNAVAILABLE, 2, -1, -1},
    {{.status = 201, .retry_after_ms = 1000}, ERROR_INVALID, 1, -1, -1},
};

START_TEST(retry_case)
{
    const struct error err = {.code = retries[_i].code};

    ck_assert_int_eq(review_retry_delay(&retries[_i].result, &err, retries[_i].attempt, 0.0), retries[_i].delay_ms);
    ck_assert_int_le(review_retry_delay(&retries[_i].result, &err, retries[_i].attempt, 0.9999), retries[_i].most_ms);
}
END_TEST

enum { SPEED = 10 };

struct outcome {
    struct loop *loop;
    int calls;
    bool yes;
    enum error_code code;
    char text[512];
};

static void note(struct outcome *outcome, bool yes, const char *text, const struct error *err)
{
    outcome->calls++;
    outcome->yes = yes;
    outcome->code = err ? err->code : ERROR_NONE;
    (void)snprintf(outcome->text, sizeof(outcome->text), "%s", err ? err->text : text);
    loop_stop(outcome->loop);
}

static void on_access(void *context, const struct access_answer *answer, const struct error *err)
{
    note(context, answer && answer->allowed, answer ? answer->reason : "", err);
}

static void on_token(void *context, const struct token_answer *answer, const struct error *err)
{
    note(context, answer && answer->authenticated, answer && answer->authenticated ? answer->user.name : "", err);
}

#define ACCESS "POST /apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s HTTP"
#define TOKENS "POST /apis/authentication.k8s.io/v1/tokenreviews?timeout=10s HTTP"
#define YES SCRIPT_JSON("201 Created", "{\"kind\":\"SubjectAccessReview\",\"status\":{\"allowed\":true,\"reason\":\"role\"}}")
#define WHO SCRIPT_JSON("201 Created", "{\"kind\":\"TokenReview\",\"status\":{\"authenticated\":true,\"user\":{\"username\":\"u\"}}}")

static const struct {
    struct script_step steps[4];
    bool token; /* a TokenReview */
    bool yes;
    enum error_code code;
    const char *text; /* is in what was heard */
} asked[] = {
    {{{ACCESS, YES, false, NULL}}, false, true, ERROR_NONE, "role"},
    {{{TOKENS, WHO, false, NULL}}, true, true, ERROR_NONE, "u"},
    {{{ACCESS, SCRIPT_JSON("500 Internal Server Error", ""), false, NULL}, {ACCESS, YES, false, NULL}}, false, true, ERROR_NONE, "role"},
    {{{TOKENS, SCRIPT_JSON("429 Too Many Requests\r\nRetry-After: 1", ""), false, NULL}, {TOKENS, WHO, false, NULL}},
     true,
     true,
     ERROR_NONE,
     "u"},
    {{{ACCESS, SCRIPT_JSON("429 Too Many Requests\r\nRetry-After: 60", ""), false, NULL}}, false, false, ERROR_RATE_LIMITED, "429"},
    {{{ACCESS, SCRIPT_JSON("503 Service Unavailable", ""), false, NULL}}, false, false, ERROR_UNAVAILABLE, "503"},
    {{{ACCESS, SCRIPT_JSON("403 Forbidden", "{\"kind\":\"Status\",\"message\":\"may not create\"}"), false, NULL}},
     false,
     false,
     ERROR_FORBIDDEN,
     "403: may not create"},
    {{{ACCESS, "", false, NULL}, {ACCESS, "", false, NULL}}, false, false, ERROR_UNAVAILABLE, "subjectaccessreviews"},
    {{{ACCESS, "", false, NULL}, {ACCESS, YES, false, NULL}}, false, true, ERROR_NONE, "role"},
    {{{ACCESS, SCRIPT_JSON("201 Created", "{\"kind\":\"SubjectAccessReview\"}"), false, NULL}}, false, false, ERROR_INVALID, "no status"},
    {{{ACCESS, SCRIPT_JSON("201 Created", "{\"kind\":\"TokenReview\",\"status\":{\"allowed\":true}}"), false, NULL}},
     false,
     false,
     ERROR_INVALID,
     "expected SubjectAccessReview"},
    {{{TOKENS, SCRIPT_JSON("201 Created", "[]"), false, NULL}}, true, false, ERROR_INVALID, "expected a JSON object"},
};

static const struct kube_user user = {.name = "u"};
static const struct access_question question = {.user = &user, .path = "/metrics", .verb = "get"};
static const struct token_question whose = {.token = "secret"};

START_TEST(asked_case)
{
    static struct script_server server;
    struct script_client client = {0};
    struct outcome outcome = {0};
    struct review *review;
    struct error err = {0};
    size_t n = 0;

    fast_clock_set(SPEED);
    while (n < ARRAY_LEN(asked[_i].steps) && asked[_i].steps[n].expects)
        n++;
    server = (struct script_server){.steps = asked[_i].steps, .n_steps = n};
    script_server_start(&server);
    script_client_open(&client, &server);
    outcome.loop = client.loop;
    review = asked[_i].token ? token_review_start(client.client, &whose, on_token, &outcome, &err)
                             : access_review_start(client.client, &question, on_access, &outcome, &err);
    ck_assert_ptr_nonnull(review);
    script_client_run(&client);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_int_eq(outcome.calls, 1);
    ck_assert_int_eq(outcome.yes, asked[_i].yes);
    ck_assert_int_eq(outcome.code, asked[_i].code);
    ck_assert_msg(strstr(outcome.text, asked[_i].text) != NULL, "%s", outcome.text);
    ck_assert_ptr_null(strstr(outcome.text, "secret"));
}
END_TEST

static const struct script_step failing[] = {{ACCESS, SCRIPT_JSON("500 Internal Server Error", ""), false, NULL}};

static void stop(void *context)
{
    loop_stop(context);
}

/* Cancelled while it waits for its second try, and while it asks. */
START_TEST(cancelled)
{
    static struct script_server server;
    struct script_client client = {0};
    struct outcome outcome = {0};
    struct review *waiting, *asking;
    struct loop_timer *timer;
    struct error err = {0};

    server = (struct script_server){.steps = failing, .n_steps = 1};
    script_server_start(&server);
    script_client_open(&client, &server);
    outcome.loop = client.loop;
    waiting = access_review_start(client.client, &question, on_access, &outcome, &err);
    timer = loop_timer_new(client.loop, stop, client.loop);
    loop_timer_after(timer, 250);
    script_client_run(&client);
    asking = token_review_start(client.client, &whose, on_token, &outcome, &err);
    ck_assert_ptr_nonnull(waiting);
    ck_assert_ptr_nonnull(asking);
    review_cancel(waiting);
    review_cancel(asking);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_int_eq(outcome.calls, 0);
}
END_TEST

Suite *reviews_suite(void)
{
    Suite *suite = suite_create("kube/reviews");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, retry_case, 0, ARRAY_LEN(retries));
    tcase_add_loop_test(tcase, asked_case, 0, ARRAY_LEN(asked));
    tcase_add_test(tcase, cancelled);
    suite_add_tcase(suite, tcase);
    return suite;
}
