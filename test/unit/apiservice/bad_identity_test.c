/* Every bad certificate, identity header and token, through the real server: the Status that it gets, and that the server lives on. */
#include <check.h>
#include <string.h>

#include "test/unit/apiservice/access_fixture.h"
#include "test/unit/apiservice/suites.h"

#define USER "X-Remote-User: allowed-bob"
#define NEXT "\r\n"

enum { TTL_MS = 30000 };

static void setup(void)
{
    start_access(&usual_limits, TTL_MS);
}

static void teardown(void)
{
    stop_loop();
    stop_access();
}

/* The answer to a GET of a path with these header lines, and what comes again that often behind them. */
static int ask(struct exchange *exchange, const char *path, const char *lines, const char *again, size_t n)
{
    CLEANUP(buffer_clear) struct buffer head = BUFFER_INIT(65536);

    (void)buffer_printf(&head, "GET %s HTTP/1.1\r\n" HOST "%s", path, lines);
    for (size_t i = 0; i < n; i++)
        (void)buffer_add_text(&head, again);
    (void)buffer_add_text(&head, NEXT NEXT);
    raw_send(&exchange->client, head.data, head.len);
    return read_next(exchange);
}

static void check_unauthorized(const struct exchange *exchange, const char *label)
{
    ck_assert_msg(exchange->status == 401, "%s: %d %s", label, exchange->status, buffer_text(&exchange->body));
    ck_assert_str_eq(buffer_text(&exchange->body), "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
                                                   "\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\",\"code\":401}\n");
}

/* --- certificates --- */

enum issuer { FRONT_PROXY_CA, CLIENT_CA, NAMESAKE_CA, ITSELF, HELD_BACK_CA };

/* A certificate, and how often its issuer is sent behind it. All of these but the last begin a connection, and are told no. */
static const struct {
    const char *label;
    struct cert_spec spec;
    enum issuer issuer;
    size_t n_further;
} certificates[] = {
    {"signed by itself", {.common_names = {"front-proxy-client"}}, ITSELF, 0},
    {"of another CA of the same name", {.common_names = {"front-proxy-client"}, .usage = "clientAuth"}, NAMESAKE_CA, 0},
    {"of another CA of the same name, which is sent", {.common_names = {"front-proxy-client"}}, NAMESAKE_CA, 1},
    {"of a CA of ours that is not sent", {.common_names = {"front-proxy-client"}}, HELD_BACK_CA, 0},
    {"expired", {.common_names = {"front-proxy-client"}, .from_s = -100, .to_s = -10}, FRONT_PROXY_CA, 0},
    {"not yet valid", {.common_names = {"front-proxy-client"}, .from_s = 600}, FRONT_PROXY_CA, 0},
    {"for servers", {.common_names = {"front-proxy-client"}, .usage = "serverAuth"}, FRONT_PROXY_CA, 0},
    {"signed with SHA-1", {.common_names = {"front-proxy-client"}, .sha1 = true}, FRONT_PROXY_CA, 0},
    {"of another name", {.common_names = {"impostor"}, .usage = "clientAuth"}, FRONT_PROXY_CA, 0},
    {"of that name in other letters", {.common_names = {"Front-Proxy-Client"}}, FRONT_PROXY_CA, 0},
    {"of two names", {.common_names = {"front-proxy-client", "impostor"}}, FRONT_PROXY_CA, 0},
    {"without a name", {.organizations = {"front-proxy-client"}}, FRONT_PROXY_CA, 0},
    {"with a NUL in it", {.common_names = {"front-proxy-client"}, .nul_organization = "system:masters"}, FRONT_PROXY_CA, 0},
    {"of a user, without a name", {.organizations = {"system:masters"}}, CLIENT_CA, 0},
    {"of a user, expired", {.common_names = {"allowed-anna"}, .from_s = -100, .to_s = -10}, CLIENT_CA, 0},
    {"of a user, with a NUL in a group", {.common_names = {"allowed-anna"}, .nul_organization = "system:masters"}, CLIENT_CA, 0},
    {"more of them than are looked at", {.common_names = {"front-proxy-client"}}, FRONT_PROXY_CA, CLIENT_CHAIN_MAX},
    {"very many of them", {.common_names = {"front-proxy-client"}}, FRONT_PROXY_CA, 100},
};

static void check_certificate(size_t row, const struct cert *issuer)
{
    struct cert cert = cert_make(&certificates[row].spec, certificates[row].issuer == ITSELF ? NULL : issuer);
    const struct raw_options client = {.read_timeout_ms = 20000,
                                       .certificate = cert.certificate,
                                       .key = cert.key,
                                       .further = issuer->certificate,
                                       .n_further = certificates[row].n_further};
    struct exchange exchange = connect_as(&client);

    (void)ask(&exchange, METRIC, USER, "", 0);
    check_unauthorized(&exchange, certificates[row].label);
    (void)ask(&exchange, "/livez", "Accept: */*", "", 0); /* what is wrong is wrong there too */
    check_unauthorized(&exchange, certificates[row].label);
    (void)ask(&exchange, METRIC, USER NEXT "Authorization: Bearer bad", "", 0);
    check_unauthorized(&exchange, certificates[row].label);
    ck_assert_int_eq(ask(&exchange, METRIC, USER NEXT "Authorization: Bearer good", "", 0),
                     200); /* who has a good token as well may come in with that */
    disconnect(&exchange);
    cert_clear(&cert);
}

