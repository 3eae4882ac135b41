#include "apiservice/status.h"

#include <string.h>

#include "apiservice/proto/meta.pb-c.h"
#include "apiservice/wire_protobuf.h"
#include "base/attributes.h"
#include "base/escape.h"

const char *status_reason(int code)
{
    static const struct {
        int code;
        const char *reason;
    } reasons[] = {
        {400, "BadRequest"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "NotFound"},
        {405, "MethodNotAllowed"},
        {406, "NotAcceptable"},
        {413, "RequestEntityTooLarge"},
        {414, "RequestURITooLong"},
        {422, "Invalid"},
        {429, "TooManyRequests"},
        {431, "RequestHeaderFieldsTooLarge"},
        {500, "InternalError"},
        {503, "ServiceUnavailable"},
        {504, "Timeout"},
        {505, "HTTPVersionNotSupported"},
    };

    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (reasons[i].code == code)
            return reasons[i].reason;
    return "";
}

int status_code_of(enum error_code code)
{
    switch (code) {
    case ERROR_INVALID: return 400;
    case ERROR_NOT_FOUND: return 404;
    case ERROR_LIMIT: return 414;
    case ERROR_UNAVAILABLE: return 503;
    case ERROR_NONE:
    case ERROR_MEMORY:
    case ERROR_IO:
    case ERROR_TIMEOUT:
    case ERROR_UNAUTHORIZED:
    case ERROR_FORBIDDEN:
    case ERROR_RATE_LIMITED:
    default: return 500;
    }
}

/* Nothing for NULL; *between stands in front, and is a comma from then on. */
static void write_member(struct buffer *out, const char **between, const char *name, const char *value)
{
    if (!value)
        return;
    (void)buffer_printf(out, "%s\"%s\":", *between, name);
    escape_json_string(out, value, strlen(value));
    *between = ",";
}

static void write_cause(const struct status *status, const char *between, struct buffer *out)
{
    const char *inner = "";

    if (!status->cause)
        return;
    (void)buffer_printf(out, "%s\"causes\":[{", between);
    write_member(out, &inner, "reason", status->cause_reason);
    write_member(out, &inner, "message", status->cause);
    write_member(out, &inner, "field", status->cause_field);
    (void)buffer_add_text(out, "}]");
}

static void write_details(const struct status *status, struct buffer *out)
{
    const char *between = "";

    if (status->details == STATUS_DETAILS_NONE)
        return;
    (void)buffer_add_text(out, ",\"details\":{");
    if (status->details == STATUS_DETAILS_KIND) {
        write_member(out, &between, "name", status->name);
        write_member(out, &between, "group", status->group);
        write_member(out, &between, "kind", status->kind);
    }
    if (status->details != STATUS_DETAILS_EMPTY)
        write_cause(status, between, out);
    (void)buffer_add_char(out, '}');
}

void status_write_json(const struct status *status, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":");
    escape_json_string(out, status->message, strlen(status->message));
    (void)buffer_printf(out, ",\"reason\":\"%s\"", status_reason(status->code));
    write_details(status, out);
    (void)buffer_printf(out, ",\"code\":%d}\n", status->code);
}

/* Go writes a scalar even when it is empty. */
static void fill_details(const struct status *status, Wire__StatusDetails *details)
{
    bool has_kind = status->details == STATUS_DETAILS_KIND;

    details->name = wire_text(has_kind && status->name ? status->name : "");
    details->group = wire_text(has_kind ? status->group : "");
    details->kind = wire_text(has_kind ? status->kind : "");
    details->has_retry_after_seconds = 1;
    details->uid = wire_text("");
}

void status_write_protobuf(const struct status *status, struct buffer *out)
{
    static const struct wire_type type = {"v1", "Status"};
    Wire__ListMeta metadata = WIRE__LIST_META__INIT;
    Wire__StatusDetails details = WIRE__STATUS_DETAILS__INIT;
    Wire__StatusCause cause = WIRE__STATUS_CAUSE__INIT;
    Wire__StatusCause *causes = &cause;
    Wire__Status message = WIRE__STATUS__INIT;

    metadata.self_link = metadata.resource_version = metadata.continue_ = wire_text("");
    fill_details(status, &details);
    cause.reason = wire_text(status->cause_reason ? status->cause_reason : "");
    cause.message = wire_text(status->cause ? status->cause : "");
    cause.field = wire_text(status->cause_field ? status->cause_field : "");
    details.causes = &causes;
    details.n_causes = status->cause ? 1 : 0;
    message.metadata = &metadata;
    message.status = wire_text("Failure");
    message.message = wire_text(status->message);
    message.reason = wire_text(status_reason(status->code));
    message.details = status->details == STATUS_DETAILS_NONE ? NULL : &details;
    message.has_code = 1;
    message.code = status->code;
    wire_protobuf_object(type, &message.base, out);
}

void status_respond(const struct status *status, struct response *response)
{
    bool protobuf = response->form == RESPONSE_PROTOBUF;

    buffer_reset(&response->body);
    response->status = status->code;
    response->content_type = protobuf ? WIRE_PROTOBUF_CONTENT_TYPE : "application/json";
    response->cache_control = NULL;
    if (protobuf)
        status_write_protobuf(status, &response->body);
    else
        status_write_json(status, &response->body);
}

void status_respond_text(int code, const char *message, struct response *response)
{
    const struct status status = {.code = code, .message = message};

    status_respond(&status, response);
}

void status_respond_error(const struct error *err, struct response *response)
{
    status_respond_text(status_code_of(err->code), err->text, response);
}
