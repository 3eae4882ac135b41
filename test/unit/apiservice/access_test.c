/* access_test.c - the server with access delegated: over TLS, with requests that wait for an API server, and one that is away. */
#include "apiservice/access.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "test/unit/apiservice/access_fixture.h"
#include "test/unit/run.h"
#include "test/unit/apiservice/suites.h"

enum { TTL_MS = 30000, CROWD = 30 };

static void start_usual(void)
{
    start_access(&usual_limits, TTL_MS);
}

static void stop_usual(void)
{
    stop_loop();
    stop_access();
}

/* --- one request --- */

static const struct {
    const char *bytes;
    bool by_proxy, by_anna;
    int status;
    const char *says;
} requests[] = {
    {"GET " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: allowed-bob\r\n\r\n", true, false, 200, "ExternalMetricValueList"},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\n\r\n", true, false, 403,
     "User \\\"bob\\\" cannot list resource \\\"queue_depth\\\""},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "\r\n", true, false, 401, "\"message\":\"Unauthorized\""},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\n\r\n", false, true, 200, "ExternalMetricValueList"},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: allowed-bob\r\n\r\n", false, false, 403, "system:anonymous"},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "Authorization: Bearer good\r\n\r\n", false, false, 200, "ExternalMetricValueList"},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "Authorization: Bearer bad\r\n\r\n", false, false, 401, "Unauthorized"},
    {"GET /livez HTTP/1.1\r\n" HOST "Authorization: Bearer bad\r\n\r\n", false, false, 401, "Unauthorized"},
    {"GET /livez HTTP/1.1\r\n" HOST "\r\n", false, false, 200, "ok"},
    {"GET /livez/ping HTTP/1.1\r\n" HOST "\r\n", false, false, 403, "cannot get path \\\"/livez/ping\\\""},
    {"GET /metrics HTTP/1.1\r\n" HOST "\r\n", false, false, 403, "cannot get path \\\"/metrics\\\""},
    {"GET /metrics HTTP/1.1\r\n" HOST "X-Remote-User: allowed-bob\r\n\r\n", true, false, 200, "adapter_request_duration_seconds"},
    {"GET /nosuch HTTP/1.1\r\n" HOST "X-Remote-User: allowed-bob\r\n\r\n", true, false, 404, "NotFound"},
    {"GET /nosuch HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\n\r\n", true, false, 403, "Forbidden"},
    {"GET /a//b HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\n\r\n", true, false, 404, "NotFound"},
    {"GET /apis/g/v/watch HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\n\r\n", true, false, 404, "NotFound"},
    /* what has a body waits as well, and is told no before it is told that it cannot be done */
    {"DELETE " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\n\r\n", true, false, 403, "cannot deletecollection"},
    {"DELETE " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: allowed-bob\r\n\r\n", true, false, 405, "MethodNotAllowed"},
    {"OPTIONS " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\n\r\n", true, false, 403, "cannot  resource"},
    {"POST " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\nContent-Length: 4\r\n\r\nbody", true, false, 403, "cannot create"},
    {"POST " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: allowed-bob\r\nContent-Length: 4\r\n\r\nbody", true, false, 405,
     "MethodNotAllowed"},
    {"POST " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true, false, 403,
     "cannot create"},
};

START_TEST(request_case)
{
    const struct raw_options *client = requests[_i].by_proxy  ? &access_fixture.by_proxy
                                       : requests[_i].by_anna ? &access_fixture.by_anna
                                                              : &usual_client;

    for (int round = 0; round < 2; round++) { /* asked, then known */
        struct exchange exchange = connect_as(client);

        raw_send(&exchange.client, requests[_i].bytes, strlen(requests[_i].bytes));
        ck_assert_msg(read_next(&exchange) == requests[_i].status, "%d %s", exchange.status, buffer_text(&exchange.body));
        ck_assert_msg(strstr(buffer_text(&exchange.body), requests[_i].says) != NULL, "%s", buffer_text(&exchange.body));
        disconnect(&exchange);
    }
    ck_assert_int_le(atomic_load(&access_fixture.api.access_reviews), 1);
    ck_assert_int_le(atomic_load(&access_fixture.api.token_reviews), 1);
}
END_TEST

/* Also after a wait: the library must not begin to read what may never end. */
START_TEST(a_body_that_never_comes_is_not_waited_for)
{
    struct exchange exchange = connect_as(&access_fixture.by_proxy);

    atomic_store(&access_fixture.api.delay_ms, 100);
    raw_send(&exchange.client, BYTES("POST " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: bob\r\nContent-Length: 99999999\r\n\r\nbegin"));
    ck_assert_int_eq(read_next(&exchange), 403);
    ck_assert(raw_is_closed(&exchange.client));
    disconnect(&exchange);
}
END_TEST

START_TEST(pipelined_requests_wait_in_their_order)
{
    struct exchange exchange = connect_as(&access_fixture.by_proxy);
    static const struct {
        const char *user;
        int status;
    } order[] = {{"bob", 403}, {"allowed-bob", 200}, {"carol", 403}, {"allowed-carol", 200}, {"bob", 403}};
    CLEANUP(buffer_clear) struct buffer all = BUFFER_INIT(65536);

    atomic_store(&access_fixture.api.delay_ms, 20);
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        (void)buffer_printf(&all, "GET " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: %s\r\n\r\n", order[i].user);
    raw_send(&exchange.client, all.data, all.len);
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        ck_assert_int_eq(read_next(&exchange), order[i].status);
    disconnect(&exchange);
}
END_TEST

/* --- many requests --- */

static struct exchange crowd[CROWD * 4];

/* Each sends its request; none reads yet. NULL for user: each is another one. */
static void send_crowd(size_t n, const char *user)
{
    for (size_t i = 0; i < n; i++) {
        char request[512];

        crowd[i] = connect_as(&access_fixture.by_proxy);
        (void)snprintf(request, sizeof(request), "GET " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: %s%zu\r\n\r\n",
                       user ? user : "allowed-", user ? 0 : i);
        raw_send(&crowd[i].client, request, strlen(request));
    }
}

static size_t count_answers(size_t n, int status)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        found += read_next(&crowd[i]) == status;
        disconnect(&crowd[i]);
    }
    return found;
}

START_TEST(one_question_is_asked_once)
{
    atomic_store(&access_fixture.api.delay_ms, 400);
    send_crowd(CROWD, "allowed-bob");
    ck_assert_uint_eq(count_answers(CROWD, 200), CROWD);
    ck_assert_int_eq(atomic_load(&access_fixture.api.access_reviews), 1);
    ck_assert_int_eq(get_once(METRIC "?labelSelector=queue%3Dred", "allowed-bob0"), 200); /* selectors are no part of the question */
    ck_assert_int_eq(atomic_load(&access_fixture.api.access_reviews), 1);
    ck_assert_int_eq(get_once("/apis", "allowed-bob0"), 200);
    ck_assert_int_eq(atomic_load(&access_fixture.api.access_reviews), 2);
}
END_TEST

START_TEST(only_so_many_questions_at_once)
{
    size_t ok = 0, refused = 0, n = REVIEWS_IN_FLIGHT_MAX + 20;

    atomic_store(&access_fixture.api.holds, true);
    send_crowd(n, NULL);
    while (atomic_load(&access_fixture.api.open) < REVIEWS_IN_FLIGHT_MAX)
        (void)poll(NULL, 0, 5);
    (void)poll(NULL, 0, 300); /* the last of them were refused */
    atomic_store(&access_fixture.api.holds, false);
    for (size_t i = 0; i < n; i++) {
        (void)read_next(&crowd[i]);
        ok += crowd[i].status == 200;
        refused += crowd[i].status == 429;
        if (crowd[i].status == 429)
            ck_assert_ptr_null(strcasestr(crowd[i].head.data, "Retry-After"));
        disconnect(&crowd[i]);
    }
    ck_assert_uint_eq(ok, REVIEWS_IN_FLIGHT_MAX);
    ck_assert_uint_eq(refused, 20);
    ck_assert_int_le(atomic_load(&access_fixture.api.most_at_once), REVIEWS_IN_FLIGHT_MAX);
}
END_TEST

START_TEST(stopping_answers_all_who_wait)
{
    int64_t started_ms;

    atomic_store(&access_fixture.api.holds, true);
    send_crowd(CROWD, NULL);
    while (atomic_load(&access_fixture.api.open) < CROWD)
        (void)poll(NULL, 0, 5); /* until all are suspended */
    stop_loop();
    atomic_store(&access_fixture.api.holds, false);
    started_ms = clock_boot_ms();
    stop_access();
    ck_assert_int_lt(clock_boot_ms() - started_ms, 3000);
    ck_assert_uint_eq(count_answers(CROWD, 503), CROWD);
}
END_TEST

START_TEST(a_client_that_goes_away_leaves_nothing)
{
    atomic_store(&access_fixture.api.delay_ms, 300);
    send_crowd(CROWD, NULL);
    for (size_t i = 0; i < CROWD; i++)
        disconnect(&crowd[i]);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200);
}
END_TEST

/* --- an API server that is away --- */

START_TEST(without_an_answer_nothing_is_allowed)
{
    struct exchange exchange;

    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200);
    atomic_store(&access_fixture.api.down, true);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200); /* known */
    ck_assert_int_eq(get_once(METRIC, "allowed-carol"), 503);
    exchange = connect_now();
    raw_send(&exchange.client, BYTES("GET " METRIC " HTTP/1.1\r\n" HOST "Authorization: Bearer good\r\n\r\n"));
    ck_assert_int_eq(read_next(&exchange), 503);
    ck_assert_ptr_nonnull(strstr(exchange.body.data, "the API server cannot be asked now"));
    ck_assert_ptr_null(strcasestr(exchange.head.data, "Retry-After"));
    disconnect(&exchange);
    access_desk_set_ttl(access_fixture.desk, 1); /* what is known is too old now */
    (void)poll(NULL, 0, 5);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 503);
    ck_assert_int_eq(get_once("/livez", NULL), 401); /* a front proxy without a user; and no question */
    atomic_store(&access_fixture.api.down, false);
    access_desk_set_ttl(access_fixture.desk, TTL_MS);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200);
}
END_TEST

