/* own_ca.h - authorities of our own, the serving certificates that they sign, and what such certificates are worth. Pure but
 * for the random numbers of new keys.
 *
 * Issue    each serving certificate gets an authority (CA) of its own with the same lifetime. The CA's key signs once and is
 *          forgotten: nobody, whatever he can read, can sign another certificate that a cluster would believe
 * Bundle   PEM of several CAs, as in ca.crt and caBundle. Its tidy form has each CA once, in the order in which they came, none
 *          that has expired, nothing else, and the latest OWN_CA_BUNDLE_MAX
 * Errors   of issue and tidy: memory, or OpenSSL; what was given can be anything
 * Owner    OWN_ISSUE_INIT / own_issue_clear, which wipes the key */
#ifndef APISERVICE_OWN_CA_H
#define APISERVICE_OWN_CA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum {
    OWN_CA_PEM_MAX = 64 * 1024, /* of a certificate, a key or a bundle */
    OWN_CA_BUNDLE_MAX = 8,
    OWN_CA_READ_MAX = 64, /* certificates that are looked at in a bundle; the rest does not count */
};

struct own_ca_spec {
    const char *const *names; /* DNS names of the service, at least one; the first names the CA too */
    size_t n_names;
    int64_t now_unix_ms, valid_ms; /* valid from an hour before now */
};

struct own_issue {
    struct buffer ca_pem, cert_pem, key_pem;
};

#define OWN_ISSUE_INIT ((struct own_issue){BUFFER_INIT(OWN_CA_PEM_MAX), BUFFER_INIT(OWN_CA_PEM_MAX), BUFFER_INIT(OWN_CA_PEM_MAX)})
void own_issue_clear(struct own_issue *issue);
/* *out: OWN_ISSUE_INIT */
int own_ca_issue(const struct own_ca_spec *spec, struct own_issue *out, struct error *err) MUST_CHECK;

/* A serving certificate with its key, looked at. */
struct own_pair {
    bool there; /* there is anything at all */
    bool whole; /* it can be read, its key belongs to it, and a CA of the bundle has signed it */
    bool named; /* for every name of ours */
    int64_t begins_unix_ms, ends_unix_ms;
    char why[160]; /* it is there, but not whole */
};

struct own_pair_text {
    const struct buffer *cert_pem, *key_pem, *bundle_pem;
};

struct own_pair own_ca_look(const struct own_pair_text *text, const char *const *names, size_t n_names);
/* Can it be served with? */
bool own_pair_is_good(const struct own_pair *pair, int64_t now_unix_ms);

/* Appends the tidy form; *first_end: when the first of these CAs expires, INT64_MAX when there is none. */
int own_ca_bundle_tidy(const struct buffer *bundle_pem, int64_t now_unix_ms, struct buffer *out, int64_t *first_end, struct error *err)
    MUST_CHECK;

#endif
