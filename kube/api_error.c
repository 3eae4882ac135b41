#include "kube/api_error.h"

#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "kube/protobuf_decoder.h"

enum { STATUS_BYTES_MAX = 64 * 1024, MESSAGE_MAX = 320 };

enum error_code api_error_code(int status)
{
    switch (status) {
    case 401: return ERROR_UNAUTHORIZED;
    case 403: return ERROR_FORBIDDEN;
    case 404: return ERROR_NOT_FOUND;
    case 408:
    case 504: return ERROR_TIMEOUT;
    case 429: return ERROR_RATE_LIMITED;
    default: return status >= 500 ? ERROR_UNAVAILABLE : ERROR_INVALID;
    }
}

/* A Status, or other JSON; NULL when the body is neither. Who asks for protobuf is refused in it. */
static json_t *body_new(const char *body, size_t len)
{
    json_t *root = NULL;
    struct error ignored = {0};

    if (protobuf_is_envelope(body, len))
        return protobuf_status_new(body, len);
    return len > 0 && json_read(body, len, &root, &ignored) == 0 ? root : NULL;
}

/* The message of a Status, NULL when the body is none. */
static const char *status_message(const json_t *root)
{
    const char *kind = json_string_value(json_object_get(root, "kind"));
    const char *message = json_string_value(json_object_get(root, "message"));

    return kind && strcmp(kind, "Status") == 0 && message && message[0] != '\0' ? message : NULL;
}

static size_t first_line_len(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && text[i] != '\n' && text[i] != '\r' && text[i] != '\0')
        i++;
    return i;
}

static const char *words_for(int status)
{
    if (status >= 300 && status < 400)
        return "a redirect, which is not followed; is this the address of the API server?";
    return "no message";
}

int api_error_set(struct error *err, int status, const char *body, size_t len)
{
    CLEANUP(json_decrefp) json_t *root = len <= STATUS_BYTES_MAX ? body_new(body, len) : NULL;
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(MESSAGE_MAX);
    const char *message = status_message(root);

    if (message)
        escape_controls(&text, message, strlen(message));
    else if (len > 0 && !root && !protobuf_is_envelope(body, len))
        escape_controls(&text, body, first_line_len(body, len));
    return error_set(err, api_error_code(status), "%d: %s", status, text.len > 0 ? buffer_text(&text) : words_for(status));
}