enum { SHORT_TTL_MS = 6000 };

static void start_short(void)
{
    start_access(&usual_limits, SHORT_TTL_MS);
}

static void ask_again(struct exchange *exchange, const char *request)
{
    raw_send(&exchange->client, request, strlen(request));
    ck_assert_int_eq(read_next(exchange), 200);
    (void)poll(NULL, 0, 10);
}

/* The answer gets older, and is asked for anew. While the API server says nothing to that, a read that waited for it would get no answer.
 */
static void check_asked_ahead(struct exchange *exchange, const char *request, const atomic_int *reviews)
{
    int before = atomic_load(reviews);

    atomic_store(&access_fixture.api.holds, true);
    while (atomic_load(&access_fixture.api.open) == 0)
        ask_again(exchange, request);
    for (int i = 0; i < 5; i++)
        ask_again(exchange, request);
    ck_assert_int_eq(atomic_load(reviews), before);
    atomic_store(&access_fixture.api.holds, false);
    while (atomic_load(reviews) == before || atomic_load(&access_fixture.api.open) > 0)
        ask_again(exchange, request);
}

START_TEST(who_keeps_asking_does_not_wait)
{
    static const char request[] = "GET " METRIC " HTTP/1.1\r\n" HOST "X-Remote-User: allowed-bob\r\n\r\n";
    struct exchange exchange = connect_as(&access_fixture.by_proxy);

    ask_again(&exchange, request); /* the one that waits */
    check_asked_ahead(&exchange, request, &access_fixture.api.access_reviews);
    ck_assert_int_le(atomic_load(&access_fixture.api.access_reviews), 4); /* not for every read */
    disconnect(&exchange);
}
END_TEST

