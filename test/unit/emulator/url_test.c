#include "emulator/url.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "test/unit/emulator/suites.h"

/* "segment/segment?key=value&key=value", decoded; NULL: refused */
static const struct {
    const char *raw, *read;
} url_rows[] = {
    {"/", "?"},
    {"/api/v2/buildinfo", "api/v2/buildinfo?"},
    {"/a//b", "a//b?"},
    {"/a%2Fb/c%20d", "a/b/c d?"},
    {"/a?", "a?"},
    {"/a?x=1&y=2&x=3", "a?x=1&y=2&x=3&"},
    {"/a?x", "a?x=&"},
    {"/a?x=a%2Bb+c", "a?x=a+b c&"},
    {"/a?x=%zz&y=1", "a?y=1&"}, /* Go drops a broken pair */
    {"/a?x=%00&y=1", "a?y=1&"},
    {"/a?&&x=1", "a?x=1&"},
    {"/a?x=1=2", "a?x=1=2&"},
    {"/a%zz", NULL},
    {"/a%0", NULL},
    {"/a%00", NULL},
    {"a/b", NULL},
    {"", NULL},
    {"*", NULL},
    {"/1/2/3/4/5/6/7/8/9/10/11/12/13", NULL},
};

START_TEST(url_case)
{
    CLEANUP(url_clear) struct url target = {0};
    CLEANUP(buffer_clear) struct buffer read = BUFFER_INIT(1024);
    struct error err = {0};

    ck_assert_msg((url_parse(url_rows[_i].raw, &target, &err) == 0) == (url_rows[_i].read != NULL), "%s: %s", url_rows[_i].raw, err.text);
    if (!url_rows[_i].read)
        return;
    for (size_t i = 0; i < target.n_segments; i++)
        (void)buffer_printf(&read, "%s%s", i > 0 ? "/" : "", target.segments[i]);
    (void)buffer_add_text(&read, "?");
    for (size_t i = 0; i < target.n_pairs; i++)
        (void)buffer_printf(&read, "%s=%s&", target.pairs[i].key, target.pairs[i].value);
    ck_assert_str_eq(buffer_text(&read), url_rows[_i].read);
}
END_TEST

START_TEST(values_are_counted)
{
    CLEANUP(url_clear) struct url target = {0};
    struct error err = {0};
    size_t count = 9;

    ck_assert_int_eq(url_parse("/a?x=1&y=2&x=3", &target, &err), 0);
    ck_assert_str_eq(url_value(&target, "x", &count), "1");
    ck_assert_uint_eq(count, 2);
    ck_assert_ptr_null(url_value(&target, "z", &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(pairs_are_bounded)
{
    CLEANUP(buffer_clear) struct buffer raw = BUFFER_INIT(4096);
    CLEANUP(url_clear) struct url target = {0};
    struct error err = {0};

    (void)buffer_add_text(&raw, "/a?");
    for (int i = 0; i <= URL_PAIRS_MAX; i++)
        (void)buffer_add_text(&raw, "x=1&");
    ck_assert_int_eq(url_parse(buffer_text(&raw), &target, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
}
END_TEST

Suite *url_suite(void)
{
    Suite *suite = suite_create("url");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, url_case, 0, ARRAY_LEN(url_rows));
    tcase_add_test(tcase, values_are_counted);
    tcase_add_test(tcase, pairs_are_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
