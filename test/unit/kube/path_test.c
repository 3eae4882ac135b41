/* path_test.c - escaping of paths and queries. */
#include <check.h>

#include "base/attributes.h"
#include "kube/path.h"
#include "test/unit/kube/suites.h"

static const struct {
    const char *segment, *value;
    const char *text; /* NULL: refused */
} cases[] = {
    {"default", "a", "/default?x=a"},
    {"a b", "metadata.name=extension-apiserver-authentication", "/a%20b?x=metadata.name%3Dextension-apiserver-authentication"},
    {"a/b", "", "/a%2Fb"},
    {"\xc3\xb6", NULL, "/%C3%B6"},
    {"...", "a&b=c", "/...?x=a%26b%3Dc"},
    {"", "a", NULL},
    {".", "a", NULL},
    {"..", "a", NULL},
};

START_TEST(path_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(1000);

    path_add_segment(&out, cases[_i].segment);
    path_add_query(&out, "x", cases[_i].value);
    ck_assert_int_eq(buffer_failed(&out), cases[_i].text == NULL);
    if (cases[_i].text)
        ck_assert_str_eq(buffer_text(&out), cases[_i].text);
}
END_TEST

START_TEST(second_query)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(1000);

    (void)buffer_add_text(&out, "/api/v1/nodes");
    path_add_query(&out, "limit", "500");
    path_add_query(&out, "continue", "");
    path_add_query(&out, "fieldSelector", "a=b");
    ck_assert_str_eq(buffer_text(&out), "/api/v1/nodes?limit=500&fieldSelector=a%3Db");
}
END_TEST

Suite *path_suite(void)
{
    Suite *suite = suite_create("kube/path");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, path_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, second_query);
    suite_add_tcase(suite, tcase);
    return suite;
}
