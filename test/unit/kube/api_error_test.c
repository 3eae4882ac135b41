/* api_error_test.c - what an answer that refuses is told as. */
#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "kube/api_error.h"
#include "test/unit/kube/suites.h"

static const struct {
    const char *body;
    const char *text;
    int status;
    enum error_code code;
} cases[] = {
    {"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"nodes is forbidden: User \\\"u\\\" "
     "cannot "
     "list\",\"reason\":\"Forbidden\",\"code\":403}",
     "403: nodes is forbidden: User \"u\" cannot list", 403, ERROR_FORBIDDEN},
    {"{\"kind\":\"Status\",\"message\":\"Unauthorized\"}", "401: Unauthorized", 401, ERROR_UNAUTHORIZED},
    {"404 page not found\n", "404: 404 page not found", 404, ERROR_NOT_FOUND},
    {"{\"kind\":\"Status\",\"message\":\"too old\",\"code\":410}", "410: too old", 410, ERROR_INVALID},
    {"{\"kind\":\"Status\",\"message\":\"the object has been modified\"}", "409: the object has been modified", 409, ERROR_INVALID},
    {"Too many requests, please try again later.\nmore", "429: Too many requests, please try again later.", 429, ERROR_RATE_LIMITED},
    {"{\"kind\":\"Other\",\"message\":\"x\"}", "500: no message", 500, ERROR_UNAVAILABLE},
    {"{\"kind\":\"Status\",\"message\":7}", "500: no message", 500, ERROR_UNAVAILABLE},
    {"[1,2]", "500: no message", 500, ERROR_UNAVAILABLE},
    {"", "503: no message", 503, ERROR_UNAVAILABLE},
    {"\033[31mred\a", "503: \\x1b[31mred\\x07", 503, ERROR_UNAVAILABLE},
    {"{\"kind\":\"Status\",\"message\":\"two\\nlines\"}", "503: two\\nlines", 503, ERROR_UNAVAILABLE},
    {"{\"kind\":\"Status\",\"message\":\"Timeout\"}", "504: Timeout", 504, ERROR_TIMEOUT},
    {"", "302: a redirect, which is not followed; is this the address of the API server?", 302, ERROR_INVALID},
};

START_TEST(api_error_case)
{
    struct error err = {0};

    ck_assert_int_eq(api_error_set(&err, cases[_i].status, cases[_i].body, strlen(cases[_i].body)), -1);
    ck_assert_int_eq(err.code, cases[_i].code);
    ck_assert_str_eq(err.text, cases[_i].text);
}
END_TEST

/* A body without a NUL behind it, and one longer than is told. */
START_TEST(api_error_bounds)
{
    char body[100000];
    struct error err = {0};

    memset(body, 'x', sizeof(body));
    api_error_set(&err, 500, body, 3);
    ck_assert_str_eq(err.text, "500: xxx");
    api_error_set(&err, 500, body, sizeof(body));
    ck_assert_uint_gt(strlen(err.text), 100);
    ck_assert_uint_lt(strlen(err.text), 400);
}
END_TEST

Suite *api_error_suite(void)
{
    Suite *suite = suite_create("kube/api_error");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, api_error_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, api_error_bounds);
    suite_add_tcase(suite, tcase);
    return suite;
}
