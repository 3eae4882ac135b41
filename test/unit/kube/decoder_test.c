/* decoder_test.c - pages of lists, watch events, and a stream cut at every byte. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "kube/decoder.h"
#include "test/unit/kube/suites.h"

/* What was told, as text: "ADDED a 5;" */
static void write_down(void *context, const struct kube_event *event)
{
    static const char *const names[] = {"LISTED", "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};
    const char *name = json_string_value(json_object_get(json_object_get(event->object, "metadata"), "name"));

    (void)buffer_printf(context, "%s %s %s", names[event->type], name ? name : "-", event->version);
    if (event->type == KUBE_ERROR)
        (void)buffer_printf(context, "%d", event->status);
    (void)buffer_add_char(context, ';');
}

#define META "\"metadata\":{\"resourceVersion\":\"9\"}"

static const struct {
    const char *body;
    int result;
    const char *told; /* or what the error contains */
    const char *version, *next;
} pages[] = {
    {"{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"abc=\",\"remainingItemCount\":1},\"items\":"
     "[{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"5\"}},{\"metadata\":{\"name\":\"b\"}}]}",
     0, "LISTED a 5;LISTED b ;", "9", "abc="},
    {"{" META ",\"items\":[]}", 0, "", "9", ""},
    {"{" META ",\"items\":null}", 0, "", "9", ""}, /* Go's empty slice */
    {"{" META "}", -1, "items: expected array, got nothing", "", ""},
    {"{" META ",\"items\":{}}", -1, "items: expected array, got object", "", ""},
    {"{" META ",\"items\":[{\"metadata\":{\"name\":\"a\"}},7]}", -1, "items[1]: expected object, got integer", "", ""},
    {"{\"items\":[]}", -1, "metadata: resourceVersion: expected string, got nothing", "", ""},
    {"{\"metadata\":{\"resourceVersion\":\"\"},\"items\":[]}", -1, "metadata.resourceVersion: it is empty", "", ""},
    {"{\"metadata\":{\"resourceVersion\":9},\"items\":[]}", -1, "resourceVersion: expected string, got integer", "", ""},
    {"{\"metadata\":{\"resourceVersion\":\"1234567890123456789012345678901234567890123456789012345678901234\"},\"items\":[]}", -1,
     "metadata.resourceVersion: longer than 63 bytes", "", ""},
    {"{\"metadata\":[],\"items\":[]}", -1, "metadata: expected object, got array", "", ""},
    {"[]", -1, "expected a list object, got array", "", ""},
    {"<html>", -1, "not JSON", "", ""},
    {"{" META ",\"items\":[", -1, "not JSON", "", ""},
    {"", -1, "not JSON", "", ""},
};

START_TEST(page_case)
{
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(4096);
    const struct kube_sink sink = {write_down, &told};
    struct kube_page page = {0};
    struct error err = {0};
    int result = kube_json_decoder.read_page(pages[_i].body, strlen(pages[_i].body), &sink, &page, &err);

    ck_assert_int_eq(result, pages[_i].result);
    ck_assert_str_eq(page.version, pages[_i].version);
    ck_assert_str_eq(page.next, pages[_i].next);
    ck_assert_str_eq(buffer_text(&told), result == 0 ? pages[_i].told : "");
    if (result < 0)
        ck_assert_msg(strstr(err.text, pages[_i].told) != NULL, "%s", err.text);
}
END_TEST

#define EVENT(type, name, version) \
    "{\"type\":\"" type "\",\"object\":{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version "\"}}}\n"

static const struct {
    const char *bytes;
    int result;
    const char *told, *error;
} streams[] = {
    {EVENT("ADDED", "a", "5") EVENT("MODIFIED", "a", "6") EVENT("DELETED", "a", "7"), 0, "ADDED a 5;MODIFIED a 6;DELETED a 7;", ""},
    {"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"ConfigMap\",\"metadata\":{\"resourceVersion\":\"12\"}}}\n", 0, "BOOKMARK - 12;", ""},
    {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}\n", 0, "ERROR - 410;", ""},
    {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\"}}\n", 0, "ERROR - 500;", ""},
    {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":200}}\n", 0, "ERROR - 500;", ""},
    {"\n\r\n" EVENT("ADDED", "a", "5") "\n", 0, "ADDED a 5;", ""},
    {"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"line\\nbreak\",\"resourceVersion\":\"5\"}}}\n", 0, "ADDED line\nbreak 5;",
     ""},
    {EVENT("ADDED", "a", "5") "{\"type\":\"ADDED\",", 0, "ADDED a 5;", ""}, /* the rest has not come yet */
    {EVENT("ADDED", "a", "5") "garbage\n" EVENT("ADDED", "b", "6"), -1, "ADDED a 5;", "watch event: not JSON"},
    {EVENT("RENAMED", "a", "5"), -1, "", "watch event: not a type that is known"},
    {"{\"type\":\"ADDED\"}\n", -1, "", "watch event: not a type that is known"},
    {"{\"type\":\"ADDED\",\"object\":[]}\n", -1, "", "watch event: not a type that is known"},
    {"{\"type\":7,\"object\":{}}\n", -1, "", "watch event: not a type that is known"},
    {"{\"object\":{}}\n", -1, "", "watch event: not a type that is known"},
    {"[]\n", -1, "", "watch event: not a type that is known"},
    {"{\"type\":\"ADDED\",\"object\":{}}\n", -1, "", "watch event ADDED: object.metadata.resourceVersion: it is missing"},
    {"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}\n", -1, "", "watch event BOOKMARK: object.metadata.resourceVersion"},
    {"{\"type\":\"ERROR\",\"object\":{\"code\":\"x\"}}\n", -1, "", "watch event ERROR: code: expected integer"},
    {EVENT("ADDED", "a", "1234567890123456789012345678901234567890123456789012345678901234"), -1, "", "longer than 63 bytes"},
};

/* The same events, wherever the pieces are cut: in two at each byte, and byte by byte. */
START_TEST(stream_case)
{
    size_t len = strlen(streams[_i].bytes);

    for (size_t cut = 0; cut <= len + 1; cut++) {
        CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_json_decoder);
        CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(4096);
        const struct kube_sink sink = {write_down, &told};
        struct error err = {0};
        int result = 0;

        if (cut <= len) {
            result = watch_stream_feed(&stream, streams[_i].bytes, cut, &sink, &err);
            if (result == 0)
                result = watch_stream_feed(&stream, streams[_i].bytes + cut, len - cut, &sink, &err);
        }
        for (size_t i = 0; cut > len && i < len && result == 0; i++)
            result = watch_stream_feed(&stream, streams[_i].bytes + i, 1, &sink, &err);
        ck_assert_int_eq(result, streams[_i].result);
        ck_assert_str_eq(buffer_text(&told), streams[_i].told);
        ck_assert_msg(strstr(err.text, streams[_i].error) != NULL, "%s", err.text);
    }
}
END_TEST

