/* Certificates: our own, pairs that do not fit, chains, what clients see. */
#include "apiservice/tls_identity.h"

#include <check.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apiservice/self_signed.h"
#include "test/unit/apiservice/suites.h"

static const char *const names[] = {"coder-metrics-adapter.coder.svc", "localhost", "127.0.0.1", "::1"};
static const int64_t now_unix_ms = INT64_C(1795300000000);
static const int64_t year_ms = INT64_C(365) * 24 * 3600 * 1000;

struct pair {
    struct buffer cert, key;
};

static struct pair make_pair(void)
{
    const struct self_signed_spec spec = {names, ARRAY_LEN(names), now_unix_ms, year_ms};
    struct pair pair = {BUFFER_INIT(TLS_PEM_MAX), BUFFER_INIT(TLS_PEM_MAX)};
    struct error err = {0};

    ck_assert_msg(self_signed_make(&spec, &pair.cert, &pair.key, &err) == 0, "%s", err.text);
    return pair;
}

static void clear_pair(struct pair *pair)
{
    buffer_clear(&pair->cert);
    buffer_clear(&pair->key);
}

START_TEST(self_signed_names_what_it_should)
{
    CLEANUP(clear_pair) struct pair pair = make_pair();
    BIO *bio = BIO_new_mem_buf(pair.cert.data, (int)pair.cert.len);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    ck_assert_ptr_nonnull(certificate);
    ck_assert_int_eq(X509_check_host(certificate, "localhost", 0, 0, NULL), 1);
    ck_assert_int_eq(X509_check_host(certificate, "coder-metrics-adapter.coder.svc", 0, 0, NULL), 1);
    ck_assert_int_eq(X509_check_host(certificate, "other.coder.svc", 0, 0, NULL), 0);
    ck_assert_int_eq(X509_check_ip_asc(certificate, "127.0.0.1", 0), 1);
    ck_assert_int_eq(X509_check_ip_asc(certificate, "::1", 0), 1);
    ck_assert_int_eq(X509_check_ca(certificate), 0);
    ck_assert_uint_eq(X509_get_extended_key_usage(certificate), XKU_SSL_SERVER);
    ck_assert_int_eq(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
    ck_assert_int_eq(EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)), EVP_PKEY_EC);
    X509_free(certificate);
    BIO_free(bio);
}
END_TEST

START_TEST(self_signed_refuses_a_name_that_would_be_two)
{
    const char *const bad[] = {"a,DNS:b"};
    const struct self_signed_spec spec = {bad, 1, now_unix_ms, year_ms};
    struct pair pair = {BUFFER_INIT(TLS_PEM_MAX), BUFFER_INIT(TLS_PEM_MAX)};
    struct error err = {0};

    ck_assert_int_lt(self_signed_make(&spec, &pair.cert, &pair.key, &err), 0);
    ck_assert_str_ne(err.text, "");
    ck_assert_uint_eq(pair.key.len, 0);
    clear_pair(&pair);
}
END_TEST

START_TEST(a_pair_becomes_an_identity)
{
    CLEANUP(clear_pair) struct pair pair = make_pair();
    struct tls_identity *identity = NULL;
    struct error err = {0};

    ck_assert_msg(tls_identity_new(&pair.cert, &pair.key, &identity, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(tls_identity_chain(identity).n, 1);
    ck_assert_int_eq(tls_identity_expiry_unix_ms(identity), now_unix_ms + year_ms);
    ck_assert_uint_eq(tls_identity_rsa_bits(identity), 0);
    tls_identity_release(tls_identity_acquire(identity));
    tls_identity_release(identity);
    tls_identity_release(NULL);
}
END_TEST

static void take_pem(BIO *bio, struct buffer *out)
{
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);

    buffer_reset(out);
    ck_assert_int_eq(buffer_append(out, bytes, (size_t)len), 0);
    BIO_free(bio);
}

/* Our own certificate, for another key. */
static void make_it_rsa(struct pair *pair, unsigned bits)
{
    BIO *in = BIO_new_mem_buf(pair->cert.data, (int)pair->cert.len), *cert = BIO_new(BIO_s_mem()), *key_out = BIO_new(BIO_s_mem());
    X509 *certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
    EVP_PKEY *key = EVP_RSA_gen(bits);

    ck_assert_int_eq(X509_set_pubkey(certificate, key), 1);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    ck_assert_int_eq(PEM_write_bio_X509(cert, certificate), 1);
    ck_assert_int_eq(PEM_write_bio_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL), 1);
    take_pem(cert, &pair->cert);
    take_pem(key_out, &pair->key);
    EVP_PKEY_free(key);
    X509_free(certificate);
    BIO_free(in);
}

