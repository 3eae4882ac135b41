/* openapi.h - OpenAPI v2 and v3, from the first second on.
 *
 * Shape    v3 describes every family: its path leads to its kind, and the kind's schema says what kubectl explain prints. v2,
 *          which kube-apiserver merges into its own, has the one path of the group version. kube-apiserver logs an error
 *          for ever when /openapi/v2 is missing, and remembers a server without /openapi/v3 as legacy for its whole life
 * Source   kubernetes-api 3.5; kubectl explain's template */
#ifndef APISERVICE_OPENAPI_H
#define APISERVICE_OPENAPI_H

#include "apiservice/document.h"
#include "metric/family.h"

struct openapi {
    struct document v2;       /* /openapi/v2 */
    struct document v3_root;  /* /openapi/v3: which documents there are, each with its hash */
    struct document v3_group; /* /openapi/v3/apis/external.metrics.k8s.io/v1beta1 */
};

struct openapi_subject {
    const char *version; /* of the program */
    const struct metric_family *families;
    size_t n_families;
};

int openapi_make(const struct openapi_subject *subject, struct openapi *out, struct error *err) MUST_CHECK;
void openapi_clear(struct openapi *openapi);
/* Is this the hash that /openapi/v3 gave for the group's document? Then the answer never changes. NULL: no. */
bool openapi_is_hash_of_group(const struct openapi *openapi, const char *hash);

#endif
