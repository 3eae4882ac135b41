/* server.h - the HTTPS edge: libmicrohttpd around api_answer.
 *
 * Shape    HTTPS only, TLS 1.2 and 1.3, HTTP/1.1 keep-alive, a pool of threads that poll. The serving certificate can be replaced at any
 *          time; a handshake keeps the one that it began with
 * Bounds   all of server_limits; a head must be well-formed to the byte (request_head.h); handshake, head, answer and idle
 *          time each have an absolute deadline
 * Waiting  a request that waits for the API server is suspended: it holds its connection, but no thread
 * Threads  start, drain and stop: one thread, the loop's if the api has access, or when the loop does not run any more; set_identity: any
 * Owner    start borrows the api until stop; the program must ignore SIGPIPE
 * Order    drain: /readyz fails, requests go on; stop: no new connection, requests in flight end (5 s at most), the threads end */
#ifndef APISERVICE_SERVER_H
#define APISERVICE_SERVER_H

#include "apiservice/api.h"
#include "apiservice/tls_identity.h"

/* Each waits with poll(2). With epoll libmicrohttpd 0.9.75 is no faster, spins through every handshake that waits for its client, so that
 * a new connection costs four times as much and a silent one a whole core, and stalls a worker that has exactly 128 ready events. */
enum { SERVER_CONNECTIONS_PER_THREAD = 120, SERVER_THREADS_MIN = 2, SERVER_HEADER_BYTES_MAX = 24 * 1024 };

struct server_limits {
    unsigned connections;        /* in total; a thread for each 120, two at least. More wait in the kernel's backlog */
    unsigned per_peer;           /* from one address, but for those with a verified client certificate; 0: no limit */
    unsigned header_bytes;       /* of a request's head; 431 above; at most SERVER_HEADER_BYTES_MAX */
    unsigned requests_in_flight; /* 429 above */
    int64_t header_timeout_ms;   /* for the handshake and the first head, and for every head once its first line is there */
    int64_t idle_timeout_ms;     /* between two requests */
};

struct api_server_options {
    const char *address; /* in numbers */
    uint16_t port;       /* 0: the kernel picks one */
    struct api *api;
    struct tls_identity *identity; /* the server takes a reference of its own */
    struct server_limits limits;
};

struct api_server;

struct api_server *api_server_start(const struct api_server_options *options, struct error *err) MUST_CHECK;
uint16_t api_server_port(const struct api_server *server);
void api_server_set_identity(struct api_server *server, struct tls_identity *identity); /* for the handshakes to come */
void api_server_drain(struct api_server *server);
void api_server_stop(struct api_server *server); /* frees it; NULL is fine */

#endif
