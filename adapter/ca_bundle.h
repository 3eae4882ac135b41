/* ca_bundle.h - the APIService of external.metrics.k8s.io: whose it is, and the CAs that it trusts. Pure.
 *
 * Source   apiregistration.k8s.io/v1; caBundle is PEM in base64 */
#ifndef ADAPTER_CA_BUNDLE_H
#define ADAPTER_CA_BUNDLE_H

#include <jansson.h>

#include "adapter/certificate_plan.h"
#include "base/buffer.h"

#define CA_BUNDLE_COLLECTION "/apis/apiregistration.k8s.io/v1/apiservices"
#define CA_BUNDLE_APISERVICE "v1beta1.external.metrics.k8s.io"

/* api_service NULL: there is none. name_space and service: ours. */
enum registration ca_bundle_registration(const json_t *api_service, const char *name_space, const char *service);
/* Is caBundle exactly this? */
bool ca_bundle_is(const json_t *api_service, const struct buffer *pem);
/* "coder/other-adapter", for a message */
void ca_bundle_service(const json_t *api_service, struct buffer *out);

#endif
