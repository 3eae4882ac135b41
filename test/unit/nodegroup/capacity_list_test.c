#include "nodegroup/capacity_list.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/nodegroup/suites.h"

/* Collects what the items are: "1" for a number, "o" for an object, ... */
struct seen {
    char kinds[32];
    size_t n;
};

static int note(void *context, const json_t *item, struct error *err)
{
    struct seen *seen = context;

    if (json_is_string(item) && strcmp(json_string_value(item), "stop") == 0)
        return error_set(err, ERROR_INVALID, "stopped");
    if (seen->n + 1 < sizeof(seen->kinds))
        seen->kinds[seen->n++] = json_is_object(item) ? 'o' : json_is_array(item) ? 'a' : json_is_string(item) ? 's' : '1';
    return 0;
}

static const struct {
    const char *text, *kinds; /* NULL: an error */
    const char *why;          /* a part of it */
} cases[] = {
    {"{\"items\":[]}", "", NULL},
    {" {\"kind\":\"List\",\"items\": [ {} , {\"a\":[1,{\"b\":\"]}\\\"\"}]} ] , \"metadata\":{} } \n", "oo", NULL},
    {"{\"items\":[1,\"x\",[],{},null,true]}", "1sao11", NULL},
    {"[{},{}]", "oo", NULL},
    {"{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}", "o", NULL},
    {"{\"items\":[{}]}\n{\"items\":[{},{}]}", "ooo", NULL},
    {"{\"items\":[{}],\"items\":[{}]}", "oo", NULL},
    {"{\"a-key-that-is-longer-than-any-of-ours-xxxxxxxxxxxxxxxxxxxxx\":1,\"items\":[{}]}", "o", NULL},
    {"{\"items\":null}", "o", NULL}, /* an object of its own */
    {"{}", "o", NULL},
    {"", NULL, "empty"},
    {" \n", NULL, "empty"},
    {"<html>", NULL, "no Kubernetes List"},
    {"error: You must be logged in", NULL, "no Kubernetes List"},
    {"{\"items\":[{}", NULL, "cut off"},
    {"{\"items\":[{},", NULL, "cut off"},
    {"{\"items\":[{\"a\":1", NULL, "cut off"},
    {"{\"items\":[{\"a\":\"b", NULL, "cut off"},
    {"{\"items\":[{\"a\":\"b\\", NULL, "cut off"},
    {"{\"items\":[]", NULL, "cut off"},
    {"{\"items\"", NULL, "cut off"},
    {"{", NULL, "cut off"},
    {"{\"items\":[{}}", NULL, "not JSON"},
    {"{\"items\":[{}{}]}", NULL, "not JSON"},
    {"{\"items\":[{a:1}]}", NULL, "not JSON"},
    {"{\"items\":[,]}", NULL, "not JSON"},
    {"{\"items\":[{]}]}", NULL, "not JSON"},
    {"{items:[]}", NULL, "not JSON"},
    {"{\"items\":[\"stop\"]}", NULL, "stopped"},
    {"{\"metadata\":{\"continue\":\"abc\"},\"items\":[]}", NULL, "one page of several"},
    {"{\"items\":[{}],\"metadata\":{\"continue\":\"abc\"}}", NULL, "one page of several"},
    {"{\"items\":[{}],\"metadata\":{\"continue\":\"\"}}", "o", NULL},
};

START_TEST(list_case)
{
    struct capacity_list list = {.text = cases[_i].text, .len = strlen(cases[_i].text)};
    struct seen seen = {0};
    struct error err = {0};
    int done = capacity_list_read(&list, note, &seen, &err);

    ck_assert_msg((done == 0) == (cases[_i].kinds != NULL), "%s: %s", cases[_i].text, err.text);
    if (cases[_i].kinds)
        ck_assert_msg(strcmp(seen.kinds, cases[_i].kinds) == 0, "%s: %s", cases[_i].text, seen.kinds);
    else
        ck_assert_msg(strstr(err.text, cases[_i].why) != NULL, "%s: %s", cases[_i].text, err.text);
}
END_TEST

/* A law: whatever is cut off a list makes it an error, never a shorter list. */
START_TEST(every_cut_is_an_error)
{
    static const char text[] = "{\"items\":[{\"a\":\"\\\"x\"},{\"b\":[1.5e3,true]}],\"kind\":\"List\"}";

    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *copy = malloc(len + 1); /* exactly as long: a sanitizer sees what reads on */
        struct capacity_list list = {.text = copy, .len = len};
        struct seen seen = {0};
        struct error err = {0};

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, text, len);
        ck_assert_msg(capacity_list_read(&list, note, &seen, &err) == -1, "%.*s", (int)len, text);
        free(copy);
    }
}
END_TEST

static char *filled(size_t len, char c, const char *head, const char *tail)
{
    size_t head_len = strlen(head), tail_len = strlen(tail);
    char *text = malloc(head_len + len + tail_len + 1);

    ck_assert_ptr_nonnull(text);
    memcpy(text, head, head_len + 1);
    memset(text + head_len, c, len);
    memcpy(text + head_len + len, tail, tail_len + 1);
    return text;
}

START_TEST(a_huge_item_is_a_gap)
{
    char *text = filled(CAPACITY_ITEM_MAX, 'x', "{\"items\":[{},\"", "\",{}]}");
    struct capacity_list list = {.text = text, .len = strlen(text)};
    struct seen seen = {0};
    struct error err = {0};

    ck_assert_msg(capacity_list_read(&list, note, &seen, &err) == 0, "%s", err.text);
    ck_assert_str_eq(seen.kinds, "oo");
    ck_assert_uint_eq(list.n_gaps, 1);
    ck_assert_ptr_nonnull(strstr(list.gap, "item 2"));
    free(text);
}
END_TEST

START_TEST(a_deep_item_is_a_gap)
{
    static const char open[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
    char text[512] = "{\"items\":[{},";
    struct capacity_list list = {.text = text};
    struct seen seen = {0};
    struct error err = {0};
    size_t len = strlen(text), depth = sizeof(open) - 1;

    memcpy(text + len, open, sizeof(open));
    memset(text + len + depth, ']', depth);
    memcpy(text + len + 2 * depth, ",{}]}", 6);
    list.len = strlen(text);
    ck_assert_msg(capacity_list_read(&list, note, &seen, &err) == 0, "%s", err.text);
    ck_assert_str_eq(seen.kinds, "oo");
    ck_assert_uint_eq(list.n_gaps, 1);
}
END_TEST

START_TEST(brackets_without_end)
{
    char *text = filled(1000000, '[', "{\"items\":[", "");
    struct capacity_list list = {.text = text, .len = strlen(text)};
    struct seen seen = {0};
    struct error err = {0};

    ck_assert_int_eq(capacity_list_read(&list, note, &seen, &err), -1);
    free(text);
}
END_TEST

Suite *capacity_list_suite(void)
{
    Suite *suite = suite_create("capacity_list");
    TCase *tcase = tcase_create("capacity_list");

    tcase_add_loop_test(tcase, list_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, every_cut_is_an_error);
    tcase_add_test(tcase, a_huge_item_is_a_gap);
    tcase_add_test(tcase, a_deep_item_is_a_gap);
    tcase_add_test(tcase, brackets_without_end);
    suite_add_tcase(suite, tcase);
    return suite;
}
