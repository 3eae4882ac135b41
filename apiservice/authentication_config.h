/* authentication_config.h - whom the cluster lets in by certificate: one state of kube-system/extension-apiserver-authentication.
 *
 * Keys     requestheader-client-ca-file and requestheader-* (requestheader.h), client-ca-file. No CA of a kind: that way in is closed.
 *          A CA that becomes empty keeps the one before, as the Go servers do: an API server that restarts may write less
 * Errors   what cannot be read is refused whole, and names the key
 * Threads  never changes, counted: any thread
 * Owner    from_map gives a reference */
#ifndef APISERVICE_AUTHENTICATION_CONFIG_H
#define APISERVICE_AUTHENTICATION_CONFIG_H

#include <jansson.h>
#include <stdatomic.h>

#include "apiservice/client_cert.h"
#include "apiservice/requestheader.h"

#define AUTHENTICATION_CONFIG_NAME "extension-apiserver-authentication"

struct authentication_config {
    atomic_size_t references;
    uint64_t generation; /* from 1; a later state has a higher one */
    struct requestheader_config headers;
    struct client_ca *front_proxy, *clients; /* NULL: closed */
};

/* before: NULL, or the state in force. */
struct authentication_config *authentication_config_from_map(const json_t *config_map, const struct authentication_config *before,
                                                             struct error *err) MUST_CHECK;
struct authentication_config *authentication_config_acquire(struct authentication_config *config); /* NULL is fine */
void authentication_config_release(struct authentication_config *config);                          /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct authentication_config, authentication_config_release)

#endif
