#include "queue/coder_error.h"

#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/escape.h"
#include "base/json.h"

enum { MESSAGE_MAX = 200 }; /* bytes of Coder's message that are quoted */

/* application/json, with or without parameters. */
static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";
    size_t len = strlen(json);

    return strncasecmp(content_type, json, len) == 0 && (content_type[len] == '\0' || strchr("; \t", content_type[len]));
}

/* As much of the text as fits, whole characters only. */
static size_t cut(const char *text, size_t most)
{
    size_t len = strlen(text), used = 0, step;

    while (used < len && (step = utf8_sequence_len(text + used, len - used)) > 0 && used + step <= most)
        used += step;
    return used;
}

/* Coder's own words, if it is Coder that speaks. "" otherwise. */
static void quote_message(const struct coder_reply *reply, struct buffer *out)
{
    CLEANUP(json_decrefp) json_t *body = NULL;
    struct error ignored = {0};
    const char *message = NULL;
    size_t used;

    if (reply->body_len == 0 || reply->body_len > JSON_ELEMENT_MAX || !is_json(reply->content_type))
        return;
    if (json_read(reply->body, reply->body_len, &body, &ignored) < 0 || json_text_optional(body, "message", &message, &ignored) < 0)
        return;
    if (!message || message[0] == '\0')
        return;
    used = cut(message, MESSAGE_MAX);
    (void)buffer_add_text(out, "; Coder says: ");
    escape_controls(out, message, used);
    if (message[used] != '\0')
        (void)buffer_add_text(out, "...");
}

/* Who else may have answered, when it was not Coder. */
static void name_stranger(const struct coder_reply *reply, struct buffer *out)
{
    if (reply->content_type[0] == '\0' || is_json(reply->content_type))
        return;
    (void)buffer_add_text(out, "; the answer is ");
    escape_controls(out, reply->content_type, strlen(reply->content_type));
    (void)buffer_add_text(out, ", not Coder's JSON: is coder.url right, is a proxy or login page in front?");
}

static enum error_code explain_other(int status, struct buffer *out)
{
    if (status >= 500) {
        (void)buffer_printf(out, "HTTP %d: Coder, or a proxy in front of it, cannot answer now", status);
        return ERROR_UNAVAILABLE;
    }
    if (status >= 300 && status < 400) {
        (void)buffer_printf(out, "HTTP %d: redirects are not followed: coder.url must be Coder's own address (its access URL)", status);
        return ERROR_INVALID;
    }
    (void)buffer_printf(out, "HTTP %d instead of 200", status);
    return ERROR_INVALID;
}

static enum error_code explain(const struct coder_question *question, int status, struct buffer *out)
{
    switch (status) {
    case 400:
        (void)buffer_add_text(out, "HTTP 400: Coder refused the question; this version of Coder may not be supported");
        return ERROR_INVALID;
    case 401:
        (void)buffer_printf(out,
                            "HTTP 401: the token in %s is refused (expired, revoked, or its user is suspended): make a new one with "
                            "`coder tokens create` and write it to that file",
                            question->token_file);
        return ERROR_UNAUTHORIZED;
    case 403:
        (void)buffer_printf(out, "HTTP 403: the token in %s may not do this: its user needs %s in organization %s", question->token_file,
                            question->permission, question->organization);
        return ERROR_FORBIDDEN;
    case 404:
        (void)buffer_printf(out,
                            "HTTP 404: organization %s does not exist or the token's user lacks %s in it: give the user Organization "
                            "Template Admin, Organization Admin, Owner or a custom role there (site-wide Template Admin is not enough)",
                            question->organization, question->permission);
        return ERROR_FORBIDDEN;
    case 429:
        (void)buffer_add_text(out, "HTTP 429: Coder's rate limit is reached: raise coder.pollInterval, or CODER_API_RATE_LIMIT of Coder");
        return ERROR_RATE_LIMITED;
    default: return explain_other(status, out);
    }
}

int coder_check(const struct coder_question *question, const struct coder_reply *reply, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(4096);
    enum error_code code = ERROR_INVALID;

    if (reply->status == 200 && (is_json(reply->content_type) || reply->content_type[0] == '\0'))
        return 0;
    if (reply->status == 200)
        (void)buffer_add_text(&text, "HTTP 200");
    else
        code = explain(question, reply->status, &text);
    quote_message(reply, &text);
    name_stranger(reply, &text);
    return error_set(err, code, "%s", buffer_text(&text));
}

int64_t coder_rest_ms(const struct coder_reply *reply)
{
    if (reply->status != 429)
        return -1;
    return reply->retry_after_ms >= 0 ? reply->retry_after_ms : CODER_RETRY_AFTER_MS;
}
