/* tls_identity.h - a serving certificate with its chain and key; never changes once it is made.
 *
 * Errors   a chain that cannot be read, a key that does not belong to the first certificate (so that half of a replaced
 *          pair of files is refused), a chain longer than TLS_CHAIN_MAX
 * Threads  any number may hold it, it is reference-counted: a handshake borrows it for the life of its connection
 * Owner    new gives a reference; acquire/release count */
#ifndef APISERVICE_TLS_IDENTITY_H
#define APISERVICE_TLS_IDENTITY_H

#include <gnutls/abstract.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum { TLS_CHAIN_MAX = 8, TLS_PEM_MAX = 256 * 1024 };

struct tls_identity;

int tls_identity_new(const struct buffer *chain_pem, const struct buffer *key_pem, struct tls_identity **out, struct error *err) MUST_CHECK;
int tls_identity_from_files(const char *cert_path, const char *key_path, struct tls_identity **out, struct error *err) MUST_CHECK;
struct tls_identity *tls_identity_acquire(struct tls_identity *identity);
void tls_identity_release(struct tls_identity *identity); /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct tls_identity, tls_identity_release)

int64_t tls_identity_expiry_unix_ms(const struct tls_identity *identity);
/* Bits of an RSA key; 0: it is of another kind. Each new connection costs a signature: with 2048 bits 25 times one of ECDSA P-256, with
 * 4096 more than 100 times. */
unsigned tls_identity_rsa_bits(const struct tls_identity *identity);

/* For the handshake; borrowed. */
struct tls_chain {
    gnutls_pcert_st *certificates;
    unsigned n;
    gnutls_privkey_t key;
};
struct tls_chain tls_identity_chain(struct tls_identity *identity);

#endif
