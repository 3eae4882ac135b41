#include "apiservice/tls_identity.h"

#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

struct tls_identity {
    atomic_size_t references;
    gnutls_pcert_st certificates[TLS_CHAIN_MAX];
    unsigned n;
    gnutls_privkey_t key;
    int64_t expiry_unix_ms;
};

static void free_identity(struct tls_identity *identity)
{
    for (unsigned i = 0; i < identity->n; i++)
        gnutls_pcert_deinit(&identity->certificates[i]);
    if (identity->key)
        gnutls_privkey_deinit(identity->key);
    free(identity);
}

struct tls_identity *tls_identity_acquire(struct tls_identity *identity)
{
    (void)atomic_fetch_add_explicit(&identity->references, 1, memory_order_relaxed);
    return identity;
}

void tls_identity_release(struct tls_identity *identity)
{
    if (identity && atomic_fetch_sub_explicit(&identity->references, 1, memory_order_acq_rel) == 1)
        free_identity(identity);
}

static gnutls_datum_t datum_of(const struct buffer *pem)
{
    return (gnutls_datum_t){(unsigned char *)pem->data, (unsigned)pem->len};
}

static int load_chain(struct tls_identity *identity, const struct buffer *pem, struct error *err)
{
    const gnutls_datum_t datum = datum_of(pem);
    unsigned n = TLS_CHAIN_MAX;
    int status = gnutls_pcert_list_import_x509_raw(identity->certificates, &n, &datum, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT);

    if (status < 0)
        return error_set(err, ERROR_INVALID, "read the certificate chain (PEM, leaf first, at most %d certificates): %s", TLS_CHAIN_MAX,
                         gnutls_strerror(status));
    identity->n = n;
    return 0;
}

static int load_key(struct tls_identity *identity, const struct buffer *pem, struct error *err)
{
    const gnutls_datum_t datum = datum_of(pem);
    int status = gnutls_privkey_init(&identity->key);

    if (status >= 0)
        status = gnutls_privkey_import_x509_raw(identity->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (status < 0)
        return error_set(err, ERROR_INVALID, "read the private key (PEM, without a password): %s", gnutls_strerror(status));
    return 0;
}

/* The hash of a public key; false when GnuTLS cannot make it. */
static bool key_id(gnutls_pubkey_t key, unsigned char *out, size_t *size)
{
    return gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, out, size) >= 0;
}

static int check_pair(const struct tls_identity *identity, struct error *err)
{
    unsigned char of_leaf[64], of_key[64];
    size_t leaf_size = sizeof(of_leaf), key_size = sizeof(of_key);
    gnutls_pubkey_t public_key = NULL;
    bool same;

    if (gnutls_pubkey_init(&public_key) < 0)
        return error_no_memory(err);
    same = gnutls_pubkey_import_privkey(public_key, identity->key, 0, 0) >= 0 && key_id(public_key, of_key, &key_size) &&
           key_id(identity->certificates[0].pubkey, of_leaf, &leaf_size) && leaf_size == key_size && memcmp(of_leaf, of_key, key_size) == 0;
    gnutls_pubkey_deinit(public_key);
    return same ? 0
                : error_set(err, ERROR_INVALID,
                            "the private key does not belong to the first certificate; was only one of the two replaced?");
}

static int read_expiry(struct tls_identity *identity, struct error *err)
{
    gnutls_x509_crt_t leaf = NULL;

    if (gnutls_pcert_export_x509(&identity->certificates[0], &leaf) < 0)
        return error_no_memory(err);
    identity->expiry_unix_ms = (int64_t)gnutls_x509_crt_get_expiration_time(leaf) * 1000;
    gnutls_x509_crt_deinit(leaf);
    return 0;
}

int tls_identity_new(const struct buffer *chain_pem, const struct buffer *key_pem, struct tls_identity **out, struct error *err)
{
    CLEANUP(tls_identity_releasep) struct tls_identity *identity = calloc(1, sizeof(*identity));

    if (!identity)
        return error_no_memory(err);
    atomic_init(&identity->references, 1);
    if (load_chain(identity, chain_pem, err) < 0 || load_key(identity, key_pem, err) < 0 || check_pair(identity, err) < 0 ||
        read_expiry(identity, err) < 0)
        return -1;
    *out = identity;
    identity = NULL;
    return 0;
}

/* The key must not stay in memory that was given back. */
static void wipe_buffer(struct buffer *buffer)
{
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->len);
    buffer_clear(buffer);
}

int tls_identity_from_files(const char *cert_path, const char *key_path, struct tls_identity **out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer chain = BUFFER_INIT(TLS_PEM_MAX);
    CLEANUP(wipe_buffer) struct buffer key = BUFFER_INIT(TLS_PEM_MAX);

    if (file_read(cert_path, &chain, err) < 0 || file_read(key_path, &key, err) < 0)
        return error_wrap(err, "read the serving certificate");
    if (tls_identity_new(&chain, &key, out, err) < 0)
        return error_wrap(err, "serving certificate %s with key %s", cert_path, key_path);
    return 0;
}

int64_t tls_identity_expiry_unix_ms(const struct tls_identity *identity)
{
    return identity->expiry_unix_ms;
}

unsigned tls_identity_rsa_bits(const struct tls_identity *identity)
{
    unsigned bits = 0;
    int algorithm = gnutls_privkey_get_pk_algorithm(identity->key, &bits);

    return algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_RSA_PSS ? bits : 0;
}

struct tls_chain tls_identity_chain(struct tls_identity *identity)
{
    return (struct tls_chain){identity->certificates, identity->n, identity->key};
}
