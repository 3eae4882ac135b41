/* Steps on the wire: what is written, what a conflict and a refusal lead to. */
#include "adapter/certificate_writer.h"

#include <check.h>
#include <string.h>

#include "adapter/ca_bundle.h"
#include "base/clock.h"
#include "kube/objects.h"
#include "test/unit/adapter/suites.h"
#include "test/unit/kube/script_server.h"

enum { AFTER_THE_WATCH_MS = 100, HOUR_MS = 3600 * 1000 };

#define SECRETS "/api/v1/namespaces/ns/secrets"
#define SECRET SECRETS "/tls"
#define LIST                                                                                            \
    {                                                                                                   \
        "GET " SECRETS "?",                                                                             \
            SCRIPT_JSON("200 OK", "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[{\"metadata\":" \
                                  "{\"name\":\"tls\",\"resourceVersion\":\"1\"}}]}"),                   \
            false, NULL                                                                                 \
    }
#define WATCH                                                                                                           \
    {                                                                                                                   \
        "watch=", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", true, NULL \
    }
#define OBJECT(version) SCRIPT_JSON("200 OK", "{\"metadata\":{\"name\":\"tls\",\"resourceVersion\":\"" version "\"}}")
#define REFUSED(status) SCRIPT_JSON(status, "{\"kind\":\"Status\",\"message\":\"no\"}")

static const struct story {
    const char *what;
    struct script_step steps[6];
    enum certificate_step step;
    int takes;
    const char *version;    /* of the object at the end; NULL: it is gone */
    const char *last_write; /* what the last write has in it */
    bool failing, rests;
} stories[] = {
    {"a write",
     {LIST, WATCH, {"PUT " SECRET, OBJECT("2"), false, NULL}},
     CERTIFICATE_ISSUE,
     1,
     "2",
     "\"resourceVersion\":\"1\"",
     false,
     true},
    {"a conflict is read again, and the next write is for what was read",
     {LIST,
      WATCH,
      {"PUT " SECRET, REFUSED("409 Conflict"), false, NULL},
      {"GET " SECRET " ", OBJECT("5"), false, NULL},
      {"PUT " SECRET, OBJECT("6"), false, NULL}},
     CERTIFICATE_ISSUE,
     2,
     "6",
     "\"resourceVersion\":\"5\"",
     false,
     true},
    {"a conflict with one who deleted it",
     {LIST, WATCH, {"PUT " SECRET, REFUSED("409 Conflict"), false, NULL}, {"GET " SECRET " ", REFUSED("404 Not Found"), false, NULL}},
     CERTIFICATE_ISSUE,
     1,
     NULL,
     NULL,
     false,
     false},
    {"two refusals",
     {LIST, WATCH, {"PUT " SECRET, REFUSED("403 Forbidden"), false, NULL}, {"PUT " SECRET, REFUSED("403 Forbidden"), false, NULL}},
     CERTIFICATE_ISSUE,
     2,
     "1",
     "tls.crt",
     true,
     true},
    {"caBundle is patched, and nothing else",
     {LIST, WATCH, {"PATCH " CA_BUNDLE_COLLECTION "/" CA_BUNDLE_APISERVICE, OBJECT("3"), false, NULL}},
     CERTIFICATE_PUBLISH,
     1,
     "3",
     "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"caBundle\":\"Y2E=\"}}",
     false,
     true},
};

struct stage {
    const struct story *story;
    struct script_client client;
    struct certificate_writer writer;
    struct loop_timer *timer;
    struct buffer bundle;
    int taken;
};

static void take(void *context)
{
    static const char *const names[] = {"adapter.coder.svc"};
    struct stage *stage = context;
    const struct certificate_plan plan = {.step = stage->story->step, .why = "the test says so"};
    const struct own_ca_spec spec = {names, ARRAY_LEN(names), clock_unix_ms(), HOUR_MS};

    stage->taken++;
    certificate_writer_take(&stage->writer, &plan, &spec, &stage->bundle);
}

static void on_changed(void *context)
{
    struct stage *stage = context;

    loop_timer_after(stage->timer, AFTER_THE_WATCH_MS);
}

static void on_failed(void *context UNUSED, const struct error *err)
{
    ck_abort_msg("%s", err->text);
}

static void on_done(void *context)
{
    struct stage *stage = context;

    ck_assert(!certificate_writer_is_busy(&stage->writer));
    if (stage->taken < stage->story->takes)
        loop_timer_after(stage->timer, 0);
    else
        loop_stop(stage->client.loop);
}

static void check_end(const struct stage *stage, const struct script_server *server)
{
    const struct story *story = stage->story;
    const json_t *object = followed_object_now(stage->writer.secret);

    ck_assert_msg((object != NULL) == (story->version != NULL), "%s", story->what);
    if (object)
        ck_assert_str_eq(object_version(object), story->version);
    ck_assert_int_eq(certificate_writer_is_failing(&stage->writer), story->failing);
    ck_assert_msg((certificate_writer_rest_ms(&stage->writer, story->step) > 0) == story->rests, "%s", story->what);
    ck_assert_msg(story->failing || certificate_writer_rest_ms(&stage->writer, CERTIFICATE_SWITCH) == 0, "%s", story->what);
    if (story->last_write)
        ck_assert_msg(strstr(server->asked[server->n_asked - 1], story->last_write), "%s: the last request was\n%s", story->what,
                      server->asked[server->n_asked - 1]);
}

static size_t count_steps(const struct story *story)
{
    size_t n = 0;

    while (n < ARRAY_LEN(story->steps) && story->steps[n].expects)
        n++;
    return n;
}

START_TEST(story_case)
{
    static const struct followed_object_handler handler = {on_changed, on_failed};
    struct script_server server = {.steps = stories[_i].steps, .n_steps = count_steps(&stories[_i])};
    const struct followed_name followed = {SECRETS, "tls"};
    struct stage stage = {.story = &stories[_i], .bundle = BUFFER_INIT(16)};
    struct error err = {0};

    script_server_start(&server);
    script_client_open(&stage.client, &server);
    ck_assert_int_eq(buffer_add_text(&stage.bundle, "ca"), 0);
    stage.timer = loop_timer_new(stage.client.loop, take, &stage);
    stage.writer = (struct certificate_writer){.client = stage.client.client, .secret_path = SECRET, .done = on_done, .context = &stage};
    stage.writer.secret = followed_object_new(stage.client.client, &followed, &handler, &stage, &err);
    stage.writer.api_service = stage.writer.secret; /* one object is enough to be written */
    ck_assert_msg(stage.writer.secret != NULL, "%s", err.text);
    script_client_run(&stage.client);
    script_server_stop(&server);
    check_end(&stage, &server);
    certificate_writer_forgive(&stage.writer);
    ck_assert(!certificate_writer_is_failing(&stage.writer));
    certificate_writer_clear(&stage.writer);
    followed_object_free(stage.writer.secret);
    loop_timer_free(stage.timer);
    script_client_close(&stage.client);
    buffer_clear(&stage.bundle);
}
END_TEST

Suite *certificate_writer_suite(void)
{
    Suite *suite = suite_create("certificate_writer");
    TCase *tcase = tcase_create("certificate_writer");

    tcase_add_loop_test(tcase, story_case, 0, ARRAY_LEN(stories));
    suite_add_tcase(suite, tcase);
    return suite;
}
