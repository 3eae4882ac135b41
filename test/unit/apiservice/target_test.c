/* Request targets: splitting, decoding, refusing. */
#include "apiservice/target.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static const struct {
    const char *text;
    const char *path, *query; /* decoded, joined by | */
} good[] = {
    {"/", "", ""},
    {"/?", "", ""},
    {"/apis", "apis", ""},
    {"/apis/", "apis", ""},
    {"/a/b/c/d/e/f/g/h", "a|b|c|d|e|f|g|h", ""},
    {"/a%20b/c+d", "a b|c+d", ""},
    {"/gr%C3%B6%c3%9fe",
     "gr\xc3\xb6\xc3\x9f"
     "e",
     ""},
    {"/..a/.b./...", "..a|.b.|...", ""},
    {"/a?x=1&y=2", "a", "x=1|y=2"},
    {"/a?x", "a", "x="},
    {"/a?&&x=1&", "a", "x=1"},
    {"/a?=v", "a", "=v"},
    {"/a?x=a+b%2Bc%26d=e", "a", "x=a b+c&d=e"},
    {"/a?x=1&x=2", "a", "x=1|x=2"},
    {"/a?x=b?c/d", "a", "x=b?c/d"},
    {"/a?%78=1", "a", "x=1"},
    {"/$&,;=@:~!*'()", "$&,;=@:~!*'()", ""},
};

static void join(const struct target *target, struct buffer *path, struct buffer *query)
{
    for (size_t i = 0; i < target->n_segments; i++)
        (void)buffer_printf(path, "%s%s", i > 0 ? "|" : "", target->segments[i]);
    for (size_t i = 0; i < target->n_parameters; i++)
        (void)buffer_printf(query, "%s%s=%s", i > 0 ? "|" : "", target->parameters[i].name, target->parameters[i].value);
}

START_TEST(splits_and_decodes)
{
    CLEANUP(target_clear) struct target target = {0};
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(1024);
    CLEANUP(buffer_clear) struct buffer query = BUFFER_INIT(1024);
    struct error err = {0};

    ck_assert_msg(target_parse(good[_i].text, &target, &err) == 0, "'%s': %s", good[_i].text, err.text);
    join(&target, &path, &query);
    ck_assert_str_eq(buffer_text(&path), good[_i].path);
    ck_assert_str_eq(buffer_text(&query), good[_i].query);
}
END_TEST

static const struct {
    const char *text;
    enum error_code code;
} bad[] = {
    {"", ERROR_INVALID},
    {"*", ERROR_INVALID},
    {"apis", ERROR_INVALID},
    {"https://x/apis", ERROR_INVALID},
    {"/a b", ERROR_INVALID},
    {"/a\tb", ERROR_INVALID},
    {"/a\x7f", ERROR_INVALID},
    {"/a\xc3\xb6", ERROR_INVALID},
    {"/a%", ERROR_INVALID},
    {"/a%2", ERROR_INVALID},
    {"/a%zz", ERROR_INVALID},
    {"/a%00b", ERROR_INVALID},
    {"/a%2Fb", ERROR_INVALID},
    {"/a%2fb", ERROR_INVALID},
    {"//a", ERROR_NOT_FOUND},
    {"/a//b", ERROR_NOT_FOUND},
    {"/a//", ERROR_NOT_FOUND},
    {"/a/./b", ERROR_NOT_FOUND},
    {"/a/../b", ERROR_NOT_FOUND},
    {"/a/%2e%2E/b", ERROR_NOT_FOUND},
    {"/a/b/c/d/e/f/g/h/i", ERROR_NOT_FOUND},
    {"/a?x=1;y=2", ERROR_INVALID},
    {"/a?x=%zz", ERROR_INVALID},
    {"/a?%zz=1", ERROR_INVALID},
    {"/a?x=%00", ERROR_INVALID},
};

START_TEST(refuses)
{
    CLEANUP(target_clear) struct target target = {0};
    struct error err = {0};

    ck_assert_msg(target_parse(bad[_i].text, &target, &err) < 0, "'%s'", bad[_i].text);
    ck_assert_msg(err.code == bad[_i].code, "'%s': %s", bad[_i].text, err.text);
    ck_assert_ptr_null(target.storage);
}
END_TEST

START_TEST(has_bounds)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);
    CLEANUP(target_clear) struct target target = {0};
    struct error err = {0};

    (void)buffer_add_char(&text, '/');
    while (text.len < TARGET_LEN_MAX)
        (void)buffer_add_char(&text, 'a');
    ck_assert_int_eq(target_parse(buffer_text(&text), &target, &err), 0);
    (void)buffer_add_char(&text, 'a');
    target_clear(&target);
    ck_assert_int_lt(target_parse(buffer_text(&text), &target, &err), 0);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    buffer_reset(&text);
    (void)buffer_add_text(&text, "/a?");
    for (int i = 0; i <= TARGET_PARAMETERS_MAX; i++)
        (void)buffer_add_text(&text, "&x=1");
    ck_assert_int_lt(target_parse(buffer_text(&text), &target, &err), 0);
    ck_assert_int_eq(err.code, ERROR_INVALID);
}
END_TEST

/* The last segment of what the HPA controller asked for. */
static const struct {
    const char *request, *metric;
} recorded[] = {
    {"hpa-metric-name-backslash.txt", "a\\b"},
    {"hpa-metric-name-braces.txt", "a{b}|c^d`e\"f<g>"},
    {"hpa-metric-name-colon.txt", "s0:rate5m"},
    {"hpa-metric-name-dots.txt", "..a"},
    {"hpa-metric-name-plus.txt", "a+b"},
    {"hpa-metric-name-punctuation.txt", "a$&,;=@b"},
    {"hpa-metric-name-question-hash.txt", "a?b#c"},
    {"hpa-metric-name-space.txt", "a b"},
    {"hpa-metric-name-status.txt", "status"},
    {"hpa-metric-name-tilde.txt", "a~!*'()b"},
    {"hpa-metric-name-utf8.txt", "gr\xc3\xb6\xc3\x9f"
                                 "e"},
    {"hpa-metric-name-watch.txt", "watch"},
};

START_TEST(reads_recorded_names)
{
    CLEANUP(target_clear) struct target target = {0};
    char *text = fixture_request_target(recorded[_i].request);
    struct error err = {0};

    ck_assert_msg(target_parse(text, &target, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(target.n_segments, 6);
    ck_assert_str_eq(target.segments[5], recorded[_i].metric);
    free(text);
}
END_TEST

Suite *target_suite(void)
{
    Suite *suite = suite_create("target");
    TCase *tcase = tcase_create("target");

    tcase_add_loop_test(tcase, splits_and_decodes, 0, ARRAY_LEN(good));
    tcase_add_loop_test(tcase, refuses, 0, ARRAY_LEN(bad));
    tcase_add_test(tcase, has_bounds);
    tcase_add_loop_test(tcase, reads_recorded_names, 0, ARRAY_LEN(recorded));
    suite_add_tcase(suite, tcase);
    return suite;
}
