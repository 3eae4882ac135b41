#include "base/json_scan.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "test/unit/base/suites.h"

enum { MEMBERS_MAX = 1024 };

/* The members as "key=kind:value " one after the other. */
static bool print_member(void *context, const struct json_scan_member *member)
{
    (void)buffer_printf(context, "%.*s=%c:%.*s ", (int)member->key.len, member->key.text, "tEonv"[member->kind], (int)member -> value.len,
                        member->value.text);
    return true;
}

static const struct {
    const char *text;
    size_t len; /* 0: left alone */
    const char *members;
} objects[] = {
    {"{}", 2, ""},
    {"{ } tail", 3, ""},
    {"{\"a\":1}", 7, "a=v:1 "},
    {"{\"a\" : null , \"b\":\"x\"}, {", 22, "a=n:null b=t:x "},
    {"{\"a\":{\"a\":{\"a\":[1,{\"a\":true}]}}}", 32, "a=o:{\"a\":{\"a\":[1,{\"a\":true}]}} "},
    {"{\"a\":\"\"}", 8, "a=t: "},
    {"{\"\":false}", 10, "=v:false "},
    {"{\"a\":\"x\\n\\u003c\"}", 17, "a=E:x\\n\\u003c "},
    {"{\"a\":\"Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80\"}", 21, "a=t:Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80 "},
    {"{\"a\":-0,\"b\":999999999999999999,\"c\":[]}", 38, "a=v:-0 b=v:999999999999999999 c=v:[] "},
    {"{\r\n\t \"a\"\t:\r\n1\n,\r\"b\":\t[\r]\n}", 26, "a=v:1 b=v:[\r] "},
    {"{\"a\":\"\\u00aF\\u0A9f\"}", 20, "a=E:\\u00aF\\u0A9f "},
    /* what jansson takes, but is seldom */
    {"{\"a\":1E3}", 0, ""},
    {"{\"a\":\"\\uD83D\\uDE00\"}", 0, ""},
    {"{\"a\":1.5}", 0, ""},
    {"{\"a\":1e3}", 0, ""},
    {"{\"a\":1999999999999999999}", 0, ""},
    {"{\"\\u0061\":1}", 0, ""},
    {"{\"a\":\"\\ud83d\\ude00\"}", 0, ""},
    {"{\"a\":[[[[[[[[[]]]]]]]]]}", 0, ""},
    /* what is wrong */
    {"", 0, ""},
    {"[]", 0, ""},
    {"{", 0, ""},
    {"{\"a\"}", 0, ""},
    {"{\"a\":}", 0, ""},
    {"{\"a\":1,}", 0, "a=v:1 "},
    {"{\"a\":1 \"b\":2}", 0, "a=v:1 "},
    {"{\"a\":1,\"a\":2}", 0, "a=v:1 "},
    {"{\"a\":{\"b\":1,\"c\":2,\"b\":3}}", 0, ""},
    {"{\"a\":01}", 0, ""},
    {"{\"a\":-}", 0, ""},
    {"{\"a\":nul}", 0, ""},
    {"{\"a\":truex}", 0, "a=v:true "},
    {"{\"a\":[1,]}", 0, ""},
    {"{\"a\":\"\\u0000\"}", 0, ""},
    {"{\"a\":\"\\x\"}", 0, ""},
    {"{\"a\":\"\\u12g4\"}", 0, ""},
    {"{\"a\":\"\\ug000\"}", 0, ""},
    {"{\"a\":\"\\u0G00\"}", 0, ""},
    {"{\"a\":\"\\u00:0\"}", 0, ""},
    {"{\"a\":\"\\u000/\"}", 0, ""},
    {"{\"a\":\"\\u000`\"}", 0, ""},
    {"{\"a\":\"\\u000@\"}", 0, ""},
    {"{\"a\":\"\n\"}", 0, ""},
    {"{\"a\":\"\x80\"}", 0, ""},
    {"{\"a\":\"\xc0\xaf\"}", 0, ""},
    {"{\"a\":\"\xe0\x80\xaf\"}", 0, ""},
    {"{\"a\":\"\xed\xa0\x80\"}", 0, ""},
    {"{\"a\":\"\xf0\x80\x80\x80\"}", 0, ""},
    {"{\"a\":\"\xf4\x90\x80\x80\"}", 0, ""},
    {"{\"a\":\"\xf8\x88\x80\x80\"}", 0, ""},
    {"{\"a\":\"\xe2\x82\"}", 0, ""},
    {"{\"a\":\"x", 0, ""},
    /* cut off */
    {"{\"a\":\"\\", 0, ""},
    {"{\"a\":\"\\u12", 0, ""},
    {"{\"a\":\"\xf0\x9f", 0, ""},
    {"{\"a\":", 0, ""},
    {"{\"a\":nu", 0, ""},
    {"{\"a\":-", 0, ""},
    {"{\"a\":12", 0, "a=v:12 "},
    {"{a:1}", 0, ""},
};

START_TEST(object_case)
{
    CLEANUP(buffer_clear) struct buffer members = BUFFER_INIT(MEMBERS_MAX);
    CLEANUP(json_decrefp) json_t *tree = NULL;
    const char *text = objects[_i].text;
    size_t len = json_scan_object(text, strlen(text), print_member, &members);
    struct error err = {0};

    ck_assert_msg(len == objects[_i].len, "%s: %zu", text, len);
    ck_assert_str_eq(buffer_text(&members), objects[_i].members);
    if (len > 0)
        ck_assert_msg(json_read(text, len, &tree, &err) == 0, "%s: %s", text, err.text);
}
END_TEST

START_TEST(a_nul_is_no_escape)
{
    static const char text[] = "{\"a\":\"\\\0\"}";
    CLEANUP(buffer_clear) struct buffer members = BUFFER_INIT(MEMBERS_MAX);

    ck_assert_uint_eq(json_scan_object(text, sizeof(text) - 1, print_member, &members), 0);
}
END_TEST

static bool refuse_member(void *context, const struct json_scan_member *member UNUSED)
{
    ++*(int *)context;
    return false;
}

START_TEST(a_visitor_can_end_it)
{
    static const char text[] = "{\"a\":1,\"b\":2}";
    int visited = 0;

    ck_assert_uint_eq(json_scan_object(text, strlen(text), refuse_member, &visited), 0);
    ck_assert_int_eq(visited, 1);
}
END_TEST

/* One member more than fit, all of one hash or of many. */
START_TEST(many_members_are_left_alone)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(MEMBERS_MAX);
    CLEANUP(buffer_clear) struct buffer members = BUFFER_INIT(MEMBERS_MAX);
    int n = JSON_SCAN_MEMBERS_MAX + _i;

    for (int i = 0; i < n; i++)
        (void)buffer_printf(&text, "%s\"k%02d\":%d", i == 0 ? "{" : ",", i, i);
    (void)buffer_add_text(&text, "}");
    ck_assert_uint_eq(json_scan_object(buffer_text(&text), text.len, print_member, &members), _i == 0 ? text.len : 0);
}
END_TEST

Suite *json_scan_suite(void)
{
    Suite *suite = suite_create("json_scan");
    TCase *tcase = tcase_create("json_scan");

    tcase_add_loop_test(tcase, object_case, 0, ARRAY_LEN(objects));
    tcase_add_test(tcase, a_nul_is_no_escape);
    tcase_add_test(tcase, a_visitor_can_end_it);
    tcase_add_loop_test(tcase, many_members_are_left_alone, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
