/* http.h - outgoing HTTP(S), many transfers on one loop, over libcurl.
 *
 * Bounds   every transfer has a deadline and a limit on its body; no redirects, no proxy, no signals
 * Errors   done gets err when there was no whole answer (refused, time-out, too large, TLS); any HTTP status is an answer.
 *          Text: "GET https://coder.example.com/api/v2/...: connection refused". Queries are left out of texts
 * Threads  the loop's
 * Owner    the request is copied; response and err live for the call of done only (body may be moved out);
 *          a transfer ends with done or with http_transfer_cancel (then done is not called) */
#ifndef BASE_HTTP_H
#define BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/loop.h"

struct http_client;
struct http_transfer;

struct http_response;

/* Both are called with the context of done. on_data: -1 ends the transfer; done then gets the error ERROR_INVALID. */
typedef void http_head(void *context, const struct http_response *head);
typedef int http_data(void *context, const char *data, size_t len);

struct http_request {
    const char *method; /* NULL: GET */
    const char *url;
    const char *const *headers; /* "Name: value" lines, NULL at the end; may be NULL */
    const char *body;           /* NULL: none */
    size_t body_len;
    size_t answer_limit; /* most bytes of the answer's body */
    int64_t timeout_ms;
    const char *ca_file;                          /* NULL or "": the system's CAs */
    const char *ca_pem;                           /* NULL: see ca_file; else the CAs themselves */
    const char *client_cert_pem, *client_key_pem; /* both or none */
    bool loopback_unverified; /* the peer's certificate is not verified: only for a numeric loopback address, anything else is refused */
    const char *connect_to;   /* NULL, or the "host:port" to dial instead of the URL's, which then only names the peer */
    http_head *on_head;       /* NULL, or called once with status and headers, before the body */
    http_data *on_data;       /* NULL, or gets the body in pieces as they come (a watch); the answer's body then stays empty */
};

struct http_response {
    int status;
    struct buffer body;
    char content_type[96];  /* "" when missing */
    int64_t date_unix_ms;   /* of the Date header; 0 when missing */
    int64_t retry_after_ms; /* -1 when missing; from seconds or a date */
    int64_t duration_ms;
};

typedef void http_done(void *context, struct http_response *response, const struct error *err); /* one of them is NULL */

struct http_client *http_client_new(struct loop *loop, struct error *err) MUST_CHECK;
void http_client_free(struct http_client *client); /* cancels what runs */
DEFINE_CLEANUP_POINTER(struct http_client, http_client_free)
struct http_transfer *http_client_start(struct http_client *client, const struct http_request *request, http_done *done, void *context,
                                        struct error *err) MUST_CHECK;
void http_transfer_cancel(struct http_transfer *transfer);

#endif
