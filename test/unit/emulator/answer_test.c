#include "emulator/answer.h"

#include <string.h>

#include "test/unit/emulator/suites.h"

START_TEST(errors_replace_what_was_there)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(256)};

    answer_text(&answer, 200, "text/plain", "half an answer");
    answer_error(&answer, 500, "no", "why");
    ck_assert_int_eq(answer.status, 500);
    ck_assert_str_eq(buffer_text(&answer.body), "{\"message\":\"no\",\"detail\":\"why\"}\n");
    answer_error(&answer, 404, "no", NULL);
    ck_assert_str_eq(buffer_text(&answer.body), "{\"message\":\"no\"}\n");
}
END_TEST

START_TEST(headers_are_unique_and_bounded)
{
    static const char *const names[] = {"A", "B", "C", "D", "E", "F", "G", "H", "I"};
    struct answer answer = {0};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        answer_header(&answer, names[i], "%zu", i);
    ck_assert_uint_eq(answer.n_headers, ANSWER_HEADERS_MAX);
    answer_header(&answer, "B", "new");
    ck_assert_uint_eq(answer.n_headers, ANSWER_HEADERS_MAX);
    ck_assert_str_eq(answer.headers[1].value, "new");
}
END_TEST

Suite *answer_suite(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, errors_replace_what_was_there);
    tcase_add_test(tcase, headers_are_unique_and_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
