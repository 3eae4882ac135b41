/* Names of series: readable where they can be, different always. */
#include "apiservice/wire_name.h"

#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/apiservice/suites.h"

static const struct {
    const char *values[3]; /* NULL ends them */
    const char *name;      /* NULL: ends in a hash, see start */
    const char *start;
} cases[] = {
    {{"default", "coder"}, "default.coder", NULL},
    {{"gpu-a", "coder", "workspace_build"}, "gpu-a.coder.workspace--build", NULL},
    {{"default", "coder", "0.95"}, "default.coder.0.95", NULL},
    {{NULL}, "x", NULL},
    {{"Default"}, NULL, "default-"},
    {{"a.b", "c"}, NULL, "a.b.c-"},
    {{"a--b"}, NULL, "a--b-"},
    {{"a_-b"}, NULL, "a---b-"},
    {{"-a-"}, NULL, "a-"},
    {{"", "b"}, NULL, "b-"},
    {{"a", ""}, NULL, "a-"},
    {{""}, NULL, ""},
    {{"zone=\xc3\xb6,gpu=1"}, NULL, "zone----gpu-1-"},
    {{"a/b%c"}, NULL, "a-b-c-"},
    {{"..", ".."}, NULL, ""},
};

static void name_of(const char *const values[3], char name[WIRE_NAME_MAX])
{
    struct metric_label labels[3];
    struct metric_sample sample = {.labels = labels};

    for (size_t i = 0; i < 3 && values[i]; i++)
        labels[sample.n_labels++] = (struct metric_label){i == 0 ? "queue" : i == 1 ? "organization" : "last", values[i]};
    wire_name(&sample, name);
}

static void check_is_name(const char *name)
{
    size_t len = strlen(name);

    ck_assert_uint_ge(len, 1);
    ck_assert_uint_le(len, 253);
    ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-."), len);
    ck_assert(name[0] != '-' && name[0] != '.' && name[len - 1] != '-' && name[len - 1] != '.');
}

START_TEST(names)
{
    char name[WIRE_NAME_MAX];

    name_of(cases[_i].values, name);
    check_is_name(name);
    if (cases[_i].name) {
        ck_assert_str_eq(name, cases[_i].name);
        return;
    }
    ck_assert_msg(strncmp(name, cases[_i].start, strlen(cases[_i].start)) == 0, "%s", name);
    ck_assert_uint_eq(strlen(name), strlen(cases[_i].start) + 16);
    ck_assert_uint_eq(strspn(name + strlen(cases[_i].start), "0123456789abcdef"), 16);
}
END_TEST

/* Pairs that look alike. */
static const struct {
    const char *one[3], *other[3];
} pairs[] = {
    {{"a_b"}, {"a--b"}},          {{"a_b"}, {"a-b"}},
    {{"a.b", "c"}, {"a", "b.c"}}, {{"a", "b", "c.d"}, {"a", "b.c", "d"}},
    {{"a_-b"}, {"a-_b"}},         {{"A"}, {"a"}},
    {{"a", ""}, {"", "a"}},       {{"a__b"}, {"a----b"}},
    {{"ab", "c"}, {"a", "bc"}},   {{"\xc3\xb6"}, {"\xc3\xa4"}},
};

START_TEST(names_differ)
{
    char one[WIRE_NAME_MAX], other[WIRE_NAME_MAX];

    name_of(pairs[_i].one, one);
    name_of(pairs[_i].other, other);
    ck_assert_str_ne(one, other);
}
END_TEST

START_TEST(long_labels_are_cut_and_told_apart)
{
    char value[600], one[WIRE_NAME_MAX], other[WIRE_NAME_MAX];
    const char *const values[3] = {value};

    memset(value, 'a', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    name_of(values, one);
    check_is_name(one);
    ck_assert_uint_eq(strlen(one), 253);
    value[sizeof(value) - 2] = 'b';
    name_of(values, other);
    ck_assert_str_ne(one, other);
}
END_TEST

Suite *wire_name_suite(void)
{
    Suite *suite = suite_create("wire_name");
    TCase *tcase = tcase_create("wire_name");

    tcase_add_loop_test(tcase, names, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, names_differ, 0, ARRAY_LEN(pairs));
    tcase_add_test(tcase, long_labels_are_cut_and_told_apart);
    suite_add_tcase(suite, tcase);
    return suite;
}