START_TEST(a_token_that_keeps_asking_does_not_wait)
{
    static const char request[] = "GET " METRIC " HTTP/1.1\r\n" HOST "Authorization: Bearer good\r\n\r\n";
    struct exchange exchange = connect_now();

    ask_again(&exchange, request);
    check_asked_ahead(&exchange, request, &access_fixture.api.token_reviews);
    disconnect(&exchange);
}
END_TEST

/* However slow the machine is: a read that began a TTL after the right was taken away finds no answer from before. */
START_TEST(a_right_taken_away_is_gone_in_time)
{
    struct exchange exchange = connect_as(&access_fixture.by_proxy);
    int64_t taken_ms, began_ms;

    access_desk_set_ttl(access_fixture.desk, 1000);
    ck_assert_int_eq(get_as(&exchange, METRIC, "allowed-bob"), 200);
    atomic_store(&access_fixture.api.revoked, true);
    taken_ms = began_ms = clock_boot_ms();
    while (get_as(&exchange, METRIC, "allowed-bob") == 200) {
        ck_assert_int_lt(began_ms - taken_ms, 1000);
        (void)poll(NULL, 0, 10);
        began_ms = clock_boot_ms();
    }
    ck_assert_int_eq(exchange.status, 403);
    disconnect(&exchange);
}
END_TEST

