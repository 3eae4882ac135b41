/* JSON with line breaks, YAML, gzip; and when an answer becomes which. */
#include "apiservice/response_form.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "apiservice/gzip.h"
#include "apiservice/json_indent.h"
#include "apiservice/yaml_form.h"
#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static const struct {
    const char *json, *pretty, *yaml; /* yaml NULL: refused */
} documents[] = {
    {"{}\n", "{}", "{}\n"},
    {"[]", "[]", "[]\n"},
    {"\"a b\"", "\"a b\"", "\"a b\"\n"},
    {"{\"a\":1,\"b\":null}\n", "{\n  \"a\": 1,\n  \"b\": null\n}", "a: 1\nb: null\n"},
    {"{\"a\":{\"b\":[]},\"c\":{}}", "{\n  \"a\": {\n    \"b\": []\n  },\n  \"c\": {}\n}", "a:\n  b: []\nc: {}\n"},
    {"[1,[2,{\"a\":true}],\"x\"]", "[\n  1,\n  [\n    2,\n    {\n      \"a\": true\n    }\n  ],\n  \"x\"\n]",
     "- 1\n- - 2\n  - a: true\n- x\n"},
    {"{\"items\":[{\"a\":1,\"b\":{\"c\":2}},{\"a\":3}]}",
     "{\n  \"items\": [\n    {\n      \"a\": 1,\n      \"b\": {\n        \"c\": 2\n      }\n    },\n    {\n      \"a\": 3\n    }\n  ]\n}",
     "items:\n- a: 1\n  b:\n    c: 2\n- a: 3\n"},
    /* what is inside of a string is left alone */
    {"{\"{,:\\\"\":\"]}\\\\\"}", "{\n  \"{,:\\\"\": \"]}\\\\\"\n}", "\"{,:\\\"\": \"]}\\\\\"\n"},
    /* a string stays one for every reader of YAML */
    {"[\"yes\",\"No\",\"null\",\"1\",\"1.5\",\"\",\"-\",\"a: b\",\"a #b\",\"~\",\"v1beta1\",\"a/b.c-d_e\",\"y\",\"2026-01-02\"]", NULL,
     "- \"yes\"\n- \"No\"\n- \"null\"\n- \"1\"\n- \"1.5\"\n- \"\"\n- \"-\"\n- \"a: b\"\n- \"a #b\"\n- \"~\"\n- v1beta1\n- a/b.c-d_e\n- "
     "\"y\"\n- \"2026-01-02\"\n"},
    /* no JSON of ours */
    {"{\"a\"", NULL, NULL},
    {"{\"a\":[1", NULL, NULL},
    {"{\"a\":1]", NULL, NULL},
};

START_TEST(documents_are_written_for_people)
{
    CLEANUP(buffer_clear) struct buffer pretty = BUFFER_INIT(4096);
    CLEANUP(buffer_clear) struct buffer yaml = BUFFER_INIT(4096);
    const char *json = documents[_i].json;

    json_indent(json, strlen(json), &pretty);
    if (documents[_i].pretty)
        ck_assert_str_eq(buffer_text(&pretty), documents[_i].pretty);
    yaml_form_of_json(json, strlen(json), &yaml);
    ck_assert(buffer_failed(&yaml) == (documents[_i].yaml == NULL));
    if (documents[_i].yaml)
        ck_assert_str_eq(buffer_text(&yaml), documents[_i].yaml);
}
END_TEST

START_TEST(depth_has_a_bound)
{
    CLEANUP(buffer_clear) struct buffer yaml = BUFFER_INIT(65536);
    char deep[2 * YAML_FORM_DEPTH_MAX + 4];

    memset(deep, '[', sizeof(deep));
    yaml_form_of_json(deep, sizeof(deep), &yaml);
    ck_assert(buffer_failed(&yaml));
}
END_TEST

/* The reference server's own pretty form, of its own compact one. */
START_TEST(line_breaks_are_those_of_go)
{
    CLEANUP(buffer_clear) struct buffer pretty = BUFFER_INIT(4096);
    char *compact = fixture_text("ref/metric-pretty0.http");
    char *expected = fixture_text("ref/metric-pretty.http");
    const char *json = strstr(compact, "\r\n\r\n") + 4;
    const char *wanted = strstr(expected, "\r\n\r\n") + 4;

    json_indent(json, strlen(json), &pretty);
    ck_assert_str_eq(buffer_text(&pretty), wanted);
    free(compact);
    free(expected);
}
END_TEST

static const struct {
    const char *parameter, *user_agent;
    bool accept, pretty;
} wishes[] = {
    {NULL, NULL, false, false},           {NULL, NULL, true, true},           {"true", NULL, false, true},
    {"1", "kubectl/v1", false, true},     {"0", "curl/8", true, false},       {"false", "curl/8", false, false},
    {"yes", "curl/8", false, false},      {"", "curl/7.88", false, true},     {NULL, "Wget/1", false, true},
    {NULL, "Mozilla/5.0 x", false, true}, {NULL, "kubectl/v1", false, false}, {NULL, "libcurl", false, false},
};

START_TEST(people_get_line_breaks)
{
    ck_assert(response_wants_pretty(wishes[_i].parameter, wishes[_i].accept, wishes[_i].user_agent) == wishes[_i].pretty);
}
END_TEST

