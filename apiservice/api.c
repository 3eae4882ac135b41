#include "apiservice/api.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/discovery.h"
#include "apiservice/external_metric.h"
#include "apiservice/list_options.h"
#include "apiservice/negotiation.h"
#include "apiservice/openapi.h"
#include "apiservice/request_metrics.h"
#include "apiservice/route.h"
#include "apiservice/status.h"
#include "base/clock.h"

struct api {
    struct api_options options;
    struct discovery discovery;
    struct openapi openapi;
    struct document version;
    struct api_collector server; /* collect may be NULL */
    struct health health;
    const char *route_names[REQUEST_ROUTES_MAX]; /* the routes' patterns, and what stands for requests that came to none */
    struct request_metrics *metrics;
};

/* One request on its way through a handler. */
struct call {
    struct api *api;
    const struct request *request;
    const struct target *target;
    const char *values[ROUTE_VALUES_MAX]; /* of the route's braces */
    int64_t now_boot_ms;
    struct response *response;
};

typedef void call_handler(struct call *call);

static const char *header(const struct call *call, const char *name)
{
    return call->request->header(call->request, name);
}

static void respond_not_found(struct response *response)
{
    status_respond(&(struct status){.code = 404, .message = STATUS_NO_SUCH_RESOURCE, .details = STATUS_DETAILS_EMPTY}, response);
}

/* Everything but discovery comes in one form. False: the 406 is in the response. */
static bool accepts_json(struct call *call)
{
    static const struct media_offer json = {"application", "json", NULL, NULL, NULL, "application/json"};

    if (negotiate(header(call, "Accept"), &json, 1))
        return true;
    status_respond_text(406, "only the following media types are accepted: application/json", call->response);
    return false;
}

static void respond_document(struct call *call, const struct document *document)
{
    if (accepts_json(call))
        document_respond(document, header(call, "If-None-Match"), call->response);
}

static void handle_apis(struct call *call)
{
    const struct document *document = discovery_apis(&call->api->discovery, header(call, "Accept"));

    response_add_header(call->response, "Vary", "Accept");
    if (!document) {
        status_respond_text(406, "only the following media types are accepted: application/json", call->response);
        return;
    }
    call->response->cache_control = document == &call->api->discovery.groups ? NULL : "public";
    document_respond(document, header(call, "If-None-Match"), call->response);
}

static void handle_group(struct call *call)
{
    respond_document(call, &call->api->discovery.group);
}

static void handle_resources(struct call *call)
{
    respond_document(call, &call->api->discovery.resources);
}

static void handle_openapi_v2(struct call *call)
{
    respond_document(call, &call->api->openapi.v2);
}

static void handle_openapi_v3(struct call *call)
{
    respond_document(call, &call->api->openapi.v3_root);
}

static void handle_openapi_v3_group(struct call *call)
{
    respond_document(call, &call->api->openapi.v3_group);
}

static void handle_version(struct call *call)
{
    respond_document(call, &call->api->version);
}

static void answer_metric(struct call *call, const char *name_space, const char *metric)
{
    struct metric_snapshot *snapshot;
    struct external_metric_query query = {.families = call->api->options.families,
                                          .n_families = call->api->options.n_families,
                                          .name_space = name_space,
                                          .metric = metric,
                                          .selector = target_parameter(call->target, "labelSelector"),
                                          .now_boot_ms = call->now_boot_ms};
    struct external_metric_subject subject;

    if (!accepts_json(call) || !list_options_accepted(call->target, call->response))
        return;
    query.snapshot = snapshot = metric_store_acquire(call->api->options.store);
    subject = external_metric_answer(&query, call->response);
    request_metrics_count_read(call->api->metrics, subject.family ? subject.family->name : "unknown", subject.queue,
                               call->response->status);
    metric_snapshot_release(snapshot);
}

static void handle_metric(struct call *call)
{
    answer_metric(call, call->values[0], call->values[1]);
}

static void handle_metric_of_all_namespaces(struct call *call)
{
    answer_metric(call, NULL, call->values[0]);
}

static void handle_exposition(struct call *call)
{
    const struct api_options *options = &call->api->options;
    struct metric_snapshot *snapshot = metric_store_acquire(options->store);
    struct exposition exposition = {.out = &call->response->body};

    exposition_snapshot(&exposition, options->families, options->n_families, snapshot, call->now_boot_ms);
    metric_snapshot_release(snapshot);
    request_metrics_expose(call->api->metrics, &exposition);
    if (call->api->server.collect)
        call->api->server.collect(call->api->server.context, &exposition);
    for (size_t i = 0; i < options->n_collectors; i++)
        options->collectors[i].collect(options->collectors[i].context, &exposition);
    call->response->status = 200;
    call->response->content_type = EXPOSITION_CONTENT_TYPE;
}

static void handle_healthz(struct call *call)
{
    health_respond(&call->api->health, HEALTH_HEALTHZ, call->values[0], call->target, call->response);
}

static void handle_livez(struct call *call)
{
    health_respond(&call->api->health, HEALTH_LIVEZ, call->values[0], call->target, call->response);
}

static void handle_readyz(struct call *call)
{
    health_respond(&call->api->health, HEALTH_READYZ, call->values[0], call->target, call->response);
}

static void handle_root(struct call *call);

