/* Handlers of what never changes while the program runs: discovery, OpenAPI, version. */
#include "apiservice/api_call.h"
#include "base/clock.h"
#include "base/timestamp.h"

#define YEAR_MS (INT64_C(365) * 24 * 3600 * 1000)

static void respond_document(struct api_call *call, const struct document *document)
{
    response_add_header(call->response, "Vary", "Accept");
    document_respond(document, api_call_header(call, "If-None-Match"), call->response);
}

static void respond_json_document(struct api_call *call, const struct document *document)
{
    if (api_call_choose_form(call, response_offers_json))
        respond_document(call, document);
}

static void respond_discovery(struct api_call *call, const struct discovery_document *document)
{
    if (api_call_choose_form(call, response_offers_plain))
        respond_document(call, discovery_document_in(document, call->response->form));
}

void api_handle_apis(struct api_call *call)
{
    const struct media_offer *form = api_call_choose_form(call, discovery_apis_offers());

    if (!form)
        return;
    call->response->cache_control = form->as ? "public" : NULL;
    respond_document(call, discovery_apis(&call->api->discovery, form));
}

void api_handle_group(struct api_call *call)
{
    respond_discovery(call, &call->api->discovery.group);
}

void api_handle_resources(struct api_call *call)
{
    respond_discovery(call, &call->api->discovery.resources);
}

void api_handle_openapi_v2(struct api_call *call)
{
    respond_json_document(call, &call->api->openapi.v2);
}

void api_handle_openapi_v3(struct api_call *call)
{
    respond_json_document(call, &call->api->openapi.v3_root);
}

/* Under its hash the document never changes, so it may be kept for a year. */
void api_handle_openapi_v3_group(struct api_call *call)
{
    char expires[TIMESTAMP_TEXT_MAX];

    respond_json_document(call, &call->api->openapi.v3_group);
    if (call->response->status == 406 || !openapi_is_hash_of_group(&call->api->openapi, target_parameter(call->target, "hash")))
        return;
    timestamp_format_http_date(clock_unix_ms() + YEAR_MS, expires);
    response_copy_header(call->response, "Expires", expires);
    call->response->cache_control = "public, immutable";
}

void api_handle_version(struct api_call *call)
{
    respond_json_document(call, &call->api->version);
}
