#include "nodegroup/series.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static const struct {
    const char *title, *text;
    size_t len, n_known;
    int64_t first_hour;
    double first, last;
} good[] = {
    {"unix seconds", "3600,1\n7200,2\n", 2, 2, 1, 1, 2},
    {"with names", "time,value\n3600,1\n7200,2\n", 2, 2, 1, 1, 2},
    {"with other names, in quotes", "\"Time\",\"cpu of workers\"\n\"3600\",\"1\"\n", 1, 1, 1, 1, 1},
    {"RFC 3339", "1970-01-01T01:00:00Z,1\n1970-01-01T03:30:00+01:00,2\n", 2, 2, 1, 1, 2},
    {"no newline at the end", "3600,1\n7200,2", 2, 2, 1, 1, 2},
    {"carriage returns and empty lines", "time,value\r\n\r\n3600,1\r\n\n7200,2\r\n", 2, 2, 1, 1, 2},
    {"a byte order mark", "\xef\xbb\xbftime,value\n3600,1\n", 1, 1, 1, 1, 1},
    {"newest first", "10800,3\n7200,2\n3600,1\n", 3, 3, 1, 1, 3},
    {"an hour is averaged", "3600,1\n5400,2\n7199.9,6\n", 1, 1, 1, 3, 3},
    {"a missing hour is a gap", "3600,1\n10800,3\n", 3, 2, 1, 1, 3},
    {"gaps as others write them", "3600,1\n7200,\n10800,NaN\n14400,null\n18000,5\n", 5, 2, 1, 1, 5},
    {"a gap at the end is a part of the span", "3600,1\n7200,\n", 2, 1, 1, 1, (double)NAN},
    {"fractions, exponents, signs", "3600.5,-1.5e0\n7200,+2.5E2\n", 2, 2, 1, -1.5, 250},
    {"blanks", " 3600 ,\t1 \n", 1, 1, 1, 1, 1},
    {"the epoch", "0,4\n", 1, 1, 0, 4, 4},
};

START_TEST(csv_becomes_hours)
{
    CLEANUP(series_clear) struct series series = {0};
    struct error err = {0};

    ck_assert_msg(series_read_csv(good[_i].text, strlen(good[_i].text), &series, &err) == 0, "%s: %s", good[_i].title, err.text);
    ck_assert_msg(series.len == good[_i].len && series.n_known == good[_i].n_known, "%s: %zu hours, %zu known", good[_i].title, series.len,
                  series.n_known);
    ck_assert_int_eq(series.first_hour, good[_i].first_hour);
    ck_assert_msg(series.values[0] == good[_i].first, "%s: %f", good[_i].title, series.values[0]);
    ck_assert_msg(isnan(good[_i].last) ? isnan(series.values[series.len - 1]) : series.values[series.len - 1] == good[_i].last, "%s: %f",
                  good[_i].title, series.values[series.len - 1]);
}
END_TEST

static const struct {
    const char *title, *text, *expect;
} bad[] = {
    {"nothing", "", "no row"},
    {"names only", "time,value\n", "no row"},
    {"one column", "3600\n", "line 1: one column"},
    {"three columns", "3600,1\n7200,2,3\n", "line 2: more than two columns"},
    {"a time that is none, in the first line", "yesterday,5\n", "line 1: time \"yesterday\""},
    {"names twice", "time,value\ntime,value\n", "line 2: time \"time\""},
    {"no zone", "time,value\n2026-01-01 00:00:00,1\n", "RFC 3339 with a zone"},
    {"milliseconds", "1764000000000,1\n", "line 1: time \"1764000000000\""},
    {"before 1970", "-3600,1\n", "line 1: time"},
    {"a word for a value", "3600,1\n7200,many\n", "line 2: value \"many\""},
    {"infinity", "3600,inf\n", "value \"inf\""},
    {"overflow", "3600,1e999\n", "value \"1e999\""},
    {"too large to add", "3600,1e19\n", "value \"1e19\""},
    {"hexadecimal", "3600,0x10\n", "value \"0x10\""},
    {"a decimal comma", "3600,1,5\n", "more than two columns"},
    {"two signs", "3600,--1\n", "value \"--1\""},
    {"control characters are not shown", "3600,\x1b[2Jx\n", "value \"?[2Jx\""},
    {"eleven years", "0,1\n360000000,1\n", "more than ten years"},
};

START_TEST(hostile_csv_is_refused_with_its_line)
{
    struct series series = {.len = 7};
    struct error err = {0};

    ck_assert_msg(series_read_csv(bad[_i].text, strlen(bad[_i].text), &series, &err) == -1, "%s", bad[_i].title);
    ck_assert_msg(strstr(err.text, bad[_i].expect) != NULL, "%s: %s", bad[_i].title, err.text);
    ck_assert_uint_eq(series.len, 7); /* untouched */
}
END_TEST

START_TEST(long_lines_and_nul_are_refused)
{
    char line[400] = "3600,1\n7200,";
    struct series series = {0};
    struct error err = {0};

    memset(line + 12, '1', sizeof(line) - 13);
    line[sizeof(line) - 1] = '\0';
    ck_assert_int_eq(series_read_csv(line, sizeof(line) - 1, &series, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "line 2: "));
    ck_assert_int_eq(series_read_csv("3600,1\0 7\n", 10, &series, &err), -1); /* a NUL is no end of the number */
    ck_assert_ptr_nonnull(strstr(err.text, "value \"1? 7\""));
}
END_TEST

Suite *series_suite(void);

Suite *series_suite(void)
{
    Suite *suite = suite_create("series");
    TCase *tcase = tcase_create("csv");

    tcase_add_loop_test(tcase, csv_becomes_hours, 0, ARRAY_LEN(good));
    tcase_add_loop_test(tcase, hostile_csv_is_refused_with_its_line, 0, ARRAY_LEN(bad));
    tcase_add_test(tcase, long_lines_and_nul_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