static const struct {
    const char *content_type;
    enum response_form form;
    const char *body, *content_type_out;
} finishes[] = {
    {"application/json", RESPONSE_JSON, "{\"a\":1}", "application/json"},
    {"application/json", RESPONSE_JSON_PRETTY, "{\n  \"a\": 1\n}", "application/json"},
    {"application/json", RESPONSE_YAML, "a: 1\n", "application/yaml"},
    {"application/json", RESPONSE_PROTOBUF, "{\"a\":1}", "application/json"},
    {"application/json;g=x", RESPONSE_JSON_PRETTY, "{\n  \"a\": 1\n}", "application/json;g=x"},
    {"application/json;g=x", RESPONSE_YAML, "{\"a\":1}", "application/json;g=x"},
    {"text/plain", RESPONSE_JSON_PRETTY, "{\"a\":1}", "text/plain"},
};

START_TEST(answers_take_the_form_that_was_chosen)
{
    struct response response;

    response_init(&response);
    response.content_type = finishes[_i].content_type;
    response.form = finishes[_i].form;
    (void)buffer_add_text(&response.body, "{\"a\":1}");
    response_finish(&response, NULL);
    ck_assert_str_eq(buffer_text(&response.body), finishes[_i].body);
    ck_assert_str_eq(response.content_type, finishes[_i].content_type_out);
    response_clear(&response);
}
END_TEST

static const struct {
    const char *accept_encoding;
    bool accepted;
} encodings[] = {
    {NULL, false},
    {"", false},
    {"gzip", true},
    {"GZIP", true},
    {"deflate, gzip;q=0.5", true},
    {"gzip;q=0", false},
    {"gzip;q=0.000", false},
    {"gzip ; q=0.001", true},
    {"gzip2, br", false},
    {"identity", false},
    {" ,, gzip", true},
    {"gzip;q=", true},
    {"*", false},
    {"br,gzip;q=0,gzip", false},
};

START_TEST(gzip_must_be_accepted)
{
    ck_assert(gzip_is_accepted(encodings[_i].accept_encoding) == encodings[_i].accepted);
}
END_TEST

static void check_unpacks_to(const struct buffer *packed, const char *bytes, size_t len)
{
    char *out = malloc(len + 1);
    z_stream stream = {
        .next_in = (Bytef *)packed->data, .avail_in = (uInt)packed->len, .next_out = (Bytef *)out, .avail_out = (uInt)len + 1};

    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(inflateInit2(&stream, 15 + 16), Z_OK);
    ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(stream.total_out, len);
    ck_assert_int_eq(memcmp(out, bytes, len), 0);
    (void)inflateEnd(&stream);
    free(out);
}

static const struct {
    size_t len;
    const char *accept_encoding;
    bool packed;
} sizes[] = {
    {RESPONSE_GZIP_ABOVE, "gzip", false},
    {RESPONSE_GZIP_ABOVE + 1, "gzip", true},
    {RESPONSE_GZIP_ABOVE + 1, NULL, false},
    {1000000, "gzip", true},
};

START_TEST(large_answers_are_packed)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(2000000);
    struct response response;

    for (size_t i = 0; i < sizes[_i].len; i++)
        (void)buffer_add_char(&bytes, (char)('a' + i * i % 23));
    response_init(&response);
    response.content_type = "text/plain";
    (void)buffer_append(&response.body, bytes.data, bytes.len);
    response_finish(&response, sizes[_i].accept_encoding);
    if (sizes[_i].packed) {
        ck_assert_uint_lt(response.body.len, bytes.len);
        check_unpacks_to(&response.body, bytes.data, bytes.len);
        ck_assert_str_eq(response.headers[0].name, "Content-Encoding");
        ck_assert_str_eq(response.headers[1].value, "Accept-Encoding");
    } else {
        ck_assert_uint_eq(response.body.len, bytes.len);
        ck_assert_uint_eq(response.n_headers, 0);
    }
    response_clear(&response);
}
END_TEST

START_TEST(what_does_not_fit_is_not_packed)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(8);

    ck_assert_int_eq(gzip_pack("hello", 5, &out), -1);
    ck_assert(buffer_failed(&out));
}
END_TEST

Suite *response_form_suite(void)
{
    Suite *suite = suite_create("response_form");
    TCase *tcase = tcase_create("response_form");

    tcase_add_loop_test(tcase, documents_are_written_for_people, 0, ARRAY_LEN(documents));
    tcase_add_test(tcase, depth_has_a_bound);
    tcase_add_test(tcase, line_breaks_are_those_of_go);
    tcase_add_loop_test(tcase, people_get_line_breaks, 0, ARRAY_LEN(wishes));
    tcase_add_loop_test(tcase, answers_take_the_form_that_was_chosen, 0, ARRAY_LEN(finishes));
    tcase_add_loop_test(tcase, gzip_must_be_accepted, 0, ARRAY_LEN(encodings));
    tcase_add_loop_test(tcase, large_answers_are_packed, 0, ARRAY_LEN(sizes));
    tcase_add_test(tcase, what_does_not_fit_is_not_packed);
    suite_add_tcase(suite, tcase);
    return suite;
}
