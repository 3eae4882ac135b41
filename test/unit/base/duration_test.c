#include "base/duration.h"

#include "base/attributes.h"
#include "test/unit/base/suites.h"

enum { REFUSED = -1 };

static const struct {
    const char *text;
    int64_t ms;
} parses[] = {
    {"0", 0},
    {"0s", 0},
    {"5s", 5000},
    {"1m30s", 90000},
    {"1h", 3600000},
    {"1h0m0s", 3600000},
    {"100ms", 100},
    {"1.5s", 1500},
    {".5s", 500},
    {"1.s", 1000},
    {"0.1s", 100},
    {"1.001s", 1001},
    {"2m0.25s", 120250},
    {"1000us", 1},
    {"999us", 0}, /* below a millisecond: cut */
    {"1500\xc2\xb5s", 1},
    {"1000000ns", 1},
    {"999999ns", 0},
    {"0.999999999s", 999}, /* cut, not rounded */
    {"0.5ms0.5ms", 1},
    {"36600d", INT64_C(36600) * 86400000},
    {"36600d1ns", REFUSED},
    {"26w", INT64_C(26) * 7 * 86400000},
    {"30d", INT64_C(30) * 86400000},
    {"1w2d3h4m5s6ms", INT64_C(788645006)},
    {"30s1m", 90000}, /* any order, as in Go */
    {"87600h", INT64_C(87600) * 3600000},
    {"", REFUSED},
    {"5", REFUSED},
    {"s", REFUSED},
    {".s", REFUSED},
    {"-5s", REFUSED},
    {"+5s", REFUSED},
    {"5 s", REFUSED},
    {" 5s", REFUSED},
    {"5s ", REFUSED},
    {"5S", REFUSED},
    {"5x", REFUSED},
    {"1.2.3s", REFUSED},
    {"1h30", REFUSED},
    {"1e3s", REFUSED},
    {"1234567890123456s", REFUSED},
    {"9999999999h", REFUSED},
    {"5300w", REFUSED}, /* more than a century */
    {"99y", REFUSED},
};

START_TEST(parse_case)
{
    int64_t ms = -77;
    bool ok = duration_parse(parses[_i].text, &ms);

    ck_assert_msg(ok == (parses[_i].ms != REFUSED), "'%s'", parses[_i].text);
    ck_assert_int_eq(ms, ok ? parses[_i].ms : -77);
}
END_TEST

static const struct {
    int64_t ms;
    const char *text;
} formats[] = {
    {0, "0s"},         {1, "1ms"},        {250, "250ms"},    {999, "999ms"},
    {1000, "1s"},      {1500, "1.5s"},    {1001, "1.001s"},  {1010, "1.01s"},
    {60000, "1m"},     {90000, "1m30s"},  {60500, "1m0.5s"}, {3600000, "1h"},
    {3601000, "1h1s"}, {7260000, "2h1m"}, {86400000, "24h"}, {INT64_C(26) * 7 * 86400000, "4368h"},
};

START_TEST(format_case)
{
    char text[DURATION_TEXT_MAX];

    duration_format(formats[_i].ms, text);
    ck_assert_str_eq(text, formats[_i].text);
}
END_TEST

/* A law: what is formatted is parsed to the same. */
START_TEST(formats_are_parsed_back)
{
    for (int64_t ms = 0; ms < INT64_C(1000000000); ms = ms * 11 / 10 + 1) {
        char text[DURATION_TEXT_MAX];
        int64_t back = -1;

        duration_format(ms, text);
        ck_assert_msg(duration_parse(text, &back) && back == ms, "%s is not %jd ms", text, (intmax_t)ms);
    }
}
END_TEST

Suite *duration_suite(void)
{
    Suite *suite = suite_create("duration");
    TCase *tcase = tcase_create("duration");

    tcase_add_loop_test(tcase, parse_case, 0, ARRAY_LEN(parses));
    tcase_add_loop_test(tcase, format_case, 0, ARRAY_LEN(formats));
    tcase_add_test(tcase, formats_are_parsed_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
