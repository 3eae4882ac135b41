#include "apiservice/self_signed.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { HOUR_S = 3600, COMMON_NAME_MAX = 64, SAN_TEXT_MAX = 8192 };

DEFINE_CLEANUP_POINTER(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP_POINTER(X509, X509_free)
DEFINE_CLEANUP_POINTER(X509_EXTENSION, X509_EXTENSION_free)
DEFINE_CLEANUP_POINTER(BIO, BIO_free_all)

static int openssl_failed(const char *what, struct error *err)
{
    char reason[160];

    ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
    ERR_clear_error(); /* the queue belongs to the thread and would grow */
    return error_set(err, ERROR_IO, "make a self-signed certificate: %s: %s", what, reason);
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    BIGNUM *number;
    bool ok;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, and always 16 bytes */
    number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return ok;
}

static bool set_names_and_times(X509 *certificate, const struct self_signed_spec *spec)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    time_t now = (time_t)(spec->now_unix_ms / 1000);
    time_t end = now + (time_t)(spec->valid_ms / 1000);

    if (strlen(spec->names[0]) <= COMMON_NAME_MAX &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)spec->names[0], -1, -1, 0) != 1)
        return false;
    return X509_set_issuer_name(certificate, name) == 1 && ASN1_TIME_set(X509_getm_notBefore(certificate), now - HOUR_S) &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), end);
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    CLEANUP(X509_EXTENSION_freep) X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    return extension && X509_add_ext(certificate, extension, -1) == 1;
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* "DNS:localhost,IP:127.0.0.1". A comma would start another entry. */
static bool add_alternative_names(X509 *certificate, const struct self_signed_spec *spec)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(SAN_TEXT_MAX);

    for (size_t i = 0; i < spec->n_names; i++) {
        if (strpbrk(spec->names[i], ",\n"))
            return false;
        (void)buffer_printf(&text, "%s%s:%s", i > 0 ? "," : "", is_address(spec->names[i]) ? "IP" : "DNS", spec->names[i]);
    }
    return !buffer_failed(&text) && add_extension(certificate, NID_subject_alt_name, buffer_text(&text));
}

static bool fill(X509 *certificate, EVP_PKEY *key, const struct self_signed_spec *spec)
{
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) && set_names_and_times(certificate, spec) &&
           X509_set_pubkey(certificate, key) == 1 && add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, NID_ext_key_usage, "serverAuth") && add_alternative_names(certificate, spec);
}

static bool copy_out(BIO *bio, struct buffer *out)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);

    return len > 0 && buffer_append(out, data, (size_t)len) == 0;
}

static bool write_pem(X509 *certificate, EVP_PKEY *key, struct buffer *cert_pem, struct buffer *key_pem)
{
    CLEANUP(BIO_free_allp) BIO *cert_bio = BIO_new(BIO_s_mem());
    CLEANUP(BIO_free_allp) BIO *key_bio = BIO_new(BIO_s_secmem());

    return cert_bio && key_bio && PEM_write_bio_X509(cert_bio, certificate) == 1 &&
           PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) == 1 && copy_out(cert_bio, cert_pem) &&
           copy_out(key_bio, key_pem);
}

int self_signed_make(const struct self_signed_spec *spec, struct buffer *cert_pem, struct buffer *key_pem, struct error *err)
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(X509_freep) X509 *certificate = X509_new();

    if (!key || !certificate)
        return openssl_failed("generate a P-256 key", err);
    if (!fill(certificate, key, spec))
        return openssl_failed("fill the certificate", err);
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        return openssl_failed("sign", err);
    if (!write_pem(certificate, key, cert_pem, key_pem))
        return openssl_failed("write PEM", err);
    return 0;
}
