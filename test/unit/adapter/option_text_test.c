/* option_text_test.c - which texts are what. */
#include <string.h>

#include "adapter/option_text.h"
#include "base/attributes.h"

#include "test/unit/adapter/suites.h"

#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    bool (*is)(const char *text);
    const char *text;
    bool expected;
} cases[] = {
    {text_is_namespace, "coder", true},
    {text_is_namespace, "1a-b", true},
    {text_is_namespace, X63, true},
    {text_is_namespace, X63 "x", false},
    {text_is_namespace, "", false},
    {text_is_namespace, "-a", false},
    {text_is_namespace, "a-", false},
    {text_is_namespace, "Coder", false},
    {text_is_namespace, "a.b", false},
    {text_is_namespace, "*", false},
    {text_is_namespace_or_any, "*", true},
    {text_is_namespace_or_any, "**", false},
    {text_is_object_name, "a.b-c.d", true},
    {text_is_object_name, "a..b", false},
    {text_is_object_name, ".a", false},
    {text_is_object_name, "a.", false},
    {text_is_object_name, X63 "." X63 "." X63 "." X63, false /* 255 */},
    {text_is_object_name, X63 "." X63 "." X63, true},
    {text_is_label_value, "GPU_1.x-y", true},
    {text_is_label_value, "_a", false},
    {text_is_label_value, "a_", false},
    {text_is_label_value, "a b", false},
    {text_is_label_value, "\xc3\xa5", false},
    {text_is_label_key, "elastisys.io/node-group", true},
    {text_is_label_key, "plain", true},
    {text_is_label_key, "/plain", false},
    {text_is_label_key, "a/", false},
    {text_is_label_key, "a/b/c", false},
    {text_is_label_key, "Upper/x", false},
    {text_is_address, "0.0.0.0", true},
    {text_is_address, "::", true},
    {text_is_address, "localhost", true},
    {text_is_address, "1.2.3", false},
    {text_is_address, "example.com", false},
    {text_is_loopback, "127.0.0.1", true},
    {text_is_loopback, "127.9.9.9", true},
    {text_is_loopback, "::1", true},
    {text_is_loopback, "localhost", true},
    {text_is_loopback, "128.0.0.1", false},
    {text_is_loopback, "0.0.0.0", false},
    {text_is_loopback, "::", false},
    {text_is_loopback, "::ffff:127.0.0.1", false},
    {text_is_time_zone, "UTC", true},
    {text_is_time_zone, "Europe/Stockholm", true},
    {text_is_time_zone, "../../../etc/passwd", false},
    {text_is_time_zone, "/etc/passwd", false},
    {text_is_time_zone, "Europe//Stockholm", false},
    {text_is_time_zone, "", false},
    {text_is_header_name, "X-Scope-OrgID", true},
    {text_is_header_name, "X Scope", false},
    {text_is_header_name, "X:", false},
    {text_is_header_name, "", false},
};

START_TEST(text_case)
{
    ck_assert_msg(cases[_i].is(cases[_i].text) == cases[_i].expected, "'%s'", cases[_i].text);
}
END_TEST

static const struct {
    const char *url, *problem; /* a word of it */
} urls[] = {
    {"https://coder.example.com", NULL},
    {"http://coder:7080/a/b%20c", NULL},
    {"http://127.0.0.1:1", NULL},
    {"http://[::1]", NULL},
    {"http://[::1]:65535/", NULL},
    {"coder.example.com", "begin"},
    {"ftp://coder.example.com", "begin"},
    {"https://", "host"},
    {"https:///path", "host"},
    {"https://:80", "host"},
    {"https://host:0", "port"},
    {"https://host:65536", "port"},
    {"https://host:", "port"},
    {"https://host:99999999999", "port"},
    {"https://host:80a", "port"},
    {"https://[::1", "host"},
    {"https://[::g]", "host"},
    {"https://[::1]x", "port"},
    {"https://user:secret@host", "credentials"},
    {"https://user@host", "credentials"},
    {"https://host/?a=b", "query"},
    {"https://host?a", "query"},
    {"https://host#a", "query"},
    {"https://host/a b", "percent"},
    {"https://host name/", "host"},
    {"https://host/\xc3\xa5", "percent"},
};

START_TEST(url_case)
{
    const char *problem = text_url_problem(urls[_i].url);

    ck_assert_msg((problem == NULL) == (urls[_i].problem == NULL), "'%s': %s", urls[_i].url, problem ? problem : "accepted");
    if (problem)
        ck_assert_msg(strstr(problem, urls[_i].problem) != NULL, "'%s': %s", urls[_i].url, problem);
}
END_TEST

static const struct {
    const char *text, *reading;
} readings[] = {
    {"true", "a boolean"},
    {"FALSE", "a boolean"},
    {"No", "a boolean"},
    {"on", "a boolean"},
    {"y", NULL},
    {"1", "a number"},
    {"-1", "a number"},
    {"+1", "a number"},
    {"1.5", "a number"},
    {".5", "a number"},
    {"1.", "a number"},
    {"1e5", "a number"},
    {"1e", NULL},
    {"e5", NULL},
    {"0x1F", "a number"},
    {"0xg", NULL},
    {"0x", NULL},
    {"0o17", "a number"},
    {"1_000", "a number"},
    {"_", NULL},
    {"_1", NULL},
    {".inf", "a number"},
    {"-.INF", "a number"},
    {".nan", "a number"},
    {".", NULL},
    {"-", NULL},
    {"1.2.3", NULL},
    {"1a", NULL},
    {"default", NULL},
    {"5s", NULL},
    {"", NULL},
};

START_TEST(reading_case)
{
    const char *reading = text_other_reading(readings[_i].text);

    ck_assert_msg((reading == NULL) == (readings[_i].reading == NULL), "'%s': %s", readings[_i].text, reading ? reading : "text");
    if (reading)
        ck_assert_str_eq(reading, readings[_i].reading);
}
END_TEST

Suite *option_text_suite(void)
{
    Suite *suite = suite_create("option_text");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, text_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, url_case, 0, ARRAY_LEN(urls));
    tcase_add_loop_test(tcase, reading_case, 0, ARRAY_LEN(readings));
    suite_add_tcase(suite, tcase);
    return suite;
}
