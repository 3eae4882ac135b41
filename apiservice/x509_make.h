/* x509_make.h - makes certificates with OpenSSL: ECDSA P-256 and SHA-256, for a server or for an authority.
 *
 * Shape    valid from an hour before now, for clocks that are behind ours
 * Errors   a name with a comma or a line break (it would be two names), what OpenSSL says
 * Owner    {0} / x509_pair_clear. Who writes a key as PEM wipes it: x509_wipe */
#ifndef APISERVICE_X509_MAKE_H
#define APISERVICE_X509_MAKE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum { X509_BACKDATED_MS = 3600 * 1000 };

struct x509_spec {
    const char *common_name;  /* left out when X.509 has no room for it */
    const char *const *names; /* DNS names and addresses in numbers, into the SAN */
    size_t n_names;           /* 0: an authority, that signs servers' certificates and nothing else */
    int64_t now_unix_ms, valid_ms;
};

struct x509_pair {
    X509 *certificate;
    EVP_PKEY *key;
};

void x509_pair_clear(struct x509_pair *pair);

/* issuer NULL: it signs itself */
int x509_make(const struct x509_spec *spec, const struct x509_pair *issuer, struct x509_pair *out, struct error *err) MUST_CHECK;
/* Append PEM. */
int x509_write_certificate(X509 *certificate, struct buffer *out, struct error *err) MUST_CHECK;
int x509_write_key(EVP_PKEY *key, struct buffer *out, struct error *err) MUST_CHECK;

/* A private key must not stay in memory that is given back. For CLEANUP. */
void x509_wipe(struct buffer *key_pem);

#endif
