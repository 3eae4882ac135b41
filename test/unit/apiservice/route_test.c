/* Patterns and paths. */
#include "apiservice/route.h"

#include <check.h>
#include <string.h>

#include "test/unit/apiservice/suites.h"

static const struct {
    const char *pattern, *path;
    bool matches;
    const char *first, *second; /* values of the braces */
} cases[] = {
    {"/", "/", true, NULL, NULL},
    {"/", "/a", false, NULL, NULL},
    {"/a", "/a", true, NULL, NULL},
    {"/a", "/a/", true, NULL, NULL},
    {"/a", "/", false, NULL, NULL},
    {"/a", "/ab", false, NULL, NULL},
    {"/ab", "/a", false, NULL, NULL},
    {"/a", "/a/b", false, NULL, NULL},
    {"/a/b", "/a", false, NULL, NULL},
    {"/{x}", "/a", true, "a", NULL},
    {"/a/{x}", "/a/b", true, "b", NULL},
    {"/a/{x}", "/a", false, NULL, NULL},
    {"/a/{x}/b/{y}", "/a/1/b/2", true, "1", "2"},
    {"/a/{x}/b/{y}", "/a/1/c/2", false, NULL, NULL},
    {"/a/{x}", "/a/%62%20c", true, "b c", NULL},
};

START_TEST(match)
{
    CLEANUP(target_clear) struct target target = {0};
    const char *values[ROUTE_VALUES_MAX] = {NULL, NULL};
    struct error err = {0};

    ck_assert_int_eq(target_parse(cases[_i].path, &target, &err), 0);
    ck_assert(route_matches(cases[_i].pattern, &target, values) == cases[_i].matches);
    if (!cases[_i].matches)
        return;
    ck_assert_pstr_eq(values[0], cases[_i].first);
    ck_assert_pstr_eq(values[1], cases[_i].second);
}
END_TEST

Suite *route_suite(void)
{
    Suite *suite = suite_create("route");
    TCase *tcase = tcase_create("route");

    tcase_add_loop_test(tcase, match, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
