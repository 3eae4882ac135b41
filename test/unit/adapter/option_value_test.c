/* option_value_test.c - scalars of each type: what is read, and what is said of what is not. */
#include <stdbool.h>
#include <string.h>

#include "adapter/option.h"

#include "test/unit/adapter/suites.h"

static const char *const modes[] = {"slow", "fast", "none", NULL};

static const struct option integer = {"k", OPTION_INTEGER, .least = "-5", .most = "100"};
static const struct option real = {"k", OPTION_REAL, .fallback = "0.5", .least = "0", .most = "1"};
static const struct option boolean = {"k", OPTION_BOOLEAN, .fallback = "true"};
static const struct option duration = {"k", OPTION_DURATION, .least = "1s", .most = "24h"};
static const struct option size = {"k", OPTION_SIZE, .least = "1", .most = "1Gi", .why = "memory is short"};
static const struct option stamp = {"k", OPTION_TIMESTAMP};
static const struct option mode = {"k", OPTION_CHOICE, .choices = modes};
static const struct option text = {"k", OPTION_TEXT};
static const struct option query = {"k", OPTION_QUERY};
static const struct option maybe = {"k", OPTION_TEXT, .fallback = ""};
static const struct option url = {"k", OPTION_URL};
static const struct option address = {"k", OPTION_ADDRESS};
static const struct option space = {"k", OPTION_NAMESPACE};

static const struct {
    const struct option *option;
    const char *text;
    int64_t whole;
} wholes[] = {
    {&integer, "0", 0},
    {&integer, "-5", -5},
    {&integer, "100", 100},
    {&boolean, "true", 1},
    {&boolean, "false", 0},
    {&duration, "1s", 1000},
    {&duration, "1m30s", 90000},
    {&duration, "1d", 86400000},
    {&size, "1", 1},
    {&size, "16Ki", 16384},
    {&size, "2k", 2000},
    {&size, "1Gi", 1073741824},
    {&stamp, "2026-11-25T10:00:00+01:00", INT64_C(1795597200000)},
    {&mode, "slow", 0},
    {&mode, "none", 2},
};

START_TEST(whole_case)
{
    const char *given = wholes[_i].text;
    const struct tree_node scalar = {.kind = TREE_SCALAR, .text = given, .len = strlen(given)};
    struct option_value value = {0};
    struct error err = {0};

    ck_assert_msg(option_read_value(wholes[_i].option, &scalar, &value, &err) == 0, "%s", err.text);
    ck_assert_int_eq(value.whole, wholes[_i].whole);
}
END_TEST

static const struct {
    const char *text;
    double real;
} reals[] = {
    {"0", 0}, {"1", 1}, {"0.1", 0.1}, {"0.95", 0.95}, {"1.0", 1}, {"0.85", 0.85}, {"0.123456789012345", 0.123456789012345},
};

START_TEST(real_case)
{
    const char *given = reals[_i].text;
    const struct tree_node scalar = {.kind = TREE_SCALAR, .text = given, .len = strlen(given)};
    struct option_value value = {0};
    struct error err = {0};

    ck_assert_msg(option_read_value(&real, &scalar, &value, &err) == 0, "%s", err.text);
    ck_assert_double_eq(value.real, reals[_i].real);
}
END_TEST

static const struct {
    const struct option *option;
    const char *text, *read;
    bool quoted;
} texts[] = {
    {&text, "plain text", "plain text", false},
    {&text, "true", "true", true},
    {&text, "12", "12", true},
    {&maybe, "", "", true},
    {&query, "a\nb", "a\nb", true},
    {&url, "https://host///", "https://host", false},
    {&url, "https://host/a/", "https://host/a", false},
    {&address, "localhost", "127.0.0.1", false},
    {&address, "::1", "::1", false},
    {&space, "coder", "coder", false},
};