START_TEST(bad_certificates_are_unauthorized)
{
    struct cert namesake = cert_make(&(struct cert_spec){.common_names = {"front-proxy-ca"}, .ca = true}, NULL);
    struct cert between = cert_make(&(struct cert_spec){.common_names = {"between"}, .ca = true}, &access_fixture.proxy_ca);
    const struct cert *issuers[] = {[FRONT_PROXY_CA] = &access_fixture.proxy_ca,
                                    [CLIENT_CA] = &access_fixture.client_ca,
                                    [NAMESAKE_CA] = &namesake,
                                    [ITSELF] = &access_fixture.proxy_ca,
                                    [HELD_BACK_CA] = &between};

    for (size_t row = 0; row < ARRAY_LEN(certificates); row++)
        check_certificate(row, issuers[certificates[row].issuer]);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200);
    cert_clear(&namesake);
    cert_clear(&between);
}
END_TEST

/* More than a handshake may have: 128 KiB. */
START_TEST(a_chain_without_end_is_no_handshake)
{
    struct raw_options client = access_fixture.by_proxy;
    struct exchange exchange = {0};

    client.further = access_fixture.proxy_ca.certificate;
    client.n_further = 400;
    if (raw_connect(&exchange.client, api_server_port(fixture.server), &client)) {
        exchange.head = exchange.body = BUFFER_INIT(65536);
        ck_assert_int_eq(ask(&exchange, METRIC, USER, "", 0), 0); /* in TLS 1.3 the client hears of it when it reads */
        buffer_clear(&exchange.head);
        buffer_clear(&exchange.body);
    }
    raw_close(&exchange.client);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200);
}
END_TEST

/* --- headers --- */

static const struct {
    const char *lines, *again;
    size_t n;
    bool by_proxy;
    int code;
    const char *says;
} headers[] = {
    {"Accept: */*", "", 0, true, 401, "\"Unauthorized\""},
    {"X-Remote-User:", "", 0, true, 401, "\"Unauthorized\""},
    {"X-Remote-User:" NEXT USER, "", 0, true, 401, "\"Unauthorized\""}, /* the first value counts */
    {USER NEXT "X-Remote-User: bob", "", 0, true, 200, "ExternalMetricValueList"},
    {"x-remote-user: allowed-bob", "", 0, true, 200, "ExternalMetricValueList"},
    {"X-Remote-User: \"<bob>&\\", "", 0, true, 403, "User \\\"\\\\\\\"&lt;bob&gt;&amp;\\\\\\\\\\\""},
    {"X-Remote-User: b\xff\xfe", "", 0, true, 403, "is forbidden: User"},
    {"X-Remote-Group: system:masters", "", 0, true, 401, "\"Unauthorized\""},
    {USER NEXT "X-Remote-Extra-: x", "", 0, true, 200, "ExternalMetricValueList"},
    {USER NEXT "X-Remote-Extra-%zz%: x", "", 0, true, 200, "ExternalMetricValueList"},
    {USER NEXT "X-Remote-Extra-a%00b: x", "", 0, true, 200, "ExternalMetricValueList"},
    {USER, NEXT "X-Remote-Extra-a: b", 64, true, 200, "ExternalMetricValueList"},
    {USER, NEXT "X-Remote-Extra-a: b", 65, true, 431, "groups and extra are too large"},
    {USER, NEXT "X-Remote-Group: g", 300, true, 200, "ExternalMetricValueList"},
    {USER NEXT "X-Remote-Group: system:masters", "", 0, false, 403, "system:anonymous"},
    {"Authorization:", "", 0, false, 403, "system:anonymous"},
    {"Authorization: Bearer", "", 0, false, 403, "system:anonymous"},
    {"Authorization: Bearer  good", "", 0, false, 403, "system:anonymous"}, /* between the blanks there is an empty token */
    {"Authorization: Bearergood", "", 0, false, 403, "system:anonymous"},
    {"Authorization: Basic Z29vZDpnb29k", "", 0, false, 403, "system:anonymous"},
    {"Authorization: good", "", 0, false, 403, "system:anonymous"},
    {"authorization: bEaReR good", "", 0, false, 200, "ExternalMetricValueList"},
    {"Authorization: Bearer bad" NEXT "Authorization: Bearer good", "", 0, false, 401, "\"Unauthorized\""},
    {"Authorization: Bearer good,bad", "", 0, false, 401, "\"Unauthorized\""},
    {"Authorization: Bearer \xff\xfe", "", 0, false, 401, "\"Unauthorized\""},
    {"Authorization: Bearer x", "y", 12000, false, 401, "\"Unauthorized\""},
};

START_TEST(header_case)
{
    for (size_t row = 0; row < ARRAY_LEN(headers); row++) {
        struct exchange exchange = connect_as(headers[row].by_proxy ? &access_fixture.by_proxy : &usual_client);
        int code = ask(&exchange, METRIC, headers[row].lines, headers[row].again, headers[row].n);

        ck_assert_msg(code == headers[row].code, "%s: %d %s", headers[row].lines, code, buffer_text(&exchange.body));
        ck_assert_msg(strstr(buffer_text(&exchange.body), headers[row].says) != NULL, "%s: %s", headers[row].lines,
                      buffer_text(&exchange.body));
        disconnect(&exchange);
    }
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200);
}
END_TEST

Suite *bad_identity_suite(void)
{
    Suite *suite = suite_create("bad_identity");
    TCase *tcase = tcase_create("bad_identity");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, bad_certificates_are_unauthorized);
    tcase_add_test(tcase, a_chain_without_end_is_no_handshake);
    tcase_add_test(tcase, header_case);
    suite_add_tcase(suite, tcase);
    return suite;
}
