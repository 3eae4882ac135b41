/* discovery.h - what the API offers, in the forms in which kube-apiserver and kubectl ask.
 *
 * Shape    every family is a namespaced resource with its own kind and short name and the one verb "get": several
 *          resources of one kind break kubectl get, more verbs invite the garbage collector to watch and delete
 * Threads  made once at start, read by any thread
 * Source   kubernetes-api 3 */
#ifndef APISERVICE_DISCOVERY_H
#define APISERVICE_DISCOVERY_H

#include "apiservice/discovery_resource.h"
#include "apiservice/document.h"
#include "apiservice/negotiation.h"
#include "metric/family.h"

#define API_GROUP "external.metrics.k8s.io"
#define API_VERSION "v1beta1"
#define API_GROUP_VERSION API_GROUP "/" API_VERSION

/* One document; YAML is made of the JSON. */
struct discovery_document {
    struct document json, protobuf;
};

struct discovery {
    struct discovery_document groups;                            /* /apis */
    struct discovery_document aggregated_v2, aggregated_v2beta1; /* /apis, when asked for by Accept */
    struct discovery_document group;                             /* /apis/external.metrics.k8s.io */
    struct discovery_document resources;                         /* /apis/external.metrics.k8s.io/v1beta1 */
};

int discovery_make(const struct metric_family *families, size_t n, struct discovery *out, struct error *err) MUST_CHECK;
void discovery_clear(struct discovery *discovery);

/* What /apis comes in; the others come in the plain forms only. */
struct media_offers discovery_apis_offers(void);
/* The document for what was chosen of those. */
const struct document *discovery_apis(const struct discovery *discovery, const struct media_offer *chosen);
const struct document *discovery_document_in(const struct discovery_document *document, enum response_form form);

#endif
