/* What a server with tight limits does to slow, greedy and early clients. */
#include <check.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/unit/apiservice/server_fixture.h"
#include "test/unit/run.h"
#include "test/unit/apiservice/suites.h"

/* What a slow client sends at first, and then a byte at a time. */
static const struct {
    const char *bytes;
    size_t len;
    bool answered; /* it was a request already; then the idle time counts */
} slow[] = {
    {BYTES(""), false}, {BYTES("G"), false}, {BYTES(LINE "Host: a"), false}, {BYTES(GOOD), true}, {BYTES(GOOD LINE), true},
};

/* Dribbles a byte every 20 ms until the server ends the connection. False: it does not. */
static bool dribble(struct raw_client *client, int most_ms)
{
    int64_t started_ms = clock_boot_ms();

    while (clock_boot_ms() - started_ms < most_ms) {
        struct pollfd wait = {.fd = client->fd, .events = POLLRDHUP};

        if (poll(&wait, 1, 20) == 1)
            return true;
        raw_send(client, "a", 1);
    }
    return false;
}

START_TEST(slow_clients_do_not_live_for_ever)
{
    struct server_limits limits = usual_limits;
    struct exchange exchange;

    limits.header_timeout_ms = 300;
    limits.idle_timeout_ms = 600;
    start_server(&limits);
    exchange = connect_now();
    if (slow[_i].len > 0)
        raw_send(&exchange.client, slow[_i].bytes, slow[_i].len);
    if (slow[_i].answered)
        ck_assert_int_eq(read_next(&exchange), 200);
    ck_assert(dribble(&exchange.client, 20000));
    disconnect(&exchange);
    stop_server();
}
END_TEST

START_TEST(a_handshake_that_never_comes_is_ended)
{
    struct server_limits limits = usual_limits;
    struct pollfd wait = {.events = POLLRDHUP};

    limits.header_timeout_ms = 300;
    start_server(&limits);
    wait.fd = raw_socket(api_server_port(fixture.server), 5000);
    ck_assert_int_eq(poll(&wait, 1, 3000), 1);
    (void)close(wait.fd);
    stop_server();
}
END_TEST

START_TEST(too_many_requests_get_429)
{
    struct server_limits limits = usual_limits;
    struct exchange exchange;

    limits.requests_in_flight = 0;
    start_server(&limits);
    exchange = connect_now();
    raw_send(&exchange.client, BYTES("GET " METRIC " HTTP/1.1\r\n" HOST "\r\n"));
    ck_assert_int_eq(read_next(&exchange), 429);
    ck_assert_ptr_null(strcasestr(exchange.head.data, "\r\nRetry-After:")); /* client-go would sleep and repeat */
    ck_assert_ptr_nonnull(strstr(exchange.body.data, "\"reason\":\"TooManyRequests\""));
    raw_send(&exchange.client, BYTES(GOOD)); /* else the kubelet would end the pod when it is needed most */
    ck_assert_int_eq(read_next(&exchange), 200);
    disconnect(&exchange);
    stop_server();
}
END_TEST

START_TEST(a_peer_has_only_so_many_connections)
{
    struct server_limits limits = usual_limits;
    struct exchange first, second;
    struct raw_client third;

    limits.per_peer = 2;
    start_server(&limits);
    first = connect_now();
    second = connect_now();
    ck_assert(!raw_connect(&third, api_server_port(fixture.server), &usual_client));
    raw_close(&third);
    raw_send(&second.client, BYTES(GOOD));
    ck_assert_int_eq(read_next(&second), 200);
    disconnect(&first);
    disconnect(&second);
    stop_server();
}
END_TEST

START_TEST(stopping_with_open_connections_is_quick)
{
    struct exchange exchange;
    int64_t started_ms;

    start_server(&usual_limits);
    exchange = connect_now();
    started_ms = clock_boot_ms();
    stop_server();
    ck_assert_int_lt(clock_boot_ms() - started_ms, 2000);
    disconnect(&exchange);
}
END_TEST

static const struct {
    const char *address;
    bool taken;
    const char *why;
} starts[] = {
    {"not-an-address", false, "listen on 'not-an-address': not an IPv4 or IPv6 address"},
    {"127.0.0.1", true, "Address already in use"},
    {"192.0.2.1", false, "Cannot assign requested address"},
};

START_TEST(a_port_that_cannot_be_had_is_an_error)
{
    struct api_server_options where = {.address = starts[_i].address, .limits = usual_limits};
    struct error err = {0};

    start_server(&usual_limits);
    where.api = fixture.api;
    where.identity = fixture.identity;
    where.port = starts[_i].taken ? api_server_port(fixture.server) : 0;
    ck_assert_ptr_null(api_server_start(&where, &err));
    ck_assert_msg(strstr(err.text, starts[_i].why) != NULL, "%s", err.text);
    stop_server();
}
END_TEST

static const struct server_limits unusable[] = {
    {.connections = 0, .header_bytes = 1024, .header_timeout_ms = 1000, .idle_timeout_ms = 1000},
    {.connections = 10, .header_bytes = 0, .header_timeout_ms = 1000, .idle_timeout_ms = 1000},
    {.connections = 10, .header_bytes = SERVER_HEADER_BYTES_MAX + 1, .header_timeout_ms = 1000, .idle_timeout_ms = 1000},
    {.connections = 10, .header_bytes = 1024, .header_timeout_ms = 0, .idle_timeout_ms = 1000},
    {.connections = 10, .header_bytes = 1024, .header_timeout_ms = 1000, .idle_timeout_ms = 0},
};

START_TEST(limits_that_cannot_be_kept_are_an_error)
{
    const struct api_server_options where = {.address = "127.0.0.1", .limits = unusable[_i]};
    struct error err = {0};

    ck_assert_ptr_null(api_server_start(&where, &err));
    ck_assert_int_eq(err.code, ERROR_INVALID);
}
END_TEST

Suite *server_limits_suite(void)
{
    Suite *suite = suite_create("server_limits");
    TCase *tcase = tcase_create("server_limits"), *native = tcase_create("native");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_handshake_that_never_comes_is_ended);
    tcase_add_test(tcase, too_many_requests_get_429);
    tcase_add_test(tcase, a_peer_has_only_so_many_connections);
    tcase_add_test(tcase, stopping_with_open_connections_is_quick);
    tcase_add_loop_test(tcase, a_port_that_cannot_be_had_is_an_error, 0, ARRAY_LEN(starts));
    tcase_add_loop_test(tcase, limits_that_cannot_be_kept_are_an_error, 0, ARRAY_LEN(unusable));
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(native, 30);
    NATIVE_ONLY(native, "a handshake has 300 ms");
    tcase_add_loop_test(native, slow_clients_do_not_live_for_ever, 0, ARRAY_LEN(slow));
    suite_add_tcase(suite, native);
    return suite;
}
