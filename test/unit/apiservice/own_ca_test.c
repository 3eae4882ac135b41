/* Authorities of our own: what they issue, what a pair is worth, how a bundle is tidied. */
#include "apiservice/own_ca.h"

#include <check.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "apiservice/self_signed.h"
#include "apiservice/tls_identity.h"
#include "test/unit/apiservice/suites.h"

static const char *const names[] = {"adapter", "adapter.coder", "adapter.coder.svc", "adapter.coder.svc.cluster.local"};
static const int64_t start_ms = INT64_C(1795300000000), hour_ms = INT64_C(3600) * 1000, lifetime_ms = INT64_C(90) * 24 * 3600 * 1000;

static struct own_issue issue_at(int64_t now_ms)
{
    const struct own_ca_spec spec = {names, ARRAY_LEN(names), now_ms, lifetime_ms};
    struct own_issue issue = OWN_ISSUE_INIT;
    struct error err = {0};

    ck_assert_msg(own_ca_issue(&spec, &issue, &err) == 0, "%s", err.text);
    return issue;
}

static X509 *read_pem(const struct buffer *pem)
{
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    ck_assert_ptr_nonnull(certificate);
    BIO_free(bio);
    return certificate;
}

START_TEST(an_issue_is_what_a_go_client_wants)
{
    CLEANUP(own_issue_clear) struct own_issue issue = issue_at(start_ms);
    X509 *ca = read_pem(&issue.ca_pem), *leaf = read_pem(&issue.cert_pem);

    ck_assert_int_eq(X509_check_ca(ca), 1);
    ck_assert_uint_eq(X509_get_key_usage(ca), KU_KEY_CERT_SIGN);
    ck_assert_int_eq(X509_get_pathlen(ca), 0);
    ck_assert_int_eq(X509_check_ca(leaf), 0);
    ck_assert_uint_eq(X509_get_extended_key_usage(leaf), XKU_SSL_SERVER);
    ck_assert_int_eq(EVP_PKEY_get_base_id(X509_get0_pubkey(leaf)), EVP_PKEY_EC);
    ck_assert_int_eq(EVP_PKEY_get_bits(X509_get0_pubkey(leaf)), 256);
    ck_assert_int_eq(X509_verify(leaf, X509_get0_pubkey(ca)), 1);
    ck_assert_int_eq(X509_check_issued(ca, leaf), X509_V_OK);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        ck_assert_int_eq(X509_check_host(leaf, names[i], 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL), 1);
    ck_assert_int_eq(X509_check_host(leaf, "other.coder.svc", 0, 0, NULL), 0);
    X509_free(ca);
    X509_free(leaf);
}
END_TEST

START_TEST(an_issue_can_be_served_with)
{
    CLEANUP(own_issue_clear) struct own_issue issue = issue_at(start_ms);
    CLEANUP(tls_identity_releasep) struct tls_identity *identity = NULL;
    struct error err = {0};

    ck_assert_msg(tls_identity_new(&issue.cert_pem, &issue.key_pem, &identity, &err) == 0, "%s", err.text);
    ck_assert_int_eq(tls_identity_expiry_unix_ms(identity), start_ms + lifetime_ms);
}
END_TEST

START_TEST(a_name_that_would_be_two_is_refused)
{
    const char *const bad[] = {"adapter,DNS:kubernetes.default.svc"};
    const struct own_ca_spec spec = {bad, 1, start_ms, lifetime_ms};
    CLEANUP(own_issue_clear) struct own_issue issue = OWN_ISSUE_INIT;
    struct error err = {0};

    ck_assert_int_lt(own_ca_issue(&spec, &issue, &err), 0);
    ck_assert_str_ne(err.text, "");
    ck_assert_uint_eq(issue.cert_pem.len, 0);
}
END_TEST

/* --- pairs --- */

enum piece { NOTHING, MINE, OTHERS, GARBAGE, HALF };

