#include "apiservice/api.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/authorization.h"
#include "apiservice/discovery.h"
#include "apiservice/explain.h"
#include "apiservice/external_metric.h"
#include "apiservice/list_options.h"
#include "apiservice/openapi.h"
#include "apiservice/request_metrics.h"
#include "apiservice/response_form.h"
#include "apiservice/route.h"
#include "apiservice/status.h"
#include "base/clock.h"
#include "base/timestamp.h"

#define YEAR_MS (INT64_C(365) * 24 * 3600 * 1000)

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
    bool waits; /* for a poll; nothing was done */
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

/* NULL: the 406 is in the response. */
static const struct media_offer *choose_form(struct call *call, struct media_offers from)
{
    return response_choose_form(call->request, call->target, from, call->response);
}

static void respond_document(struct call *call, const struct document *document)
{
    response_add_header(call->response, "Vary", "Accept");
    document_respond(document, header(call, "If-None-Match"), call->response);
}

static void respond_json_document(struct call *call, const struct document *document)
{
    if (choose_form(call, response_offers_json))
        respond_document(call, document);
}

static void respond_discovery(struct call *call, const struct discovery_document *document)
{
    if (choose_form(call, response_offers_plain))
        respond_document(call, discovery_document_in(document, call->response->form));
}

static void handle_apis(struct call *call)
{
    const struct media_offer *form = choose_form(call, discovery_apis_offers());

    if (!form)
        return;
    call->response->cache_control = form->as ? "public" : NULL;
    respond_document(call, discovery_apis(&call->api->discovery, form));
}

static void handle_group(struct call *call)
{
    respond_discovery(call, &call->api->discovery.group);
}

static void handle_resources(struct call *call)
{
    respond_discovery(call, &call->api->discovery.resources);
}

static void handle_openapi_v2(struct call *call)
{
    respond_json_document(call, &call->api->openapi.v2);
}

static void handle_openapi_v3(struct call *call)
{
    respond_json_document(call, &call->api->openapi.v3_root);
}

/* Under its hash the document never changes, so it may be kept for a year. */
static void handle_openapi_v3_group(struct call *call)
{
    char expires[TIMESTAMP_TEXT_MAX];

    respond_json_document(call, &call->api->openapi.v3_group);
    if (call->response->status == 406 || !openapi_is_hash_of_group(&call->api->openapi, target_parameter(call->target, "hash")))
        return;
    timestamp_format_http_date(clock_unix_ms() + YEAR_MS, expires);
    response_copy_header(call->response, "Expires", expires);
    call->response->cache_control = "public, immutable";
}

static void handle_version(struct call *call)
{
    respond_json_document(call, &call->api->version);
}

/* False: the Status that refuses the question is in the response. */
static bool choose_table(struct call *call, const struct media_offer *form, struct table_options *table)
{
    struct error err = {0};

    table->version = form->version;
    if (!form->as || table_object_parse(target_parameter(call->target, "includeObject"), &table->object, &err) == 0)
        return true;
    status_respond_error(&err, call->response);
    return false;
}

/* Once for each request: what was published by then is served, however old. */
static bool has_to_wait(const struct call *call)
{
    struct read_desk *readers = call->api->options.readers;
    struct read_ticket *ticket = call->request->read_ticket;

    if (!readers || !ticket || ticket->waited || !read_desk_is_due(readers, call->now_boot_ms))
        return false;
    ticket->waits = true;
    return true;
}

static void answer_metric(struct call *call, const char *name_space, const char *metric, const char *name)
{
    const struct media_offer *form = choose_form(call, name ? response_offers_series : response_offers_metric);
    struct table_options table = {0};
    struct metric_snapshot *snapshot;
    struct external_metric_query query = {.families = call->api->options.families,
                                          .n_families = call->api->options.n_families,
                                          .name_space = name_space,
                                          .metric = metric,
                                          .name = name,
                                          .table = form && form->as ? &table : NULL,
                                          .selector = target_parameter(call->target, "labelSelector"),
                                          .now_boot_ms = call->now_boot_ms};
    struct external_metric_subject subject;

    if (!form || !choose_table(call, form, &table) || !list_options_accepted(call->target, call->response))
        return;
    call->waits = has_to_wait(call);
    if (call->waits)
        return;
    query.snapshot = snapshot = metric_store_acquire(call->api->options.store);
    subject = external_metric_answer(&query, call->response);
    request_metrics_count_read(call->api->metrics, subject.family ? subject.family->name : "unknown", subject.queue,
                               call->response->status);
    metric_snapshot_release(snapshot);
}

static void handle_metric(struct call *call)
{
    answer_metric(call, call->values[0], call->values[1], call->values[2]);
}

static void handle_metric_of_all_namespaces(struct call *call)
{
    answer_metric(call, NULL, call->values[0], call->values[1]);
}

