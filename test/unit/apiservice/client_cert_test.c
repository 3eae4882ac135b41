/* client_cert_test.c - whose certificates are believed: one row for each way to be wrong. */
#include "apiservice/client_cert.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "test/unit/apiservice/certificates.h"
#include "test/unit/apiservice/suites.h"

enum { LINKS_MAX = 6 };

/* A chain from the anchor (in the bundle) down to the leaf. */
static const struct {
    const char *label;
    struct cert_spec links[LINKS_MAX]; /* the first is the anchor */
    bool anchor_is_signed;             /* by another CA: it is no root */
    bool foreign;                      /* the bundle has another key under the anchor's name */
    bool hold_back;                    /* the client sends its leaf only */
    bool ok;
    const char *failure;
} chains[] = {
    {"signed by the CA", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .usage = "clientAuth"}}, .ok = true},
    {"no key usages", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}}}, .ok = true},
    {"any usage", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .usage = "anyExtendedKeyUsage"}}, .ok = true},
    {"for servers and clients",
     {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .usage = "serverAuth,clientAuth"}},
     .ok = true},
    {"for servers only",
     {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .usage = "serverAuth"}},
     .failure = "extended key usages"},
    {"a CA for servers only",
     {{.common_names = {"ca"}, .ca = true}, {.common_names = {"i"}, .ca = true, .usage = "serverAuth"}, {.common_names = {"u"}}},
     .failure = "extended key usages"},
    {"through a CA that the client sends",
     {{.common_names = {"ca"}, .ca = true}, {.common_names = {"i"}, .ca = true}, {.common_names = {"u"}}},
     .ok = true},
    {"the CA between is held back",
     {{.common_names = {"ca"}, .ca = true}, {.common_names = {"i"}, .ca = true}, {.common_names = {"u"}}},
     .hold_back = true,
     .failure = "local issuer"},
    {"an anchor that is no root", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}}}, .anchor_is_signed = true, .ok = true},
    {"another CA of that name", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}}}, .foreign = true, .failure = ""},
    {"a link that is no CA",
     {{.common_names = {"ca"}, .ca = true}, {.common_names = {"i"}}, {.common_names = {"u"}}},
     .failure = "CA certificate"},
    {"expired", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .from_s = -100, .to_s = -10}}, .failure = "expired"},
    {"not yet valid", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .from_s = 600}}, .failure = "not yet valid"},
    {"its CA expired", {{.common_names = {"ca"}, .ca = true, .to_s = -10}, {.common_names = {"u"}}}, .failure = "expired"},
    {"SHA-1", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .sha1 = true}}, .failure = "digest"},
    {"too deep",
     {{.common_names = {"ca"}, .ca = true},
      {.common_names = {"1"}, .ca = true},
      {.common_names = {"2"}, .ca = true},
      {.common_names = {"3"}, .ca = true},
      {.common_names = {"4"}, .ca = true},
      {.common_names = {"u"}}},
     .ok = true},
    {"two common names", {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u", "admin"}}}, .failure = "several common names"},
    {"a NUL in a name",
     {{.common_names = {"ca"}, .ca = true}, {.common_names = {"u"}, .nul_organization = "system:masters"}},
     .failure = "NUL"},
    {"no common name", {{.common_names = {"ca"}, .ca = true}, {.organizations = {"o"}}}, .ok = true},
    {"its own CA", {{.common_names = {"u"}, .ca = true}}, .ok = true}, /* it is in the bundle itself */
};

struct fixture_chain {
    struct cert root, links[LINKS_MAX];
    size_t n;
    struct client_chain chain; /* the leaf first, without the anchor */
    struct client_ca *ca;
};

static void open_chain(size_t row, struct fixture_chain *out)
{
    static const struct cert_spec root = {.common_names = {"root"}, .ca = true};
    struct cert stranger = {0};
    struct error err = {0};

    out->root = cert_make(&root, NULL);
    while (out->n < LINKS_MAX && (chains[row].links[out->n].common_names[0] || chains[row].links[out->n].organizations[0])) {
        const struct cert *issuer = out->n > 0 ? &out->links[out->n - 1] : chains[row].anchor_is_signed ? &out->root : NULL;

        out->links[out->n] = cert_make(&chains[row].links[out->n], issuer);
        out->n++;
    }
    for (size_t i = out->n; i > 1 && (out->chain.n == 0 || !chains[row].hold_back); i--)
        out->chain.certificates[out->chain.n++] = cert_der(&out->links[i - 1]);
    if (out->chain.n == 0)
        out->chain.certificates[out->chain.n++] = cert_der(&out->links[0]);
    if (chains[row].foreign)
        stranger = cert_make(&chains[row].links[0], NULL);
    out->ca = client_ca_new(chains[row].foreign ? stranger.pem : out->links[0].pem, &err);
    ck_assert_msg(out->ca != NULL, "%s", err.text);
    cert_clear(&stranger);
}

static void close_chain(struct fixture_chain *chain)
{
    cert_clear(&chain->root);
    for (size_t i = 0; i < chain->n; i++)
        cert_clear(&chain->links[i]);
    client_ca_release(chain->ca);
}

START_TEST(chain_case)
{
    struct fixture_chain fixture = {0};
    struct client_question question = {.now_unix_ms = clock_unix_ms()};
    struct client_verdict verdict = {0};

    open_chain((size_t)_i, &fixture);
    question.clients = fixture.ca;
    client_chain_judge(&fixture.chain, &question, &verdict);
    ck_assert_msg(verdict.by_client_ca == chains[_i].ok, "%s: %s", chains[_i].label, verdict.failure);
    ck_assert(!verdict.by_front_proxy);
    if (!chains[_i].ok)
        ck_assert_msg(strstr(verdict.failure, chains[_i].failure) != NULL, "%s: %s", chains[_i].label, verdict.failure);
    question = (struct client_question){.front_proxy = fixture.ca, .now_unix_ms = question.now_unix_ms};
    client_chain_judge(&fixture.chain, &question, &verdict);
    ck_assert(verdict.by_front_proxy == chains[_i].ok && !verdict.by_client_ca);
    client_verdict_clear(&verdict);
    close_chain(&fixture);
}
END_TEST

static const struct cert_spec plain_ca = {.common_names = {"ca"}, .ca = true};

START_TEST(the_subject_is_read)
{
    const struct cert_spec spec = {.common_names = {"j\xc3\xbcrgen"}, .organizations = {"system:masters", "devs"}, .to_s = 60};
    struct cert ca = cert_make(&plain_ca, NULL), leaf = cert_make(&spec, &ca);
    struct client_chain chain = {.certificates = {cert_der(&leaf)}, .n = 1};
    struct error err = {0};
    CLEANUP(client_ca_releasep) struct client_ca *bundle = client_ca_new(ca.pem, &err);
    const struct client_question question = {.clients = bundle, .now_unix_ms = clock_unix_ms()};
    CLEANUP(client_verdict_clear) struct client_verdict verdict = {0};

    client_chain_judge(&chain, &question, &verdict);
    ck_assert(verdict.by_client_ca);
    ck_assert_str_eq(verdict.name, "j\xc3\xbcrgen");
    ck_assert_uint_eq(verdict.n_organizations, 2);
    ck_assert_str_eq(verdict.organizations[0], "system:masters");
    ck_assert_str_eq(verdict.organizations[1], "devs");
    ck_assert_uint_eq(strlen(verdict.fingerprint), 64);
    ck_assert_int_le(verdict.until_unix_ms, question.now_unix_ms + 61000); /* the leaf ends first */
    ck_assert_int_ge(verdict.until_unix_ms, question.now_unix_ms + 50000);
    cert_clear(&leaf);
    cert_clear(&ca);
}
END_TEST

START_TEST(what_is_no_chain_is_refused)
{
    struct cert ca = cert_make(&plain_ca, NULL), leaf = cert_make(&(struct cert_spec){.common_names = {"u"}}, &ca);
    unsigned char padded[4096];
    const struct client_chain shapes[] = {
        {.n = 0},
        {.certificates = {{(const unsigned char *)"rubbish", 7}}, .n = 1},
        {.certificates = {{leaf.der, leaf.der_len - 1}}, .n = 1},
        {.certificates = {{leaf.der, 0}}, .n = 1},
        {.certificates = {{padded, leaf.der_len + 1}}, .n = 1},
        {.certificates = {cert_der(&leaf), {(const unsigned char *)"x", 1}}, .n = 2},
        {.certificates = {cert_der(&leaf)}, .n = CLIENT_CHAIN_MAX + 1},
    };
    struct error err = {0};
    CLEANUP(client_ca_releasep) struct client_ca *bundle = client_ca_new(ca.pem, &err);
    const struct client_question question = {.front_proxy = bundle, .clients = bundle, .now_unix_ms = clock_unix_ms()};

    memcpy(padded, leaf.der, leaf.der_len);
    padded[leaf.der_len] = 0;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        CLEANUP(client_verdict_clear) struct client_verdict verdict = {0};

        client_chain_judge(&shapes[i], &question, &verdict);
        ck_assert_msg(!verdict.by_front_proxy && !verdict.by_client_ca, "shape %zu", i);
        ck_assert_str_eq(verdict.name, "");
        ck_assert_int_gt(verdict.until_unix_ms, question.now_unix_ms); /* it is not judged anew for every request */
    }
    cert_clear(&leaf);
    cert_clear(&ca);
}
END_TEST