static const struct {
    enum piece cert, key;
    int64_t at_ms; /* after the issue */
    enum piece bundle;
    bool there, whole, good;
} pairs[] = {
    {MINE, MINE, 0, MINE, true, true, true},
    {MINE, MINE, -INT64_C(59) * 60 * 1000, MINE, true, true, true}, /* our clock is behind the issuer's */
    {MINE, MINE, -INT64_C(61) * 60 * 1000, MINE, true, true, false},
    {MINE, MINE, INT64_C(90) * 24 * 3600 * 1000 - 1, MINE, true, true, true},
    {MINE, MINE, INT64_C(90) * 24 * 3600 * 1000, MINE, true, true, false},
    {NOTHING, NOTHING, 0, MINE, false, false, false},
    {NOTHING, NOTHING, 0, NOTHING, false, false, false},
    {MINE, NOTHING, 0, MINE, true, false, false},
    {NOTHING, MINE, 0, MINE, true, false, false},
    {MINE, OTHERS, 0, MINE, true, false, false},
    {OTHERS, MINE, 0, MINE, true, false, false},
    {OTHERS, OTHERS, 0, MINE, true, false, false},
    {MINE, MINE, 0, OTHERS, true, false, false},
    {MINE, MINE, 0, NOTHING, true, false, false},
    {MINE, MINE, 0, GARBAGE, true, false, false},
    {MINE, MINE, 0, HALF, true, false, false},
    {GARBAGE, MINE, 0, MINE, true, false, false},
    {MINE, GARBAGE, 0, MINE, true, false, false},
    {HALF, MINE, 0, MINE, true, false, false},
    {MINE, HALF, 0, MINE, true, false, false},
};

static struct buffer piece_of(enum piece piece, const struct buffer *mine, const struct buffer *others)
{
    static const char garbage[] = "-----BEGIN CERTIFICATE-----\nnot base64 at all\n-----END CERTIFICATE-----\n";
    struct buffer out = BUFFER_INIT(OWN_CA_PEM_MAX);
    const struct buffer *from = piece == OTHERS ? others : mine;

    if (piece == GARBAGE)
        ck_assert_int_eq(buffer_add_text(&out, garbage), 0);
    else if (piece != NOTHING)
        ck_assert_int_eq(buffer_append(&out, from->data, piece == HALF ? from->len / 2 : from->len), 0);
    return out;
}

START_TEST(pair_case)
{
    CLEANUP(own_issue_clear) struct own_issue mine = issue_at(start_ms);
    CLEANUP(own_issue_clear) struct own_issue others = issue_at(start_ms);
    CLEANUP(buffer_clear) struct buffer cert = piece_of(pairs[_i].cert, &mine.cert_pem, &others.cert_pem);
    CLEANUP(buffer_clear) struct buffer key = piece_of(pairs[_i].key, &mine.key_pem, &others.key_pem);
    CLEANUP(buffer_clear) struct buffer bundle = piece_of(pairs[_i].bundle, &mine.ca_pem, &others.ca_pem);
    const struct own_pair_text text = {&cert, &key, &bundle};
    struct own_pair pair = own_ca_look(&text, names, ARRAY_LEN(names));

    ck_assert_int_eq(pair.there, pairs[_i].there);
    ck_assert_int_eq(pair.whole, pairs[_i].whole);
    ck_assert_int_eq(own_pair_is_good(&pair, start_ms + pairs[_i].at_ms), pairs[_i].good);
    ck_assert_int_eq(pair.why[0] != '\0', pair.there && !pair.whole);
    if (pair.whole) {
        ck_assert(pair.named);
        ck_assert_int_eq(pair.begins_unix_ms, start_ms - hour_ms);
        ck_assert_int_eq(pair.ends_unix_ms, start_ms + lifetime_ms);
    }
}
END_TEST

START_TEST(a_pair_that_lacks_a_name_is_whole_but_not_named)
{
    static const char *const more[] = {"adapter.coder.svc", "adapter.elsewhere.svc"};
    CLEANUP(own_issue_clear) struct own_issue issue = issue_at(start_ms);
    const struct own_pair_text text = {&issue.cert_pem, &issue.key_pem, &issue.ca_pem};
    struct own_pair pair = own_ca_look(&text, more, ARRAY_LEN(more));

    ck_assert(pair.whole);
    ck_assert(!pair.named);
}
END_TEST

/* --- bundles --- */