START_TEST(an_rsa_key_tells_its_bits)
{
    CLEANUP(clear_pair) struct pair pair = make_pair();
    CLEANUP(tls_identity_releasep) struct tls_identity *identity = NULL;
    struct error err = {0};

    make_it_rsa(&pair, 2048);
    ck_assert_msg(tls_identity_new(&pair.cert, &pair.key, &identity, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(tls_identity_rsa_bits(identity), 2048);
}
END_TEST

enum broken { FOREIGN_KEY, NO_CERTIFICATE, NO_KEY, HALF_A_CERTIFICATE, HALF_A_KEY, CERTIFICATE_AS_KEY, BROKEN_CASES };

static void break_pair(struct pair *pair, enum broken how)
{
    struct pair other = make_pair();

    switch (how) {
    case FOREIGN_KEY:
        buffer_clear(&pair->key);
        pair->key = buffer_move(&other.key);
        break;
    case NO_CERTIFICATE: buffer_reset(&pair->cert); break;
    case NO_KEY: buffer_reset(&pair->key); break;
    case HALF_A_CERTIFICATE: pair->cert.len /= 2; break;
    case HALF_A_KEY: pair->key.len /= 2; break;
    case CERTIFICATE_AS_KEY:
        buffer_reset(&pair->key);
        (void)buffer_append(&pair->key, pair->cert.data, pair->cert.len);
        break;
    case BROKEN_CASES: break;
    }
    clear_pair(&other);
}

START_TEST(what_does_not_fit_is_refused)
{
    CLEANUP(clear_pair) struct pair pair = make_pair();
    struct tls_identity *identity = NULL;
    struct error err = {0};

    break_pair(&pair, (enum broken)_i);
    ck_assert_int_lt(tls_identity_new(&pair.cert, &pair.key, &identity, &err), 0);
    ck_assert_ptr_null(identity);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_str_ne(err.text, "");
}
END_TEST

START_TEST(only_what_belongs_to_the_chain_is_served)
{
    CLEANUP(clear_pair) struct pair pair = make_pair();
    CLEANUP(clear_pair) struct pair other = make_pair();
    struct tls_identity *identity = NULL;
    struct error err = {0};

    for (int i = 0; i < 2 * TLS_CHAIN_MAX; i++)
        ck_assert_int_eq(buffer_append(&pair.cert, other.cert.data, other.cert.len), 0);
    if (tls_identity_new(&pair.cert, &pair.key, &identity, &err) == 0)
        ck_assert_uint_eq(tls_identity_chain(identity).n, 1);
    else
        ck_assert_str_ne(err.text, "");
    tls_identity_release(identity);
}
END_TEST

static void write_file(const char *path, const struct buffer *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text->data, 1, text->len, file), text->len);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(files_are_read_and_named_in_errors)
{
    CLEANUP(clear_pair) struct pair pair = make_pair();
    char folder[] = "/tmp/tls-identity-XXXXXX";
    char cert_path[64], key_path[64];
    struct tls_identity *identity = NULL;
    struct error err = {0};

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(cert_path, sizeof(cert_path), "%s/tls.crt", folder);
    (void)snprintf(key_path, sizeof(key_path), "%s/tls.key", folder);
    write_file(cert_path, &pair.cert);
    ck_assert_int_lt(tls_identity_from_files(cert_path, key_path, &identity, &err), 0);
    ck_assert_msg(strstr(err.text, "tls.key") != NULL, "%s", err.text);
    write_file(key_path, &pair.cert);
    ck_assert_int_lt(tls_identity_from_files(cert_path, key_path, &identity, &err), 0);
    ck_assert_msg(strstr(err.text, "tls.crt") != NULL, "%s", err.text);
    write_file(key_path, &pair.key);
    ck_assert_msg(tls_identity_from_files(cert_path, key_path, &identity, &err) == 0, "%s", err.text);
    tls_identity_release(identity);
    (void)unlink(cert_path);
    (void)unlink(key_path);
    (void)rmdir(folder);
}
END_TEST

Suite *tls_identity_suite(void)
{
    Suite *suite = suite_create("tls_identity");
    TCase *tcase = tcase_create("tls_identity");

    tcase_add_test(tcase, self_signed_names_what_it_should);
    tcase_add_test(tcase, self_signed_refuses_a_name_that_would_be_two);
    tcase_add_test(tcase, a_pair_becomes_an_identity);
    tcase_add_test(tcase, an_rsa_key_tells_its_bits);
    tcase_add_loop_test(tcase, what_does_not_fit_is_refused, 0, BROKEN_CASES);
    tcase_add_test(tcase, only_what_belongs_to_the_chain_is_served);
    tcase_add_test(tcase, files_are_read_and_named_in_errors);
    suite_add_tcase(suite, tcase);
    return suite;
}
