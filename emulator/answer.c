#include "emulator/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "emulator/go_json.h"

void answer_clear(struct answer *answer)
{
    buffer_clear(&answer->body);
}

void answer_header(struct answer *answer, const char *name, const char *format, ...)
{
    size_t at = 0;
    va_list args;

    while (at < answer->n_headers && strcmp(answer->headers[at].name, name) != 0)
        at++;
    if (at == ANSWER_HEADERS_MAX)
        return;
    answer->n_headers += at == answer->n_headers;
    answer->headers[at].name = name;
    va_start(args, format);
    (void)vsnprintf(answer->headers[at].value, ANSWER_VALUE_MAX, format, args);
    va_end(args);
}

void answer_text(struct answer *answer, int status, const char *content_type, const char *text)
{
    answer->status = status;
    answer->content_type = content_type;
    buffer_reset(&answer->body);
    (void)buffer_add_text(&answer->body, text);
}

void answer_json(struct answer *answer, int status)
{
    answer_text(answer, status, "application/json; charset=utf-8", "");
}

void answer_error(struct answer *answer, int status, const char *message, const char *detail)
{
    answer_json(answer, status);
    (void)buffer_add_text(&answer->body, "{\"message\":");
    go_json_string(&answer->body, message);
    if (detail) {
        (void)buffer_add_text(&answer->body, ",\"detail\":");
        go_json_string(&answer->body, detail);
    }
    (void)buffer_add_text(&answer->body, "}\n");
}
