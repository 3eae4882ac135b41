/* Canonical quantities, against what Go's parser makes of the same texts. */
#include "kube/quantity.h"

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/kube/suites.h"

static const struct {
    int64_t milli;
    const char *text;
} cases[] = {
    {0, "0"},
    {1, "1m"},
    {999, "999m"},
    {1000, "1"},
    {1500, "1500m"},
    {100000, "100"},
    {1000000, "1k"},
    {1001000, "1001"},
    {1500000, "1500"},
    {1500000000, "1500k"},
    {1000000000, "1M"},
    {1000000000000, "1G"},
    {1000000000000000, "1T"},
    {1000000000000000000, "1P"},
    {-1500, "-1500m"},
    {-1000000, "-1k"},
    {INT64_MAX, "9223372036854775807m"},
    {INT64_MIN, "-9223372036854775808m"},
};

START_TEST(formats)
{
    char text[QUANTITY_TEXT_MAX];
    size_t len = quantity_format_milli(cases[_i].milli, text);

    ck_assert_str_eq(text, cases[_i].text);
    ck_assert_uint_eq(len, strlen(cases[_i].text));
}
END_TEST

/* Every recorded text that is already canonical comes out as it went in. */
START_TEST(agrees_with_go)
{
    json_error_t why;
    json_t *rows = json_load_file(FIXTURES "/wire/quantity-table.json", JSON_DECODE_INT_AS_REAL, &why);
    size_t index, compared = 0;
    json_t *row;

    ck_assert_msg(rows != NULL, "%s", why.text);
    json_array_foreach (rows, index, row) {
        const char *in = json_string_value(json_object_get(row, "In"));
        const char *canonical = json_string_value(json_object_get(row, "Canon"));
        char text[QUANTITY_TEXT_MAX];

        /* Texts in other forms (binary, exponents, signs, below a thousandth, beyond 64 bits) stay as they are in Go. */
        if (canonical[0] == '\0' || strspn(canonical, "-0123456789") + 1 < strlen(canonical) || strpbrk(canonical, "unieE+.P"))
            continue;
        if (strlen(canonical) > 15)
            continue;
        (void)quantity_format_milli((int64_t)json_real_value(json_object_get(row, "Milli")), text);
        ck_assert_msg(strcmp(text, canonical) == 0, "%s: %s, Go has %s", in, text, canonical);
        compared++;
    }
    ck_assert_uint_ge(compared, 15);
    json_decref(rows);
}
END_TEST

Suite *quantity_suite(void)
{
    Suite *suite = suite_create("quantity");
    TCase *tcase = tcase_create("quantity");

    tcase_add_loop_test(tcase, formats, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, agrees_with_go);
    suite_add_tcase(suite, tcase);
    return suite;
}
