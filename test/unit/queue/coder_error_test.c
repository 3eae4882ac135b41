#include "queue/coder_error.h"

#include <string.h>

#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

static const char json[] = "application/json; charset=utf-8", html[] = "text/html; charset=utf-8";

static const struct coder_question question = {
    .organization = "acme",
    .permission = "provisioner_jobs:read",
    .token_file = "/var/run/secrets/coder/token",
};

static int check_reply(int status, const char *content_type, const struct buffer *body, struct error *err)
{
    const struct coder_reply reply = {
        .status = status,
        .content_type = content_type,
        .body = buffer_text(body),
        .body_len = body->len,
        .retry_after_ms = -1,
    };

    return coder_check(&question, &reply, err);
}

/* What Coder says, word for word, and what the text must tell besides. */
static const struct {
    const char *fixture;
    int status;
    enum error_code code;
    const char *says[4];
} fixtures[] = {
    {"error-400.json", 400, ERROR_INVALID, {"HTTP 400", "; Coder says: Invalid query parameters."}},
    {"error-401.json",
     401,
     ERROR_UNAUTHORIZED,
     {"HTTP 401", "/var/run/secrets/coder/token", "`coder tokens create`", "Coder says: You are signed out or your session has expired."}},
    {"error-401-expired.json", 401, ERROR_UNAUTHORIZED, {"expired", "session has expired"}},
    {"error-401-suspended.json", 401, ERROR_UNAUTHORIZED, {"suspended", "User is not active (status = \"suspended\")"}},
    {"error-403.json",
     403,
     ERROR_FORBIDDEN,
     {"provisioner_jobs:read", "acme", "Coder says: External provisioner daemons is an Enterprise"}},
    {"error-404.json",
     404,
     ERROR_FORBIDDEN,
     {"organization acme does not exist or", "provisioner_jobs:read", "Organization Template Admin, Organization Admin, Owner",
      "site-wide Template Admin is not enough"}},
    {"error-429.json", 429, ERROR_RATE_LIMITED, {"coder.pollInterval", "more than 512 requests in 1m0s."}},
    {"error-500.json", 500, ERROR_UNAVAILABLE, {"HTTP 500", "Coder says: Internal error fetching provisioner jobs."}},
};

START_TEST(fixture_case)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(4096);
    struct error err = {0};

    fixture_read(fixtures[_i].fixture, &body);
    ck_assert_int_eq(check_reply(fixtures[_i].status, json, &body, &err), -1);
    ck_assert_int_eq(err.code, fixtures[_i].code);
    for (size_t i = 0; i < ARRAY_LEN(fixtures[_i].says) && fixtures[_i].says[i]; i++)
        ck_assert_msg(strstr(err.text, fixtures[_i].says[i]), "no '%s' in: %s", fixtures[_i].says[i], err.text);
    ck_assert_msg(!strstr(err.text, "pq:") && !strstr(err.text, "API key"), "the detail is not for us: %s", err.text);
    ck_assert_msg(!strstr(err.text, "proxy or login page"), "it is Coder that speaks: %s", err.text);
}
END_TEST

