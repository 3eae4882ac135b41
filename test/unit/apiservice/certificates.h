/* certificates.h - certificates of every kind, good and bad, made by the tests that need them. */
#ifndef TEST_UNIT_APISERVICE_CERTIFICATES_H
#define TEST_UNIT_APISERVICE_CERTIFICATES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "apiservice/client_cert.h"

enum { CERT_NAMES_MAX = 3, CERT_HOUR_S = 3600 };

struct cert_spec {
    const char *common_names[CERT_NAMES_MAX];
    const char *organizations[CERT_NAMES_MAX];
    bool ca;
    const char *usage; /* extendedKeyUsage; NULL: none */
    int64_t from_s;    /* from now; 0: an hour ago */
    int64_t to_s;      /* from now; 0: in an hour */
    bool sha1;
    const char *nul_organization; /* its last byte is a NUL */
};

struct cert {
    X509 *certificate;
    EVP_PKEY *key;
    unsigned char *der;
    size_t der_len;
    char *pem;
};

/* issuer NULL: it signs itself */
struct cert cert_make(const struct cert_spec *spec, const struct cert *issuer);
void cert_clear(struct cert *cert);
struct client_der cert_der(const struct cert *cert);

#endif
