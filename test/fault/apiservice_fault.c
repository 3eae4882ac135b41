/* Requests and their answers when memory runs out: an answer is whole, or marked as failed, which the server makes a 500 of. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apiservice/api.h"
#include "apiservice/discovery.h"
#include "apiservice/exposition.h"
#include "apiservice/external_metric.h"
#include "apiservice/openapi.h"
#include "apiservice/target.h"
#include "test/fault/metric_world.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

enum { TEXT_MAX = 1048576 };

static struct metric_snapshot *snapshot;
static char *whole_list, *whole_exposition; /* the answers without failures */

static enum fault_outcome parse_target(struct error *err)
{
    struct target target;

    fault_fill(&target, sizeof(target));
    if (target_parse("/apis/external.metrics.k8s.io/v1beta1/namespaces/coder/queue_depth?labelSelector=queue%3Da", &target, err) < 0)
        return fault_refused(&target, sizeof(target));
    target_clear(&target);
    return FAULT_DONE;
}

/* Bytes that are short of the whole must be marked. */
static enum fault_outcome judge(const struct buffer *bytes, const char *whole, struct error *err)
{
    if (buffer_failed(bytes)) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    return !whole || strcmp(buffer_text(bytes), whole) == 0 ? FAULT_DONE : FAULT_DAMAGED;
}

static void answer(struct response *response)
{
    const struct external_metric_query query = {.families = &metric_world_family,
                                                .n_families = 1,
                                                .snapshot = snapshot,
                                                .name_space = "coder",
                                                .metric = "queue_depth",
                                                .selector = "organization in (acme,x),queue!=queue-7,!region",
                                                .now_boot_ms = METRIC_WORLD_NOW_BOOT_MS};

    response_init(response);
    (void)external_metric_answer(&query, response);
}

static enum fault_outcome read_metric(struct error *err)
{
    struct response response;
    enum fault_outcome outcome;

    answer(&response);
    outcome = judge(&response.body, whole_list, err);
    if (response.status != 200)
        outcome = FAULT_DAMAGED;
    response_clear(&response);
    return outcome;
}

static enum fault_outcome make_discovery(struct error *err)
{
    struct discovery discovery;

    fault_fill(&discovery, sizeof(discovery));
    if (discovery_make(&metric_world_family, 1, &discovery, err) < 0)
        return fault_refused(&discovery, sizeof(discovery));
    discovery_clear(&discovery);
    return FAULT_DONE;
}

static enum fault_outcome make_openapi(struct error *err)
{
    static const struct openapi_subject subject = {"0.1.0", &metric_world_family, 1};
    struct openapi openapi;

    fault_fill(&openapi, sizeof(openapi));
    if (openapi_make(&subject, &openapi, err) < 0)
        return fault_refused(&openapi, sizeof(openapi));
    openapi_clear(&openapi);
    return FAULT_DONE;
}

static void expose(struct buffer *out)
{
    struct exposition exposition = {.out = out};

    exposition_snapshot(&exposition, &metric_world_family, 1, snapshot, METRIC_WORLD_NOW_BOOT_MS);
}

static enum fault_outcome write_exposition(struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(TEXT_MAX);

    expose(&text);
    return judge(&text, whole_exposition, err);
}

static void prepare(void)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(TEXT_MAX);
    struct response response;
    struct error err = {0};

    ck_assert_msg(metric_world_snapshot(&snapshot, &err) == 0, "%s", err.text);
    answer(&response);
    ck_assert_int_eq(response.status, 200);
    ck_assert(strstr(buffer_text(&response.body), "queue-199"));
    whole_list = strdup(buffer_text(&response.body));
    response_clear(&response);
    expose(&text);
    ck_assert(strstr(buffer_text(&text), "queue-199"));
    whole_exposition = strdup(buffer_text(&text));
}

static void tidy(void)
{
    free(whole_list);
    free(whole_exposition);
    metric_snapshot_release(snapshot);
}