START_TEST(text_case)
{
    const char *given = texts[_i].text;
    const struct tree_node scalar = {.kind = TREE_SCALAR, .quoted = texts[_i].quoted, .text = given, .len = strlen(given)};
    struct option_value value = {0};
    struct error err = {0};

    ck_assert_msg(option_read_value(texts[_i].option, &scalar, &value, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(value.len, strlen(texts[_i].read));
    ck_assert_mem_eq(value.text, texts[_i].read, value.len);
}
END_TEST

#define WHOLE "want a whole number from -5 to 100"
#define BOOLEAN "want true or false"
#define URL "want an http or https URL without credentials, query or fragment"
static const struct {
    const struct option *option;
    const char *text, *told;
    bool quoted;
} wrong[] = {
    {&integer, "101", "101 is out of range; " WHOLE, false},
    {&integer, "-6", "-6 is out of range; " WHOLE, false},
    {&integer, "5", "\"5\" in quotes is text; drop the quotes; " WHOLE, true},
    {&integer, "x", "\"x\" is wrong; " WHOLE, true},
    {&integer, "", "\"\" is empty; " WHOLE, true},
    {&integer, "", "no value; " WHOLE, false},
    {&integer, "~", "no value; " WHOLE, false},
    {&integer, "010", "010 is wrong; " WHOLE, false},
    {&integer, "0x10", "0x10 is wrong; " WHOLE, false},
    {&integer, "1_0", "1_0 is wrong; " WHOLE, false},
    {&integer, "+1", "+1 is wrong; " WHOLE, false},
    {&integer, "1.0", "1.0 is wrong; " WHOLE, false},
    {&integer, "true", "true is wrong; " WHOLE, false},
    {&integer, "9999999999999999999999", "9999999999999999999999 is wrong; " WHOLE, false},
    {&real, "1.01", "1.01 is out of range; want a number from 0 to 1", false},
    {&real, "-0.1", "-0.1 is out of range; want a number from 0 to 1", false},
    {&real, ".nan", ".nan is wrong; want a number from 0 to 1", false},
    {&real, "1e-3", "1e-3 is wrong; want a number from 0 to 1", false},
    {&real, "1.", "1. is wrong; want a number from 0 to 1", false},
    {&real, "50%", "50% is wrong; want a number from 0 to 1", false},
    {&real, "null", "no value; want a number from 0 to 1, or leave the key out for its default", false},
    {&real, "0.1", "\"0.1\" in quotes is text; drop the quotes; want a number from 0 to 1", true},
    {&boolean, "yes", "yes is no boolean here; " BOOLEAN, false},
    {&boolean, "True", "True is no boolean here; " BOOLEAN, false},
    {&boolean, "off", "off is no boolean here; " BOOLEAN, false},
    {&boolean, "true", "\"true\" in quotes is text; drop the quotes; " BOOLEAN, true},
    {&boolean, "maybe", "maybe is wrong; " BOOLEAN, false},
    {&duration, "5", "5 is wrong; want a duration (like 1m30s) from 1s to 24h", false},
    {&duration, "5 s", "5 s is wrong; want a duration (like 1m30s) from 1s to 24h", false},
    {&duration, "999ms", "999ms is out of range; want a duration (like 1m30s) from 1s to 24h", false},
    {&duration, "-1m", "-1m is wrong; want a duration (like 1m30s) from 1s to 24h", false},
    {&size, "16KB", "16KB is wrong; want a size (like 16Ki) from 1 to 1Gi (memory is short)", false},
    {&size, "2Gi", "2Gi is out of range; want a size (like 16Ki) from 1 to 1Gi (memory is short)", false},
    {&stamp, "2026-11-25", "2026-11-25 is wrong; want an RFC 3339 time, like 2026-11-25T09:00:00Z", false},
    {&mode, "Slow", "Slow is wrong; want slow, fast or none", false},
    {&text, "", "\"\" is empty; want text", true},
    {&text, "no", "no without quotes is a boolean; put quotes around it if it is meant; want text", false},
    {&text, "1.10", "1.10 without quotes is a number; put quotes around it if it is meant; want text", false},
    {&text, "a\nb", "\"a?b\" holds control characters; want text", true},
    {&query, "a\rb", "\"a?b\" holds control characters; want text", true},
    {&maybe, "null", "no value; want text, or leave the key out for its default", false},
    {&url, "https://me:secret@host", "the URL holds credentials, which would end up in logs; give the token as a file; " URL, false},
    {&url, "7", "this is no URL; " URL, false},
    {&url, "", "\"\" is empty; " URL, true},
    {&space, "abcdefghijabcdefghijabcdefghijabcdefghijABCDEFGHIJ",
     "abcdefghijabcdefghijabcdefghijabcdefghij... is wrong; want a namespace: small letters, digits and -, at most 63 characters", false},
};

START_TEST(wrong_case)
{
    const char *given = wrong[_i].text;
    const struct tree_node scalar = {.kind = TREE_SCALAR, .quoted = wrong[_i].quoted, .text = given, .len = strlen(given)};
    struct option_value value = {.whole = 77};
    struct error err = {0};

    ck_assert_int_eq(option_read_value(wrong[_i].option, &scalar, &value, &err), -1);
    ck_assert_str_eq(err.text, wrong[_i].told);
    ck_assert_int_eq(value.whole, 77);
}
END_TEST

START_TEST(hidden_nul_and_length)
{
    static char endless[5000];
    const struct tree_node hidden = {.kind = TREE_SCALAR, .quoted = true, .text = "a\0b", .len = 3};
    const struct tree_node scalar = {.kind = TREE_SCALAR, .text = endless, .len = sizeof(endless) - 1};
    struct option_value value;
    struct error err = {0};

    memset(endless, 'x', sizeof(endless) - 1);
    ck_assert_int_eq(option_read_value(&text, &hidden, &value, &err), -1);
    ck_assert_str_eq(err.text, "\"a\" holds control characters; want text");
    ck_assert_int_eq(option_read_value(&text, &scalar, &value, &err), -1);
    ck_assert_str_eq(err.text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... is too long; want text");
}
END_TEST

Suite *option_value_suite(void)
{
    Suite *suite = suite_create("option_value");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, whole_case, 0, ARRAY_LEN(wholes));
    tcase_add_loop_test(tcase, real_case, 0, ARRAY_LEN(reals));
    tcase_add_loop_test(tcase, text_case, 0, ARRAY_LEN(texts));
    tcase_add_loop_test(tcase, wrong_case, 0, ARRAY_LEN(wrong));
    tcase_add_test(tcase, hidden_nul_and_length);
    suite_add_tcase(suite, tcase);
    return suite;
}
