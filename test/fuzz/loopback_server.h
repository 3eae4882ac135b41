/* loopback_server.h - the real HTTPS server with two series, on a free port of 127.0.0.1, and a client of it that judges nothing.
 *
 * Shape    one server for the life of the process; nobody has to identify himself. Heads may have SERVER_HEAD_MAX bytes, so that inputs
 *          of an ordinary size come to the limit
 * Errors   what fails on our side, or takes longer than CLIENT_PATIENCE_MS, breaks a law
 * Owner    a client: client_open / client_close */
#ifndef TEST_FUZZ_LOOPBACK_SERVER_H
#define TEST_FUZZ_LOOPBACK_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/buffer.h"

enum { SERVER_HEAD_MAX = 1024, CLIENT_PATIENCE_MS = 20000 };

#define SERVER_METRIC "/apis/external.metrics.k8s.io/v1beta1/namespaces/coder/coder_provisioner_demand"

struct client {
    SSL *tls;
    int fd;
    bool unheard;           /* the server takes nothing any more; it may still have something to say */
    bool ended;             /* it has said all */
    struct buffer received; /* all of it */
};

void client_open(struct client *client); /* starts the server when there is none */
/* What cannot be sent because the server has hung up is not sent. */
void client_send(struct client *client, const char *bytes, size_t len);
void client_end_sending(struct client *client);
bool client_receive(struct client *client); /* some more; false: the server has ended */
void client_close(struct client *client);

#endif