/* GET and HEAD are the only methods of any route. The most frequent stand first. */
static const struct route {
    const char *pattern;
    call_handler *handle;
} routes[] = {
    {"/apis/" API_GROUP_VERSION "/namespaces/{namespace}/{metric}", handle_metric},
    {"/apis/" API_GROUP_VERSION, handle_resources},
    {"/readyz", handle_readyz},
    {"/livez", handle_livez},
    {"/metrics", handle_exposition},
    {"/apis", handle_apis},
    {"/apis/" API_GROUP, handle_group},
    {"/apis/" API_GROUP_VERSION "/{metric}", handle_metric_of_all_namespaces},
    {"/openapi/v2", handle_openapi_v2},
    {"/openapi/v3", handle_openapi_v3},
    {"/openapi/v3/apis/" API_GROUP_VERSION, handle_openapi_v3_group},
    {"/version", handle_version},
    {"/healthz", handle_healthz},
    {"/healthz/{check}", handle_healthz},
    {"/livez/{check}", handle_livez},
    {"/readyz/{check}", handle_readyz},
    {"/", handle_root},
};
enum { ROUTES = ARRAY_LEN(routes), ROUTE_NONE = ROUTES };

static_assert(ROUTES + 1 <= REQUEST_ROUTES_MAX, "a route without a histogram");

static void handle_root(struct call *call)
{
    struct buffer *out = &call->response->body;

    if (!accepts_json(call))
        return;
    (void)buffer_add_text(out, "{\"paths\":[");
    for (size_t i = 0; i < ROUTES; i++)
        if (!strchr(routes[i].pattern, '{'))
            (void)buffer_printf(out, "%s\"%s\"", i > 1 ? "," : "", routes[i].pattern);
    (void)buffer_add_text(out, "]}\n");
    call->response->status = 200;
    call->response->content_type = "application/json";
}

static size_t find_route(const struct target *target, const char *values[ROUTE_VALUES_MAX])
{
    for (size_t i = 0; i < ROUTES; i++) {
        values[0] = values[1] = NULL;
        if (route_matches(routes[i].pattern, target, values))
            return i;
    }
    return ROUTE_NONE;
}

static size_t dispatch(struct call *call, const struct target *target)
{
    const char *method = call->request->method;
    size_t route = find_route(target, call->values);

    call->target = target;
    if (route == ROUTE_NONE) {
        respond_not_found(call->response);
    } else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        status_respond(&(struct status){.code = 405, .message = STATUS_NO_SUCH_METHOD, .details = STATUS_DETAILS_EMPTY}, call->response);
        response_add_header(call->response, "Allow", "GET, HEAD");
    } else {
        routes[route].handle(call);
    }
    return route;
}

void api_answer(struct api *api, const struct request *request, struct response *response)
{
    CLEANUP(target_clear) struct target target = {0};
    struct call call = {.api = api, .request = request, .response = response};
    int64_t started_us = clock_boot_us();
    const char *audit_id = request->header(request, "Audit-Id");
    size_t route = ROUTE_NONE;
    struct error err = {0};

    call.now_boot_ms = started_us / 1000;
    if (target_parse(request->target, &target, &err) < 0)
        status_respond_error(&err, response);
    else
        route = dispatch(&call, &target);
    if (buffer_failed(&response->body)) {
        buffer_clear(&response->body);
        status_respond_text(500, "Internal error occurred: out of memory", response);
    }
    if (audit_id)
        response_copy_header(response, "Audit-Id", audit_id);
    request_metrics_observe(api->metrics, route, response->status, clock_boot_us() - started_us);
}

void api_refuse(struct api *api, int code, const char *message, struct response *response)
{
    status_respond_text(code, message, response);
    request_metrics_observe(api->metrics, ROUTE_NONE, code, 0);
}

void api_set_server_collector(struct api *api, struct api_collector collector)
{
    api->server = collector;
}

void api_begin_shutdown(struct api *api)
{
    atomic_store_explicit(&api->health.shutting_down, true, memory_order_release);
}

bool api_is_shutting_down(const struct api *api)
{
    return atomic_load_explicit(&api->health.shutting_down, memory_order_acquire);
}

static int make_documents(struct api *api, struct error *err)
{
    const struct api_options *options = &api->options;

    if (discovery_make(options->families, options->n_families, &api->discovery, err) < 0 ||
        openapi_make(options->version.version, &api->openapi, err) < 0)
        return -1;
    return version_make(&options->version, &api->version, err);
}

struct api *api_new(const struct api_options *options, struct error *err)
{
    struct api *api = calloc(1, sizeof(*api));

    if (!api) {
        (void)error_no_memory(err);
        return NULL;
    }
    api->options = *options;
    api->health.checks = options->checks;
    api->health.n_checks = options->n_checks;
    for (size_t i = 0; i < ROUTES; i++)
        api->route_names[i] = routes[i].pattern;
    api->route_names[ROUTE_NONE] = "none";
    api->metrics = request_metrics_new(api->route_names, ROUTES + 1);
    if (!api->metrics)
        (void)error_no_memory(err);
    if (!api->metrics || make_documents(api, err) < 0) {
        api_free(api);
        return NULL;
    }
    return api;
}

void api_free(struct api *api)
{
    if (!api)
        return;
    discovery_clear(&api->discovery);
    openapi_clear(&api->openapi);
    document_clear(&api->version);
    request_metrics_free(api->metrics);
    free(api);
}
