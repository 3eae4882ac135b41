/* lease_test.c - a lease that is taken, renewed, contended, made and given up, on the wire. */
#include <check.h>
#include <string.h>

#include "kube/lease.h"
#include "test/unit/kube/fast_clock.h"
#include "test/unit/kube/script_server.h"
#include "test/unit/kube/suites.h"

enum { SPEED = 10 };

struct transcript {
    struct script_client *client;
    struct lease *lease;
    struct buffer text;
    size_t changes_wanted;
};

static void on_changed(void *context, bool leads)
{
    struct transcript *transcript = context;

    (void)buffer_add_text(&transcript->text, leads ? "leads " : "stops ");
    if (--transcript->changes_wanted == 0)
        loop_stop(transcript->client->loop);
}

static void on_failed(void *context, const struct error *err)
{
    struct transcript *transcript = context;
    const char *status = strstr(err->text, "leases");

    status = status ? strchr(status, ' ') : NULL;
    (void)buffer_printf(&transcript->text, "fail(%.4s) ", status ? status + 1 : "-");
}

static const struct lease_handler handler = {.changed = on_changed, .failed = on_failed};

#define PATH "/apis/coordination.k8s.io/v1/namespaces/ns/leases"
#define GET "GET " PATH "/l HTTP"
#define PUT "PUT " PATH "/l HTTP"
#define POST "POST " PATH " HTTP"
#define LEASE(version, spec) SCRIPT_JSON("200 OK", "{\"metadata\":{\"name\":\"l\",\"resourceVersion\":\"" version "\"}" spec "}")
#define HELD_BY(holder) ",\"spec\":{\"holderIdentity\":\"" holder "\",\"leaseDurationSeconds\":15,\"leaseTransitions\":3}"
#define HELD_FOR_1S ",\"spec\":{\"holderIdentity\":\"gone\",\"leaseDurationSeconds\":1}"
#define CONFLICT SCRIPT_JSON("409 Conflict", "{\"kind\":\"Status\",\"message\":\"modified\"}")
#define MISSING SCRIPT_JSON("404 Not Found", "{\"kind\":\"Status\",\"message\":\"not found\"}")

static const struct story {
    const char *label;
    struct script_step steps[10];
    bool may_create, release;
    size_t changes;
    const char *told;
    const char *writes; /* what the last request's body contains */
} stories[] = {
    {"an empty one is taken",
     {{GET, LEASE("1", ""), false, NULL}, {PUT, LEASE("2", HELD_BY("me")), false, NULL}},
     false,
     false,
     1,
     "leads ",
     "\"holderIdentity\":\"me\""},
    {"of two that try one gets 409 and waits",
     {{GET, LEASE("1", ""), false, NULL},
      {PUT, CONFLICT, false, NULL},
      {GET, LEASE("2", HELD_FOR_1S), false, NULL},
      {GET, LEASE("2", HELD_FOR_1S), false, NULL},
      {PUT, LEASE("3", HELD_BY("me")), false, NULL}},
     false,
     false,
     1,
     "fail(409:) leads ",
     "\"resourceVersion\":\"2\""},
    {"a missing one is made when that is allowed",
     {{GET, MISSING, false, NULL}, {POST, LEASE("2", HELD_BY("me")), false, NULL}},
     true,
     false,
     1,
     "leads ",
     "\"kind\":\"Lease\",\"metadata\":{\"namespace\":\"ns\",\"name\":\"l\"}"},
    {"and otherwise waited for",
     {{GET, MISSING, false, NULL}, {GET, LEASE("1", ""), false, NULL}, {PUT, LEASE("2", HELD_BY("me")), false, NULL}},
     false,
     false,
     1,
     "fail(404:) leads ",
     "\"resourceVersion\":\"1\""},
    {"renewed with the version that was written; lost to another one",
     {{GET, LEASE("1", ""), false, NULL},
      {PUT, LEASE("2", HELD_BY("me")), false, NULL},
      {PUT, LEASE("3", HELD_BY("me")), false, NULL},
      {PUT, CONFLICT, false, NULL},
      {GET, LEASE("9", HELD_BY("other")), false, NULL}},
     false,
     false,
     2,
     "leads fail(409:) stops ",
     ""},
    {"given up",
     {{GET, LEASE("1", ""), false, NULL},
      {PUT, LEASE("2", HELD_BY("me")), false, NULL},
      {GET, LEASE("2", HELD_BY("me")), false, NULL},
      {PUT, CONFLICT, false, NULL},
      {GET, LEASE("3", HELD_BY("me")), false, NULL},
      {PUT, LEASE("4", ""), false, NULL}},
     false,
     true,
     1,
     "leads stops released ",
     "\"holderIdentity\":\"\""},
    {"not given up when another one has it",
     {{GET, LEASE("1", ""), false, NULL}, {PUT, LEASE("2", HELD_BY("me")), false, NULL}, {GET, LEASE("3", HELD_BY("other")), false, NULL}},
     false,
     true,
     1,
     "leads stops released ",
     ""},
    {"given up in vain",
     {{GET, LEASE("1", ""), false, NULL}, {PUT, LEASE("2", HELD_BY("me")), false, NULL}, {GET, MISSING, false, NULL}},
     false,
     true,
     1,
     "leads stops fail(404:) released ",
     ""},
};

