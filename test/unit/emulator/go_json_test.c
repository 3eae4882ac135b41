#include "emulator/go_json.h"

#include "test/unit/emulator/suites.h"

static const struct {
    const char *text, *json;
} string_rows[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"a\"b\\c", "\"a\\\"b\\\\c\""},
    {"line\nnext\r\t", "\"line\\nnext\\r\\t\""},
    {"\x01\x1f", "\"\\u0001\\u001f\""},
    {"<a href=\"x\">&</a>", "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\u003c/a\\u003e\""}, /* as Go writes it */
    {"\xc3\xa9", "\"\xc3\xa9\""},
};

START_TEST(string_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(256);

    go_json_string(&out, string_rows[_i].text);
    ck_assert_str_eq(buffer_text(&out), string_rows[_i].json);
}
END_TEST

static const struct {
    int64_t unix_ms;
    const char *json;
} time_rows[] = {
    {0, "\"1970-01-01T00:00:00Z\""},
    {1789372800000, "\"2026-09-14T08:00:00Z\""},
    {1789372800500, "\"2026-09-14T08:00:00.5Z\""},
    {1789372800120, "\"2026-09-14T08:00:00.12Z\""},
    {1789372800001, "\"2026-09-14T08:00:00.001Z\""},
    {1789372810000, "\"2026-09-14T08:00:10Z\""},
};

START_TEST(time_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(256);

    go_json_time(&out, "\"", time_rows[_i].unix_ms);
    ck_assert_str_eq(buffer_text(&out), time_rows[_i].json);
}
END_TEST

START_TEST(ids_and_tags)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(256);
    struct tagset tags = {0};
    struct error err = {0};

    go_json_id(&out, "{\"id\":\"", (struct stable_id){UINT64_C(0xc42fdf753097471c), UINT64_C(0x8c33fb52454d81c0)});
    (void)buffer_add_text(&out, ",\"none\":");
    go_json_tags(&out, &tags);
    ck_assert_int_eq(tagset_set(&tags, "b", "\"", &err), 0);
    ck_assert_int_eq(tagset_set(&tags, "a", "", &err), 0);
    (void)buffer_add_text(&out, ",\"some\":");
    go_json_tags(&out, &tags);
    ck_assert_str_eq(buffer_text(&out),
                     "{\"id\":\"c42fdf75-3097-471c-8c33-fb52454d81c0\",\"none\":{},\"some\":{\"a\":\"\",\"b\":\"\\\"\"}");
}
END_TEST

Suite *go_json_suite(void)
{
    Suite *suite = suite_create("go_json");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, string_case, 0, ARRAY_LEN(string_rows));
    tcase_add_loop_test(tcase, time_case, 0, ARRAY_LEN(time_rows));
    tcase_add_test(tcase, ids_and_tags);
    suite_add_tcase(suite, tcase);
    return suite;
}