static size_t count_certificates(const struct buffer *pem)
{
    size_t n = 0;

    for (const char *at = buffer_text(pem); (at = strstr(at, "BEGIN CERTIFICATE")); at++)
        n++;
    return n;
}

static struct buffer tidy(const struct buffer *bundle, int64_t now_ms, int64_t *first_end)
{
    struct buffer out = BUFFER_INIT(OWN_CA_PEM_MAX);
    struct error err = {0};

    ck_assert_msg(own_ca_bundle_tidy(bundle, now_ms, &out, first_end, &err) == 0, "%s", err.text);
    return out;
}

START_TEST(a_tidy_bundle_stays_and_an_untidy_one_is_tidied)
{
    CLEANUP(own_issue_clear) struct own_issue old = issue_at(start_ms);
    CLEANUP(own_issue_clear) struct own_issue later = issue_at(start_ms + hour_ms);
    CLEANUP(buffer_clear) struct buffer clean = BUFFER_INIT(OWN_CA_PEM_MAX);
    CLEANUP(buffer_clear) struct buffer messy = BUFFER_INIT(OWN_CA_PEM_MAX);
    CLEANUP(buffer_clear) struct buffer once = {0}, twice = {0}, after = {0}, at_last = {0};
    int64_t first_end = 0;

    (void)buffer_printf(&clean, "%s%s", buffer_text(&old.ca_pem), buffer_text(&later.ca_pem));
    /* twice the same CA, words, a certificate that is none, and a key */
    (void)buffer_printf(&messy, "words\n%s%s%s%s%s", buffer_text(&old.ca_pem), buffer_text(&old.ca_pem), buffer_text(&old.cert_pem),
                        buffer_text(&old.key_pem), buffer_text(&later.ca_pem));
    once = tidy(&clean, start_ms, &first_end);
    ck_assert_str_eq(buffer_text(&once), buffer_text(&clean));
    ck_assert_int_eq(first_end, start_ms + lifetime_ms);
    twice = tidy(&messy, start_ms, &first_end);
    ck_assert_str_eq(buffer_text(&twice), buffer_text(&clean));
    after = tidy(&clean, start_ms + lifetime_ms, &first_end);
    ck_assert_str_eq(buffer_text(&after), buffer_text(&later.ca_pem));
    ck_assert_int_eq(first_end, start_ms + hour_ms + lifetime_ms);
    at_last = tidy(&clean, start_ms + hour_ms + lifetime_ms, &first_end);
    ck_assert_uint_eq(at_last.len, 0);
    ck_assert_int_eq(first_end, INT64_MAX);
}
END_TEST

START_TEST(of_too_many_the_latest_stay)
{
    CLEANUP(buffer_clear) struct buffer many = BUFFER_INIT(OWN_CA_PEM_MAX);
    CLEANUP(buffer_clear) struct buffer out = {0};
    CLEANUP(own_issue_clear) struct own_issue last = OWN_ISSUE_INIT;
    int64_t first_end = 0;

    for (int i = 0; i < OWN_CA_BUNDLE_MAX + 3; i++) {
        own_issue_clear(&last);
        last = issue_at(start_ms);
        ck_assert_int_eq(buffer_add_text(&many, buffer_text(&last.ca_pem)), 0);
    }
    out = tidy(&many, start_ms, &first_end);
    ck_assert_uint_eq(count_certificates(&out), OWN_CA_BUNDLE_MAX);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), buffer_text(&last.ca_pem)));
}
END_TEST

Suite *own_ca_suite(void)
{
    Suite *suite = suite_create("own_ca");
    TCase *tcase = tcase_create("own_ca");

    tcase_add_test(tcase, an_issue_is_what_a_go_client_wants);
    tcase_add_test(tcase, an_issue_can_be_served_with);
    tcase_add_test(tcase, a_name_that_would_be_two_is_refused);
    tcase_add_loop_test(tcase, pair_case, 0, ARRAY_LEN(pairs));
    tcase_add_test(tcase, a_pair_that_lacks_a_name_is_whole_but_not_named);
    tcase_add_test(tcase, a_tidy_bundle_stays_and_an_untidy_one_is_tidied);
    tcase_add_test(tcase, of_too_many_the_latest_stay);
    suite_add_tcase(suite, tcase);
    return suite;
}
