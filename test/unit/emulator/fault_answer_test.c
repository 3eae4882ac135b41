#include "emulator/fault_answer.h"

#include <jansson.h>
#include <string.h>

#include "test/unit/emulator/suites.h"

static const char right[] = "[{\"id\":\"a\",\"status\":\"pending\",\"tags\":{}},{\"id\":\"b\",\"status\":\"running\"}]\n";

static const struct {
    const char *says; /* in the body */
    int kind, status;
    enum answer_end end;
    bool replaces, is_json;
} rows[] = {
    {"", FAULT_DOWN, 0, ANSWER_DROP, true, false},
    {"pending", FAULT_SLOW, 200, ANSWER_WHOLE, false, true},
    {"rate limited for sending more than 512 requests in 1m0s", FAULT_RATE_LIMIT, 429, ANSWER_WHOLE, true, true},
    {"<html>", FAULT_HTML, 200, ANSWER_WHOLE, true, false},
    {"<html>", FAULT_BAD_GATEWAY, 502, ANSWER_WHOLE, true, false},
    {"pending", FAULT_TRUNCATED, 200, ANSWER_WHOLE, false, false},
    {"running", FAULT_CUT, 200, ANSWER_CUT, false, true},
    {"signed out", FAULT_TOKEN_REVOKED, 401, ANSWER_WHOLE, true, true},
    {"Internal error", FAULT_ERROR_500, 500, ANSWER_WHOLE, true, true},
    {"do not have access", FAULT_FORBIDDEN, 404, ANSWER_WHOLE, true, true},
    {"\"status\":7 ", FAULT_WRONG_TYPE, 200, ANSWER_WHOLE, false, true},
};

START_TEST(row_case)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};
    const struct fault fault = {.kind = rows[_i].kind, .delay_ms = 700};
    json_auto_t *body = NULL;

    ck_assert_int_eq(_i, rows[_i].kind); /* every kind has its row */
    ck_assert_int_eq(fault_replaces(&fault, 512, &answer), rows[_i].replaces);
    if (!rows[_i].replaces) {
        answer_text(&answer, 200, "application/json", right);
        fault_spoils(&fault, &answer);
    }
    body = json_loadb(buffer_text(&answer.body), answer.body.len, 0, NULL);
    ck_assert_int_eq(answer.status, rows[_i].status);
    ck_assert_int_eq(answer.end, rows[_i].end);
    ck_assert_int_eq(answer.delay_ms, rows[_i].kind == FAULT_SLOW ? 700 : 0);
    ck_assert_msg(strstr(buffer_text(&answer.body), rows[_i].says) != NULL, "%s", buffer_text(&answer.body));
    ck_assert_msg((body != NULL) == rows[_i].is_json, "%s", buffer_text(&answer.body));
}
END_TEST

START_TEST(rate_limits_say_when)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};
    const struct fault fault = {.kind = FAULT_RATE_LIMIT};
    size_t found = 0;

    answer_header(&answer, "X-Ratelimit-Remaining", "500");
    ck_assert(fault_replaces(&fault, 512, &answer));
    for (size_t i = 0; i < answer.n_headers; i++) {
        found += strcmp(answer.headers[i].name, "Retry-After") == 0 && strcmp(answer.headers[i].value, "60") == 0;
        found += strcmp(answer.headers[i].name, "X-Ratelimit-Remaining") == 0 && strcmp(answer.headers[i].value, "0") == 0;
    }
    ck_assert_uint_eq(found, 2);
}
END_TEST

START_TEST(an_empty_list_gets_a_wrong_element)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};
    const struct fault fault = {.kind = FAULT_WRONG_TYPE};
    json_auto_t *body = NULL;

    answer_text(&answer, 200, "application/json", "[]\n");
    fault_spoils(&fault, &answer);
    body = json_loadb(answer.body.data, answer.body.len, 0, NULL);
    ck_assert(json_is_integer(json_object_get(json_array_get(body, 0), "status")));
}
END_TEST

START_TEST(an_empty_answer_is_spoiled_too)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};

    answer.status = 200;
    fault_spoils(&(const struct fault){.kind = FAULT_TRUNCATED}, &answer);
    ck_assert_uint_eq(answer.body.len, 0);
    fault_spoils(&(const struct fault){.kind = FAULT_WRONG_TYPE}, &answer);
    ck_assert_str_eq(buffer_text(&answer.body), "[{\"id\":7,\"status\":7}]\n");
}
END_TEST

/* What took an answer's place is not spoiled besides. */
START_TEST(what_replaces_does_not_spoil)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};
    const struct fault fault = {.kind = rows[_i].kind, .delay_ms = 700};

    if (!rows[_i].replaces)
        return;
    answer_text(&answer, 200, "application/json", right);
    fault_spoils(&fault, &answer);
    ck_assert_str_eq(buffer_text(&answer.body), right);
    ck_assert_int_eq(answer.end, ANSWER_WHOLE);
    ck_assert_int_eq(answer.delay_ms, 0);
}
END_TEST

Suite *fault_answer_suite(void)
{
    Suite *suite = suite_create("fault_answer");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, row_case, 0, FAULT_KINDS);
    tcase_add_test(tcase, an_empty_answer_is_spoiled_too);
    tcase_add_loop_test(tcase, what_replaces_does_not_spoil, 0, FAULT_KINDS);
    tcase_add_test(tcase, rate_limits_say_when);
    tcase_add_test(tcase, an_empty_list_gets_a_wrong_element);
    suite_add_tcase(suite, tcase);
    return suite;
}
