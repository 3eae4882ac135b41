/* watch_test.c - a list-and-watch against a server that pages, forgets, is overloaded, cuts and talks rubbish. */
#include <check.h>
#include <string.h>

#include "base/clock.h"
#include "kube/watch.h"
#include "test/unit/kube/fast_clock.h"
#include "test/unit/kube/script_server.h"
#include "test/unit/run.h"
#include "test/unit/kube/suites.h"

enum { SPEED = 10 };

struct transcript {
    struct script_client *client;
    struct buffer text; /* "begin L:a end A:b fail ..." */
    int lists_wanted;   /* the loop stops after that many whole lists */
};

static void on_begin(void *context)
{
    struct transcript *transcript = context;

    (void)buffer_add_text(&transcript->text, "begin ");
}

static void on_event(void *context, const struct kube_event *event)
{
    struct transcript *transcript = context;
    const char *name = json_string_value(json_object_get(json_object_get(event->object, "metadata"), "name"));

    (void)buffer_printf(&transcript->text, "%c:%s ", "LAMDBE"[event->type], name ? name : "?");
}

static void on_end(void *context)
{
    struct transcript *transcript = context;

    (void)buffer_add_text(&transcript->text, "end ");
    if (--transcript->lists_wanted == 0)
        loop_stop(transcript->client->loop);
}

/* The error without the server's address. */
static void on_failed(void *context, const struct error *err)
{
    struct transcript *transcript = context;

    (void)buffer_printf(&transcript->text, "fail(%s%s) ", error_code_name(err->code), strstr(err->text, "too old") ? ", too old" : "");
}

static const struct kube_watch_handler handler = {.list_begin = on_begin, .event = on_event, .list_end = on_end, .failed = on_failed};

#define ITEM(name) "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"1\"}}"
#define PAGE(version, next, items) \
    SCRIPT_JSON("200 OK", "{\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" next "\"},\"items\":[" items "]}")
#define EVENT(type, name, version) \
    "{\"type\":\"" type "\",\"object\":{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version "\"}}}\n"
#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
#define GONE "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old resource version\"}"
#define WHOLE SCRIPT_JSON("200 OK", "") /* a stream that ends as it should */

#define LIST "GET /api/v1/things?fieldSelector=metadata.name%3Da&limit=500 HTTP"
#define NEXT(token) "GET /api/v1/things?fieldSelector=metadata.name%3Da&limit=500&continue=" token " HTTP"
#define WATCH(version) \
    "GET /api/v1/things?fieldSelector=metadata.name%3Da&watch=true&allowWatchBookmarks=true&resourceVersion=" version "&timeoutSeconds="

struct story {
    const char *label;
    struct script_step steps[12];
    int lists;
    const char *told;
    int64_t least_ms; /* pauses that must have been kept */
};

