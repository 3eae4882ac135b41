/* From a request to its answer, without a server: routes, methods, headers, counters, every malformed target. */
#include "apiservice/api.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

#define TABLE(version) "application/json;as=Table;v=" version ";g=meta.k8s.io"
#define GV "/apis/external.metrics.k8s.io/v1beta1"

static struct metric_store *store;
static struct api *api;

static void collect_one(void *context, struct exposition *exposition)
{
    exposition_family(exposition, "adapter_config_hash", "Hash of the configuration", "gauge");
    exposition_sample(exposition, "", NULL, 0, *(const double *)context);
}

static bool always(void *context UNUSED, char *reason UNUSED, size_t size UNUSED)
{
    return true;
}

static double config_hash = 17;
static const struct health_check checks[] = {{"first-poll", always, NULL, false}};
static const struct api_collector collectors[] = {{collect_one, &config_hash}};

static void setup(void)
{
    struct api_options options = {.families = fixture_families,
                                  .n_families = FIXTURE_FAMILIES,
                                  .checks = checks,
                                  .n_checks = ARRAY_LEN(checks),
                                  .collectors = collectors,
                                  .n_collectors = ARRAY_LEN(collectors),
                                  .version = {"0.1.0", "0123abc"}};
    struct error err = {0};

    options.store = store = metric_store_new();
    ck_assert_ptr_nonnull(store);
    metric_store_publish(store, fixture_snapshot_now());
    api = api_new(&options, &err);
    ck_assert_msg(api != NULL, "%s", err.text);
}

static void teardown(void)
{
    api_free(api);
    metric_store_free(store);
}

/* Headers of the request under test, ended by a NULL name. */
static const struct response_header *sent_headers;

static const char *find_header(const struct request *request UNUSED, const char *name)
{
    for (const struct response_header *header = sent_headers; header && header->name; header++)
        if (strcasecmp(header->name, name) == 0)
            return header->value;
    return NULL;
}

static const char *response_header(const struct response *response, const char *name)
{
    for (size_t i = 0; i < response->n_headers; i++)
        if (strcmp(response->headers[i].name, name) == 0)
            return response->headers[i].value;
    return "";
}

static void ask(const char *method, const char *target, const char *accept, struct response *response)
{
    const struct response_header headers[] = {{accept ? "Accept" : NULL, accept}, {NULL, NULL}};
    const struct request request = {.method = method, .target = target, .header = find_header};

    sent_headers = headers;
    response_init(response);
    api_answer(api, &request, response);
    sent_headers = NULL;
}

