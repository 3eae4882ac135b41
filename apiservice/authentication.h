/* authentication.h - who asks? The order of the ways to tell, and what each of them says. Pure.
 *
 * Order    1 headers of a front proxy whose certificate its CA has signed and whose name is allowed; 2 a client certificate;
 *          3 a bearer token, which the API server must be asked about; 4 system:anonymous. The first that can tell wins. A way
 *          that was tried and failed makes the end of it AUTHENTICATION_FAILED (401) instead of anonymous: a certificate that none of
 *          the CAs has signed, a front proxy of another name or without a user, a token that is no good
 * Headers  without such a certificate are not looked at
 * Groups   system:authenticated is added to all but the anonymous
 * Source   k8s.io/apiserver pkg/authentication (union, x509, headerrequest, bearertoken, group); kubernetes-api 6.2 */
#ifndef APISERVICE_AUTHENTICATION_H
#define APISERVICE_AUTHENTICATION_H

#include "apiservice/authentication_config.h"
#include "apiservice/exchange.h"
#include "apiservice/principal.h"

/* The client of a connection, and what its certificate is worth. */
struct client_peer {
    struct client_chain chain; /* n 0: it sent none */
    uint64_t generation;       /* of the authentication_config that the verdict is by; 0: there is no verdict yet */
    struct client_verdict verdict;
};

/* Judges the certificate, unless there is a verdict that holds. */
void client_peer_judge(struct client_peer *peer, const struct authentication_config *config, int64_t now_unix_ms);
bool client_peer_is_verified(const struct client_peer *peer); /* by one of the CAs */
void client_peer_clear(struct client_peer *peer);

enum authentication_way {
    AUTHENTICATION_FRONT_PROXY,
    AUTHENTICATION_CERTIFICATE,
    AUTHENTICATION_TOKEN,
    AUTHENTICATION_ANONYMOUS,
    AUTHENTICATION_FAILED,
    AUTHENTICATION_WAYS,
    AUTHENTICATION_ASK = AUTHENTICATION_WAYS, /* not decided yet: whose token is this? */
};

struct token_verdict {
    bool good;
    const struct kube_user *user; /* when good */
};

struct authentication {
    const struct authentication_config *config;
    const struct request *request;
    const struct client_peer *peer;    /* judged by config */
    const char *token;                 /* authentication_token; NULL: none */
    const struct token_verdict *heard; /* of the API server about the token; NULL: not asked yet */
};

/* Fills out unless FAILED or ASK. */
enum authentication_way authenticate(const struct authentication *authentication, struct principal *out);
/* The bearer token of the request, NULL: none. A copy in the arena. */
const char *authentication_token(const struct request *request, struct arena *arena);

#endif
