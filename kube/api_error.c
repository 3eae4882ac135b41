#include "kube/api_error.h"

#include <string.h>

#include "base/escape.h"
#include "base/json.h"

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
    CLEANUP(json_decrefp) json_t *root = NULL;
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(MESSAGE_MAX);
    struct error not_json = {0};
    const char *message = NULL;

    if (len > 0 && len <= STATUS_BYTES_MAX && json_read(body, len, &root, &not_json) == 0)
        message = status_message(root);
    if (message)
        escape_controls(&text, message, strlen(message));
    else if (len > 0 && !root)
        escape_controls(&text, body, first_line_len(body, len));
    return error_set(err, api_error_code(status), "%d: %s", status, text.len > 0 ? buffer_text(&text) : words_for(status));
}
