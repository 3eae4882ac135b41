/* Keys and values of labels. */
#include "apiservice/label_syntax.h"

#include <check.h>
#include <string.h>

#include "test/unit/apiservice/suites.h"

#define SIXTY_THREE "a12345678901234567890123456789012345678901234567890123456789012"

static const struct {
    const char *text;
    bool is_key, is_value;
} cases[] = {
    {"", false, true},
    {"a", true, true},
    {"a-b_c.D9", true, true},
    {"-a", false, false},
    {"a-", false, false},
    {"a b", false, false},
    {"a\xc3\xb6", false, false},
    {SIXTY_THREE, true, true},
    {SIXTY_THREE "3", false, false},
    {"example.com/a", true, false},
    {"ex-1.example.com/A", true, false},
    {"Example.com/a", false, false},
    {"ex_1.com/a", false, false},
    {".com/a", false, false},
    {"a..b/c", false, false},
    {"a./c", false, false},
    {"-a/c", false, false},
    {"/a", false, false},
    {"a/", false, false},
    {"a/b/c", false, false},
};

START_TEST(knows_keys_and_values)
{
    struct error err = {0};
    size_t len = strlen(cases[_i].text);

    ck_assert_msg((label_key_check(cases[_i].text, len, &err) == 0) == cases[_i].is_key, "key '%s': %s", cases[_i].text, err.text);
    ck_assert_msg((label_value_check(cases[_i].text, len, &err) == 0) == cases[_i].is_value, "value '%s': %s", cases[_i].text, err.text);
}
END_TEST

START_TEST(bounds_the_prefix)
{
    char key[LABEL_PREFIX_MAX + 4];
    struct error err = {0};

    memset(key, 'a', sizeof(key));
    memcpy(key + LABEL_PREFIX_MAX, "/k", 3);
    ck_assert_int_eq(label_key_check(key, strlen(key), &err), 0);
    memcpy(key + LABEL_PREFIX_MAX, "a/k", 4);
    ck_assert_int_lt(label_key_check(key, strlen(key), &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "no more than 253 bytes"));
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    int64_t value;
} integers[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"+7", true, 7},
    {"-12", true, -12},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775808", true, INT64_MIN},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"1a", false, 0},
    {" 1", false, 0},
    {"0x1", false, 0},
};

START_TEST(reads_integers)
{
    int64_t value = 77;

    ck_assert(label_integer(integers[_i].text, strlen(integers[_i].text), &value) == integers[_i].ok);
    ck_assert_int_eq(value, integers[_i].ok ? integers[_i].value : 77);
}
END_TEST

Suite *label_syntax_suite(void)
{
    Suite *suite = suite_create("label_syntax");
    TCase *tcase = tcase_create("label_syntax");

    tcase_add_loop_test(tcase, knows_keys_and_values, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, bounds_the_prefix);
    tcase_add_loop_test(tcase, reads_integers, 0, ARRAY_LEN(integers));
    suite_add_tcase(suite, tcase);
    return suite;
}