static const struct story stories[] = {
    {"pages, then a continue token that is too old",
     {{LIST, PAGE("90", "c1", ITEM("a")), false, NULL},
      {NEXT("c1"), SCRIPT_JSON("410 Gone", GONE), false, NULL},
      {LIST, PAGE("100", "c2", ITEM("a") "," ITEM("b")), false, NULL},
      {NEXT("c2"), PAGE("100", "", ITEM("c")), false, NULL}},
     1,
     "begin L:a fail(invalid, too old) begin L:a L:b L:c end ",
     400},
    {"resumed where the stream was cut, also inside an event; a bookmark counts",
     {{LIST, PAGE("100", "", ITEM("a")), false, NULL},
      {WATCH("100"), SCRIPT_JSON("200 OK", EVENT("ADDED", "b", "101") EVENT("BOOKMARK", "", "105") "{\"type\":\"ADD"), false, NULL},
      {WATCH("105"), SCRIPT_JSON("200 OK", EVENT("MODIFIED", "b", "106") EVENT("DELETED", "a", "107")), false, NULL},
      {WATCH("107"), SCRIPT_JSON("200 OK", "{\"type\":\"ERROR\",\"object\":" GONE "}\n"), false, NULL},
      {LIST, PAGE("200", "", ITEM("b")), false, NULL}},
     2,
     "begin L:a end A:b fail(unavailable) M:b D:a fail(unavailable, too old) begin L:b end ",
     800},
    {"410 as the answer's status",
     {{LIST, PAGE("100", "", ""), false, NULL},
      {WATCH("100"), SCRIPT_JSON("410 Gone", GONE), false, NULL},
      {LIST, PAGE("200", "", ITEM("b")), false, NULL}},
     2,
     "begin end fail(invalid, too old) begin L:b end ",
     400},
    {"overload: Retry-After is kept, for lists and watches",
     {{LIST, SCRIPT_JSON("429 Too Many Requests\r\nRetry-After: 1", ""), false, NULL},
      {LIST, PAGE("100", "", ""), false, NULL},
      {WATCH("100"), SCRIPT_JSON("429 Too Many Requests\r\nRetry-After: 2", ""), false, NULL},
      {WATCH("100"), SCRIPT_JSON("504 Gateway Timeout", ""), false, NULL},
      {WATCH("100"), SCRIPT_JSON("410 Gone", GONE), false, NULL},
      {LIST, PAGE("200", "", ""), false, NULL}},
     2,
     "begin fail(rate_limited) begin end fail(rate_limited) fail(timeout) fail(invalid, too old) begin end ",
     3000},
    {"a stream without its end is lost, not whole",
     {{LIST, PAGE("100", "", ""), false, NULL},
      {WATCH("100"), STREAM "10\r\nhalf", false, NULL},
      {WATCH("100"), SCRIPT_JSON("403 Forbidden", ""), false, NULL},
      {WATCH("100"), SCRIPT_JSON("400 Bad Request", ""), false, NULL},
      {LIST, PAGE("200", "", ""), false, NULL}},
     2,
     "begin end fail(unavailable) fail(forbidden) fail(invalid) begin end ",
     1200},
    {"rubbish leads to a new list",
     {{LIST, SCRIPT_JSON("200 OK", "<html>"), false, NULL},
      {LIST, PAGE("100", "", ""), false, NULL},
      {WATCH("100"), SCRIPT_JSON("200 OK", EVENT("ADDED", "b", "101") "rubbish\n" EVENT("ADDED", "c", "102")), false, NULL},
      {LIST, PAGE("200", "", ""), false, NULL}},
     2,
     "begin fail(invalid) begin end A:b fail(invalid) begin end ",
     800},
    {"a watch that ends at once, without a word, is not asked again without end",
     {{LIST, PAGE("100", "", ""), false, NULL},
      {WATCH("100"), WHOLE, false, NULL},
      {WATCH("100"), SCRIPT_JSON("200 OK", EVENT("BOOKMARK", "", "101")), false, NULL},
      {WATCH("101"), SCRIPT_JSON("410 Gone", GONE), false, NULL},
      {LIST, PAGE("200", "", ""), false, NULL}},
     2,
     "begin end fail(invalid, too old) begin end ",
     800},
};

static size_t count_steps(const struct story *story)
{
    size_t n = 0;

    while (n < ARRAY_LEN(story->steps) && story->steps[n].expects)
        n++;
    return n;
}

START_TEST(story_case)
{
    const struct story *story = &stories[_i];
    const struct kube_collection collection = {.path = "/api/v1/things", .field_selector = "metadata.name=a"};
    static struct script_server server;
    struct script_client client = {0};
    struct transcript transcript = {.client = &client, .text = BUFFER_INIT(65536), .lists_wanted = story->lists};
    struct kube_watch *watch;
    struct error err = {0};
    int64_t started;

    fast_clock_set(SPEED);
    started = clock_boot_ms();
    server = (struct script_server){.steps = story->steps, .n_steps = count_steps(story)};
    script_server_start(&server);
    script_client_open(&client, &server);
    watch = kube_watch_new(client.client, &collection, &handler, &transcript, &err);
    ck_assert_ptr_nonnull(watch);
    ck_assert_int_eq(kube_watch_current_ms(watch), 0);
    script_client_run(&client);
    ck_assert_int_ge(kube_watch_current_ms(watch), started);
    kube_watch_free(watch);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_msg(strcmp(buffer_text(&transcript.text), story->told) == 0, "%s: %s", story->label, buffer_text(&transcript.text));
    ck_assert_int_ge(clock_boot_ms() - started, story->least_ms);
    buffer_clear(&transcript.text);
}
END_TEST

