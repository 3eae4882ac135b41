/* raw_client.h - a TLS client that sends bytes as they are. Blocking, with a time limit on every read. */
#ifndef TEST_UNIT_APISERVICE_RAW_CLIENT_H
#define TEST_UNIT_APISERVICE_RAW_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct raw_client {
    int fd;
    SSL_CTX *context;
    SSL *tls;
    struct buffer received; /* not yet taken */
};

struct raw_options {
    int max_version; /* TLS1_2_VERSION ...; 0: the newest */
    int read_timeout_ms;
    X509 *certificate; /* of the client; NULL: none */
    EVP_PKEY *key;
    X509 *further; /* sent behind it; NULL: none */
    size_t n_further;
};

int raw_socket(uint16_t port, int read_timeout_ms); /* connected to 127.0.0.1 */
/* False: the handshake failed. */
bool raw_connect(struct raw_client *client, uint16_t port, const struct raw_options *options);
void raw_close(struct raw_client *client);
void raw_send(struct raw_client *client, const char *bytes, size_t len);
/* The next answer's status and body; 0: the connection ended or nothing came in time. */
int raw_read_answer(struct raw_client *client, bool has_body, struct buffer *head, struct buffer *body);
bool raw_is_closed(struct raw_client *client); /* the server ended it, and nothing more came before */

#endif
