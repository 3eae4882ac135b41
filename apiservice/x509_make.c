#include "apiservice/x509_make.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { COMMON_NAME_MAX = 64, SAN_TEXT_MAX = 8192 };

DEFINE_CLEANUP_POINTER(X509_EXTENSION, X509_EXTENSION_free)
DEFINE_CLEANUP_POINTER(BIO, BIO_free_all)

static int openssl_failed(const char *what, struct error *err)
{
    char reason[160];

    ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
    ERR_clear_error(); /* the queue belongs to the thread and would grow */
    return error_set(err, ERROR_IO, "make a certificate: %s: %s", what, reason);
}

void x509_pair_clear(struct x509_pair *pair)
{
    X509_free(pair->certificate);
    EVP_PKEY_free(pair->key);
    *pair = (struct x509_pair){0};
}

void x509_wipe(struct buffer *key_pem)
{
    if (key_pem->data)
        explicit_bzero(key_pem->data, key_pem->capacity);
    buffer_clear(key_pem);
}

/* --- what a certificate says --- */

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

static bool set_name(X509 *certificate, const char *common_name)
{
    return strlen(common_name) > COMMON_NAME_MAX || X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                                                               (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool set_times(X509 *certificate, const struct x509_spec *spec)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)((spec->now_unix_ms - X509_BACKDATED_MS) / 1000)) &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)((spec->now_unix_ms + spec->valid_ms) / 1000));
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    CLEANUP(X509_EXTENSION_freep) X509_EXTENSION *extension = NULL;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    return extension && X509_add_ext(certificate, extension, -1) == 1;
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* "DNS:localhost,IP:127.0.0.1". A comma would start another entry. */
static bool add_alternative_names(X509 *certificate, X509 *issuer, const struct x509_spec *spec)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(SAN_TEXT_MAX);

    for (size_t i = 0; i < spec->n_names; i++) {
        if (strpbrk(spec->names[i], ",\n"))
            return false;
        (void)buffer_printf(&text, "%s%s:%s", i > 0 ? "," : "", is_address(spec->names[i]) ? "IP" : "DNS", spec->names[i]);
    }
    return !buffer_failed(&text) && add_extension(certificate, issuer, NID_subject_alt_name, buffer_text(&text));
}

static bool add_authority_extensions(X509 *certificate, X509 *issuer)
{
    return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign") &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
}

static bool add_server_extensions(X509 *certificate, X509 *issuer, const struct x509_spec *spec)
{
    if (!add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") || !add_alternative_names(certificate, issuer, spec))
        return false;
    return issuer == certificate || add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
}

static bool fill(const struct x509_pair *pair, X509 *issuer, const struct x509_spec *spec)
{
    X509 *certificate = pair->certificate;

    if (X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate) || !set_name(certificate, spec->common_name) ||
        !set_times(certificate, spec) || X509_set_pubkey(certificate, pair->key) != 1 ||
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1)
        return false;
    return spec->n_names == 0 ? add_authority_extensions(certificate, issuer) : add_server_extensions(certificate, issuer, spec);
}

int x509_make(const struct x509_spec *spec, const struct x509_pair *issuer, struct x509_pair *out, struct error *err)
{
    CLEANUP(x509_pair_clear) struct x509_pair pair = {X509_new(), EVP_EC_gen("P-256")};

    if (!pair.certificate || !pair.key)
        return openssl_failed("generate a P-256 key", err);
    if (!issuer)
        issuer = &pair;
    if (!fill(&pair, issuer->certificate, spec))
        return openssl_failed("fill it", err);
    if (X509_sign(pair.certificate, issuer->key, EVP_sha256()) == 0)
        return openssl_failed("sign", err);
    *out = pair;
    pair = (struct x509_pair){0};
    return 0;
}

/* --- PEM --- */

static bool copy_out(BIO *bio, struct buffer *out)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);

    return len > 0 && buffer_append(out, data, (size_t)len) == 0;
}

int x509_write_certificate(X509 *certificate, struct buffer *out, struct error *err)
{
    CLEANUP(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());

    if (!bio || PEM_write_bio_X509(bio, certificate) != 1 || !copy_out(bio, out))
        return openssl_failed("write it as PEM", err);
    return 0;
}

int x509_write_key(EVP_PKEY *key, struct buffer *out, struct error *err)
{
    CLEANUP(BIO_free_allp) BIO *bio = BIO_new(BIO_s_secmem());

    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1 || !copy_out(bio, out))
        return openssl_failed("write its key as PEM", err);
    return 0;
}
