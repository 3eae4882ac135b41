/* The demo's certificate: the client trusts exactly this one, so nothing needs a switch that turns verification off. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "emulator/demo_folder.h"

enum { VALID_SECONDS = 24 * 3600, SERIAL_BITS = 127 };

DEFINE_CLEANUP_POINTER(X509, X509_free)
DEFINE_CLEANUP_POINTER(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP_POINTER(BIO, BIO_free_all)
DEFINE_CLEANUP_POINTER(BIGNUM, BN_free)

static const struct {
    int nid;
    const char *value;
} extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"},
};

static bool add_extensions(X509 *certificate)
{
    for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, extensions[i].nid, extensions[i].value);
        bool added = extension && X509_add_ext(certificate, extension, -1) == 1;

        X509_EXTENSION_free(extension);
        if (!added)
            return false;
    }
    return true;
}

static bool set_serial(X509 *certificate)
{
    CLEANUP(BN_freep) BIGNUM *serial = BN_new();

    return serial && BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL;
}

static bool fill(X509 *certificate, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -60) && X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_SECONDS) &&
           X509_set_pubkey(certificate, key) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"coder-emulator demo", -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && add_extensions(certificate) && X509_sign(certificate, key, EVP_sha256()) > 0;
}

static int write_pem(BIO *pem, const char *path, struct error *err)
{
    char *text = NULL;
    long len = BIO_get_mem_data(pem, &text);

    return len > 0 ? demo_write_file(path, text, (size_t)len, err) : error_no_memory(err);
}

int demo_write_certificate(const struct demo_folder *folder, struct error *err)
{
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(X509_freep) X509 *certificate = X509_new();
    CLEANUP(BIO_free_allp) BIO *key_pem = BIO_new(BIO_s_mem()), *certificate_pem = BIO_new(BIO_s_mem());

    if (!key || !certificate || !key_pem || !certificate_pem || !fill(certificate, key) ||
        PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1 || PEM_write_bio_X509(certificate_pem, certificate) != 1)
        return error_set(err, ERROR_INVALID, "OpenSSL cannot make the demo's certificate");
    if (write_pem(key_pem, folder->key, err) < 0)
        return -1;
    return write_pem(certificate_pem, folder->certificate, err);
}
