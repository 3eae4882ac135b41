/* api_call.h - what the files of the api share: its parts, and one request on its way through a handler.
 *
 * Shape    api.c judges a request, finds its route and finishes the answer; api_documents.c and api_metrics.c have the handlers of what
 *          never changes and of what is measured. A handler fills the response, or sets waits and does nothing
 * Threads  a call belongs to one server thread */
#ifndef APISERVICE_API_CALL_H
#define APISERVICE_API_CALL_H

#include "apiservice/api.h"
#include "apiservice/discovery.h"
#include "apiservice/openapi.h"
#include "apiservice/request_metrics.h"
#include "apiservice/response_form.h"
#include "apiservice/route.h"

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
struct api_call {
    struct api *api;
    const struct request *request;
    const struct target *target;
    const char *values[ROUTE_VALUES_MAX]; /* of the route's braces */
    int64_t now_boot_ms;
    struct response *response;
    bool waits; /* for a poll; nothing was done */
};

const char *api_call_header(const struct api_call *call, const char *name); /* NULL: absent */
/* NULL: the 406 is in the response. */
const struct media_offer *api_call_choose_form(struct api_call *call, struct media_offers from);

typedef void api_call_handler(struct api_call *call);

/* api_documents.c */
void api_handle_apis(struct api_call *call);
void api_handle_group(struct api_call *call);
void api_handle_resources(struct api_call *call);
void api_handle_openapi_v2(struct api_call *call);
void api_handle_openapi_v3(struct api_call *call);
void api_handle_openapi_v3_group(struct api_call *call);
void api_handle_version(struct api_call *call);

/* api_metrics.c */
void api_handle_metric(struct api_call *call);
void api_handle_metric_of_all_namespaces(struct api_call *call);
void api_handle_explain(struct api_call *call);
void api_handle_exposition(struct api_call *call);

#endif