/* --- certificates --- */

START_TEST(a_new_front_proxy_ca_counts_at_once)
{
    struct cert new_ca = cert_make(&(struct cert_spec){.common_names = {"front-proxy-ca"}, .ca = true}, NULL);
    struct cert new_proxy = cert_make(&(struct cert_spec){.common_names = {"front-proxy-client"}}, &new_ca);
    const struct raw_options by_new = {.read_timeout_ms = 20000, .certificate = new_proxy.certificate, .key = new_proxy.key};
    CLEANUP(buffer_clear) struct buffer both = BUFFER_INIT(65536);
    struct exchange old = connect_as(&access_fixture.by_proxy), new = connect_as(&by_new);

    ck_assert_int_eq(get_as(&old, METRIC, "allowed-bob"), 200);
    ck_assert_int_eq(get_as(&new, METRIC, "allowed-bob"), 401); /* its CA is not known yet, and yet its handshake was fine */
    (void)buffer_printf(&both, "%s%s", access_fixture.proxy_ca.pem, new_ca.pem);
    trust_front_proxy_ca(both.data);
    ck_assert_int_eq(get_as(&old, METRIC, "allowed-bob"), 200);
    ck_assert_int_eq(get_as(&new, METRIC, "allowed-bob"), 200); /* over the same connection */
    trust_front_proxy_ca(new_ca.pem);
    ck_assert_int_eq(get_as(&old, METRIC, "allowed-bob"), 401);
    ck_assert_int_eq(get_as(&new, METRIC, "allowed-bob"), 200);
    disconnect(&old);
    disconnect(&new);
    cert_clear(&new_proxy);
    cert_clear(&new_ca);
}
END_TEST

static void start_narrow(void)
{
    struct server_limits limits = usual_limits;

    limits.per_peer = 2;
    start_access(&limits, TTL_MS);
}

START_TEST(a_verified_certificate_does_not_count_by_address)
{
    struct exchange verified[6];
    struct exchange one, two;
    struct raw_client three;

    for (size_t i = 0; i < ARRAY_LEN(verified); i++) {
        verified[i] = connect_as(&access_fixture.by_proxy);
        ck_assert_int_eq(get_as(&verified[i], METRIC, "allowed-bob"), 200);
    }
    one = connect_now();
    two = connect_now();
    ck_assert(!raw_connect(&three, api_server_port(fixture.server), &usual_client));
    raw_close(&three);
    ck_assert_int_eq(get_as(&one, "/livez", NULL), 200);
    disconnect(&one);
    disconnect(&two);
    for (size_t i = 0; i < ARRAY_LEN(verified); i++)
        disconnect(&verified[i]);
}
END_TEST

/* --- before the configuration was read --- */

START_TEST(nobody_is_known_before_the_configuration)
{
    access_set_config(access_fixture.access, NULL);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 503);
    ck_assert_int_eq(get_once("/livez", NULL), 200);
    trust_front_proxy_ca(access_fixture.proxy_ca.pem);
    ck_assert_int_eq(get_once(METRIC, "allowed-bob"), 200);
}
END_TEST

START_TEST(metrics_may_be_free)
{
    struct exchange exchange = connect_now();

    ck_assert_int_eq(get_as(&exchange, "/metrics", NULL), 403);
    access_set_metrics_free(access_fixture.access, true);
    ck_assert_int_eq(get_as(&exchange, "/metrics", NULL), 200);
    ck_assert_int_eq(get_as(&exchange, METRIC, NULL), 403);
    disconnect(&exchange);
}
END_TEST

/* --- all at once --- */

static atomic_bool hammering;

