/* certificate_secret.h - the adapter's own certificate in its Secret: what is in it, and what each step writes into it. Pure but
 * for the random numbers of new keys.
 *
 * Shape    data: tls.crt, tls.key, ca.crt, next-tls.crt, next-tls.key (certificate_plan.h); other entries are left alone. An
 *          entry that is missing, too large or no base64 counts as empty
 * Owner    CERTIFICATE_SECRET_INIT / certificate_secret_clear, which wipes the keys */
#ifndef ADAPTER_CERTIFICATE_SECRET_H
#define ADAPTER_CERTIFICATE_SECRET_H

#include <jansson.h>

#include "adapter/certificate_plan.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

struct certificate_secret {
    struct buffer cert_pem, key_pem;
    struct buffer next_cert_pem, next_key_pem;
    struct buffer bundle_pem;
};

struct certificate_secret certificate_secret_init(void);
void certificate_secret_clear(struct certificate_secret *content);

/* secret NULL: empty. *out: certificate_secret_init */
void certificate_secret_read(const json_t *secret, struct certificate_secret *out);
/* Fills in serving, next and bundle of the facts, by their now. */
int certificate_secret_look(const struct certificate_secret *content, const struct own_ca_spec *spec, struct certificate_facts *out,
                            struct error *err) MUST_CHECK;
/* The object that was read, changed by a step (not WAIT or PUBLISH). The spec's now decides what has expired. */
int certificate_secret_apply(json_t *secret, enum certificate_step step, const struct own_ca_spec *spec, struct error *err) MUST_CHECK;

#endif
