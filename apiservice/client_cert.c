#include "apiservice/client_cert.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    AUTH_LEVEL = 1,             /* OpenSSL's: 80 bits, which SHA-1, MD5 and shorter RSA keys do not reach */
    REFUSED_FOR_MS = 10 * 1000, /* a certificate may become valid */
    TEXTS_BYTES_MAX = 64 * 1024,
    DER_BYTES_MAX = 64 * 1024,
};

/* OpenSSL takes the first anchor that has the issuer's name, also when another of that name has its key: a CA and its successor
 * therefore stand in stores of their own. */
struct client_ca {
    atomic_size_t references;
    X509_STORE *stores[CLIENT_NAMESAKES_MAX];
    size_t n;
    STACK_OF(X509) * all;
};

DEFINE_CLEANUP_POINTER(BIO, BIO_free_all)
DEFINE_CLEANUP_POINTER(X509, X509_free)
DEFINE_CLEANUP_POINTER(X509_STORE_CTX, X509_STORE_CTX_free)

/* --- bundles --- */

struct client_ca *client_ca_acquire(struct client_ca *ca)
{
    if (ca)
        (void)atomic_fetch_add_explicit(&ca->references, 1, memory_order_relaxed);
    return ca;
}

void client_ca_release(struct client_ca *ca)
{
    if (!ca || atomic_fetch_sub_explicit(&ca->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < ca->n; i++)
        X509_STORE_free(ca->stores[i]);
    sk_X509_pop_free(ca->all, X509_free);
    free(ca);
}

/* How many CAs of that name there are; -1: the same one is among them. */
static int count_namesakes(const struct client_ca *ca, const X509 *certificate)
{
    int n = 0;

    for (int i = 0; i < sk_X509_num(ca->all); i++) {
        const X509 *other = sk_X509_value(ca->all, i);

        if (X509_cmp(other, certificate) == 0)
            return -1;
        n += X509_NAME_cmp(X509_get_subject_name(other), X509_get_subject_name(certificate)) == 0;
    }
    return n;
}

/* Takes a reference of its own. */
static int add_ca(struct client_ca *ca, X509 *certificate, struct error *err)
{
    int rank = count_namesakes(ca, certificate);

    if (rank < 0)
        return 0;
    if (rank == CLIENT_NAMESAKES_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d CA certificates of one name", CLIENT_NAMESAKES_MAX);
    if ((size_t)rank == ca->n) {
        ca->stores[ca->n] = X509_STORE_new();
        if (!ca->stores[ca->n])
            return error_no_memory(err);
        ca->n++;
    }
    if (X509_STORE_add_cert(ca->stores[rank], certificate) != 1 || X509_up_ref(certificate) != 1)
        return error_no_memory(err);
    if (sk_X509_push(ca->all, certificate) > 0)
        return 0;
    X509_free(certificate);
    return error_no_memory(err);
}

static int read_bundle(struct client_ca *ca, const char *pem, struct error *err)
{
    CLEANUP(BIO_free_allp) BIO *bio = BIO_new_mem_buf(pem, -1);
    int n = 0;
    bool ended = false;

    while (bio && !ended && n < CLIENT_CAS_MAX) {
        CLEANUP(X509_freep) X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

        if (certificate && add_ca(ca, certificate, err) < 0)
            return error_wrap(err, "CA certificate %d", n + 1);
        ended = !certificate;
        n += !ended;
    }
    if (ended && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return error_set(err, ERROR_INVALID, "CA certificate %d cannot be read: not a certificate in PEM", n + 1);
    if (!ended)
        return error_set(err, ERROR_LIMIT, "there are more than %d CA certificates", CLIENT_CAS_MAX);
    return n > 0 ? 0 : error_set(err, ERROR_INVALID, "there is no certificate in PEM");
}

struct client_ca *client_ca_new(const char *pem, struct error *err)
{
    CLEANUP(client_ca_releasep) struct client_ca *ca = calloc(1, sizeof(*ca));
    struct client_ca *made;
    int status;

    if (ca) {
        atomic_init(&ca->references, 1);
        ca->all = sk_X509_new_null();
    }
    if (!ca || !ca->all) {
        (void)error_no_memory(err);
        return NULL;
    }
    status = read_bundle(ca, pem, err);
    ERR_clear_error(); /* the queue belongs to the thread and would grow */
    if (status < 0)
        return NULL;
    made = ca;
    ca = NULL;
    return made;
}

/* --- a chain --- */

struct parsed_chain {
    X509 *leaf;
    STACK_OF(X509) * intermediates;
};

static void parsed_chain_clear(struct parsed_chain *chain)
{
    X509_free(chain->leaf);
    sk_X509_pop_free(chain->intermediates, X509_free);
}

static X509 *parse(const struct client_der *der)
{
    const unsigned char *at = der->bytes;
    X509 *certificate = der->len <= DER_BYTES_MAX ? d2i_X509(NULL, &at, (long)der->len) : NULL;

    if (certificate && at != der->bytes + der->len) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static bool parse_chain(const struct client_chain *chain, struct parsed_chain *out)
{
    out->leaf = parse(&chain->certificates[0]);
    out->intermediates = sk_X509_new_null();
    if (!out->leaf || !out->intermediates)
        return false;
    for (size_t i = 1; i < chain->n; i++) {
        X509 *certificate = parse(&chain->certificates[i]);

        if (!certificate || sk_X509_push(out->intermediates, certificate) == 0) {
            X509_free(certificate);
            return false;
        }
    }
    return true;
}

static int64_t unix_ms_of(const ASN1_TIME *time)
{
    struct tm parts;

    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) * 1000 : 0;
}

static bool may_authenticate_clients(X509 *certificate)
{
    return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) == 0 ||
           (X509_get_extended_key_usage(certificate) & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
}

/* Of the chain that was found: its key usages, and until when all of it is valid. */
static bool check_found(X509_STORE_CTX *context, struct client_verdict *out)
{
    STACK_OF(X509) *found = X509_STORE_CTX_get0_chain(context);

    for (int i = 0; i < sk_X509_num(found); i++) {
        X509 *certificate = sk_X509_value(found, i);
        int64_t until = unix_ms_of(X509_get0_notAfter(certificate));

        if (!may_authenticate_clients(certificate)) {
            (void)snprintf(out->failure, sizeof(out->failure), "its extended key usages do not have client authentication");
            return false;
        }
        if (until < out->until_unix_ms)
            out->until_unix_ms = until;
    }
    return true;
}

static bool leads_to(const struct parsed_chain *chain, X509_STORE *anchors, int64_t now_unix_ms, struct client_verdict *out)
{
    CLEANUP(X509_STORE_CTX_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *parameters;

    if (!context || X509_STORE_CTX_init(context, anchors, chain->leaf, chain->intermediates) != 1)
        return false;
    parameters = X509_STORE_CTX_get0_param(context);
    (void)X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_depth(parameters, CLIENT_DEPTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(parameters, AUTH_LEVEL);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)(now_unix_ms / 1000));
    if (X509_verify_cert(context) != 1) {
        (void)snprintf(out->failure, sizeof(out->failure), "%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
        return false;
    }
    if (!check_found(context, out))
        return false;
    out->failure[0] = '\0';
    return true;
}

static bool is_signed_by(const struct parsed_chain *chain, const struct client_ca *ca, int64_t now_unix_ms, struct client_verdict *out)
{
    for (size_t i = 0; ca && i < ca->n; i++)
        if (leads_to(chain, ca->stores[i], now_unix_ms, out))
            return true;
    return false;
}

/* --- the subject --- */

/* Appends the value with its NUL. */
static bool add_value(const X509_NAME *name, int at, struct buffer *texts)
{
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    bool clean = len >= 0 && memchr(text, '\0', (size_t)len) == NULL;

    if (clean)
        (void)buffer_append(texts, text, (size_t)len + 1); /* OpenSSL puts a NUL behind it */
    OPENSSL_free(text);
    return clean;
}

/* Appends all values of a kind; how many there were, -1: more than most, or one with a NUL. */
static int add_values(const X509_NAME *name, int kind, int most, struct buffer *texts)
{
    int n = 0, at = -1;

    while ((at = X509_NAME_get_index_by_NID(name, kind, at)) >= 0) {
        if (n == most || !add_value(name, at, texts))
            return -1;
        n++;
    }
    return n;
}

static void add_fingerprint(const struct client_der *leaf, struct buffer *texts)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    (void)EVP_Digest(leaf->bytes, leaf->len, digest, &len, EVP_sha256(), NULL);
    for (unsigned i = 0; i < len; i++)
        (void)buffer_printf(texts, "%02x", digest[i]);
    (void)buffer_append(texts, "", 1);
}

/* The texts are gathered first, since the buffer moves while it grows. */
static bool read_subject(X509 *certificate, const struct client_der *leaf, struct client_verdict *out)
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    int names = add_values(name, NID_commonName, 1, &out->texts);
    int organizations = names < 0 ? -1 : add_values(name, NID_organizationName, CLIENT_GROUPS_MAX, &out->texts);
    const char *text;

    if (organizations < 0)
        return false;
    add_fingerprint(leaf, &out->texts);
    if (buffer_failed(&out->texts))
        return false;
    text = buffer_text(&out->texts);
    if (names > 0) {
        out->name = text;
        text += strlen(text) + 1;
    }
    for (int i = 0; i < organizations; i++, text += strlen(text) + 1)
        out->organizations[out->n_organizations++] = text;
    out->fingerprint = text;
    return true;
}

/* --- the judgement --- */

static void judge(const struct client_chain *chain, const struct client_question *question, struct client_verdict *out)
{
    CLEANUP(parsed_chain_clear) struct parsed_chain parsed = {0};
    bool by_front_proxy;

    if (chain->n > CLIENT_CHAIN_MAX) {
        (void)snprintf(out->failure, sizeof(out->failure), "the client sent more than %d certificates", CLIENT_CHAIN_MAX);
        return;
    }
    if (!parse_chain(chain, &parsed)) {
        (void)snprintf(out->failure, sizeof(out->failure), "a certificate cannot be read");
        return;
    }
    if (!read_subject(parsed.leaf, &chain->certificates[0], out)) {
        (void)snprintf(out->failure, sizeof(out->failure), "its subject has several common names, too many organizations or a NUL");
        return;
    }
    out->until_unix_ms = INT64_MAX;
    by_front_proxy = is_signed_by(&parsed, question->front_proxy, question->now_unix_ms, out);
    out->by_client_ca = is_signed_by(&parsed, question->clients, question->now_unix_ms, out);
    out->by_front_proxy = by_front_proxy;
}

void client_chain_judge(const struct client_chain *chain, const struct client_question *question, struct client_verdict *out)
{
    client_verdict_clear(out);
    *out = (struct client_verdict){.name = "", .fingerprint = "", .texts = BUFFER_INIT(TEXTS_BYTES_MAX)};
    if (chain->n > 0)
        judge(chain, question, out);
    if (!out->by_front_proxy && !out->by_client_ca)
        out->until_unix_ms = question->now_unix_ms + REFUSED_FOR_MS;
    ERR_clear_error();
}

void client_verdict_clear(struct client_verdict *verdict)
{
    buffer_clear(&verdict->texts);
    *verdict = (struct client_verdict){0};
}