static const struct script_step silent[] = {
    {LIST, PAGE("100", "", ITEM("a")), false, NULL},
    {WATCH("100"), STREAM "4c\r\n" EVENT("BOOKMARK", "", "1") "\r\n", true, NULL},
    {LIST, PAGE("200", "", ITEM("b")), false, NULL},
};

/* A connection that is dead without a word (a firewall, a lost node) is found by its silence, and a quiet one proved
 * to be alive: no failure is told. */
START_TEST(silence)
{
    const struct kube_collection collection = {.path = "/api/v1/things", .field_selector = "metadata.name=a"};
    static struct script_server server;
    struct script_client client = {0};
    struct transcript transcript = {.client = &client, .text = BUFFER_INIT(65536), .lists_wanted = 2};
    struct kube_watch *watch;
    struct error err = {0};
    int64_t started;

    fast_clock_set(10 * SPEED);
    started = clock_boot_ms();
    server = (struct script_server){.steps = silent, .n_steps = ARRAY_LEN(silent)};
    script_server_start(&server);
    script_client_open(&client, &server);
    watch = kube_watch_new(client.client, &collection, &handler, &transcript, &err);
    ck_assert_ptr_nonnull(watch);
    script_client_run(&client);
    ck_assert_int_ge(clock_boot_ms() - started, WATCH_QUIET_MS);
    kube_watch_free(watch);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_str_eq(buffer_text(&transcript.text), "begin L:a end begin L:b end ");
    buffer_clear(&transcript.text);
}
END_TEST

static void stop(void *context)
{
    loop_stop(context);
}

static const struct script_step quiet[] = {
    {LIST, PAGE("100", "", ITEM("a")), false, NULL},
    {WATCH("100"), STREAM "0c\r\n           \n\r\n", true, NULL},
};

/* Freed while the stream is open and silent: nothing is told any more, nothing leaks. */
START_TEST(freed_while_open)
{
    const struct kube_collection collection = {.path = "/api/v1/things", .field_selector = "metadata.name=a"};
    static struct script_server server;
    struct script_client client = {0};
    struct transcript transcript = {.client = &client, .text = BUFFER_INIT(65536)};
    struct kube_watch *watch;
    struct loop_timer *timer;
    struct error err = {0};

    server = (struct script_server){.steps = quiet, .n_steps = ARRAY_LEN(quiet)};
    script_server_start(&server);
    script_client_open(&client, &server);
    watch = kube_watch_new(client.client, &collection, &handler, &transcript, &err);
    timer = loop_timer_new(client.loop, stop, client.loop);
    ck_assert_ptr_nonnull(timer);
    loop_timer_after(timer, 400);
    script_client_run(&client);
    ck_assert_int_gt(kube_watch_current_ms(watch), 0);
    kube_watch_free(watch);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_str_eq(buffer_text(&transcript.text), "begin L:a end ");
    buffer_clear(&transcript.text);
}
END_TEST

Suite *watch_suite(void)
{
    Suite *suite = suite_create("kube/watch");
    TCase *tcase = tcase_create("all"), *native = tcase_create("native");

    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, story_case, 0, ARRAY_LEN(stories));
    tcase_add_test(tcase, silence);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(native, 20);
    NATIVE_ONLY(native, "it is ended after so many milliseconds");
    tcase_add_test(native, freed_while_open);
    suite_add_tcase(suite, native);
    return suite;
}