static const struct {
    int status;
    enum error_code code; /* ERROR_NONE: fine */
    const char *content_type, *body, *says, *not_said;
} cases[] = {
    {200, ERROR_NONE, json, "[]", NULL, NULL},
    {200, ERROR_NONE, "application/json", "[]", NULL, NULL},
    {200, ERROR_NONE, "Application/JSON;charset=utf-8", "[]", NULL, NULL},
    {200, ERROR_NONE, "", "[]", NULL, NULL}, /* it does not say: the decoder will see */
    {200, ERROR_INVALID, html, "<html>secret</html>", "HTTP 200; the answer is text/html; charset=utf-8, not Coder's JSON: is coder.url",
     "secret"},
    {200, ERROR_INVALID, "text/plain", "[]", "text/plain", NULL},
    {200, ERROR_INVALID, "application/jsonp", "[]", "application/jsonp", NULL},
    {200, ERROR_INVALID, "application/xml", "", "proxy or login page", NULL},
    {200, ERROR_INVALID, "text/\x1b[31mred", "", "text/\\x1b[31mred", "\x1b"},
    {201, ERROR_INVALID, json, "[]", "HTTP 201 instead of 200", NULL},
    {204, ERROR_INVALID, "", "", "HTTP 204 instead of 200", NULL},
    {301, ERROR_INVALID, html, "moved", "HTTP 301: redirects are not followed: coder.url must be Coder's own address", "moved"},
    {302, ERROR_INVALID, "", "", "HTTP 302: redirects", NULL},
    {307, ERROR_INVALID, "", "", "HTTP 307: redirects", NULL},
    {401, ERROR_UNAUTHORIZED, html, "<html>", "the answer is text/html", "<html>"},
    {404, ERROR_FORBIDDEN, "text/plain; charset=utf-8", "404 page not found", "is coder.url right", "page not found"},
    {418, ERROR_INVALID, json, "{\"message\":\"teapot\"}", "HTTP 418 instead of 200; Coder says: teapot", NULL},
    {428, ERROR_INVALID, "text/plain", "", "HTTP 428", NULL},
    {429, ERROR_RATE_LIMITED, "", "", "HTTP 429", NULL},
    {500, ERROR_UNAVAILABLE, json, "", "HTTP 500", "Coder says"},
    {502, ERROR_UNAVAILABLE, html, "<html>Bad Gateway</html>", "the answer is text/html", "Bad Gateway"},
    {503, ERROR_UNAVAILABLE, json, "{\"message\":\"\"}", "HTTP 503", "Coder says"},
    {503, ERROR_UNAVAILABLE, json, "{\"message\":7}", "HTTP 503", "Coder says"},
    {503, ERROR_UNAVAILABLE, json, "[\"message\"]", "HTTP 503", "Coder says"},
    {503, ERROR_UNAVAILABLE, json, "{\"message\":\"cut", "HTTP 503", "Coder says"},
    {504, ERROR_UNAVAILABLE, json, "{\"message\":\"a\\nb\\u001b[2Jc\"}", "Coder says: a\\nb\\x1b[2Jc", "\n"},
    {599, ERROR_UNAVAILABLE, "", "", "HTTP 599", NULL},
};

START_TEST(reply_case)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(4096);
    struct error err = {0};

    ck_assert_int_eq(buffer_add_text(&body, cases[_i].body), 0);
    ck_assert_int_eq(check_reply(cases[_i].status, cases[_i].content_type, &body, &err), cases[_i].code == ERROR_NONE ? 0 : -1);
    ck_assert_int_eq(err.code, cases[_i].code);
    if (cases[_i].says)
        ck_assert_msg(strstr(err.text, cases[_i].says), "no '%s' in: %s", cases[_i].says, err.text);
    if (cases[_i].not_said)
        ck_assert_msg(!strstr(err.text, cases[_i].not_said), "'%s' in: %s", cases[_i].not_said, err.text);
}
END_TEST

/* A long message is cut after 200 bytes, and not inside a character. */
START_TEST(a_message_is_cut)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(4096);
    struct error err = {0};
    const char *quote;

    ck_assert_int_eq(buffer_add_text(&body, "{\"message\":\"x"), 0);
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(buffer_add_text(&body, "\xc3\xa9"), 0); /* 200 bytes would end inside the 100th */
    ck_assert_int_eq(buffer_add_text(&body, "\"}"), 0);
    ck_assert_int_eq(check_reply(500, json, &body, &err), -1);
    quote = strstr(err.text, "Coder says: ");
    ck_assert_ptr_nonnull(quote);
    quote += strlen("Coder says: ");
    ck_assert_uint_eq(strlen(quote), 199 + strlen("..."));
    ck_assert_str_eq(quote + 199 - 2, "\xc3\xa9...");
}
END_TEST

static const struct {
    int status;
    int64_t retry_after_ms, rest_ms;
} rests[] = {
    {429, 60000, 60000}, {429, 1000, 1000}, {429, 0, 0}, {429, -1, CODER_RETRY_AFTER_MS}, {503, 60000, -1}, {200, 60000, -1}, {401, -1, -1},
};

START_TEST(rest_case)
{
    const struct coder_reply reply = {.status = rests[_i].status, .content_type = "", .retry_after_ms = rests[_i].retry_after_ms};

    ck_assert_int_eq(coder_rest_ms(&reply), rests[_i].rest_ms);
}
END_TEST

Suite *coder_error_suite(void)
{
    Suite *suite = suite_create("coder_error");
    TCase *tcase = tcase_create("coder_error");

    tcase_add_loop_test(tcase, fixture_case, 0, ARRAY_LEN(fixtures));
    tcase_add_loop_test(tcase, reply_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, a_message_is_cut);
    tcase_add_loop_test(tcase, rest_case, 0, ARRAY_LEN(rests));
    suite_add_tcase(suite, tcase);
    return suite;
}