static void *hammer(void *context)
{
    unsigned seed = *(const unsigned *)context;
    intptr_t answers = 0;

    while (atomic_load(&hammering)) {
        struct exchange exchange = connect_as(seed % 3 == 0 ? &access_fixture.by_anna : &access_fixture.by_proxy);

        for (int i = 0; i < 20 && atomic_load(&hammering); i++) {
            char user[32];
            int status;

            seed = seed * 1103515245U + 12345U;
            (void)snprintf(user, sizeof(user), "%s-%u", seed >> 16 & 1 ? "allowed" : "denied", (seed >> 17) % 40);
            status = get_as(&exchange, seed >> 20 & 7 ? METRIC : "/metrics", user);
            if (status == 0)
                break; /* the server stops */
            answers += status == 200 || status == 403 || status == 401 || status == 503;
        }
        disconnect(&exchange);
    }
    return (void *)answers; /* NOLINT(performance-no-int-to-ptr): a number for the joiner */
}

enum { HAMMERS = 6 };

START_TEST(reloads_and_waiting_requests_at_once)
{
    struct cert other = cert_make(&(struct cert_spec){.common_names = {"front-proxy-ca"}, .ca = true}, NULL);
    pthread_t threads[HAMMERS];
    unsigned seeds[HAMMERS];
    intptr_t answers = 0;

    atomic_store(&access_fixture.api.delay_ms, 2);
    atomic_store(&hammering, true);
    for (unsigned i = 0; i < HAMMERS; i++) {
        seeds[i] = i + 1;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, &seeds[i]), 0);
    }
    for (int i = 0; i < 60; i++) {
        trust_front_proxy_ca(i % 4 == 3 ? other.pem : access_fixture.proxy_ca.pem);
        access_desk_set_ttl(access_fixture.desk, 20 + i % 5 * 100);
        atomic_store(&access_fixture.api.down, i % 10 == 9);
        (void)poll(NULL, 0, 25);
    }
    atomic_store(&hammering, false);
    for (unsigned i = 0; i < HAMMERS; i++) {
        void *count = NULL;

        (void)pthread_join(threads[i], &count);
        answers += (intptr_t)count;
    }
    ck_assert_int_gt(answers, 100);
    cert_clear(&other);
}
END_TEST

Suite *access_suite(void)
{
    Suite *suite = suite_create("access");
    TCase *usual = tcase_create("usual"), *native = tcase_create("native"), *stopped = tcase_create("stopped"),
          *narrow = tcase_create("narrow"), *brief = tcase_create("short");

    tcase_set_timeout(usual, 60);
    tcase_add_checked_fixture(usual, start_usual, stop_usual);
    tcase_add_loop_test(usual, request_case, 0, ARRAY_LEN(requests));
    tcase_add_test(usual, a_body_that_never_comes_is_not_waited_for);
    tcase_add_test(usual, pipelined_requests_wait_in_their_order);
    tcase_add_test(usual, one_question_is_asked_once);
    tcase_add_test(usual, only_so_many_questions_at_once);
    tcase_add_test(usual, a_client_that_goes_away_leaves_nothing);
    tcase_add_test(usual, without_an_answer_nothing_is_allowed);
    tcase_add_test(usual, a_new_front_proxy_ca_counts_at_once);
    tcase_add_test(usual, nobody_is_known_before_the_configuration);
    tcase_add_test(usual, metrics_may_be_free);
    suite_add_tcase(suite, usual);
    tcase_set_timeout(stopped, 60);
    tcase_add_checked_fixture(stopped, start_usual, NULL);
    tcase_add_test(stopped, stopping_answers_all_who_wait);
    suite_add_tcase(suite, stopped);
    tcase_set_timeout(narrow, 60);
    tcase_add_checked_fixture(narrow, start_narrow, stop_usual);
    tcase_add_test(narrow, a_verified_certificate_does_not_count_by_address);
    suite_add_tcase(suite, narrow);
    tcase_set_timeout(brief, 60);
    NATIVE_ONLY(brief, "answers that count for less than a second");
    tcase_add_checked_fixture(brief, start_short, stop_usual);
    tcase_add_test(brief, who_keeps_asking_does_not_wait);
    tcase_add_test(brief, a_right_taken_away_is_gone_in_time);
    tcase_add_test(brief, a_token_that_keeps_asking_does_not_wait);
    suite_add_tcase(suite, brief);
    tcase_set_timeout(native, 60);
    tcase_add_checked_fixture(native, start_usual, stop_usual);
    NATIVE_ONLY(native, "a load against a clock");
    tcase_add_test(native, reloads_and_waiting_requests_at_once);
    suite_add_tcase(suite, native);
    return suite;
}