static const struct {
    const char *method, *target, *accept;
    int status;
    const char *content_type;
    const char *contains;
} cases[] = {
    {"GET", GV "/namespaces/coder/queue_depth?labelSelector=queue%3Dred", NULL, 200, "application/json", "\"value\":\"42\""},
    {"GET", GV "/namespaces/coder/queue_depth/", "application/vnd.kubernetes.protobuf, */*", 200, "application/vnd.kubernetes.protobuf",
     "k8s"},
    {"GET", GV "/namespaces/coder/queue_depth", "application/yaml", 200, "application/yaml", "\n- kind: QueueDepth\n"},
    {"GET", GV "/namespaces/coder/queue_depth", TABLE("v1") ",application/json", 200, "application/json",
     "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\""},
    {"GET", GV "/namespaces/coder/queue_depth", TABLE("v1beta1"), 200, "application/json", "\"apiVersion\":\"meta.k8s.io/v1beta1\""},
    {"GET", GV "/namespaces/coder/queue_depth?includeObject=None", TABLE("v1"), 200, "application/json", "\"object\":null"},
    {"GET", GV "/namespaces/coder/queue_depth?includeObject=x", "application/json", 200, "application/json", "\"items\":["},
    {"GET", GV "/namespaces/coder/queue_depth?pretty=true", NULL, 200, "application/json", "{\n  \"kind\": \"ExternalMetricValueList\",\n"},
    {"GET", GV "/namespaces/coder/queue_depth", "application/json;pretty=1", 200, "application/json", "\n  \"items\": [\n    {"},
    {"GET", GV "/namespaces/coder/queue_depth/red.acme.workspace--build", NULL, 200, "application/json", "{\"kind\":\"QueueDepth\","},
    {"GET", GV "/namespaces/coder/queue_depth/red.acme.workspace--build", TABLE("v1"), 200, "application/json", "\"rows\":[{"},
    {"GET", GV "/namespaces/coder/queue_depth/red.acme.workspace--build", "application/yaml", 200, "application/yaml", "\nvalue: \"42\"\n"},
    {"GET", GV "/queue_depth/red.acme.workspace--build", "application/vnd.kubernetes.protobuf, */*", 200, "application/json",
     "\"value\":\"42\"}\n"},
    {"HEAD", GV "/namespaces/coder/queue_depth", NULL, 200, "application/json", "\"value\":\"42\""},
    {"GET", GV "/namespaces/coder/Queue_Depth?labelSelector=queue+in+(blue)", NULL, 200, "application/json", "\"value\":\"7\""},
    {"GET", GV "/namespaces/coder/queue_depth?labelSelector=queue%3Dblue&labelSelector=queue%3Dred", NULL, 200, "application/json",
     "\"value\":\"7\""},
    {"GET", GV "/queue_depth?limit=500", NULL, 200, "application/json", "\"value\":\"42\""},
    {"GET", GV "/namespaces/coder/queue_depth", "application/cbor", 406, "application/json", "only the following media types are accepted"},
    {"GET", GV "/namespaces/coder/queue_depth?watch=1", NULL, 405, "application/json", "watch is not supported"},
    {"GET", GV "/namespaces/coder/queue_depth?labelSelector=a+in+b", NULL, 400, "application/json", "expected: '('"},
    {"GET", GV "/namespaces/coder/nosuch", NULL, 404, "application/json", "could not find the metric nosuch"},
    {"GET", GV "/namespaces/coder/status", NULL, 404, "application/json", "could not find the metric status"},
    {"GET", GV "/namespaces/coder/queue_depth/name", NULL, 404, "application/json",
     "\"message\":\"queue_depth.external.metrics.k8s.io \\\"name\\\" not found\""},
    {"GET", "/explain/namespaces/coder/queue_depth?labelSelector=queue%3Dred", NULL, 200, "application/json", "\"hpaReads\":43.5,"},
    {"GET", "/explain/namespaces/coder/queue_depth", "application/yaml", 406, "application/yaml", "NotAcceptable"},
    {"GET", "/explain/namespaces/coder/nosuch", NULL, 404, "application/json", "could not find the metric nosuch"},
    {"GET", "/explain/coder/queue_depth", NULL, 404, "application/json", "NotFound"},
    {"POST", "/explain/namespaces/coder/queue_depth", NULL, 405, "application/json", "does not allow this method"},
    {"GET", GV "/namespaces", NULL, 404, "application/json", "NotFound"},
    {"GET", GV "/watch/namespaces/lab/queue_depth", NULL, 404, "application/json", "NotFound"},
    {"GET", GV "/namespaces//queue_depth", NULL, 404, "application/json", "NotFound"},
    {"GET", GV "/namespaces/x/../coder/queue_depth", NULL, 404, "application/json", "NotFound"},
    {"GET", GV "/namespaces/coder/queue%2Fdepth", NULL, 400, "application/json", "BadRequest"},
    {"GET", GV "/namespaces/coder/queue%00depth", NULL, 400, "application/json", "BadRequest"},
    {"GET", GV "/namespaces/coder/queue_depth?labelSelector=a%3Db;c=d", NULL, 400, "application/json", "BadRequest"},
    {"GET", GV "/namespaces/coder/queue_depth?x=%zz", NULL, 400, "application/json", "BadRequest"},
    {"POST", GV "/namespaces/coder/queue_depth", NULL, 405, "application/json", "does not allow this method"},
    {"OPTIONS", GV "/namespaces/coder/queue_depth", NULL, 405, "application/json", "MethodNotAllowed"},
    {"get", GV "/namespaces/coder/queue_depth", NULL, 405, "application/json", "MethodNotAllowed"},
    {"DELETE", "/nosuch", NULL, 404, "application/json", "NotFound"},
    {"GET", GV, NULL, 200, "application/json", "\"shortNames\":[\"qd\"]"},
    {"GET", GV "/", NULL, 200, "application/json", "APIResourceList"},
    {"GET", "/apis/external.metrics.k8s.io/v1", NULL, 404, "application/json", "the server could not find the requested resource"},
    {"GET", GV, "application/yaml", 200, "application/yaml", "\nresources:\n- name: queue_depth\n"},
    {"GET", GV, "application/vnd.kubernetes.protobuf", 200, "application/vnd.kubernetes.protobuf", "k8s"},
    {"GET", "/apis", "application/vnd.kubernetes.protobuf", 200, "application/vnd.kubernetes.protobuf", "k8s"},
    {"GET", "/version", "application/vnd.kubernetes.protobuf, */*", 200, "application/json", "gitVersion"},
    {"GET", "/apis/external.metrics.k8s.io", NULL, 200, "application/json", "APIGroup\""},
    {"GET", "/apis/", NULL, 200, "application/json", "APIGroupList"},
    {"GET", "/apis", "text/html", 406, "application/json", "NotAcceptable"},
    {"GET", "/api", NULL, 404, "application/json", "NotFound"},
    {"GET", "/", NULL, 200, "application/json", "\"/readyz\""},
    {"GET", "/version", NULL, 200, "application/json", "\"gitVersion\": \"v0.1.0\""},
    {"GET", "/openapi/v2", "application/json", 200, "application/json", "\"swagger\":\"2.0\""},
    {"GET", "/openapi/v2", "text/html", 406, "application/json", "NotAcceptable"},
    {"GET", "/openapi/v3", NULL, 200, "application/json", "serverRelativeURL"},
    {"GET", "/openapi/v3" GV "?hash=0&timeout=32s", NULL, 200, "application/json", "\"openapi\":\"3.0.0\""},
    {"GET", "/healthz", NULL, 200, "text/plain; charset=utf-8", "ok"},
    {"GET", "/livez/ping", NULL, 200, "text/plain; charset=utf-8", "ok"},
    {"GET", "/readyz?verbose", NULL, 200, "text/plain; charset=utf-8", "[+]first-poll ok\n[+]shutdown ok\n"},
    {"GET", "/readyz/nosuch", NULL, 404, "application/json", "NotFound"},
    {"GET", "/metrics", "application/openmetrics-text;version=1.0.0,*/*;q=0.1", 200, "text/plain; version=0.0.4; charset=utf-8",
     "\nadapter_config_hash 17\n"},
    {"GET", "*", NULL, 400, "application/json", "must be a path"},
    {"GET", "http://x/apis", NULL, 400, "application/json", "must be a path"},
};

