/* identity.h - where the API server is, and who we are towards it: the pod's ServiceAccount, or a kubeconfig.
 *
 * Files    token, CA and client certificate are read again when their file_stamp changes (a kubelet rotates the token hourly,
 *          behind a link). A file that cannot be read any more is warned of once; the last good content stays in force
 * Errors   name the file and what to do
 * Threads  the loop's
 * Owner    _new functions and _free; texts are borrowed: server and namespace for the identity's life, credentials until
 *          the next call of kube_identity_credentials or kube_identity_reread_token */
#ifndef KUBE_IDENTITY_H
#define KUBE_IDENTITY_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"

struct kube_identity;

/* What Kubernetes gives every pod. Any NULL: the environment's KUBERNETES_SERVICE_HOST and _PORT, and the usual folder. */
struct kube_pod {
    const char *host, *port;
    const char *folder; /* with token, ca.crt and namespace */
};

struct kube_credentials {
    const char *ca_pem;                           /* NULL: the system's CAs */
    const char *client_cert_pem, *client_key_pem; /* both or none */
    const char *token;                            /* NULL: none */
};

bool kube_identity_in_pod(void); /* does the environment name an API server? */
struct kube_identity *kube_identity_new_pod(const struct kube_pod *pod, struct error *err) MUST_CHECK;
/* context NULL or "": current-context */
struct kube_identity *kube_identity_new_kubeconfig(const char *path, const char *context, struct error *err) MUST_CHECK;
void kube_identity_free(struct kube_identity *identity);
DEFINE_CLEANUP_POINTER(struct kube_identity, kube_identity_free)

const char *kube_identity_server(const struct kube_identity *identity);    /* "https://10.96.0.1:443" */
const char *kube_identity_namespace(const struct kube_identity *identity); /* the pod's or the context's; "" when unknown */
struct kube_credentials kube_identity_credentials(struct kube_identity *identity);
/* After 401: reads the token file whatever its stamp says. True when it holds another token than before. */
bool kube_identity_reread_token(struct kube_identity *identity);

#endif
