#include "apiservice/exchange.h"

#include <string.h>

void response_init(struct response *response)
{
    response->status = 0;
    response->content_type = NULL;
    response->cache_control = NULL;
    response->form = RESPONSE_JSON;
    response->body = BUFFER_INIT(RESPONSE_BODY_MAX);
    response->n_headers = 0;
    response->close = false;
    response->text_len = 0;
}

void response_clear(struct response *response)
{
    buffer_clear(&response->body);
    response_init(response);
}

void response_add_header(struct response *response, const char *name, const char *value)
{
    if (response->n_headers < RESPONSE_HEADERS_MAX)
        response->headers[response->n_headers++] = (struct response_header){name, value};
}

void response_copy_header(struct response *response, const char *name, const char *value)
{
    size_t size = strlen(value) + 1;
    char *copy = response->text + response->text_len;

    if (size > sizeof(response->text) - response->text_len)
        return;
    memcpy(copy, value, size);
    response->text_len += size;
    response_add_header(response, name, copy);
}
