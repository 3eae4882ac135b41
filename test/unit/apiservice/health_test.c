/* Health answers, as the reference server gives them. */
#include "apiservice/health.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static bool first_poll_done, disk_is_fine;

static bool check_flag(void *context, char *reason, size_t size)
{
    const bool *flag = context;

    (void)snprintf(reason, size, "it is so");
    return *flag;
}

static const struct health_check checks[] = {
    {"disk", check_flag, &disk_is_fine, true},
    {"first-poll", check_flag, &first_poll_done, false},
};

static const struct {
    enum health_kind kind;
    const char *single, *target;
    bool polled, disk, stopping;
    int status;
    const char *body;
} cases[] = {
    {HEALTH_HEALTHZ, NULL, "/healthz", true, true, false, 200, "ok"},
    {HEALTH_LIVEZ, NULL, "/livez", false, true, true, 200, "ok"},
    {HEALTH_READYZ, NULL, "/readyz", true, true, false, 200, "ok"},
    {HEALTH_LIVEZ, NULL, "/livez?verbose", false, true, false, 200, "[+]ping ok\n[+]disk ok\nlivez check passed\n"},
    {HEALTH_READYZ, NULL, "/readyz?verbose=1", true, true, false, 200,
     "[+]ping ok\n[+]disk ok\n[+]first-poll ok\n[+]shutdown ok\nreadyz check passed\n"},
    {HEALTH_READYZ, NULL, "/readyz", false, true, false, 500,
     "[+]ping ok\n[+]disk ok\n[-]first-poll failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n"},
    {HEALTH_READYZ, NULL, "/readyz", true, true, true, 500,
     "[+]ping ok\n[+]disk ok\n[+]first-poll ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n"},
    {HEALTH_HEALTHZ, NULL, "/healthz", true, false, false, 500, "[+]ping ok\n[-]disk failed: reason withheld\nhealthz check failed\n"},
    {HEALTH_READYZ, NULL, "/readyz?exclude=first-poll", false, true, false, 200, "ok"},
    {HEALTH_READYZ, NULL, "/readyz?verbose&exclude=ping&exclude=zzz", true, true, false, 200,
     "[+]ping excluded: ok\n[+]disk ok\n[+]first-poll ok\n[+]shutdown ok\n"
     "warn: some health checks cannot be excluded: no matches for \"zzz\"\nreadyz check passed\n"},
    {HEALTH_READYZ, NULL, "/readyz?verbose&exclude=a%22b&exclude=", true, true, false, 200,
     "[+]ping ok\n[+]disk ok\n[+]first-poll ok\n[+]shutdown ok\n"
     "warn: some health checks cannot be excluded: no matches for \"a\\\"b\", \"\"\nreadyz check passed\n"},
    {HEALTH_LIVEZ, "ping", "/livez/ping", true, true, false, 200, "ok"},
    {HEALTH_READYZ, "first-poll", "/readyz/first-poll", false, true, false, 500, "internal server error: reason withheld\n"},
    {HEALTH_READYZ, "shutdown", "/readyz/shutdown", true, true, true, 500, "internal server error: reason withheld\n"},
};

START_TEST(answers)
{
    CLEANUP(target_clear) struct target target = {0};
    struct health health = {.checks = checks, .n_checks = ARRAY_LEN(checks)};
    struct response response;
    struct error err = {0};

    log_setup(LOG_ERROR, LOG_TEXT);
    first_poll_done = cases[_i].polled;
    disk_is_fine = cases[_i].disk;
    atomic_store(&health.shutting_down, cases[_i].stopping);
    response_init(&response);
    ck_assert_int_eq(target_parse(cases[_i].target, &target, &err), 0);
    health_respond(&health, cases[_i].kind, cases[_i].single, &target, &response);
    ck_assert_str_eq(buffer_text(&response.body), cases[_i].body);
    ck_assert_int_eq(response.status, cases[_i].status);
    ck_assert_str_eq(response.content_type, "text/plain; charset=utf-8");
    response_clear(&response);
}
END_TEST

static const struct {
    enum health_kind kind;
    const char *single;
} unknown[] = {{HEALTH_LIVEZ, "none"}, {HEALTH_LIVEZ, "shutdown"}, {HEALTH_LIVEZ, "first-poll"}};

START_TEST(knows_no_other_checks)
{
    struct health health = {.checks = checks, .n_checks = ARRAY_LEN(checks)};
    const struct target target = {0};
    struct response response;

    response_init(&response);
    health_respond(&health, unknown[_i].kind, unknown[_i].single, &target, &response);
    ck_assert_int_eq(response.status, 404);
    response_clear(&response);
}
END_TEST

Suite *health_suite(void)
{
    Suite *suite = suite_create("health");
    TCase *tcase = tcase_create("health");

    tcase_add_loop_test(tcase, answers, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, knows_no_other_checks, 0, ARRAY_LEN(unknown));
    suite_add_tcase(suite, tcase);
    return suite;
}
