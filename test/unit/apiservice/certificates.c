#include "test/unit/apiservice/certificates.h"

#include <check.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static void add_entries(X509_NAME *name, const char *kind, const char *const values[CERT_NAMES_MAX])
{
    for (size_t i = 0; i < CERT_NAMES_MAX && values[i]; i++)
        ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, kind, MBSTRING_UTF8, (const unsigned char *)values[i], -1, -1, 0), 1);
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void fill(X509 *certificate, const struct cert_spec *spec, const struct cert *issuer)
{
    static long serial = 1;
    X509_NAME *name = X509_get_subject_name(certificate);

    ck_assert_int_eq(X509_set_version(certificate, X509_VERSION_3), 1);
    ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++), 1);
    add_entries(name, "CN", spec->common_names);
    add_entries(name, "O", spec->organizations);
    if (spec->nul_organization)
        ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)spec->nul_organization,
                                                    (int)strlen(spec->nul_organization) + 1, -1, 0),
                         1);
    ck_assert_int_eq(X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate) : name), 1);
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notBefore(certificate), spec->from_s ? spec->from_s : -CERT_HOUR_S));
    ck_assert_ptr_nonnull(X509_gmtime_adj(X509_getm_notAfter(certificate), spec->to_s ? spec->to_s : CERT_HOUR_S));
    if (spec->ca) {
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, NID_key_usage, "critical,keyCertSign");
    }
    if (spec->usage)
        add_extension(certificate, NID_ext_key_usage, spec->usage);
}

static char *write_pem(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL, *text;
    long len;

    ck_assert_int_eq(PEM_write_bio_X509(bio, certificate), 1);
    len = BIO_get_mem_data(bio, &bytes);
    text = strndup(bytes, (size_t)len);
    BIO_free_all(bio);
    return text;
}

struct cert cert_make(const struct cert_spec *spec, const struct cert *issuer)
{
    struct cert cert = {.certificate = X509_new(), .key = EVP_EC_gen("P-256")};
    int len;

    ck_assert_ptr_nonnull(cert.certificate);
    ck_assert_ptr_nonnull(cert.key);
    fill(cert.certificate, spec, issuer);
    ck_assert_int_eq(X509_set_pubkey(cert.certificate, cert.key), 1);
    ck_assert_int_gt(X509_sign(cert.certificate, issuer ? issuer->key : cert.key, spec->sha1 ? EVP_sha1() : EVP_sha256()), 0);
    len = i2d_X509(cert.certificate, &cert.der);
    ck_assert_int_gt(len, 0);
    cert.der_len = (size_t)len;
    cert.pem = write_pem(cert.certificate);
    return cert;
}

void cert_clear(struct cert *cert)
{
    X509_free(cert->certificate);
    EVP_PKEY_free(cert->key);
    OPENSSL_free(cert->der);
    free(cert->pem);
    *cert = (struct cert){0};
}

struct client_der cert_der(const struct cert *cert)
{
    return (struct client_der){cert->der, cert->der_len};
}
