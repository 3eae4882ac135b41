/* client_test.c - requests on the wire, answers, and a token that is rotated between. */
#include <check.h>
#include <string.h>

#include "kube/objects.h"
#include "test/unit/kube/script_server.h"
#include "test/unit/kube/suites.h"

struct outcome {
    struct script_client *client;
    int calls, released, status;
    int64_t retry_after_ms;
    enum error_code code;
    char text[512], body[512], object_name[64];
};

static void on_done(void *context, struct http_response *answer, const struct error *err)
{
    struct outcome *outcome = context;

    outcome->calls++;
    if (answer) {
        outcome->status = answer->status;
        outcome->retry_after_ms = answer->retry_after_ms;
        (void)snprintf(outcome->body, sizeof(outcome->body), "%s", buffer_text(&answer->body));
    }
    if (err) {
        outcome->code = err->code;
        (void)snprintf(outcome->text, sizeof(outcome->text), "%s", err->text);
    }
    loop_stop(outcome->client->loop);
}

static void on_release(void *context)
{
    struct outcome *outcome = context;

    outcome->released++;
}

#define STATUS_JSON(message) "{\"kind\":\"Status\",\"message\":\"" message "\"}"

static const struct {
    const char *answer;
    int status;
    enum error_code code;
    const char *text; /* the error ends so */
    const char *body;
} answers[] = {
    {SCRIPT_JSON("200 OK", "{}"), 200, ERROR_NONE, "", "{}"},
    {SCRIPT_JSON("201 Created", "{}"), 201, ERROR_NONE, "", "{}"},
    {SCRIPT_JSON("403 Forbidden", STATUS_JSON("no")), 403, ERROR_FORBIDDEN, "/api/v1/x: 403: no", STATUS_JSON("no")},
    {SCRIPT_JSON("401 Unauthorized", STATUS_JSON("Unauthorized")), 401, ERROR_UNAUTHORIZED, "/api/v1/x: 401: Unauthorized",
     STATUS_JSON("Unauthorized")},
    {SCRIPT_JSON("404 Not Found", "not found\n"), 404, ERROR_NOT_FOUND, "/api/v1/x: 404: not found", "not found\n"},
    {SCRIPT_JSON("302 Found\r\nLocation: http://127.0.0.1:1/", ""), 302, ERROR_INVALID, "is this the address of the API server?", ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", 0, ERROR_UNAVAILABLE, "", ""},
    {"", 0, ERROR_UNAVAILABLE, "", ""},
    {"garbage\r\n\r\n", 0, ERROR_UNAVAILABLE, "", ""},
    {SCRIPT_JSON("200 OK", "0123456789012345678901234567890123456789012345678901234567890123456789"), 0, ERROR_LIMIT,
     "/api/v1/x: the answer is larger than 64 bytes", ""},
};

START_TEST(answer_case)
{
    const struct script_step steps[] = {{"GET /api/v1/x?y=z HTTP/1.1", answers[_i].answer, false, NULL}};
    const struct kube_request request = {.path = "/api/v1/x?y=z", .answer_limit = 64, .timeout_ms = 5000, .release = on_release};
    static struct script_server server;
    struct script_client client = {0};
    struct outcome outcome = {.client = &client};
    struct error err = {0};
    size_t len = strlen(answers[_i].text);

    server = (struct script_server){.steps = steps, .n_steps = 1};
    script_server_start(&server);
    script_client_open(&client, &server);
    ck_assert_ptr_nonnull(kube_client_start(client.client, &request, on_done, &outcome, &err));
    script_client_run(&client);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_int_eq(outcome.calls, 1);
    ck_assert_int_eq(outcome.released, 1);
    ck_assert_int_eq(outcome.status, answers[_i].status);
    ck_assert_int_eq(outcome.code, answers[_i].code);
    ck_assert_str_eq(outcome.body, answers[_i].body);
    ck_assert_msg(strlen(outcome.text) >= len && strcmp(outcome.text + strlen(outcome.text) - len, answers[_i].text) == 0, "%s",
                  outcome.text);
    ck_assert_ptr_nonnull(strstr(server.asked[0], "Authorization: Bearer first-token\r\n"));
    ck_assert_ptr_nonnull(strstr(server.asked[0], "Accept: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(server.asked[0], "User-Agent: coder-metrics-adapter/"));
}
END_TEST

static void rotate(void *context)
{
    script_client_write_token(context, "second-token\n");
}

static const struct script_step rotations[] = {
    {"POST /api/v1/x", SCRIPT_JSON("401 Unauthorized", STATUS_JSON("Unauthorized")), false, rotate},
    {"POST /api/v1/x", SCRIPT_JSON("200 OK", "{}"), false, NULL},
};

/* The request is whole the second time too. */
START_TEST(rotated_token)
{
    const struct kube_request request = {
        .method = "POST", .path = "/api/v1/x", .body = "{\"a\":1}", .body_len = 7, .answer_limit = 64, .timeout_ms = 5000};
    static struct script_server server;
    struct script_client client = {0};
    struct outcome outcome = {.client = &client};
    struct error err = {0};

    server = (struct script_server){.steps = rotations, .n_steps = ARRAY_LEN(rotations), .context = &client};
    script_server_start(&server);
    script_client_open(&client, &server);
    ck_assert_ptr_nonnull(kube_client_start(client.client, &request, on_done, &outcome, &err));
    script_client_run(&client);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_int_eq(outcome.status, 200);
    ck_assert_int_eq(outcome.code, ERROR_NONE);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(strstr(server.asked[i], i == 0 ? "Bearer first-token\r\n" : "Bearer second-token\r\n"));
        ck_assert_ptr_nonnull(strstr(server.asked[i], "Content-Type: application/json\r\n"));
        ck_assert_ptr_nonnull(strstr(server.asked[i], "\r\n\r\n{\"a\":1}"));
    }
}
END_TEST

static const struct script_step held[] = {{"GET /api/v1/x", "HTTP/1.1 200 OK\r\n\r\n", true, NULL}};

static void stop(void *context)
{
    loop_stop(context);
}

/* A call that is cancelled, and one that the client's end cancels: released once, never done. */
START_TEST(cancelled)
{
    const struct kube_request request = {.path = "/api/v1/x", .answer_limit = 64, .timeout_ms = 5000, .release = on_release};
    static struct script_server server;
    struct script_client client = {0};
    struct outcome first = {.client = &client}, second = {.client = &client};
    struct kube_call *call;
    struct loop_timer *timer;
    struct error err = {0};

    server = (struct script_server){.steps = held, .n_steps = 1};
    script_server_start(&server);
    script_client_open(&client, &server);
    call = kube_client_start(client.client, &request, on_done, &first, &err);
    ck_assert_ptr_nonnull(call);
    kube_call_cancel(call);
    ck_assert_int_eq(first.released, 1);
    ck_assert_ptr_nonnull(kube_client_start(client.client, &request, on_done, &second, &err));
    timer = loop_timer_new(client.loop, stop, client.loop);
    ck_assert_ptr_nonnull(timer);
    loop_timer_after(timer, 300);
    script_client_run(&client);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_int_eq(second.released, 1);
    ck_assert_int_eq(first.calls + second.calls, 0);
}
END_TEST

/* --- objects --- */

static void on_object(void *context, const struct object_result *result, const struct error *err)
{
    struct outcome *outcome = context;
    const char *name = json_string_value(json_object_get(json_object_get(result->object, "metadata"), "name"));

    outcome->calls++;
    outcome->status = result->status;
    outcome->code = err ? err->code : ERROR_NONE;
    (void)snprintf(outcome->object_name, sizeof(outcome->object_name), "%s", name ? name : "");
    loop_stop(outcome->client->loop);
}

static const struct {
    const char *method, *object, *body;
    const char *answer;
    const char *expects, *content_type, *sent;
    int status;
    enum error_code code;
    const char *name;
} objects[] = {
    {NULL, NULL, NULL, SCRIPT_JSON("200 OK", "{\"metadata\":{\"name\":\"n\"}}"), "GET /p ", NULL, NULL, 200, ERROR_NONE, "n"},
    {"PUT", "{\"metadata\":{\"name\":\"n\"}}", NULL, SCRIPT_JSON("409 Conflict", STATUS_JSON("modified")), "PUT /p ", "application/json",
     "{\"metadata\":{\"name\":\"n\"}}", 409, ERROR_INVALID, ""},
    {"PATCH", NULL, "{\"spec\":{}}", SCRIPT_JSON("200 OK", "{\"metadata\":{\"name\":\"n\"}}"), "PATCH /p ", "application/merge-patch+json",
     "{\"spec\":{}}", 200, ERROR_NONE, "n"},
    {"POST", "{}", NULL, SCRIPT_JSON("201 Created", "{\"metadata\":{\"name\":\"n\"}}"), "POST /p ", "application/json", "{}", 201,
     ERROR_NONE, "n"},
    {NULL, NULL, NULL, SCRIPT_JSON("200 OK", "[]"), "GET /p ", NULL, NULL, 200, ERROR_INVALID, ""},
    {NULL, NULL, NULL, SCRIPT_JSON("200 OK", "<html>"), "GET /p ", NULL, NULL, 200, ERROR_INVALID, ""},
    {NULL, NULL, NULL, "", "GET /p ", NULL, NULL, 0, ERROR_UNAVAILABLE, ""},
};

START_TEST(object_case)
{
    const struct script_step steps[] = {{objects[_i].expects, objects[_i].answer, false, NULL}};
    CLEANUP(json_decrefp) json_t *object = objects[_i].object ? json_loads(objects[_i].object, 0, NULL) : NULL;
    const struct object_request request = {.method = objects[_i].method,
                                           .path = "/p",
                                           .object = object,
                                           .body = objects[_i].body,
                                           .body_len = objects[_i].body ? strlen(objects[_i].body) : 0};
    static struct script_server server;
    struct script_client client = {0};
    struct outcome outcome = {.client = &client};
    struct error err = {0};

    server = (struct script_server){.steps = steps, .n_steps = 1};
    script_server_start(&server);
    script_client_open(&client, &server);
    ck_assert_ptr_nonnull(object_start(client.client, &request, on_object, &outcome, &err));
    script_client_run(&client);
    script_client_close(&client);
    script_server_stop(&server);
    ck_assert_int_eq(outcome.status, objects[_i].status);
    ck_assert_int_eq(outcome.code, objects[_i].code);
    ck_assert_str_eq(outcome.object_name, objects[_i].name);
    if (objects[_i].content_type)
        ck_assert_ptr_nonnull(strstr(server.asked[0], objects[_i].content_type));
    if (objects[_i].sent)
        ck_assert_str_eq(strstr(server.asked[0], "\r\n\r\n") + 4, objects[_i].sent);
}
END_TEST

Suite *client_suite(void)
{
    Suite *suite = suite_create("kube/client");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, answer_case, 0, ARRAY_LEN(answers));
    tcase_add_test(tcase, rotated_token);
    tcase_add_test(tcase, cancelled);
    tcase_add_loop_test(tcase, object_case, 0, ARRAY_LEN(objects));
    suite_add_tcase(suite, tcase);
    return suite;
}