static void handle_explain(struct call *call)
{
    struct metric_snapshot *snapshot;
    struct external_metric_query query = {.families = call->api->options.families,
                                          .n_families = call->api->options.n_families,
                                          .name_space = call->values[0],
                                          .metric = call->values[1],
                                          .selector = target_parameter(call->target, "labelSelector"),
                                          .now_boot_ms = call->now_boot_ms};

    if (!choose_form(call, response_offers_json) || !list_options_accepted(call->target, call->response))
        return;
    query.snapshot = snapshot = metric_store_acquire(call->api->options.store);
    (void)explain_answer(&query, call->response);
    metric_snapshot_release(snapshot);
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
    {"/apis/" API_GROUP_VERSION "/namespaces/{namespace}/{metric}/{series}", handle_metric},
    {"/apis/" API_GROUP_VERSION "/{metric}/{series}", handle_metric_of_all_namespaces},
    {"/explain/namespaces/{namespace}/{metric}", handle_explain},
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

    if (!choose_form(call, response_offers_json))
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
        values[0] = values[1] = values[2] = NULL;
        if (route_matches(routes[i].pattern, target, values))
            return i;
    }
    return ROUTE_NONE;
}

static size_t dispatch(struct call *call, const struct target *target)
{
    const char *method = call->request->method;
    size_t route = find_route(target, call->values);

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

static void respond_no_memory(struct response *response)
{
    const struct status status = {
        .code = 500, .message = "Internal error occurred: out of memory", .details = STATUS_DETAILS_CAUSE, .cause = "out of memory"};

    buffer_clear(&response->body);
    status_respond(&status, response);
}

/* When the request came: what it waits for the API server counts too. */
static int64_t start_of(const struct request *request, int64_t now_us)
{
    if (!request->ticket)
        return now_us;
    if (request->ticket->started_us == 0)
        request->ticket->started_us = now_us;
    return request->ticket->started_us;
}

/* May the request have its answer? The target stays empty where it cannot be parsed. */
static enum access_decision judge(const struct call *call, struct target *target)
{
    struct error err = {0};
    bool parsed = target_parse(call->request->target, target, &err) == 0;

    response_choose_form_of_errors(call->request, target, call->response);
    if (!parsed) {
        status_respond_error(&err, call->response);
        return ACCESS_REFUSED;
    }
    if (call->request->one_too_many && !authorization_is_health(target)) {
        status_respond_text(429, "too many requests at once, please try again later", call->response);
        return ACCESS_REFUSED;
    }
    if (!call->api->options.access)
        return ACCESS_GRANTED;
    return access_judge(call->api->options.access, call->request, target, call->response);
}

/* The last touch on an answer, and its entry in the metrics. */
static void finish(const struct call *call, size_t route, int64_t started_us)
{
    struct response *response = call->response;
    const char *audit_id = header(call, "Audit-Id");

    response_finish(response, header(call, "Accept-Encoding"));
    if (buffer_failed(&response->body))
        respond_no_memory(response);
    if (audit_id)
        response_copy_header(response, "Audit-Id", audit_id);
    request_metrics_observe(call->api->metrics, route, response->status, clock_boot_us() - started_us);
}

enum api_outcome api_answer(struct api *api, const struct request *request, struct response *response)
{
    CLEANUP(target_clear) struct target target = {0};
    struct call call = {.api = api, .request = request, .response = response, .target = &target};
    int64_t now_us = clock_boot_us(), started_us = start_of(request, now_us);
    enum access_decision decision = judge(&call, &target);
    size_t route = ROUTE_NONE;

    if (decision == ACCESS_LATER)
        return API_WAITS;
    call.now_boot_ms = now_us / 1000;
    if (target.storage)
        route = decision == ACCESS_GRANTED ? dispatch(&call, &target) : find_route(&target, call.values);
    if (call.waits)
        return API_WAITS;
    finish(&call, route, started_us);
    return API_ANSWERED;
}

void api_wait(struct api *api, const struct request *request, loop_callback *resume, void *context)
{
    if (request->read_ticket && request->read_ticket->waits)
        read_desk_wait(api->options.readers, request->read_ticket, resume, context);
    else
        access_wait(api->options.access, request->ticket, resume, context);
}

void api_end_waiting(struct api *api)
{
    if (api->options.access)
        access_close(api->options.access);
    if (api->options.readers)
        read_desk_close(api->options.readers);
}

bool api_wants_certificates(const struct api *api)
{
    return api->options.access != NULL;
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
    const struct openapi_subject described = {options->version.version, options->families, options->n_families};

    if (discovery_make(options->families, options->n_families, &api->discovery, err) < 0 ||
        openapi_make(&described, &api->openapi, err) < 0)
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