static void on_released(void *context)
{
    struct transcript *transcript = context;

    (void)buffer_add_text(&transcript->text, "released ");
    loop_stop(transcript->client->loop);
}

static void release_soon(void *context)
{
    struct transcript *transcript = context;

    if (lease_leads(transcript->lease))
        lease_release(transcript->lease, on_released);
}

START_TEST(story_case)
{
    const struct story *story = &stories[_i];
    const struct lease_choice choice = {"ns", "l", "me", story->may_create};
    static struct script_server server;
    struct script_client client = {0};
    struct transcript transcript = {.client = &client, .text = BUFFER_INIT(65536), .changes_wanted = story->release ? 99 : story->changes};
    struct loop_timer *timer;
    struct error err = {0};
    size_t n = 0;

    fast_clock_set(SPEED);
    while (n < ARRAY_LEN(story->steps) && story->steps[n].expects)
        n++;
    server = (struct script_server){.steps = story->steps, .n_steps = n};
    script_server_start(&server);
    script_client_open(&client, &server);
    transcript.lease = lease_new(client.client, &choice, &handler, &transcript, &err);
    ck_assert_msg(transcript.lease != NULL, "%s", err.text);
    timer = loop_timer_new(client.loop, release_soon, &transcript);
    ck_assert_ptr_nonnull(timer);
    if (story->release)
        loop_timer_after(timer, 1000);
    script_client_run(&client);
    lease_free(transcript.lease);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_msg(strcmp(buffer_text(&transcript.text), story->told) == 0, "%s: %s", story->label, buffer_text(&transcript.text));
    ck_assert_msg(strstr(server.asked[n - 1], story->writes) != NULL, "%s", server.asked[n - 1]);
    buffer_clear(&transcript.text);
}
END_TEST

static const struct script_step dying[] = {
    {GET, LEASE("1", ""), false, NULL},
    {PUT, LEASE("2", HELD_BY("me")), false, NULL},
};

/* The API server is gone: leading ends by our own clock, before another one may begin. */
START_TEST(stops_in_time)
{
    const struct lease_choice choice = {"ns", "l", "me", false};
    static struct script_server server;
    struct script_client client = {0};
    struct transcript transcript = {.client = &client, .text = BUFFER_INIT(65536), .changes_wanted = 2};
    struct error err = {0};

    fast_clock_set(SPEED);
    server = (struct script_server){.steps = dying, .n_steps = ARRAY_LEN(dying)};
    script_server_start(&server);
    script_client_open(&client, &server);
    transcript.lease = lease_new(client.client, &choice, &handler, &transcript, &err);
    ck_assert_msg(transcript.lease != NULL, "%s", err.text);
    script_client_run(&client);
    ck_assert(!lease_leads(transcript.lease));
    lease_free(transcript.lease);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_str_eq(buffer_text(&transcript.text), "leads stops "); /* the renewal hangs meanwhile */
    buffer_clear(&transcript.text);
}
END_TEST

static const struct lease_choice bad[] = {
    {"ns", "l", "", false},
    {"", "l", "me", false},
    {"ns", "..", "me", false},
};

START_TEST(bad_case)
{
    static struct script_server server;
    struct script_client client = {0};
    struct error err = {0};

    server = (struct script_server){0};
    script_server_start(&server);
    script_client_open(&client, &server);
    ck_assert_ptr_null(lease_new(client.client, &bad[_i], &handler, NULL, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID);
    script_client_close(&client);
    script_server_stop(&server);
}
END_TEST

Suite *lease_suite(void)
{
    Suite *suite = suite_create("kube/lease");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, story_case, 0, ARRAY_LEN(stories));
    tcase_add_loop_test(tcase, bad_case, 0, ARRAY_LEN(bad));
    tcase_add_test(tcase, stops_in_time);
    suite_add_tcase(suite, tcase);
    return suite;
}
