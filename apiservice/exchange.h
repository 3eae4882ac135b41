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

struct access_ticket;
struct read_ticket;
struct client_peer;

typedef void request_header_visitor(void *context, const char *name, const char *value);

struct request {
    const char *method; /* exactly as sent */
    const char *target; /* the raw path and query, as sent */
    /* First value of a header (name in any case), NULL when absent. */
    const char *(*header)(const struct request *request, const char *name);
    /* Every header that was sent, in its order. */
    void (*each_header)(const struct request *request, request_header_visitor *visit, void *context);
    struct client_peer *peer;        /* who is at the other end (authentication.h) */
    struct access_ticket *ticket;    /* what the API server was asked for this request (access_desk.h) */
    struct read_ticket *read_ticket; /* its place among those who wait for a poll (read_desk.h); NULL: it does not wait */
    bool one_too_many;               /* the server has enough to do: 429, but for the kubelet's probes */
    void *connection;                /* the server's */
};

struct response_header {
    const char *name, *value;
};

/* What the client wants to read. A handler writes JSON, or protobuf where it has that; response_form.h makes the other two
 * of the JSON. A Status comes in any of them. */
enum response_form { RESPONSE_JSON, RESPONSE_JSON_PRETTY, RESPONSE_YAML, RESPONSE_PROTOBUF };

struct response {
    int status;
    const char *content_type;  /* static; NULL: none */
    const char *cache_control; /* static; NULL: "no-cache, private" */
    enum response_form form;   /* chosen before the handler runs */
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
