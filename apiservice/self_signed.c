#include "apiservice/self_signed.h"

#include "apiservice/x509_make.h"

int self_signed_make(const struct self_signed_spec *spec, struct buffer *cert_pem, struct buffer *key_pem, struct error *err)
{
    const struct x509_spec wanted = {.common_name = spec->names[0],
                                     .names = spec->names,
                                     .n_names = spec->n_names,
                                     .now_unix_ms = spec->now_unix_ms,
                                     .valid_ms = spec->valid_ms};
    CLEANUP(x509_pair_clear) struct x509_pair made = {0};

    if (x509_make(&wanted, NULL, &made, err) < 0 || x509_write_certificate(made.certificate, cert_pem, err) < 0 ||
        x509_write_key(made.key, key_pem, err) < 0)
        return error_wrap(err, "self-signed");
    return 0;
}