static const struct {
    const char *pem;
    const char *why; /* NULL: it is good */
} bundles[] = {
    {"", "no certificate"},
    {"text without any", "no certificate"},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 cannot be read"},
    {"-----BEGIN CERTIFICATE-----\nMIIB", "cannot be read"},
};

START_TEST(bundle_case)
{
    struct error err = {0};

    ck_assert_ptr_null(client_ca_new(bundles[_i].pem, &err));
    ck_assert_msg(strstr(err.text, bundles[_i].why) != NULL, "%s", err.text);
}
END_TEST

START_TEST(any_ca_of_a_bundle_will_do)
{
    struct cert old = cert_make(&plain_ca, NULL), new = cert_make(&plain_ca, NULL);
    struct cert leaf = cert_make(&(struct cert_spec){.common_names = {"u"}}, &new);
    struct client_chain chain = {.certificates = {cert_der(&leaf)}, .n = 1};
    CLEANUP(buffer_clear) struct buffer pem = BUFFER_INIT(65536);
    CLEANUP(client_verdict_clear) struct client_verdict verdict = {0};
    struct client_question question = {.now_unix_ms = clock_unix_ms()};
    struct error err = {0};

    ck_assert_int_eq(buffer_printf(&pem, "# two, with words between\n%s\nwords\n%s%s", old.pem, new.pem, old.pem), 0);
    question.clients = client_ca_new(pem.data, &err);
    ck_assert_msg(question.clients != NULL, "%s", err.text);
    client_chain_judge(&chain, &question, &verdict);
    ck_assert_msg(verdict.by_client_ca, "%s", verdict.failure);
    client_ca_release(question.clients);
    cert_clear(&leaf);
    cert_clear(&old);
    cert_clear(&new);
}
END_TEST

Suite *client_cert_suite(void)
{
    Suite *suite = suite_create("client_cert");
    TCase *tcase = tcase_create("client_cert");

    tcase_add_loop_test(tcase, chain_case, 0, ARRAY_LEN(chains));
    tcase_add_test(tcase, the_subject_is_read);
    tcase_add_test(tcase, what_is_no_chain_is_refused);
    tcase_add_loop_test(tcase, bundle_case, 0, ARRAY_LEN(bundles));
    tcase_add_test(tcase, any_ca_of_a_bundle_will_do);
    suite_add_tcase(suite, tcase);
    return suite;
}
