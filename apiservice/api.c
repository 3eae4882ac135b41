#include "apiservice/api.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/api_call.h"
#include "apiservice/authorization.h"
#include "apiservice/status.h"
#include "base/clock.h"

const char *api_call_header(const struct api_call *call, const char *name)
{
    return call->request->header(call->request, name);
}

const struct media_offer *api_call_choose_form(struct api_call *call, struct media_offers from)
{
    return response_choose_form(call->request, call->target, from, call->response);
}

static void respond_not_found(struct response *response)
{
    status_respond(&(struct status){.code = 404, .message = STATUS_NO_SUCH_RESOURCE, .details = STATUS_DETAILS_EMPTY}, response);
}

static void handle_healthz(struct api_call *call)
{
    health_respond(&call->api->health, HEALTH_HEALTHZ, call->values[0], call->target, call->response);
}

static void handle_livez(struct api_call *call)
{
    health_respond(&call->api->health, HEALTH_LIVEZ, call->values[0], call->target, call->response);
}

static void handle_readyz(struct api_call *call)
{
    health_respond(&call->api->health, HEALTH_READYZ, call->values[0], call->target, call->response);
}

static void handle_root(struct api_call *call);

/* GET and HEAD are the only methods of any route. The most frequent stand first. */
static const struct route {
    const char *pattern;
    api_call_handler *handle;
} routes[] = {
    {"/apis/" API_GROUP_VERSION "/namespaces/{namespace}/{metric}", api_handle_metric},
    {"/apis/" API_GROUP_VERSION, api_handle_resources},
    {"/readyz", handle_readyz},
    {"/livez", handle_livez},
    {"/metrics", api_handle_exposition},
    {"/apis", api_handle_apis},
    {"/apis/" API_GROUP, api_handle_group},
    {"/apis/" API_GROUP_VERSION "/{metric}", api_handle_metric_of_all_namespaces},
    {"/apis/" API_GROUP_VERSION "/namespaces/{namespace}/{metric}/{series}", api_handle_metric},
    {"/apis/" API_GROUP_VERSION "/{metric}/{series}", api_handle_metric_of_all_namespaces},
    {"/explain/namespaces/{namespace}/{metric}", api_handle_explain},
    {"/openapi/v2", api_handle_openapi_v2},
    {"/openapi/v3", api_handle_openapi_v3},
    {"/openapi/v3/apis/" API_GROUP_VERSION, api_handle_openapi_v3_group},
    {"/version", api_handle_version},
    {"/healthz", handle_healthz},
    {"/healthz/{check}", handle_healthz},
    {"/livez/{check}", handle_livez},
    {"/readyz/{check}", handle_readyz},
    {"/", handle_root},
};
enum { ROUTES = ARRAY_LEN(routes), ROUTE_NONE = ROUTES };

static_assert(ROUTES + 1 <= REQUEST_ROUTES_MAX, "a route without a histogram");

static void handle_root(struct api_call *call)
{
    struct buffer *out = &call->response->body;

    if (!api_call_choose_form(call, response_offers_json))
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

static size_t dispatch(struct api_call *call, const struct target *target)
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
static enum access_decision judge(const struct api_call *call, struct target *target)
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
static void finish(const struct api_call *call, size_t route, int64_t started_us)
{
    struct response *response = call->response;
    const char *audit_id = api_call_header(call, "Audit-Id");

    response_finish(response, api_call_header(call, "Accept-Encoding"));
    if (buffer_failed(&response->body))
        respond_no_memory(response);
    if (audit_id)
        response_copy_header(response, "Audit-Id", audit_id);
    request_metrics_observe(call->api->metrics, route, response->status, clock_boot_us() - started_us);
}

enum api_outcome api_answer(struct api *api, const struct request *request, struct response *response)
{
    CLEANUP(target_clear) struct target target = {0};
    struct api_call call = {.api = api, .request = request, .response = response, .target = &target};
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
