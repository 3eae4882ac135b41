#include "apiservice/status.h"

#include <string.h>

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

static void write_details(const struct status *status, struct buffer *out)
{
    switch (status->details) {
    case STATUS_DETAILS_NONE: return;
    case STATUS_DETAILS_EMPTY: (void)buffer_add_text(out, ",\"details\":{}"); return;
    case STATUS_DETAILS_KIND:
        (void)buffer_add_text(out, ",\"details\":{\"group\":");
        escape_json_string(out, status->group, strlen(status->group));
        (void)buffer_add_text(out, ",\"kind\":");
        escape_json_string(out, status->kind, strlen(status->kind));
        (void)buffer_add_char(out, '}');
        return;
    }
}

void status_write_json(const struct status *status, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":");
    escape_json_string(out, status->message, strlen(status->message));
    (void)buffer_printf(out, ",\"reason\":\"%s\"", status_reason(status->code));
    write_details(status, out);
    (void)buffer_printf(out, ",\"code\":%d}\n", status->code);
}

void status_respond(const struct status *status, struct response *response)
{
    buffer_reset(&response->body);
    response->status = status->code;
    response->content_type = "application/json";
    response->cache_control = NULL;
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