START_TEST(answers)
{
    struct response response;

    ask(cases[_i].method, cases[_i].target, cases[_i].accept, &response);
    ck_assert_msg(response.status == cases[_i].status, "%s %s: %d %s", cases[_i].method, cases[_i].target, response.status,
                  buffer_text(&response.body));
    ck_assert_str_eq(response.content_type, cases[_i].content_type);
    ck_assert_msg(strstr(buffer_text(&response.body), cases[_i].contains) != NULL, "%s", buffer_text(&response.body));
    response_clear(&response);
}
END_TEST

/* Every recorded request of every client gets an answer of the code that its row says; metric names are not ours. */
static const struct {
    const char *request;
    int status;
} recorded[] = {
    {"aggregator-availability-check.txt", 200},
    {"aggregator-discovery-apis-v2.txt", 200},
    {"aggregator-discovery-legacy-gv.txt", 200},
    {"aggregator-openapi-v2.txt", 200},
    {"aggregator-openapi-v3-root.txt", 200},
    {"kubectl-explain-openapi-v3-gv.txt", 200},
    {"kubectl-get-raw-gv-slash.txt", 200},
    {"hpa-list-full-selector.txt", 200},
    {"kubectl-get-raw-metric-spaces.txt", 200},
    {"client-bad-query.txt", 200},
    {"client-timeout-query.txt", 200},
    {"client-watch.txt", 405},
    {"client-upgrade-websocket.txt", 405},
    {"client-head.txt", 200},
    {"client-options.txt", 405},
    {"client-post.txt", 405},
    {"client-put.txt", 405},
    {"client-patch.txt", 405},
    {"client-delete.txt", 405},
    {"kubectl-get-watch.txt", 405},
    {"client-double-slash.txt", 404},
    {"client-dot-segments.txt", 404},
    {"client-encoded-slash.txt", 400},
    {"kubectl-get-name.txt", 404},
    {"hpa-metric-name-utf8.txt", 404},
    {"gc-metadata-watchlist.txt", 405},
    {"kubectl-get-table-all-namespaces.txt", 404},
};