static int feed_event_of(struct watch_stream *stream, size_t len, const struct kube_sink *sink, struct error *err)
{
    static const char front[] = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"1\",\"name\":\"n\"},\"x\":\"";
    static const char back[] = "\"}}\n";
    char *text = malloc(len);
    int result;

    ck_assert_ptr_nonnull(text);
    memset(text, 'x', len);
    memcpy(text, front, sizeof(front) - 1);
    memcpy(text + len - (sizeof(back) - 1), back, sizeof(back) - 1);
    result = watch_stream_feed(stream, text, len, sink, err);
    free(text);
    return result;
}

START_TEST(stream_limit)
{
    CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_json_decoder);
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(4096);
    const struct kube_sink sink = {write_down, &told};
    struct error err = {0};

    /* The largest, twice: what was told before does not count. */
    ck_assert_msg(feed_event_of(&stream, WATCH_FRAME_MAX, &sink, &err) == 0, "%s", err.text);
    ck_assert_msg(feed_event_of(&stream, WATCH_FRAME_MAX, &sink, &err) == 0, "%s", err.text);
    ck_assert_str_eq(buffer_text(&told), "ADDED n 1;ADDED n 1;");
    ck_assert_int_eq(feed_event_of(&stream, WATCH_FRAME_MAX + 1, &sink, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    watch_stream_reset(&stream);
    ck_assert_int_eq(watch_stream_feed(&stream, EVENT("ADDED", "z", "2"), strlen(EVENT("ADDED", "z", "2")), &sink, &err), 0);
}
END_TEST

Suite *decoder_suite(void)
{
    Suite *suite = suite_create("kube/decoder");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, page_case, 0, ARRAY_LEN(pages));
    tcase_add_loop_test(tcase, stream_case, 0, ARRAY_LEN(streams));
    tcase_add_test(tcase, stream_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
