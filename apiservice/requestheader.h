/* requestheader.h - the identity that a front proxy (kube-apiserver's aggregator) puts into headers. Pure.
 *
 * Trust    read believes the headers: only for a request whose client certificate the front proxy's CA has signed, and whose
 *          common name requestheader_allows
 * Config   the requestheader-* keys of ConfigMap kube-system/extension-apiserver-authentication, each a JSON array of texts. A missing
 *          key is an empty list; without requestheader-uid-headers no uid is read, since older API servers let clients send it
 * Headers  names in any case. User and uid: the first listed header that has a value. Groups: every value of every listed
 *          header, not split at commas. Extra: the rest of the name behind a prefix, in lower case and percent-decoded, is the key
 *          (what cannot be decoded stays as it is); more than REQUESTHEADER_EXTRA_MAX values fail the principal's arena
 * Owner    config: {0} / requestheader_config_clear. What read puts into the principal is borrowed from the request
 * Source   k8s.io/apiserver pkg/authentication/request/headerrequest; kubernetes-api 6.1, 6.2 */
#ifndef APISERVICE_REQUESTHEADER_H
#define APISERVICE_REQUESTHEADER_H

#include <jansson.h>
#include <stdbool.h>

#include "apiservice/exchange.h"
#include "apiservice/principal.h"
#include "base/error.h"

enum { REQUESTHEADER_CONFIG_BYTES_MAX = 64 * 1024, REQUESTHEADER_EXTRA_MAX = 64 };

struct requestheader_config {
    struct arena arena;
    struct text_list username_headers, uid_headers, group_headers, extra_prefixes, allowed_names;
};

/* data: the ConfigMap's. */
int requestheader_config_read(const json_t *data, struct requestheader_config *out, struct error *err) MUST_CHECK;
void requestheader_config_clear(struct requestheader_config *config);

/* May a certificate with that common name speak for others? */
bool requestheader_allows(const struct requestheader_config *config, const char *common_name);
/* False: no user is named. Extra keys are sorted, so that one user is always asked about in the same words. */
bool requestheader_read(const struct requestheader_config *config, const struct request *request, struct principal *out);

#endif
