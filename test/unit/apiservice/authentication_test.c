/* authentication_test.c - the order of the ways to tell who asks, as it was recorded from the Go library. */
#include "apiservice/authentication.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "test/unit/apiservice/certificates.h"
#include "test/unit/apiservice/fake_request.h"
#include "test/unit/apiservice/suites.h"

enum who { NOBODY, FRONT_PROXY, IMPOSTOR, ROGUE, ADMIN, NAMELESS, PEOPLE };
enum heard { NOTHING, GOOD, BAD };

static const struct {
    struct cert_spec spec;
    enum { BY_PROXY_CA, BY_CLIENT_CA, BY_ITSELF } by;
} people[PEOPLE] = {
    [FRONT_PROXY] = {{.common_names = {"front-proxy-client"}}, BY_PROXY_CA},
    [IMPOSTOR] = {{.common_names = {"impostor"}}, BY_PROXY_CA},
    [ROGUE] = {{.common_names = {"front-proxy-client"}}, BY_ITSELF},
    [ADMIN] = {{.common_names = {"admin"}, .organizations = {"system:masters"}}, BY_CLIENT_CA},
    [NAMELESS] = {{.organizations = {"o"}}, BY_CLIENT_CA},
};

#define AS(name)              \
    {                         \
        "X-Remote-User", name \
    }
#define BEARER(token)                    \
    {                                    \
        "Authorization", "Bearer " token \
    }

enum cas { BOTH_CAS, NO_PROXY_CA, NO_CLIENT_CA, NO_CA };

static const struct {
    const char *label;
    struct fake_header headers[FAKE_HEADERS_MAX];
    enum who who;
    enum heard heard;
    enum cas cas;
    enum authentication_way way;
    const char *user; /* name and groups */
} cases[] = {
    {"front proxy",
     {AS("anna"), {"X-Remote-Group", "devs"}},
     FRONT_PROXY,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_FRONT_PROXY,
     "anna devs system:authenticated"},
    {"it told the group itself",
     {AS("anna"), {"X-Remote-Group", "system:authenticated"}},
     FRONT_PROXY,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_FRONT_PROXY,
     "anna system:authenticated"},
    {"it speaks for the anonymous",
     {AS("system:anonymous"), {"X-Remote-Group", "system:unauthenticated"}},
     FRONT_PROXY,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_FRONT_PROXY,
     "system:anonymous system:unauthenticated"},
    {"no user", {{NULL, NULL}}, FRONT_PROXY, NOTHING, BOTH_CAS, AUTHENTICATION_FAILED, NULL},
    {"groups only", {{"X-Remote-Group", "system:masters"}}, FRONT_PROXY, NOTHING, BOTH_CAS, AUTHENTICATION_FAILED, NULL},
    {"its identity wins over a token",
     {AS("anna"), BEARER("t")},
     FRONT_PROXY,
     GOOD,
     BOTH_CAS,
     AUTHENTICATION_FRONT_PROXY,
     "anna system:authenticated"},
    {"and over a bad one", {AS("anna"), BEARER("t")}, FRONT_PROXY, BAD, BOTH_CAS, AUTHENTICATION_FRONT_PROXY, "anna system:authenticated"},
    {"another name", {AS("admin")}, IMPOSTOR, NOTHING, BOTH_CAS, AUTHENTICATION_FAILED, NULL},
    {"another name, a good token", {AS("admin"), BEARER("t")}, IMPOSTOR, GOOD, BOTH_CAS, AUTHENTICATION_TOKEN, "tom system:authenticated"},
    {"a foreign CA", {AS("admin")}, ROGUE, NOTHING, BOTH_CAS, AUTHENTICATION_FAILED, NULL},
    {"a foreign CA, a bad token", {BEARER("t")}, ROGUE, BAD, BOTH_CAS, AUTHENTICATION_FAILED, NULL},
    {"headers without a certificate",
     {AS("admin"), {"X-Remote-Group", "system:masters"}},
     NOBODY,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_ANONYMOUS,
     "system:anonymous system:unauthenticated"},
    {"nothing", {{NULL, NULL}}, NOBODY, NOTHING, BOTH_CAS, AUTHENTICATION_ANONYMOUS, "system:anonymous system:unauthenticated"},
    {"a client certificate",
     {{NULL, NULL}},
     ADMIN,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_CERTIFICATE,
     "admin system:masters system:authenticated"},
    {"forged headers are not looked at",
     {AS("viewer")},
     ADMIN,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_CERTIFICATE,
     "admin system:masters system:authenticated"},
    {"a client certificate without a name", {{NULL, NULL}}, NAMELESS, NOTHING, BOTH_CAS, AUTHENTICATION_FAILED, NULL},
    {"the same, no front proxy's CA",
     {{NULL, NULL}},
     NAMELESS,
     NOTHING,
     NO_PROXY_CA,
     AUTHENTICATION_ANONYMOUS,
     "system:anonymous system:unauthenticated"},
    {"no front proxy's CA", {AS("anna")}, FRONT_PROXY, NOTHING, NO_PROXY_CA, AUTHENTICATION_FAILED, NULL},
    {"no CA of clients", {{NULL, NULL}}, ADMIN, NOTHING, NO_CLIENT_CA, AUTHENTICATION_FAILED, NULL},
    {"no CA of clients, front proxy without a user",
     {{NULL, NULL}},
     FRONT_PROXY,
     NOTHING,
     NO_CLIENT_CA,
     AUTHENTICATION_ANONYMOUS,
     "system:anonymous system:unauthenticated"},
    {"no CA at all", {AS("anna")}, FRONT_PROXY, NOTHING, NO_CA, AUTHENTICATION_ANONYMOUS, "system:anonymous system:unauthenticated"},
    {"a token, not asked yet", {BEARER("t")}, NOBODY, NOTHING, BOTH_CAS, AUTHENTICATION_ASK, NULL},
    {"a good token", {BEARER("t")}, NOBODY, GOOD, BOTH_CAS, AUTHENTICATION_TOKEN, "tom system:authenticated"},
    {"a bad token", {BEARER("t")}, NOBODY, BAD, BOTH_CAS, AUTHENTICATION_FAILED, NULL},
    {"an empty token",
     {{"Authorization", "Bearer "}},
     NOBODY,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_ANONYMOUS,
     "system:anonymous system:unauthenticated"},
    {"Basic",
     {{"Authorization", "Basic YTpi"}},
     NOBODY,
     NOTHING,
     BOTH_CAS,
     AUTHENTICATION_ANONYMOUS,
     "system:anonymous system:unauthenticated"},
};

