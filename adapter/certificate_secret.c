#include "adapter/certificate_secret.h"

#include <assert.h>
#include <string.h>

#include "apiservice/x509_make.h"
#include "kube/objects.h"

static const char cert_entry[] = "tls.crt", key_entry[] = "tls.key", bundle_entry[] = "ca.crt";
static const char next_cert_entry[] = "next-tls.crt", next_key_entry[] = "next-tls.key";

struct certificate_secret certificate_secret_init(void)
{
    const struct buffer empty = BUFFER_INIT(OWN_CA_PEM_MAX);

    return (struct certificate_secret){empty, empty, empty, empty, empty};
}

void certificate_secret_clear(struct certificate_secret *content)
{
    buffer_clear(&content->cert_pem);
    x509_wipe(&content->key_pem);
    buffer_clear(&content->next_cert_pem);
    x509_wipe(&content->next_key_pem);
    buffer_clear(&content->bundle_pem);
}

/* --- reading --- */

static void read_entry(const json_t *secret, const char *entry, struct buffer *out)
{
    struct error unreadable = {0};

    if (secret_entry_read(secret, entry, out, &unreadable) < 0)
        x509_wipe(out);
}

void certificate_secret_read(const json_t *secret, struct certificate_secret *out)
{
    read_entry(secret, cert_entry, &out->cert_pem);
    read_entry(secret, key_entry, &out->key_pem);
    read_entry(secret, next_cert_entry, &out->next_cert_pem);
    read_entry(secret, next_key_entry, &out->next_key_pem);
    read_entry(secret, bundle_entry, &out->bundle_pem);
}

static bool same_bytes(const struct buffer *a, const struct buffer *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

int certificate_secret_look(const struct certificate_secret *content, const struct own_ca_spec *spec, struct certificate_facts *out,
                            struct error *err)
{
    const struct own_pair_text serving = {&content->cert_pem, &content->key_pem, &content->bundle_pem};
    const struct own_pair_text next = {&content->next_cert_pem, &content->next_key_pem, &content->bundle_pem};
    CLEANUP(buffer_clear) struct buffer tidy = BUFFER_INIT(OWN_CA_PEM_MAX);
    int64_t first_end = 0;

    if (own_ca_bundle_tidy(&content->bundle_pem, out->now_unix_ms, &tidy, &first_end, err) < 0)
        return -1;
    out->serving = own_ca_look(&serving, spec->names, spec->n_names);
    out->next = own_ca_look(&next, spec->names, spec->n_names);
    out->bundle_tidy = same_bytes(&tidy, &content->bundle_pem);
    out->bundle_first_end_unix_ms = first_end;
    return 0;
}

/* --- writing --- */

static int set_entry(json_t *secret, const char *entry, const struct buffer *bytes, struct error *err)
{
    return secret_entry_set(secret, entry, buffer_text(bytes), bytes->len, err);
}

static int set_pair(json_t *secret, const char *const entries[2], const struct buffer *cert_pem, const struct buffer *key_pem,
                    struct error *err)
{
    return set_entry(secret, entries[0], cert_pem, err) < 0 || set_entry(secret, entries[1], key_pem, err) < 0 ? -1 : 0;
}

static void drop_next(json_t *secret)
{
    json_t *entries = json_object_get(secret, "data");

    (void)json_object_del(entries, next_cert_entry);
    (void)json_object_del(entries, next_key_entry);
}

/* ca.crt without what has expired, and with one CA more at its end; added "" for none. */
static int set_bundle(json_t *secret, const struct buffer *before, const char *added, int64_t now_unix_ms, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer tidy = BUFFER_INIT(OWN_CA_PEM_MAX);
    CLEANUP(buffer_clear) struct buffer grown = BUFFER_INIT(OWN_CA_PEM_MAX + OWN_CA_PEM_MAX);
    CLEANUP(buffer_clear) struct buffer after = BUFFER_INIT(OWN_CA_PEM_MAX);
    int64_t first_end = 0;

    if (own_ca_bundle_tidy(before, now_unix_ms, &tidy, &first_end, err) < 0)
        return -1;
    (void)buffer_append(&grown, buffer_text(&tidy), tidy.len);
    (void)buffer_add_text(&grown, added);
    /* Once more, for the limit on their number. */
    if (buffer_failed(&grown) || own_ca_bundle_tidy(&grown, now_unix_ms, &after, &first_end, err) < 0)
        return buffer_failed(&grown) ? error_no_memory(err) : -1;
    return set_entry(secret, bundle_entry, &after, err);
}

static int write_issue(json_t *secret, enum certificate_step step, const struct certificate_secret *before, const struct own_ca_spec *spec,
                       struct error *err)
{
    static const char *const serving[2] = {cert_entry, key_entry}, *const next[2] = {next_cert_entry, next_key_entry};
    CLEANUP(own_issue_clear) struct own_issue issue = OWN_ISSUE_INIT;

    if (own_ca_issue(spec, &issue, err) < 0)
        return -1;
    drop_next(secret);
    if (set_pair(secret, step == CERTIFICATE_ISSUE ? serving : next, &issue.cert_pem, &issue.key_pem, err) < 0)
        return -1;
    return set_bundle(secret, &before->bundle_pem, buffer_text(&issue.ca_pem), spec->now_unix_ms, err);
}

static int write_switch(json_t *secret, const struct certificate_secret *before, int64_t now_unix_ms, struct error *err)
{
    static const char *const serving[2] = {cert_entry, key_entry};

    if (set_pair(secret, serving, &before->next_cert_pem, &before->next_key_pem, err) < 0)
        return -1;
    drop_next(secret);
    return set_bundle(secret, &before->bundle_pem, "", now_unix_ms, err);
}

static int write_tidy(json_t *secret, const struct certificate_secret *before, const struct own_ca_spec *spec, struct error *err)
{
    const struct own_pair_text text = {&before->next_cert_pem, &before->next_key_pem, &before->bundle_pem};
    const struct own_pair next = own_ca_look(&text, spec->names, spec->n_names);

    if (!own_pair_is_good(&next, spec->now_unix_ms))
        drop_next(secret);
    return set_bundle(secret, &before->bundle_pem, "", spec->now_unix_ms, err);
}

/* What is an item of a list lacks these. */
static int set_kind(json_t *secret, struct error *err)
{
    if (json_object_set_new(secret, "apiVersion", json_string("v1")) < 0 || json_object_set_new(secret, "kind", json_string("Secret")) < 0)
        return error_no_memory(err);
    return 0;
}

int certificate_secret_apply(json_t *secret, enum certificate_step step, const struct own_ca_spec *spec, struct error *err)
{
    CLEANUP(certificate_secret_clear) struct certificate_secret before = certificate_secret_init();

    certificate_secret_read(secret, &before);
    if (set_kind(secret, err) < 0)
        return -1;
    switch (step) {
    case CERTIFICATE_ISSUE:
    case CERTIFICATE_PREPARE: return write_issue(secret, step, &before, spec, err);
    case CERTIFICATE_SWITCH: return write_switch(secret, &before, spec->now_unix_ms, err);
    case CERTIFICATE_TIDY: return write_tidy(secret, &before, spec, err);
    case CERTIFICATE_WAIT:
    case CERTIFICATE_PUBLISH:
    default: assert(false); return error_set(err, ERROR_INVALID, "this step writes no Secret");
    }
}