START_TEST(recorded_requests_are_answered)
{
    char *text = fixture_text(recorded[_i].request);
    char *target = fixture_request_target(recorded[_i].request);
    char *accept = fixture_request_header(recorded[_i].request, "Accept");
    struct response response;

    *strchr(text, ' ') = '\0';
    ask(text, target, accept, &response);
    ck_assert_msg(response.status == recorded[_i].status, "%s: %d %s", target, response.status, buffer_text(&response.body));
    response_clear(&response);
    free(text);
    free(target);
    free(accept);
}
END_TEST

/* Errors come in the form that was asked for, wherever they arise. */
static const struct {
    const char *method, *target;
    int status;
} refusals[] = {
    {"GET", GV "/namespaces/coder/nosuch", 404},
    {"GET", "/nosuch", 404},
    {"POST", GV "/namespaces/coder/queue_depth", 405},
    {"GET", GV "/namespaces/coder/queue_depth?watch=1", 405},
    {"GET", GV "/namespaces/coder/queue_depth?labelSelector=%3D", 400},
    {"GET", GV "/namespaces/coder/%zz", 400},
};

static const struct {
    const char *accept, *content_type, *start;
} error_forms[] = {
    {NULL, "application/json", "{\"kind\":\"Status\","},
    {"application/vnd.kubernetes.protobuf, */*", "application/vnd.kubernetes.protobuf", "k8s"},
    {"application/yaml", "application/yaml", "kind: Status\n"},
    {"application/json;pretty=1", "application/json", "{\n  \"kind\": \"Status\","},
    {TABLE("v1") ",application/json", "application/json", "{\"kind\":\"Status\","},
};

START_TEST(errors_come_in_the_form_that_was_asked_for)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        struct response response;

        ask(refusals[i].method, refusals[i].target, error_forms[_i].accept, &response);
        ck_assert_int_eq(response.status, refusals[i].status);
        ck_assert_str_eq(response.content_type, error_forms[_i].content_type);
        ck_assert_msg(strncmp(buffer_text(&response.body), error_forms[_i].start, strlen(error_forms[_i].start)) == 0, "%s: %s",
                      refusals[i].target, buffer_text(&response.body));
        response_clear(&response);
    }
}
END_TEST

