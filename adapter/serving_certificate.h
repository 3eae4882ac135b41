/* serving_certificate.h - where the serving certificate comes from: two files, or our own in memory.
 *
 * Change   files are looked at twice a second, through all links; a pair that does not fit together or cannot be read is
 *          refused with a log line, the certificate in force stays
 * Threads  the loop's
 * Owner    the configuration's strings are copied */
#ifndef ADAPTER_SERVING_CERTIFICATE_H
#define ADAPTER_SERVING_CERTIFICATE_H

#include "adapter/config.h"
#include "apiservice/tls_identity.h"
#include "base/loop.h"

/* identity: borrowed for the call */
typedef void serving_certificate_changed(void *context, struct tls_identity *identity);

struct serving_certificate;

/* Calls changed once before it returns, and again whenever the certificate changes. */
struct serving_certificate *serving_certificate_new(struct loop *loop, const struct config_serving *serving,
                                                    serving_certificate_changed *changed, void *context, struct error *err) MUST_CHECK;
void serving_certificate_free(struct serving_certificate *certificate);
DEFINE_CLEANUP_POINTER(struct serving_certificate, serving_certificate_free)

#endif
