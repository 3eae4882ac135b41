#include "base/timestamp.h"

#include <string.h>
#include <time.h>

#include "base/attributes.h"
#include "test/unit/base/suites.h"

enum { REFUSED = -1 };

static const struct {
    const char *text;
    int64_t unix_ms;
} stamps[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-09-14T08:00:09.551204Z", 1789372809551},
    {"2026-09-14T08:00:09Z", 1789372809000},
    {"2026-09-14T08:00:09.5Z", 1789372809500},
    {"2026-09-14T08:00:09.123456789Z", 1789372809123},
    {"2026-09-14T08:00:09.0009Z", 1789372809000}, /* cut */
    {"2026-09-14T10:00:09+02:00", 1789372809000},
    {"2026-09-14T02:30:09-05:30", 1789372809000},
    {"2026-09-14T08:00:09+00:00", 1789372809000},
    {"2026-09-14T08:00:09-00:00", 1789372809000},
    {"2026-09-14t08:00:09z", 1789372809000},
    {"2026-09-14 08:00:09Z", 1789372809000},
    {"2000-02-29T00:00:00Z", 951782400000},
    {"2024-02-29T23:59:59Z", 1709251199000},
    {"2100-03-01T00:00:00Z", 4107542400000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
    {"2016-12-31T23:59:60Z", 1483228800000}, /* a leap second */
    /* none */
    {"", REFUSED},
    {"2026-09-14", REFUSED},
    {"2026-09-14T08:00Z", REFUSED},
    {"2026-09-14T08:00:09", REFUSED},
    {"2026-09-14T08:00:09ZZ", REFUSED},
    {"2026-09-14T08:00:09Z ", REFUSED},
    {" 2026-09-14T08:00:09Z", REFUSED},
    {"2026-09-14T08:00:09.Z", REFUSED},
    {"2026-09-14T08:00:09.1234567890Z", REFUSED},
    {"2026-09-14T08:00:09,5Z", REFUSED},
    {"2026-09-14T08:00:09+0200", REFUSED},
    {"2026-09-14T08:00:09+2:00", REFUSED},
    {"2026-09-14T08:00:09+24:00", REFUSED},
    {"2026-09-14T08:00:09+02:60", REFUSED},
    {"2026-9-14T08:00:09Z", REFUSED},
    {"26-09-14T08:00:09Z", REFUSED},
    {"2026-00-14T08:00:09Z", REFUSED},
    {"2026-13-14T08:00:09Z", REFUSED},
    {"2026-09-00T08:00:09Z", REFUSED},
    {"2026-09-31T08:00:09Z", REFUSED},
    {"2026-02-29T08:00:09Z", REFUSED},
    {"2100-02-29T08:00:09Z", REFUSED},
    {"2026-09-14T24:00:00Z", REFUSED},
    {"2026-09-14T08:60:09Z", REFUSED},
    {"2026-09-14T08:00:61Z", REFUSED},
    {"1969-12-31T23:59:59Z", REFUSED},
    {"1970-01-01T00:59:59.999+01:00", REFUSED}, /* in UTC it is 1969 */
    {"9999-12-31T23:59:59-00:01", REFUSED},
    {"9999-12-31T23:59:60Z", REFUSED},
    {"0001-01-01T00:00:00Z", REFUSED},
    {"-026-09-14T08:00:09Z", REFUSED},
    {"2026-09-14T08:00:0xZ", REFUSED},
    {"now", REFUSED},
};

START_TEST(stamp_case)
{
    int64_t ms = -77;
    bool parses = timestamp_parse(stamps[_i].text, &ms);

    ck_assert_msg(parses == (stamps[_i].unix_ms != REFUSED), "'%s'", stamps[_i].text);
    ck_assert_int_eq(ms, parses ? stamps[_i].unix_ms : -77);
}
END_TEST

static const struct {
    int64_t unix_ms;
    const char *seconds, *millis, *http;
} formats[] = {
    {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
    {784111777000, "1994-11-06T08:49:37Z", "1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {1789372809999, "2026-09-14T08:00:09Z", "2026-09-14T08:00:09.999Z", "Mon, 14 Sep 2026 08:00:09 GMT"},
    {1709251199001, "2024-02-29T23:59:59Z", "2024-02-29T23:59:59.001Z", "Thu, 29 Feb 2024 23:59:59 GMT"},
    {253402300799999, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT"},
};

START_TEST(format_case)
{
    char text[TIMESTAMP_TEXT_MAX];

    timestamp_format(formats[_i].unix_ms, text);
    ck_assert_str_eq(text, formats[_i].seconds);
    timestamp_format_millis(formats[_i].unix_ms, text);
    ck_assert_str_eq(text, formats[_i].millis);
    timestamp_format_http_date(formats[_i].unix_ms, text);
    ck_assert_str_eq(text, formats[_i].http);
}
END_TEST

static const struct {
    const char *text;
    int64_t unix_ms;
} http_dates[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777000},
    {"Mon, 14 Sep 2026 08:00:09 GMT", 1789372809000},
    {"", REFUSED},
    {"Sunday, 06-Nov-94 08:49:37 GMT", REFUSED}, /* obsolete forms */
    {"Sun Nov  6 08:49:37 1994", REFUSED},
    {"Sun, 06 Nov 1994 08:49:37 UTC", REFUSED},
    {"Fri, 31 Dec 9999 23:59:60 GMT", REFUSED},
    {"Sun, 06 Nov 1994 08:49:37 gmt", REFUSED},
    {"Sun, 06 nov 1994 08:49:37 GMT", REFUSED},
    {"Sun, 31 Nov 1994 08:49:37 GMT", REFUSED},
    {"Sun, 06 Nov 1994 25:49:37 GMT", REFUSED},
    {"Sun, 06 Nov 1994 08:49:37 GMT ", REFUSED},
    {"Sun; 06 Nov 1994 08:49:37 GMT", REFUSED},
    {"Sun, 6  Nov 1994 08:49:37 GMT", REFUSED},
    {"1789372809", REFUSED},
};

START_TEST(http_date_case)
{
    int64_t ms = -77;
    bool parses = timestamp_parse_http_date(http_dates[_i].text, &ms);

    ck_assert_msg(parses == (http_dates[_i].unix_ms != REFUSED), "'%s'", http_dates[_i].text);
    ck_assert_int_eq(ms, parses ? http_dates[_i].unix_ms : -77);
}
END_TEST

/* A law: what is formatted is parsed to the same; over four centuries, in steps that meet every day of the year and of the week. */
START_TEST(formats_are_parsed_back)
{
    static const int64_t step_ms = INT64_C(86400000) * 13 + 12345678;
    static const int64_t end_ms = INT64_C(13000000000000);

    for (int64_t ms = 1; ms < end_ms; ms += step_ms) {
        char text[TIMESTAMP_TEXT_MAX];
        time_t seconds = (time_t)(ms / 1000);
        struct tm tm;
        int64_t back = -1;

        timestamp_format_millis(ms, text);
        ck_assert_msg(timestamp_parse(text, &back) && back == ms, "%s", text);
        ck_assert(gmtime_r(&seconds, &tm));
        ck_assert_int_eq(timegm(&tm), back / 1000); /* the C library agrees */
        timestamp_format_http_date(ms, text);
        ck_assert_msg(timestamp_parse_http_date(text, &back) && back == ms / 1000 * 1000, "%s", text);
    }
}
END_TEST

Suite *timestamp_suite(void)
{
    Suite *suite = suite_create("timestamp");
    TCase *tcase = tcase_create("timestamp");

    tcase_add_loop_test(tcase, stamp_case, 0, ARRAY_LEN(stamps));
    tcase_add_loop_test(tcase, format_case, 0, ARRAY_LEN(formats));
    tcase_add_loop_test(tcase, http_date_case, 0, ARRAY_LEN(http_dates));
    tcase_add_test(tcase, formats_are_parsed_back);
    suite_add_tcase(suite, tcase);
    return suite;
}
