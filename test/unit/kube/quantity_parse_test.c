#include "kube/quantity_parse.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "test/unit/kube/suites.h"

/* The vectors of the real library: its answers, but for texts without a digit, which it reads as 0 and we refuse, and
 * for values beyond 64 bits, where it wraps around. */
static bool has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL && strchr("0123456789.+-", text[0]) != NULL;
}

static void check_vector(const json_t *vector)
{
    const char *text = json_string_value(json_object_get(vector, "in"));
    bool expected = json_is_true(json_object_get(vector, "ok")) && has_digit(text);
    double value = json_number_value(json_object_get(vector, "approx_float"));
    struct quantity quantity = {0};
    struct error err = {0};

    ck_assert_msg((quantity_parse(text, strlen(text), &quantity, &err) == 0) == expected, "'%s': %s", text, err.text);
    ck_assert_msg(expected || err.text[0] != '\0', "'%s': refused without a word", text);
    if (!expected)
        return;
    ck_assert_msg(fabs(quantity_double(quantity) - value) <= fabs(value) * 1e-15, "'%s': %g", text, quantity_double(quantity));
    /* As doubles: both sides round alike, and the vectors hold numbers beyond what jansson takes for an integer. */
    if (fabs(value) < 9.2e15)
        ck_assert_msg((double)quantity_milli(quantity) == json_real_value(json_object_get(vector, "milli_value")), "'%s'", text);
    if (fabs(value) < 9.2e18)
        ck_assert_msg((double)quantity_value(quantity) == json_real_value(json_object_get(vector, "value")), "'%s'", text);
}

START_TEST(vectors)
{
    json_t *all = json_load_file(FIXTURES "/kubernetes/quantity.json", JSON_DECODE_INT_AS_REAL, NULL);
    const json_t *vector;
    size_t i;

    ck_assert_uint_gt(json_array_size(all), 40);
    json_array_foreach (all, i, vector)
        check_vector(vector);
    json_decref(all);
}
END_TEST

static const struct {
    const char *text;
    int64_t value, milli;
} values[] = {
    {"0.5n", 1, 1},
    {"1e-10", 1, 1},
    {"-1e-10", -1, -1},
    {"0e-99999999999999999999", 0, 0},
    {"1e-99999999999999999999", 1, 1},
    {"1e99999999999999999999", INT64_MAX, INT64_MAX},
    {"0e99999999999999999999", 0, 0},
    {"-1e40", INT64_MIN, INT64_MIN},
    {"0.1Ki", 103, 102400},
    {"1.0000000000000000000000000000000000000001Ki", 1025, 1024001},
    {"0.99999999999999999999999999999999999999Ei", INT64_C(1152921504606846976), INT64_MAX},
    {"5.", 5, 5000},
    {"5.e3", 5000, 5000000},
    {"1.5e+3", 1500, 1500000},
    {"10E", INT64_MAX, INT64_MAX},
    {"9223372036854775807", INT64_MAX, INT64_MAX},
    {"000000000000000000000000000000000000000000000000000000000000000001", 1, 1000},
    {"0.000000000000000000000000000000000000000000001e45", 1, 1000},
    {"340282366920938463463374607431768211456", INT64_MAX, INT64_MAX},
    {"340282366920938463463374607431768211456Ei", INT64_MAX, INT64_MAX},
};

START_TEST(value_case)
{
    struct quantity quantity = {0};
    struct error err = {0};

    ck_assert_msg(quantity_parse(values[_i].text, strlen(values[_i].text), &quantity, &err) == 0, "%s", err.text);
    ck_assert_int_eq(quantity_value(quantity), values[_i].value);
    ck_assert_int_eq(quantity_milli(quantity), values[_i].milli);
}
END_TEST

static const char *const refused[] = {
    "",      "m",         "k",   "E",   "e3",  ".",   "-",   "+",   "-m",   "K",       "1K",    "1ki",  "1KI", "1mi",
    "1MB",   "1\xc2\xb5", " 1",  "1 ",  "1_0", "1,0", "0x1", "NaN", "Inf",  "1e",      "1e3Ki", "1Ee3", "1e+", "1E-",
    "1e3.5", "1.2.3",     "--1", "1m3", "1i",  "1+3", "1-",  "1mm", "1Kii", "8 cores", "1e3e3", "+-1",
};

START_TEST(refused_case)
{
    struct quantity quantity = {.nano = 42};
    struct error err = {0};

    ck_assert_msg(quantity_parse(refused[_i], strlen(refused[_i]), &quantity, &err) == -1, "'%s'", refused[_i]);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert(quantity.nano == 42);
}
END_TEST

START_TEST(too_long)
{
    char text[QUANTITY_INPUT_MAX + 1];
    struct quantity quantity = {0};
    struct error err = {0};

    memset(text, '1', sizeof(text));
    ck_assert_int_eq(quantity_parse(text, sizeof(text) - 1, &quantity, &err), 0);
    ck_assert_int_eq(quantity_parse(text, sizeof(text), &quantity, &err), -1);
}
END_TEST

START_TEST(not_terminated)
{
    struct quantity quantity = {0};
    struct error err = {0};

    ck_assert_int_eq(quantity_parse("100Mi", 3, &quantity, &err), 0);
    ck_assert_int_eq(quantity_value(quantity), 100);
}
END_TEST

Suite *quantity_parse_suite(void)
{
    Suite *suite = suite_create("quantity_parse");
    TCase *tcase = tcase_create("quantity_parse");

    tcase_add_test(tcase, vectors);
    tcase_add_loop_test(tcase, value_case, 0, ARRAY_LEN(values));
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, too_long);
    tcase_add_test(tcase, not_terminated);
    suite_add_tcase(suite, tcase);
    return suite;
}