static struct cert proxy_ca, client_ca;

static struct authentication_config *make_config(enum cas cas)
{
    struct authentication_config *config;
    struct error err = {0};
    json_t *map = json_pack("{s:{s:s,s:s,s:s,s:s,s:s}}", "data", "requestheader-username-headers", "[\"X-Remote-User\"]",
                            "requestheader-group-headers", "[\"X-Remote-Group\"]", "requestheader-allowed-names",
                            "[\"front-proxy-client\"]", "requestheader-client-ca-file",
                            cas == BOTH_CAS || cas == NO_CLIENT_CA ? proxy_ca.pem : "", "client-ca-file",
                            cas == BOTH_CAS || cas == NO_PROXY_CA ? client_ca.pem : "");

    config = authentication_config_from_map(map, NULL, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    json_decref(map);
    return config;
}

static void describe(const struct kube_user *user, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s", user->name);

    for (size_t i = 0; i < user->groups.len; i++)
        len += (size_t)snprintf(out + len, size - len, " %s", user->groups.items[i]);
}

static const struct kube_user tom = {.name = "tom"};

static void check_case(int row, const struct authentication_config *config, struct client_peer *peer)
{
    const struct request request = fake_request("GET", "/", cases[row].headers);
    const struct token_verdict heard = {cases[row].heard == GOOD, &tom};
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;
    struct authentication authentication = {.config = config, .request = &request, .peer = peer};
    char text[256];

    authentication.token = authentication_token(&request, &principal.arena);
    authentication.heard = cases[row].heard == NOTHING ? NULL : &heard;
    client_peer_judge(peer, config, clock_unix_ms());
    ck_assert_msg(authenticate(&authentication, &principal) == cases[row].way, "%s", cases[row].label);
    ck_assert(!principal.arena.failed);
    if (!cases[row].user)
        return;
    describe(&principal.user, text, sizeof(text));
    ck_assert_str_eq(text, cases[row].user);
}

START_TEST(order_case)
{
    struct cert cert = {0};
    CLEANUP(authentication_config_releasep) struct authentication_config *config = NULL;
    struct client_peer peer = {0};
    enum who who = cases[_i].who;

    proxy_ca = cert_make(&(struct cert_spec){.common_names = {"front-proxy-ca"}, .ca = true}, NULL);
    client_ca = cert_make(&(struct cert_spec){.common_names = {"client-ca"}, .ca = true}, NULL);
    config = make_config(cases[_i].cas);
    if (who != NOBODY) {
        cert = cert_make(&people[who].spec, people[who].by == BY_PROXY_CA ? &proxy_ca : people[who].by == BY_CLIENT_CA ? &client_ca : NULL);
        peer.chain = (struct client_chain){.certificates = {cert_der(&cert)}, .n = 1};
    }
    check_case(_i, config, &peer);
    client_peer_clear(&peer);
    cert_clear(&cert);
    cert_clear(&proxy_ca);
    cert_clear(&client_ca);
}
END_TEST

/* A verdict is kept for a configuration and a time, and made anew when either is another. */
START_TEST(verdicts_are_kept)
{
    struct cert ca = cert_make(&(struct cert_spec){.common_names = {"ca"}, .ca = true}, NULL);
    struct cert leaf = cert_make(&(struct cert_spec){.common_names = {"u"}, .to_s = 100}, &ca);
    struct error err = {0};
    struct authentication_config config = {.generation = 1, .clients = client_ca_new(ca.pem, &err)};
    struct client_peer peer = {.chain = {.certificates = {cert_der(&leaf)}, .n = 1}};
    int64_t now = clock_unix_ms();
    const char *name;

    ck_assert(!client_peer_is_verified(&peer));
    client_peer_judge(&peer, &config, now);
    ck_assert(client_peer_is_verified(&peer));
    name = peer.verdict.name;
    client_peer_judge(&peer, &config, now + 50000);
    ck_assert_ptr_eq(peer.verdict.name, name); /* not judged anew */
    client_peer_judge(&peer, &config, now + 200000);
    ck_assert(!client_peer_is_verified(&peer)); /* expired in the meantime */
    client_peer_judge(&peer, &config, now);
    ck_assert(!client_peer_is_verified(&peer)); /* a refusal is kept for a while, too */
    config.generation = 2;
    client_peer_judge(&peer, &config, now);
    ck_assert(client_peer_is_verified(&peer));
    client_ca_release(config.clients);
    config = (struct authentication_config){.generation = 3};
    client_peer_judge(&peer, &config, now);
    ck_assert(!client_peer_is_verified(&peer)); /* the CA is gone */
    client_peer_clear(&peer);
    cert_clear(&leaf);
    cert_clear(&ca);
}
END_TEST

static const struct {
    const char *header, *token;
} tokens[] = {
    {"Bearer abc", "abc"}, {"bearer abc", "abc"}, {"BEARER abc def", "abc"}, {"  Bearer abc  ", "abc"}, {"Bearer\tabc", NULL},
    {"Bearer", NULL},      {"Bearer ", NULL},     {"Bearer  abc", NULL},     {"Token abc", NULL},       {"", NULL},
    {"Bearerabc", NULL},   {NULL, NULL},
};

START_TEST(token_case)
{
    const struct fake_header headers[] = {{tokens[_i].header ? "Authorization" : NULL, tokens[_i].header}, {NULL, NULL}};
    const struct request request = fake_request("GET", "/", headers);
    CLEANUP(arena_clear) struct arena arena = {.limit = 4096};
    const char *token = authentication_token(&request, &arena);

    if (tokens[_i].token)
        ck_assert_str_eq(token, tokens[_i].token);
    else
        ck_assert_ptr_null(token);
}
END_TEST

START_TEST(a_certificate_has_a_credential_id)
{
    struct client_peer peer = {.chain = {.n = 1},
                               .verdict = {.by_client_ca = true, .name = "u", .fingerprint = "ab12", .until_unix_ms = INT64_MAX}};
    struct authentication_config config = {.clients = (struct client_ca *)1};
    const struct fake_header none[] = {{NULL, NULL}};
    const struct request request = fake_request("GET", "/", none);
    const struct authentication authentication = {.config = &config, .request = &request, .peer = &peer};
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;

    ck_assert_int_eq(authenticate(&authentication, &principal), AUTHENTICATION_CERTIFICATE);
    ck_assert_uint_eq(principal.user.n_extra, 1);
    ck_assert_str_eq(principal.user.extra[0].key, "authentication.kubernetes.io/credential-id");
    ck_assert_str_eq(principal.user.extra[0].values.items[0], "X509SHA256=ab12");
}
END_TEST

Suite *authentication_suite(void)
{
    Suite *suite = suite_create("authentication");
    TCase *tcase = tcase_create("authentication");

    tcase_add_loop_test(tcase, order_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, verdicts_are_kept);
    tcase_add_loop_test(tcase, token_case, 0, ARRAY_LEN(tokens));
    tcase_add_test(tcase, a_certificate_has_a_credential_id);
    suite_add_tcase(suite, tcase);
    return suite;
}
