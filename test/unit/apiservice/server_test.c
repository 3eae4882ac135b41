/* The packaged libmicrohttpd under what clients may send: over TLS, byte by byte. */
#include "test/unit/apiservice/server_fixture.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/unit/run.h"
#include "test/unit/apiservice/suites.h"

static void setup(void)
{
    start_server(&usual_limits);
}

/* Each is followed by a good request. status 0: closed without an answer. */
static const struct {
    const char *bytes;
    size_t len;
    int status;
    bool goes_on; /* the good request behind it is answered too */
} shapes[] = {
    {BYTES(GOOD), 200, true},
    {BYTES("GET " METRIC "?labelSelector=queue%3Dred HTTP/1.1\r\n" HOST "Accept: application/vnd.kubernetes.protobuf, */*\r\n\r\n"), 200,
     true},
    {BYTES(LINE "host:a\r\nX-Empty:\r\nX-Long:    b\r\nX-Tab: a\tb\r\n\r\n"), 200, true},
    {BYTES(LINE HOST "Content-Length: 0\r\n\r\n"), 200, true},
    {BYTES("GET /apis/nosuch HTTP/1.1\r\n" HOST "\r\n"), 404, true},
    {BYTES("GET /livez HTTP/1.1\r\n" HOST "Cookie: a=b; c=d\r\nX: y\r\n\r\n"), 200, true},
    {BYTES("GET /livez?a=1&b=2+3&c HTTP/1.1\r\n" HOST "\r\n"), 200, true},
    {BYTES("GET /li%76ez HTTP/1.1\r\n" HOST "\r\n"), 200, true},
    {BYTES("GET /livez?" METRIC "%zz HTTP/1.1\r\n" HOST "\r\n"), 400, true},
    {BYTES("GET /livez%00 HTTP/1.1\r\n" HOST "\r\n"), 400, true},
    {BYTES("GET //livez HTTP/1.1\r\n" HOST "\r\n"), 404, true},
    {BYTES("GET https://a/livez HTTP/1.1\r\n" HOST "\r\n"), 400, true},
    {BYTES("GET * HTTP/1.1\r\n" HOST "\r\n"), 400, true},
    /* methods: refused, and the connection ends, since a body may follow */
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nGET "), 405, false},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), 405, false},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"), 405, false},
    {BYTES("OPTIONS /livez HTTP/1.1\r\n" HOST "\r\n"), 405, false},
    {BYTES("get /livez HTTP/1.1\r\n" HOST "\r\n"), 405, false},
    {BYTES("G@T /livez HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    /* smuggling shapes */
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, false},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"), 400, false},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"), 400, false},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 400, false},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "Content-Length: 5\r\n\r\nabcde"), 400, false},
    {BYTES(LINE HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "Content-Length : 28\r\n\r\n"), 400, false},
    /* heads that the library glues, cuts or reads on behind */
    {BYTES(LINE HOST "X-Remo: admin\r\n te-User\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "X-Remote-User: ad\r\n\tmin\r\n\r\n"), 400, false},
    {BYTES(LINE "Host: a\nX: y\r\n\r\n"), 400, false},
    {BYTES("GET /livez HTTP/1.1\n" HOST "\r\n"), 400, false},
    {BYTES(LINE HOST "X: a\rb\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "X-Remote-User: admin\0foo\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "X\0Y: z\r\n\r\n"), 400, false},
    {BYTES("GET /livez\0/x HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {BYTES(LINE HOST ": empty name\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "X Y: z\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "X(Y: z\r\n\r\n"), 400, false},
    {BYTES(LINE HOST "X: \x01\r\n\r\n"), 400, false},
    {BYTES(LINE "\r\n"), 400, false},
    {BYTES(LINE HOST HOST "\r\n"), 400, false},
    {BYTES("GET  /livez HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {BYTES("GET /livez HTTP/1.7\r\n" HOST "\r\n"), 505, false},
    /* targets that end elsewhere for others */
    {BYTES("GET /livez  HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {BYTES("GET /livez x HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {BYTES("GET /livez HTTP/1.1 HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {BYTES("GET /livez\rHost: HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {BYTES("GET /livez\x01 HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    {BYTES("GET /li\xc3\xb6 HTTP/1.1\r\n" HOST "\r\n"), 400, false},
    /* behind a 100 Continue the library would take the next request for a body */
    {BYTES("GET /livez HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n"), 200, false},
};

START_TEST(shapes_are_judged)
{
    struct exchange exchange = connect_now();
    CLEANUP(buffer_clear) struct buffer both = BUFFER_INIT(65536);

    (void)buffer_append(&both, shapes[_i].bytes, shapes[_i].len);
    (void)buffer_add_text(&both, GOOD);
    raw_send(&exchange.client, both.data, both.len);
    ck_assert_msg(read_next(&exchange) == shapes[_i].status, "%d %s", exchange.status, buffer_text(&exchange.body));
    if (shapes[_i].goes_on) {
        ck_assert_int_eq(read_next(&exchange), 200);
        ck_assert_str_eq(buffer_text(&exchange.body), "ok");
    } else {
        ck_assert_ptr_nonnull(strcasestr(buffer_text(&exchange.head), "\r\nConnection: close\r\n"));
        ck_assert(raw_is_closed(&exchange.client));
    }
    disconnect(&exchange);
}
END_TEST

/* What the library answers itself, with a page of its own, or drops: whatever it is, no second request comes out of it. */
static const struct {
    const char *bytes;
    size_t len;
} dropped[] = {
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc")},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc")},
    {BYTES("POST /livez HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc")},
    {BYTES(LINE HOST "no colon here\r\n\r\n")},
    {BYTES(LINE " leading: blank\r\n" HOST "\r\n")},
    {BYTES(LINE HOST "\0\r\n\r\n")},
    {BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
};

START_TEST(nothing_follows_what_the_library_refuses)
{
    struct exchange exchange = connect_now();
    CLEANUP(buffer_clear) struct buffer both = BUFFER_INIT(65536);

    (void)buffer_append(&both, dropped[_i].bytes, dropped[_i].len);
    (void)buffer_add_text(&both, "GET /version HTTP/1.1\r\n" HOST "\r\n");
    raw_send(&exchange.client, both.data, both.len);
    while (read_next(&exchange) != 0) {
        ck_assert_msg(exchange.status >= 400, "%s", buffer_text(&exchange.head));
        ck_assert_ptr_null(strstr(buffer_text(&exchange.body), "gitVersion"));
    }
    disconnect(&exchange);
}
END_TEST

START_TEST(a_head_in_pieces_is_one_head)
{
    struct exchange exchange = connect_now();
    static const char request[] = GOOD;

    for (size_t i = 0; i + 1 < sizeof(request); i++)
        raw_send(&exchange.client, request + i, 1);
    ck_assert_int_eq(read_next(&exchange), 200);
    disconnect(&exchange);
}
END_TEST

static void add_header(struct buffer *out, size_t len)
{
    (void)buffer_add_text(out, "X: ");
    for (size_t i = 0; i < len; i++)
        (void)buffer_add_char(out, 'a');
    (void)buffer_add_text(out, "\r\n");
}

static const struct {
    size_t header_len;
    int status;
} sizes[] = {{1000, 200}, {16000, 200}, {16500, 431}, {24000, 431}};

START_TEST(large_heads_get_a_431_of_our_own)
{
    CLEANUP(buffer_clear) struct buffer request = BUFFER_INIT(65536);
    struct exchange exchange = connect_now();

    (void)buffer_add_text(&request, LINE HOST);
    add_header(&request, sizes[_i].header_len);
    (void)buffer_add_text(&request, "\r\n");
    raw_send(&exchange.client, request.data, request.len);
    ck_assert_int_eq(read_next(&exchange), sizes[_i].status);
    if (sizes[_i].status == 431)
        ck_assert_ptr_nonnull(strstr(buffer_text(&exchange.body), "\"reason\":\"RequestHeaderFieldsTooLarge\""));
    disconnect(&exchange);
}
END_TEST

START_TEST(many_headers_are_well_formed_too)
{
    CLEANUP(buffer_clear) struct buffer request = BUFFER_INIT(65536);
    struct exchange exchange = connect_now();

    (void)buffer_add_text(&request, LINE HOST);
    for (int i = 0; i < 200; i++)
        (void)buffer_printf(&request, "X-Remote-Group: group-%d\r\n", i);
    (void)buffer_add_text(&request, "\r\n");
    raw_send(&exchange.client, request.data, request.len);
    ck_assert_int_eq(read_next(&exchange), 200);
    disconnect(&exchange);
}
END_TEST

START_TEST(answers_have_their_headers)
{
    struct exchange exchange = connect_now();

    raw_send(&exchange.client, BYTES("GET " METRIC "?labelSelector=queue%3Dred HTTP/1.1\r\n" HOST "Audit-Id: 1-2-3\r\n\r\n"));
    ck_assert_int_eq(read_next(&exchange), 200);
    ck_assert_ptr_nonnull(strstr(exchange.head.data, "\r\nContent-Type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(exchange.head.data, "\r\nCache-Control: no-cache, private\r\n"));
    ck_assert_ptr_nonnull(strstr(exchange.head.data, "\r\nAudit-Id: 1-2-3\r\n"));
    ck_assert_ptr_nonnull(strstr(exchange.head.data, "\r\nDate: "));
    ck_assert_ptr_nonnull(strstr(exchange.body.data, "\"value\":\"42\""));
    disconnect(&exchange);
}
END_TEST

START_TEST(head_has_the_length_and_no_body)
{
    struct exchange exchange = connect_now();

    raw_send(&exchange.client, BYTES("HEAD /livez HTTP/1.1\r\n" HOST "\r\n" GOOD));
    ck_assert_int_eq(raw_read_answer(&exchange.client, false, &exchange.head, &exchange.body), 200);
    ck_assert_ptr_nonnull(strcasestr(exchange.head.data, "\r\nContent-Length: 2\r\n"));
    ck_assert_int_eq(read_next(&exchange), 200);
    disconnect(&exchange);
}
END_TEST

START_TEST(an_etag_gives_304)
{
    struct exchange exchange = connect_now();
    char request[512], etag[160];
    const char *found;

    raw_send(&exchange.client, BYTES("GET /openapi/v2 HTTP/1.1\r\n" HOST "\r\n"));
    ck_assert_int_eq(read_next(&exchange), 200);
    found = strstr(exchange.head.data, "\r\nETag: ");
    ck_assert_ptr_nonnull(found);
    (void)snprintf(etag, sizeof(etag), "%.130s", found + 8);
    (void)snprintf(request, sizeof(request), "GET /openapi/v2 HTTP/1.1\r\n" HOST "If-None-Match: %s\r\n\r\n" GOOD, etag);
    raw_send(&exchange.client, request, strlen(request));
    ck_assert_int_eq(raw_read_answer(&exchange.client, false, &exchange.head, &exchange.body), 304);
    ck_assert_int_eq(read_next(&exchange), 200);
    disconnect(&exchange);
}
END_TEST

static const struct {
    int version;
    bool works;
} versions[] = {{0, true}, {TLS1_2_VERSION, true}, {TLS1_1_VERSION, false}, {TLS1_VERSION, false}};

START_TEST(old_tls_is_refused)
{
    const struct raw_options options = {.max_version = versions[_i].version, .read_timeout_ms = 5000};
    struct raw_client client;

    ck_assert(raw_connect(&client, api_server_port(fixture.server), &options) == versions[_i].works);
    raw_close(&client);
}
END_TEST

START_TEST(plain_http_gets_nothing)
{
    int fd = raw_socket(api_server_port(fixture.server), 5000);
    char byte;

    ck_assert_int_gt(write(fd, BYTES(GOOD)), 0);
    while (read(fd, &byte, 1) > 0)
        ck_assert_msg(byte != 'H', "an HTTP answer without TLS");
    (void)close(fd);
}
END_TEST

static X509 *peer_certificate(struct raw_client *client)
{
    X509 *certificate = SSL_get1_peer_certificate(client->tls);

    ck_assert_ptr_nonnull(certificate);
    return certificate;
}

START_TEST(a_new_certificate_is_for_new_connections)
{
    struct exchange before = connect_now(), after;
    X509 *old, *new;
    struct tls_identity *next = make_identity();

    api_server_set_identity(fixture.server, next);
    tls_identity_release(next);
    after = connect_now();
    old = peer_certificate(&before.client);
    new = peer_certificate(&after.client);
    ck_assert_int_ne(X509_cmp(old, new), 0);
    raw_send(&before.client, BYTES(GOOD));
    ck_assert_int_eq(read_next(&before), 200);
    raw_send(&after.client, BYTES(GOOD));
    ck_assert_int_eq(read_next(&after), 200);
    X509_free(old);
    X509_free(new);
    disconnect(&before);
    disconnect(&after);
}
END_TEST

static atomic_bool rotating;
static atomic_int rotations;

static void *rotate(void *context)
{
    struct tls_identity *const *pair = context;

    while (atomic_load(&rotating)) {
        api_server_set_identity(fixture.server, pair[atomic_fetch_add(&rotations, 1) % 2]);
        (void)poll(NULL, 0, 1);
    }
    return NULL;
}

START_TEST(rotation_under_load_fails_no_request)
{
    struct tls_identity *pair[2] = {make_identity(), make_identity()};
    pthread_t thread;

    atomic_store(&rotating, true);
    ck_assert_int_eq(pthread_create(&thread, NULL, rotate, pair), 0);
    for (int i = 0; i < 100; i++) {
        struct exchange exchange = connect_now();

        raw_send(&exchange.client, BYTES(GOOD));
        ck_assert_int_eq(read_next(&exchange), 200);
        disconnect(&exchange);
    }
    atomic_store(&rotating, false);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_gt(atomic_load(&rotations), 20);
    tls_identity_release(pair[0]);
    tls_identity_release(pair[1]);
}
END_TEST

/* As many as the default limit allows ask all at once. With epoll, 128 of them at one worker would stall it. */
START_TEST(all_connections_are_answered_at_once)
{
    enum { CLIENTS = 240 };
    static struct exchange clients[CLIENTS];
    int64_t started_ms;

    for (int i = 0; i < CLIENTS; i++)
        clients[i] = connect_now();
    started_ms = clock_boot_ms();
    for (int i = 0; i < CLIENTS; i++)
        raw_send(&clients[i].client, BYTES(GOOD));
    for (int i = 0; i < CLIENTS; i++)
        ck_assert_msg(read_next(&clients[i]) == 200, "client %d", i);
    ck_assert_int_lt(clock_boot_ms() - started_ms, 15000); /* a stall lasts for the idle time, a minute */
    for (int i = 0; i < CLIENTS; i++)
        disconnect(&clients[i]);
}
END_TEST

START_TEST(draining_goes_on_and_says_so)
{
    struct exchange exchange = connect_now();

    raw_send(&exchange.client, BYTES(GOOD));
    ck_assert_int_eq(read_next(&exchange), 200);
    api_server_drain(fixture.server);
    raw_send(&exchange.client, BYTES("GET /readyz HTTP/1.1\r\n" HOST "\r\n"));
    ck_assert_int_eq(read_next(&exchange), 500);
    ck_assert_ptr_nonnull(strstr(exchange.body.data, "[-]shutdown failed"));
    ck_assert(raw_is_closed(&exchange.client));
    disconnect(&exchange);
    exchange = connect_now();
    raw_send(&exchange.client, BYTES("GET " METRIC " HTTP/1.1\r\n" HOST "\r\n"));
    ck_assert_int_eq(read_next(&exchange), 200);
    disconnect(&exchange);
}
END_TEST

Suite *server_suite(void)
{
    Suite *suite = suite_create("server");
    TCase *tcase = tcase_create("server"), *native = tcase_create("native");

    tcase_add_checked_fixture(tcase, setup, stop_server);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, shapes_are_judged, 0, ARRAY_LEN(shapes));
    tcase_add_loop_test(tcase, nothing_follows_what_the_library_refuses, 0, ARRAY_LEN(dropped));
    tcase_add_test(tcase, a_head_in_pieces_is_one_head);
    tcase_add_loop_test(tcase, large_heads_get_a_431_of_our_own, 0, ARRAY_LEN(sizes));
    tcase_add_test(tcase, many_headers_are_well_formed_too);
    tcase_add_test(tcase, answers_have_their_headers);
    tcase_add_test(tcase, head_has_the_length_and_no_body);
    tcase_add_test(tcase, an_etag_gives_304);
    tcase_add_loop_test(tcase, old_tls_is_refused, 0, ARRAY_LEN(versions));
    tcase_add_test(tcase, plain_http_gets_nothing);
    tcase_add_test(tcase, a_new_certificate_is_for_new_connections);
    tcase_add_test(tcase, draining_goes_on_and_says_so);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(native, 60);
    tcase_add_checked_fixture(native, setup, stop_server);
    NATIVE_ONLY(native, "hundreds of connections");
    tcase_add_test(native, rotation_under_load_fails_no_request);
    tcase_add_test(native, all_connections_are_answered_at_once);
    suite_add_tcase(suite, native);
    return suite;
}