/* /openapi/v3 hands the hash out; under it the document may be kept. */
START_TEST(openapi_under_its_hash_may_be_kept)
{
    struct response root, group;
    char url[512];
    const char *start;

    ask("GET", "/openapi/v3", NULL, &root);
    start = strstr(buffer_text(&root.body), "/openapi/v3/apis");
    ck_assert_ptr_nonnull(start);
    (void)snprintf(url, sizeof(url), "%.*s", (int)strcspn(start, "\""), start);
    ask("GET", url, NULL, &group);
    ck_assert_int_eq(group.status, 200);
    ck_assert_str_eq(group.cache_control, "public, immutable");
    ck_assert_str_ne(response_header(&group, "Expires"), "");
    ck_assert_str_eq(response_header(&group, "Vary"), "Accept");
    ck_assert_int_eq(strncmp(response_header(&group, "ETag") + 1, strstr(url, "hash=") + 5, 128), 0);
    response_clear(&group);
    ask("GET", "/openapi/v3" GV "?hash=0", NULL, &group);
    ck_assert_ptr_null(group.cache_control);
    ck_assert_str_eq(response_header(&group, "Expires"), "");
    response_clear(&group);
    response_clear(&root);
}
END_TEST

START_TEST(audit_id_comes_back)
{
    const struct response_header headers[] = {{"audit-id", "34d1b295"}, {NULL, NULL}};
    const struct request request = {.method = "GET", .target = "/livez", .header = find_header};
    struct response response;

    sent_headers = headers;
    response_init(&response);
    api_answer(api, &request, &response);
    ck_assert_str_eq(response.headers[response.n_headers - 1].name, "Audit-Id");
    ck_assert_str_eq(response.headers[response.n_headers - 1].value, "34d1b295");
    response_clear(&response);
    sent_headers = NULL;
}
END_TEST

START_TEST(requests_are_counted)
{
    struct response response;

    ask("GET", GV "/namespaces/coder/queue_depth?labelSelector=queue%3Dred", NULL, &response);
    response_clear(&response);
    ask("GET", GV "/namespaces/coder/nosuch", NULL, &response);
    response_clear(&response);
    response_init(&response);
    api_refuse(api, 431, "too large", &response);
    ck_assert_int_eq(response.status, 431);
    response_clear(&response);
    ask("GET", "/metrics", NULL, &response);
    ck_assert_ptr_nonnull(
        strstr(response.body.data, "\nadapter_external_reads_total{family=\"queue_depth\",queue=\"red\",code=\"200\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(response.body.data, "\nadapter_external_reads_total{family=\"unknown\",queue=\"\",code=\"404\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(response.body.data, "_count{route=\"" GV "/namespaces/{namespace}/{metric}\",code=\"404\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(response.body.data, "_count{route=\"none\",code=\"431\"} 1\n"));
    response_clear(&response);
}
END_TEST

START_TEST(readyz_fails_first_while_shutting_down)
{
    struct response response;

    api_begin_shutdown(api);
    ck_assert(api_is_shutting_down(api));
    ask("GET", "/readyz", NULL, &response);
    ck_assert_int_eq(response.status, 500);
    response_clear(&response);
    ask("GET", "/livez", NULL, &response);
    ck_assert_int_eq(response.status, 200);
    response_clear(&response);
    ask("GET", GV "/namespaces/coder/queue_depth", NULL, &response);
    ck_assert_int_eq(response.status, 200);
    response_clear(&response);
}
END_TEST

Suite *api_suite(void)
{
    Suite *suite = suite_create("api");
    TCase *tcase = tcase_create("api");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, answers, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, recorded_requests_are_answered, 0, ARRAY_LEN(recorded));
    tcase_add_loop_test(tcase, errors_come_in_the_form_that_was_asked_for, 0, ARRAY_LEN(error_forms));
    tcase_add_test(tcase, openapi_under_its_hash_may_be_kept);
    tcase_add_test(tcase, audit_id_comes_back);
    tcase_add_test(tcase, requests_are_counted);
    tcase_add_test(tcase, readyz_fails_first_while_shutting_down);
    suite_add_tcase(suite, tcase);
    return suite;
}
