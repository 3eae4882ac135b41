/* self_signed.h - a certificate of our own, ECDSA P-256, for serving without a cluster.
 *
 * Shape    PEM; names are DNS names or addresses in numbers, all of them in the SAN; valid from an hour before now
 * Owner    the caller wipes and clears key_pem */
#ifndef APISERVICE_SELF_SIGNED_H
#define APISERVICE_SELF_SIGNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

struct self_signed_spec {
    const char *const *names; /* at least one; the first is the common name too */
    size_t n_names;
    int64_t now_unix_ms;
    int64_t valid_ms;
};

int self_signed_make(const struct self_signed_spec *spec, struct buffer *cert_pem, struct buffer *key_pem, struct error *err) MUST_CHECK;

#endif
