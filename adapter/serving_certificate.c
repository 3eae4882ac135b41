#include "adapter/serving_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/self_signed.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

enum { LOOK_EVERY_MS = 500, NAME_MAX_BYTES = 256, RSA_BITS_MOST = 2048 };

static const int64_t own_valid_ms = INT64_C(365) * 24 * 3600 * 1000;

struct serving_certificate {
    char *cert_file, *key_file; /* "": our own */
    struct file_stamp cert_stamp, key_stamp;
    struct loop_timer *timer;
    serving_certificate_changed *changed;
    void *context;
};

static void warn_of_slow_key(const struct serving_certificate *certificate, const struct tls_identity *identity)
{
    unsigned bits = tls_identity_rsa_bits(identity);
    char text[16];

    if (bits <= RSA_BITS_MOST)
        return;
    (void)snprintf(text, sizeof(text), "%u", bits);
    log_warn("the serving key makes each new connection slow; ECDSA P-256 is as safe and signs many times faster", "file",
             certificate->key_file, "rsa_bits", text, NULL);
}

static int load_files(struct serving_certificate *certificate, struct error *err)
{
    CLEANUP(tls_identity_releasep) struct tls_identity *identity = NULL;

    if (tls_identity_from_files(certificate->cert_file, certificate->key_file, &identity, err) < 0)
        return error_wrap(err, "load the serving certificate");
    warn_of_slow_key(certificate, identity);
    certificate->changed(certificate->context, identity);
    return 0;
}

static void look(void *context)
{
    struct serving_certificate *certificate = context;
    struct file_stamp cert = file_stamp_of(certificate->cert_file), key = file_stamp_of(certificate->key_file);
    struct error err = {0};

    if (!file_stamp_equal(&cert, &certificate->cert_stamp) || !file_stamp_equal(&key, &certificate->key_stamp)) {
        certificate->cert_stamp = cert;
        certificate->key_stamp = key;
        if (load_files(certificate, &err) < 0)
            log_warn("the certificate in force stays", "error", err.text, NULL);
        else
            log_info("a new serving certificate is in force", "file", certificate->cert_file, NULL);
    }
    loop_timer_after(certificate->timer, LOOK_EVERY_MS);
}

static int make_own(struct serving_certificate *certificate, const struct config_serving *serving, struct error *err)
{
    CLEANUP(tls_identity_releasep) struct tls_identity *identity = NULL;
    CLEANUP(buffer_clear) struct buffer cert = BUFFER_INIT(TLS_PEM_MAX);
    CLEANUP(buffer_clear) struct buffer key = BUFFER_INIT(TLS_PEM_MAX);
    char service[NAME_MAX_BYTES];
    const char *names[] = {service, "localhost", "127.0.0.1", "::1"};
    const struct self_signed_spec spec = {
        .names = names, .n_names = ARRAY_LEN(names), .now_unix_ms = clock_unix_ms(), .valid_ms = own_valid_ms};
    int status;

    if (serving->service.name_space[0] != '\0')
        (void)snprintf(service, sizeof(service), "%s.%s.svc", serving->service.name, serving->service.name_space);
    else
        (void)snprintf(service, sizeof(service), "%s", serving->service.name);
    status = self_signed_make(&spec, &cert, &key, err);
    if (status == 0)
        status = tls_identity_new(&cert, &key, &identity, err);
    if (key.data)
        explicit_bzero(key.data, key.len);
    if (status < 0)
        return error_wrap(err, "make a serving certificate");
    certificate->changed(certificate->context, identity);
    log_info("serving with a certificate of our own, in memory", "names", "localhost, 127.0.0.1", NULL);
    return 0;
}

static int begin(struct serving_certificate *certificate, struct loop *loop, const struct config_serving *serving, struct error *err)
{
    certificate->cert_file = strdup(serving->cert_file);
    certificate->key_file = strdup(serving->key_file);
    if (!certificate->cert_file || !certificate->key_file)
        return error_no_memory(err);
    if (certificate->cert_file[0] == '\0')
        return make_own(certificate, serving, err);
    certificate->cert_stamp = file_stamp_of(certificate->cert_file);
    certificate->key_stamp = file_stamp_of(certificate->key_file);
    certificate->timer = loop_timer_new(loop, look, certificate);
    if (!certificate->timer)
        return error_no_memory(err);
    loop_timer_after(certificate->timer, LOOK_EVERY_MS);
    return load_files(certificate, err);
}

struct serving_certificate *serving_certificate_new(struct loop *loop, const struct config_serving *serving,
                                                    serving_certificate_changed *changed, void *context, struct error *err)
{
    struct serving_certificate *certificate = calloc(1, sizeof(*certificate));

    if (!certificate) {
        error_no_memory(err);
        return NULL;
    }
    certificate->changed = changed;
    certificate->context = context;
    if (begin(certificate, loop, serving, err) < 0) {
        serving_certificate_free(certificate);
        return NULL;
    }
    return certificate;
}

void serving_certificate_free(struct serving_certificate *certificate)
{
    if (!certificate)
        return;
    loop_timer_free(certificate->timer);
    free(certificate->cert_file);
    free(certificate->key_file);
    free(certificate);
}
