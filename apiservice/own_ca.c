#include "apiservice/own_ca.h"

#include <inttypes.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apiservice/x509_make.h"

enum { COMMON_NAME_SIZE = 65 };

DEFINE_CLEANUP_POINTER(BIO, BIO_free_all)
DEFINE_CLEANUP_POINTER(EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP_POINTER(X509, X509_free)
DEFINE_CLEANUP_POINTER(X509_STORE, X509_STORE_free)
DEFINE_CLEANUP_POINTER(X509_STORE_CTX, X509_STORE_CTX_free)

/* --- making --- */

void own_issue_clear(struct own_issue *issue)
{
    buffer_clear(&issue->ca_pem);
    buffer_clear(&issue->cert_pem);
    x509_wipe(&issue->key_pem);
}

static int make_authority(const struct own_ca_spec *spec, struct x509_pair *out, struct error *err)
{
    char name[COMMON_NAME_SIZE];
    struct x509_spec wanted = {.common_name = name, .now_unix_ms = spec->now_unix_ms, .valid_ms = spec->valid_ms};

    /* Names of one's own for each, so that people can tell them apart in a bundle. */
    (void)snprintf(name, sizeof(name), "%.40s-ca@%" PRId64, spec->names[0], spec->now_unix_ms / 1000);
    return x509_make(&wanted, NULL, out, err);
}

int own_ca_issue(const struct own_ca_spec *spec, struct own_issue *out, struct error *err)
{
    CLEANUP(own_issue_clear) struct own_issue issue = OWN_ISSUE_INIT;
    CLEANUP(x509_pair_clear) struct x509_pair authority = {0};
    CLEANUP(x509_pair_clear) struct x509_pair serving = {0};
    const struct x509_spec wanted = {.common_name = spec->names[0],
                                     .names = spec->names,
                                     .n_names = spec->n_names,
                                     .now_unix_ms = spec->now_unix_ms,
                                     .valid_ms = spec->valid_ms};

    if (make_authority(spec, &authority, err) < 0 || x509_make(&wanted, &authority, &serving, err) < 0 ||
        x509_write_certificate(authority.certificate, &issue.ca_pem, err) < 0 ||
        x509_write_certificate(serving.certificate, &issue.cert_pem, err) < 0 || x509_write_key(serving.key, &issue.key_pem, err) < 0)
        return error_wrap(err, "issue a serving certificate");
    *out = (struct own_issue){buffer_move(&issue.ca_pem), buffer_move(&issue.cert_pem), buffer_move(&issue.key_pem)};
    return 0;
}

/* --- reading --- */

/* NULL: not a certificate, or no more of them. */
static X509 *next_certificate(BIO *bio)
{
    return PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

/* A key with a password is not asked for one. */
static int no_password(char *out UNUSED, int size UNUSED, int writing UNUSED, void *context UNUSED)
{
    return 0;
}

/* NULL also for nothing at all. */
static BIO *open_pem(const struct buffer *pem)
{
    return pem->len > 0 && pem->len <= INT_MAX ? BIO_new_mem_buf(pem->data, (int)pem->len) : NULL;
}

static X509 *read_certificate(const struct buffer *pem)
{
    CLEANUP(BIO_free_allp) BIO *bio = open_pem(pem);

    return bio ? next_certificate(bio) : NULL;
}

static EVP_PKEY *read_key(const struct buffer *pem)
{
    CLEANUP(BIO_free_allp) BIO *bio = open_pem(pem);

    return bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
}

/* What cannot be read as a time has been over for long. */
static int64_t unix_ms_of(const ASN1_TIME *time)
{
    struct tm parts;

    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) * 1000 : 0;
}

/* A PEM that is broken in the middle ends there: what follows does not count. */
static X509_STORE *read_store(const struct buffer *bundle_pem)
{
    CLEANUP(X509_STORE_freep) X509_STORE *store = X509_STORE_new();
    CLEANUP(BIO_free_allp) BIO *bio = open_pem(bundle_pem);
    X509_STORE *read = NULL;

    for (int i = 0; store && bio && i < OWN_CA_READ_MAX; i++) {
        CLEANUP(X509_freep) X509 *authority = next_certificate(bio);

        if (!authority)
            break;
        (void)X509_STORE_add_cert(store, authority);
    }
    read = store;
    store = NULL;
    return read;
}

/* --- looking --- */

/* When the CA that signed it expires; 0: no CA of the bundle did. Times are not judged here. */
static int64_t end_of_authority(X509 *certificate, const struct buffer *bundle_pem)
{
    CLEANUP(X509_STORE_freep) X509_STORE *store = read_store(bundle_pem);
    CLEANUP(X509_STORE_CTX_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) * chain;

    if (!store || !context || X509_STORE_CTX_init(context, store, certificate, NULL) != 1 ||
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) != 1)
        return 0;
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME);
    if (X509_verify_cert(context) != 1)
        return 0;
    chain = X509_STORE_CTX_get0_chain(context);
    return unix_ms_of(X509_get0_notAfter(sk_X509_value(chain, sk_X509_num(chain) - 1)));
}

