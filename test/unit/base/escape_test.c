#include "base/escape.h"

#include <jansson.h>
#include <string.h>

#include "base/json.h"
#include "test/unit/base/suites.h"

/* --- UTF-8: Unicode table 3-7 and its neighbours --- */

static const struct {
    const char *bytes;
    size_t len, sequence;
} sequences[] = {
    {"", 0, 0},
    {"a", 1, 1},
    {"\0", 1, 1},
    {"\x7f", 1, 1},
    {"\x80", 1, 0},
    {"\xbf", 1, 0},
    {"\xc0\x80", 2, 0}, /* overlong */
    {"\xc1\xbf", 2, 0},
    {"\xc2\x80", 2, 2},
    {"\xdf\xbf", 2, 2},
    {"\xc2", 1, 0},
    {"\xc2z", 2, 0},
    {"\xe0\x9f\xbf", 3, 0}, /* overlong */
    {"\xe0\xa0\x80", 3, 3},
    {"\xed\x9f\xbf", 3, 3},
    {"\xed\xa0\x80", 3, 0}, /* surrogate */
    {"\xed\xbf\xbf", 3, 0},
    {"\xee\x80\x80", 3, 3},
    {"\xef\xbf\xbf", 3, 3},
    {"\xe2\x82", 2, 0},
    {"\xe2\x82z", 3, 0},
    {"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong */
    {"\xf0\x90\x80\x80", 4, 4},
    {"\xf4\x8f\xbf\xbf", 4, 4},
    {"\xf4\x90\x80\x80", 4, 0}, /* above U+10FFFF */
    {"\xf5\x80\x80\x80", 4, 0},
    {"\xf0\x9f\x98", 3, 0},
    {"\xf0\x9f\x98z", 4, 0},
    {"\xff", 1, 0},
    {"\xc3\xa9tail", 6, 2},
};

START_TEST(sequence_case)
{
    ck_assert_uint_eq(utf8_sequence_len(sequences[_i].bytes, sequences[_i].len), sequences[_i].sequence);
}
END_TEST

/* --- escapes --- */

static const struct {
    const char *text;
    size_t len;
    const char *json, *controls, *go;
} escapes[] = {
    {"", 0, "\"\"", "", "\"\""},
    {"plain text", 10, "\"plain text\"", "plain text", "\"plain text\""},
    {"say \"hi\" \\", 10, "\"say \\\"hi\\\" \\\\\"", "say \"hi\" \\", "\"say \\\"hi\\\" \\\\\""},
    {"a\nb\tc\rd", 7, "\"a\\nb\\tc\\rd\"", "a\\nb\\tc\\x0dd", "\"a\\nb\\tc\\rd\""},
    {"\b\f", 2, "\"\\b\\f\"", "\\x08\\x0c", "\"\\b\\f\""},
    {"\a\v", 2, "\"\\u0007\\u000b\"", "\\x07\\x0b", "\"\\a\\v\""},
    {"\x1b[31m", 5, "\"\\u001b[31m\"", "\\x1b[31m", "\"\\x1b[31m\""},
    {"a\0b", 3, "\"a\\u0000b\"", "a\\x00b", "\"a\\x00b\""},
    {"\x7f", 1, "\"\\u007f\"", "\\x7f", "\"\\x7f\""},
    {"caf\xc3\xa9 \xf0\x9f\x98\x80", 10, "\"caf\xc3\xa9 \xf0\x9f\x98\x80\"", "caf\xc3\xa9 \xf0\x9f\x98\x80",
     "\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
    {"x\xff\xfey", 4, "\"x\xef\xbf\xbd\xef\xbf\xbdy\"", "x\\xff\\xfey", "\"x\\xff\\xfey\""},
    {"cut \xe2\x82", 6, "\"cut \xef\xbf\xbd\xef\xbf\xbd\"", "cut \\xe2\\x82", "\"cut \\xe2\\x82\""},
};

START_TEST(escape_case)
{
    CLEANUP(buffer_clear) struct buffer json = BUFFER_INIT(256);
    CLEANUP(buffer_clear) struct buffer controls = BUFFER_INIT(256);
    CLEANUP(buffer_clear) struct buffer go = BUFFER_INIT(256);

    escape_json_string(&json, escapes[_i].text, escapes[_i].len);
    escape_controls(&controls, escapes[_i].text, escapes[_i].len);
    escape_go_string(&go, escapes[_i].text, escapes[_i].len);
    ck_assert_str_eq(buffer_text(&json), escapes[_i].json);
    ck_assert_str_eq(buffer_text(&controls), escapes[_i].controls);
    ck_assert_str_eq(buffer_text(&go), escapes[_i].go);
}
END_TEST

/* A law: what escape_json_string writes, jansson reads back to the same text, for any text that is valid UTF-8. */
START_TEST(json_reads_it_back)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1024);
    CLEANUP(buffer_clear) struct buffer json = BUFFER_INIT(8192);
    CLEANUP(json_decrefp) json_t *value = NULL;
    struct error err = {0};

    for (int c = 1; c < 0x80; c++)
        ck_assert_int_eq(buffer_add_char(&text, (char)c), 0);
    ck_assert_int_eq(buffer_add_text(&text, "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd\xf4\x8f\xbf\xbf"), 0);
    escape_json_string(&json, text.data, text.len);
    ck_assert_msg(json_read(json.data, json.len, &value, &err) == 0, "%s", err.text);
    ck_assert_str_eq(json_string_value(value), text.data);
}
END_TEST

START_TEST(what_does_not_fit_is_told)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(5);

    escape_json_string(&out, "abc", 3);
    ck_assert(!buffer_failed(&out));
    buffer_reset(&out);
    escape_json_string(&out, "abcd", 4);
    ck_assert(buffer_failed(&out));
}
END_TEST

Suite *escape_suite(void)
{
    Suite *suite = suite_create("escape");
    TCase *tcase = tcase_create("escape");

    tcase_add_loop_test(tcase, sequence_case, 0, ARRAY_LEN(sequences));
    tcase_add_loop_test(tcase, escape_case, 0, ARRAY_LEN(escapes));
    tcase_add_test(tcase, json_reads_it_back);
    tcase_add_test(tcase, what_does_not_fit_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