static const struct fault_action actions[] = {
    {"parse a request target", parse_target, 1},         {"read a metric", read_metric, 8},
    {"make the discovery documents", make_discovery, 8}, {"make the OpenAPI documents", make_openapi, 6},
    {"write the exposition", write_exposition, 8},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

/* --- Whole requests --- */

#define GROUP "/apis/external.metrics.k8s.io/v1beta1"

static const struct {
    const char *target, *accept;
} requests[] = {
    {GROUP "/namespaces/coder/queue_depth?labelSelector=queue%3Dqueue-7", "application/json"},
    {GROUP "/namespaces/coder/queue_depth", "application/vnd.kubernetes.protobuf"},
    {GROUP "/namespaces/coder/queue_depth?labelSelector=queue%3Dqueue-7", "application/yaml"},
    {GROUP, "application/json;pretty=1"},
    {"/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"},
    {"/openapi/v2", NULL},
    {GROUP "/namespaces/coder/queue_depth?labelSelector=queue+in+(queue-1,queue-2)", "application/json;as=Table;v=v1;g=meta.k8s.io"},
    {GROUP "/queue_depth?labelSelector=queue%3Dqueue-7", "application/json"},
    {GROUP, "application/vnd.kubernetes.protobuf"},
    {"/openapi/v3/apis/external.metrics.k8s.io/v1beta1", NULL},
    {"/openapi/v3", "application/json"},
    {"/version", NULL},
    {"/readyz?verbose", NULL},
    {"/", NULL},
};

static struct metric_store *store;
static struct api *api;
static size_t asked;            /* index of the request under test */
static struct response without; /* its answer without failures */

static const char *find_header(const struct request *request UNUSED, const char *name)
{
    return strcasecmp(name, "Accept") == 0 ? requests[asked].accept : NULL;
}

static void ask(struct response *response)
{
    const struct request request = {.method = "GET", .target = requests[asked].target, .header = find_header};

    response_init(response);
    (void)api_answer(api, &request, response);
}

/* 200 with every byte, or 500. */
static enum fault_outcome answer_request(struct error *err)
{
    enum fault_outcome outcome = FAULT_DAMAGED;
    struct response response;

    ask(&response);
    if (response.status == 500) {
        error_no_memory(err);
        outcome = FAULT_REFUSED;
    } else if (response.status == 200 && response.body.len == without.body.len) {
        outcome = memcmp(response.body.data, without.body.data, without.body.len) == 0 ? FAULT_DONE : FAULT_DAMAGED;
    }
    response_clear(&response);
    return outcome;
}

static void start_api(void)
{
    struct api_options options = {.families = &metric_world_family, .n_families = 1, .version = {"0.1.0", ""}};
    struct metric_snapshot *first = NULL;
    struct error err = {0};

    ck_assert_msg(metric_world_snapshot(&first, &err) == 0, "%s", err.text);
    options.store = store = metric_store_new();
    metric_store_publish(store, first);
    api = api_new(&options, &err);
    ck_assert_msg(api != NULL, "%s", err.text);
}

static void end_api(void)
{
    api_free(api);
    metric_store_free(store);
}

START_TEST(request_fails)
{
    const struct fault_action action = {requests[_i].target, answer_request, 2, .may_do_without = true};

    asked = (size_t)_i;
    ask(&without);
    ck_assert_int_eq(without.status, 200);
    ck_assert_uint_gt(without.body.len, 0);
    fault_rounds(&action);
    response_clear(&without);
}
END_TEST

Suite *apiservice_fault_suite(void)
{
    Suite *suite = suite_create("apiservice");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, prepare, tidy);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("requests");
    tcase_add_checked_fixture(tcase, start_api, end_api);
    tcase_add_loop_test(tcase, request_fails, 0, ARRAY_LEN(requests));
    suite_add_tcase(suite, tcase);
    return suite;
}
