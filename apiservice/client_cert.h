/* client_cert.h - is a client's certificate signed by one of our CAs, and whom does it name? Over OpenSSL.
 *
 * Rules    as Go verifies: any certificate of the bundle is an anchor, also one that is not self-signed; all of the chain is valid now;
 *          where a certificate has extended key usages, client authentication or any is among them (having none is fine); no MD5, no
 *          SHA-1, no RSA key below 1024 bits. Stricter than Go: one common name at most, and no NUL in a name
 * Bounds   CLIENT_CHAIN_MAX certificates from the client, CLIENT_DEPTH_MAX CAs in a chain, CLIENT_GROUPS_MAX organizations
 * Handshake the library proves only that the client has the leaf's key; the judgement is ours, for each request, so that a CA can be
 *          replaced under open connections
 * Threads  a client_ca never changes: any number may use it. A client_verdict belongs to one thread
 * Owner    client_ca is counted; what client_chain points to is borrowed; client_verdict {0} / client_verdict_clear */
#ifndef APISERVICE_CLIENT_CERT_H
#define APISERVICE_CLIENT_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum {
    CLIENT_CHAIN_MAX = 9,
    CLIENT_DEPTH_MAX = 4,
    CLIENT_GROUPS_MAX = 64,
    CLIENT_CAS_MAX = 256,
    CLIENT_NAMESAKES_MAX = 8,
    CLIENT_FAILURE_MAX = 128
};

struct client_ca;

/* pem: one certificate or more. */
struct client_ca *client_ca_new(const char *pem, struct error *err) MUST_CHECK;
struct client_ca *client_ca_acquire(struct client_ca *ca); /* NULL is fine */
void client_ca_release(struct client_ca *ca);              /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct client_ca, client_ca_release)

struct client_der {
    const unsigned char *bytes;
    size_t len;
};

struct client_chain {
    struct client_der certificates[CLIENT_CHAIN_MAX]; /* the leaf first */
    size_t n;                                         /* as many as the client sent; more than fit are not looked at */
};

struct client_verdict {
    bool by_front_proxy, by_client_ca; /* signed by a CA of that bundle */
    int64_t until_unix_ms;             /* judge anew after that */
    char failure[CLIENT_FAILURE_MAX];  /* why not by the bundle asked last; "" when by both */
    const char *name;                  /* common name; "" when there is none */
    const char *organizations[CLIENT_GROUPS_MAX];
    size_t n_organizations;
    const char *fingerprint; /* SHA-256 of the leaf, in hex */
    struct buffer texts;
};

/* Either CA may be NULL: then it is not signed by that. */
struct client_question {
    struct client_ca *front_proxy, *clients;
    int64_t now_unix_ms;
};

/* Fills out, whatever comes. */
void client_chain_judge(const struct client_chain *chain, const struct client_question *question, struct client_verdict *out);
void client_verdict_clear(struct client_verdict *verdict);

#endif
