/* exchange.h - one HTTP request and its answer, free of the server library.
 *
 * Shape    the request is a view: all its strings are borrowed for the call that gets it. The response is filled by
 *          exactly one handler
 * Threads  one exchange belongs to one server thread
 * Owner    response.body belongs to the response (response_clear); header values are static or stand in response.text */
#ifndef APISERVICE_EXCHANGE_H
#define APISERVICE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum { RESPONSE_HEADERS_MAX = 8, RESPONSE_BODY_MAX = 64 * 1024 * 1024, RESPONSE_TEXT_MAX = 512 };

struct request {
    const char *method; /* exactly as sent */
    const char *target; /* the raw path and query, as sent */
    /* First value of a header (name in any case), NULL when absent. */
    const char *(*header)(const struct request *request, const char *name);
    void *connection; /* the server's */
};

struct response_header {
    const char *name, *value;
};

struct response {
    int status;
    const char *content_type;  /* static; NULL: none */
    const char *cache_control; /* static; NULL: "no-cache, private" */
    struct buffer body;
    struct response_header headers[RESPONSE_HEADERS_MAX]; /* besides Content-Type, Content-Length, Date, Cache-Control */
    size_t n_headers;
    bool close;                   /* the connection must not be used again */
    char text[RESPONSE_TEXT_MAX]; /* room for the values of headers; text_len of it are taken */
    size_t text_len;
};

/* Not {0}: the body has a limit, and the text need not be zeroed for every request. */
void response_init(struct response *response);
void response_clear(struct response *response);
void response_add_header(struct response *response, const char *name, const char *value); /* static strings */
/* The value is copied; one that does not fit into the response's text is left out. */
void response_copy_header(struct response *response, const char *name, const char *value);

#endif
