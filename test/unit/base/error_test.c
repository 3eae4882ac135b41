#include "base/error.h"

#include <string.h>

#include "test/unit/base/suites.h"

START_TEST(set_and_wrap)
{
    struct error err = {0};

    ck_assert_int_eq(error_set(&err, ERROR_TIMEOUT, "no answer in %d s", 5), -1);
    ck_assert_int_eq(error_wrap(&err, "GET %s", "/jobs"), -1);
    ck_assert_int_eq(error_wrap(&err, "refresh queue"), -1);
    ck_assert_str_eq(err.text, "refresh queue: GET /jobs: no answer in 5 s");
    ck_assert_int_eq(err.code, ERROR_TIMEOUT);
    ck_assert_int_eq(error_set(&err, ERROR_IO, "anew"), -1);
    ck_assert_str_eq(err.text, "anew");
    ck_assert_int_eq(error_no_memory(&err), -1);
    ck_assert_int_eq(err.code, ERROR_MEMORY);
}
END_TEST

/* What is too long is cut at its end: where it happened stays. */
START_TEST(a_long_text_is_cut)
{
    struct error err = {0};
    char text[2000];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    (void)error_set(&err, ERROR_INVALID, "inner %s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
    (void)error_wrap(&err, "outer");
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
    ck_assert_int_eq(strncmp(err.text, "outer: inner xxx", 16), 0);
    (void)error_wrap(&err, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}
END_TEST

START_TEST(it_is_one_line)
{
    struct error err = {0};

    (void)error_set(&err, ERROR_INVALID, "context %s", "lab\r\nINFO all is well\x1b[2J");
    ck_assert_str_eq(err.text, "context lab??INFO all is well?[2J");
    (void)error_wrap(&err, "read %s", "a\tb\x7f");
    ck_assert_str_eq(err.text, "read a?b?: context lab??INFO all is well?[2J");
}
END_TEST

/* The words are labels of metrics: one for each code, all different. */
START_TEST(every_code_has_its_word)
{
    for (int i = ERROR_NONE; i <= ERROR_NOT_FOUND; i++) {
        ck_assert_str_ne(error_code_name((enum error_code)i), "unknown");
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(error_code_name((enum error_code)i), error_code_name((enum error_code)j));
    }
    ck_assert_str_eq(error_code_name((enum error_code)(ERROR_NOT_FOUND + 1)), "unknown");
    ck_assert_str_eq(error_code_name(ERROR_RATE_LIMITED), "rate_limited");
}
END_TEST

Suite *error_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tcase = tcase_create("error");

    tcase_add_test(tcase, set_and_wrap);
    tcase_add_test(tcase, a_long_text_is_cut);
    tcase_add_test(tcase, it_is_one_line);
    tcase_add_test(tcase, every_code_has_its_word);
    suite_add_tcase(suite, tcase);
    return suite;
}
