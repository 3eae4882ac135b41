/* client.h - one request to the API server, with our identity.
 *
 * Shape    done gets the answer, an error, or both: an answer with a status outside 2xx comes with the error that its
 *          metav1.Status tells; an error alone means that there was no whole answer
 * 401      the token file is read again; when it holds another token the request is sent once more with it
 * Errors   "GET https://10.96.0.1:443/api/v1/nodes: 403: nodes is forbidden: ..."; queries are left out
 * Threads  the loop's
 * Owner    the request is copied. A call ends with done or with kube_call_cancel (then done is not called); release is called
 *          in both cases, and by kube_client_free. Inside on_data and on_open a call may not be cancelled: return -1 instead */
#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/http.h"
#include "base/loop.h"
#include "kube/identity.h"

struct kube_client;
struct kube_call;

typedef void kube_done(void *context, struct http_response *answer, const struct error *err);

struct kube_request {
    const char *method; /* NULL: GET */
    const char *path;   /* "/api/v1/...?limit=500", escaped (kube/path.h) */
    const char *body;   /* NULL: none */
    size_t body_len;
    const char *content_type; /* of the body; NULL: application/json */
    const char *accept;       /* NULL: application/json */
    size_t answer_limit;
    int64_t timeout_ms;
    loop_callback *on_open; /* NULL, or called when the head of a 2xx answer came */
    http_data *on_data;     /* NULL, or gets the body of a 2xx answer in pieces (a watch); the answer's body then stays empty */
    loop_callback *release; /* NULL, or called with the context when the call is over, after done */
};

/* The identity is borrowed and must live longer. */
struct kube_client *kube_client_new(struct loop *loop, struct kube_identity *identity, struct error *err) MUST_CHECK;
void kube_client_free(struct kube_client *client); /* cancels what runs */
DEFINE_CLEANUP_POINTER(struct kube_client, kube_client_free)
struct loop *kube_client_loop(const struct kube_client *client);

/* NULL: err; then neither done nor release is called. */
struct kube_call *kube_client_start(struct kube_client *client, const struct kube_request *request, kube_done *done, void *context,
                                    struct error *err) MUST_CHECK;
void kube_call_cancel(struct kube_call *call); /* NULL is fine */

#endif
