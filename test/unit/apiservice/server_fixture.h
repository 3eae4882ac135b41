/* server_fixture.h - a server on a free port of 127.0.0.1, and clients of it. */
#ifndef TEST_UNIT_APISERVICE_SERVER_FIXTURE_H
#define TEST_UNIT_APISERVICE_SERVER_FIXTURE_H

#include "apiservice/server.h"
#include "test/unit/apiservice/raw_client.h"

#define METRIC "/apis/external.metrics.k8s.io/v1beta1/namespaces/coder/queue_depth"
#define LINE "GET /livez HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define GOOD LINE HOST "\r\n"
#define BYTES(text) text, sizeof(text) - 1

extern const struct server_limits usual_limits;
extern const struct raw_options usual_client;

struct server_fixture {
    struct metric_store *store;
    struct api *api;
    struct tls_identity *identity;
    struct api_server *server;
};

/* The one server of a test; a test stops what it started. */
extern struct server_fixture fixture;

void start_server(const struct server_limits *limits);
void start_server_with_access(const struct server_limits *limits, struct access *access);
void stop_server(void);
struct tls_identity *make_identity(void); /* a new self-signed one */

struct exchange {
    struct raw_client client;
    struct buffer head, body;
    int status;
};

struct exchange connect_now(void);
struct exchange connect_as(const struct raw_options *client);
void disconnect(struct exchange *exchange);
int read_next(struct exchange *exchange); /* the next answer's status, 0: none */

#endif
