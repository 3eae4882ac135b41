/* openapi.h - OpenAPI v2 and v3, from the first second on.
 *
 * Shape    the one path that describes the group version. kube-apiserver logs an error for ever when /openapi/v2 is missing,
 *          and remembers a server without /openapi/v3 as legacy for its whole life
 * Source   kubernetes-api 3.5 */
#ifndef APISERVICE_OPENAPI_H
#define APISERVICE_OPENAPI_H

#include "apiservice/document.h"

struct openapi {
    struct document v2;       /* /openapi/v2 */
    struct document v3_root;  /* /openapi/v3: which documents there are, each with its hash */
    struct document v3_group; /* /openapi/v3/apis/external.metrics.k8s.io/v1beta1 */
};

int openapi_make(const char *version, struct openapi *out, struct error *err) MUST_CHECK;
void openapi_clear(struct openapi *openapi);

#endif
