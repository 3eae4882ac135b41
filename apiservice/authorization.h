/* authorization.h - what does a request want to do? The question for a SubjectAccessReview, out of method and path. Pure.
 *
 * Paths    /apis/GROUP/VERSION/... and /api/VERSION/... with something behind the version are about a resource, as Kubernetes reads them:
 *          [namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]]; namespaces/NS/status and /finalize are about the namespace, so a metric of
 *          that name is authorized as such; watch/ and proxy/ before them are old forms of verbs. All else is a path outside of resources
 *          /explain/namespaces/NS/METRIC asks for the right to read that metric
 * Verbs    GET and HEAD without a name: list, with ?watch: watch, with a name: get; POST create, PUT update, PATCH patch, DELETE delete, or
 *          deletecollection without a name; others none. Outside of resources: the method in lower case
 * Selectors are left out of the question, and so of the cache's key: that only asks for more (the right to read every series of the
 *          metric), and one answer serves every HPA of a metric
 * Free     never asked: group system:masters; /healthz, /livez and /readyz, but not what is below them
 * Source   k8s.io/apiserver pkg/endpoints/request, pkg/endpoints/handlers/responsewriters; kubernetes-api 6.4, 8.1 */
#ifndef APISERVICE_AUTHORIZATION_H
#define APISERVICE_AUTHORIZATION_H

#include "apiservice/exchange.h"
#include "apiservice/target.h"
#include "base/arena.h"
#include "kube/review_wire.h"

/* Texts are borrowed from the target or stand in the arena. False: no such path can be asked about (Kubernetes answers 404). */
bool authorization_question(const char *method, const struct target *target, struct arena *arena, struct access_question *out);
/* For the probes of kubelets, which have no identity. */
bool authorization_is_health(const struct target *target);
bool authorization_is_free(const struct access_question *question);
/* Unambiguous bytes for a cache's key. */
void authorization_write_key(const struct access_question *question, struct buffer *out);
/* The response becomes a 403. reason: the authorizer's; "" when it says none */
void authorization_forbid(const struct access_question *question, const char *reason, struct response *response);

#endif