static bool has_names(X509 *certificate, const char *const *names, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++)
        if (X509_check_host(certificate, names[i], 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) != 1)
            return false;
    return true;
}

static struct own_pair not_whole(const char *why)
{
    struct own_pair pair = {.there = true};

    (void)snprintf(pair.why, sizeof(pair.why), "%s", why);
    return pair;
}

static struct own_pair look(const struct own_pair_text *text, const char *const *names, size_t n_names)
{
    CLEANUP(X509_freep) X509 *certificate = read_certificate(text->cert_pem);
    CLEANUP(EVP_PKEY_freep) EVP_PKEY *key = read_key(text->key_pem);
    int64_t ca_ends, ends;

    if (!certificate)
        return not_whole("the certificate cannot be read");
    if (!key)
        return not_whole("the key cannot be read");
    if (X509_check_private_key(certificate, key) != 1)
        return not_whole("the key does not belong to the certificate");
    ca_ends = end_of_authority(certificate, text->bundle_pem);
    if (ca_ends == 0)
        return not_whole("no CA of ca.crt has signed the certificate");
    ends = unix_ms_of(X509_get0_notAfter(certificate));
    return (struct own_pair){.there = true,
                             .whole = true,
                             .named = has_names(certificate, names, n_names),
                             .begins_unix_ms = unix_ms_of(X509_get0_notBefore(certificate)),
                             .ends_unix_ms = ends < ca_ends ? ends : ca_ends};
}

struct own_pair own_ca_look(const struct own_pair_text *text, const char *const *names, size_t n_names)
{
    struct own_pair pair = {0};

    if (text->cert_pem->len > 0 || text->key_pem->len > 0)
        pair = look(text, names, n_names);
    ERR_clear_error();
    return pair;
}

bool own_pair_is_good(const struct own_pair *pair, int64_t now_unix_ms)
{
    return pair->whole && pair->begins_unix_ms <= now_unix_ms && now_unix_ms < pair->ends_unix_ms;
}

/* --- bundles --- */

struct authorities {
    X509 *items[OWN_CA_READ_MAX];
    size_t n;
};

static void authorities_clear(struct authorities *authorities)
{
    for (size_t i = 0; i < authorities->n; i++)
        X509_free(authorities->items[i]);
    authorities->n = 0;
}

static bool has_authority(const struct authorities *authorities, const X509 *certificate)
{
    for (size_t i = 0; i < authorities->n; i++)
        if (X509_cmp(authorities->items[i], certificate) == 0)
            return true;
    return false;
}

static void read_authorities(const struct buffer *bundle_pem, int64_t now_unix_ms, struct authorities *out)
{
    CLEANUP(BIO_free_allp) BIO *bio = open_pem(bundle_pem);

    for (int i = 0; bio && i < OWN_CA_READ_MAX; i++) {
        CLEANUP(X509_freep) X509 *certificate = next_certificate(bio);

        if (!certificate)
            break;
        if (X509_check_ca(certificate) != 1 || unix_ms_of(X509_get0_notAfter(certificate)) <= now_unix_ms ||
            has_authority(out, certificate))
            continue;
        out->items[out->n++] = certificate;
        certificate = NULL;
    }
    ERR_clear_error();
}

int own_ca_bundle_tidy(const struct buffer *bundle_pem, int64_t now_unix_ms, struct buffer *out, int64_t *first_end, struct error *err)
{
    CLEANUP(authorities_clear) struct authorities authorities = {0};
    int64_t first = INT64_MAX;

    read_authorities(bundle_pem, now_unix_ms, &authorities);
    for (size_t i = authorities.n > OWN_CA_BUNDLE_MAX ? authorities.n - OWN_CA_BUNDLE_MAX : 0; i < authorities.n; i++) {
        int64_t end = unix_ms_of(X509_get0_notAfter(authorities.items[i]));

        first = end < first ? end : first;
        if (x509_write_certificate(authorities.items[i], out, err) < 0)
            return error_wrap(err, "tidy the CAs");
    }
    *first_end = first;
    return 0;
}
