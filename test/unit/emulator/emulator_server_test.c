/* The server over a real socket; the client is as plain as can be, so that it sees what curl would hide. */
#include "emulator/emulator_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/unit/emulator/suites.h"
#include "test/unit/emulator/world.h"

static const struct {
    const char *text;
    bool parses;
    int port;
} address_rows[] = {
    {"127.0.0.1:8080", true, 8080}, {"127.0.0.1:0", true, 0},    {"127.1.2.3:65535", true, 65535},
    {"127.0.0.1:65536", false, 0},  {"127.0.0.1", false, 0},     {"127.0.0.1:", false, 0},
    {"127.0.0.1:-1", false, 0},     {"127.0.0.1:+1", false, 0},  {"127.0.0.1:8x", false, 0},
    {"0.0.0.0:8080", false, 0},     {"10.0.0.1:8080", false, 0}, {"localhost:8080", false, 0},
    {"[::1]:8080", false, 0},       {":8080", false, 0},         {"", false, 0},
};

START_TEST(address_case)
{
    struct sockaddr_in address = {0};
    struct error err = {0};

    ck_assert_msg((emulator_address_parse(address_rows[_i].text, &address, &err) == 0) == address_rows[_i].parses, "%s: %s",
                  address_rows[_i].text, err.text);
    if (address_rows[_i].parses)
        ck_assert_int_eq(ntohs(address.sin_port), address_rows[_i].port);
}
END_TEST

struct stand {
    struct scenario scenario;
    struct emulator *emulator;
    struct emulator_server *server;
};

static void stand_open(struct stand *out)
{
    struct sockaddr_in address = {0};
    struct error err = {0};

    *out = (struct stand){0};
    ck_assert_int_eq(scenario_read(world_yaml, strlen(world_yaml), &out->scenario, &err), 0);
    out->emulator = emulator_new(&out->scenario, &err);
    ck_assert_ptr_nonnull(out->emulator);
    ck_assert_int_eq(emulator_address_parse("127.0.0.1:0", &address, &err), 0);
    out->server = emulator_server_new(out->emulator, &address, &err);
    ck_assert_msg(out->server != NULL, "%s", err.text);
}

static void stand_clear(struct stand *stand)
{
    emulator_server_free(stand->server);
    emulator_free(stand->emulator);
    scenario_clear(&stand->scenario);
}

static int dial(const struct stand *stand)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)emulator_server_port(stand->server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 3};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void send_request(int fd, const char *method, const char *path, const char *body)
{
    char text[2048];
    int len = snprintf(text, sizeof(text),
                       "%s %s HTTP/1.1\r\nHost: x\r\nCoder-Session-Token: " WORLD_TOKEN
                       "\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                       method, path, strlen(body), body);

    ck_assert_int_eq(send(fd, text, (size_t)len, MSG_NOSIGNAL), len);
}

struct reply {
    ssize_t len; /* -1: the server did not close within three seconds */
    char text[64 * 1024];
};

/* Everything until the server closes. */
static void read_reply(int fd, struct reply *out)
{
    size_t used = 0;
    ssize_t len;

    while ((len = recv(fd, out->text + used, sizeof(out->text) - 1 - used, 0)) > 0)
        used += (size_t)len;
    out->text[used] = '\0';
    out->len = len < 0 ? -1 : (ssize_t)used;
}

static bool is_status(const struct reply *reply, int status)
{
    char begin[32];

    (void)snprintf(begin, sizeof(begin), "HTTP/1.1 %d ", status);
    return strncmp(reply->text, begin, strlen(begin)) == 0;
}

static void ask(const struct stand *stand, const char *method, const char *path, const char *body, struct reply *out)
{
    int fd = dial(stand);

    send_request(fd, method, path, body);
    read_reply(fd, out);
    (void)close(fd);
}

START_TEST(requests_and_bodies)
{
    CLEANUP(stand_clear) struct stand stand;
    struct reply reply;

    stand_open(&stand);
    ask(&stand, "GET", "/api/v2/organizations/acme", "", &reply);
    ck_assert_msg(is_status(&reply, 200), "%s", reply.text);
    ck_assert_ptr_nonnull(strstr(reply.text, "\r\nX-Ratelimit-Remaining: 511\r\n"));
    ck_assert_ptr_nonnull(strstr(reply.text, "\r\nDate: "));
    ck_assert_ptr_null(strstr(strstr(reply.text, "\r\nDate: ") + 8, "\r\nDate: ")); /* ours only */
    ask(&stand, "PUT", "/emulator/pools/default/replicas", "{\"replicas\":4}", &reply);
    ck_assert_msg(is_status(&reply, 204), "%s", reply.text);
    ask(&stand, "GET", "/api/v2/organizations/a%2Fb", "", &reply);
    ck_assert_msg(is_status(&reply, 404), "%s", reply.text);
}
END_TEST

START_TEST(large_bodies_are_refused)
{
    CLEANUP(stand_clear) struct stand stand;
    static char body[70 * 1024];
    struct reply reply;
    char head[256];
    int fd, len;

    stand_open(&stand);
    fd = dial(&stand);
    memset(body, ' ', sizeof(body));
    len = snprintf(head, sizeof(head), "POST /emulator/arrivals HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
                   sizeof(body));
    ck_assert_int_eq(send(fd, head, (size_t)len, MSG_NOSIGNAL), len);
    ck_assert_int_eq(send(fd, body, sizeof(body), MSG_NOSIGNAL), (ssize_t)sizeof(body));
    read_reply(fd, &reply);
    ck_assert_msg(is_status(&reply, 413), "%s", reply.text);
    (void)close(fd);
}
END_TEST

START_TEST(down_closes_without_a_word)
{
    CLEANUP(stand_clear) struct stand stand;
    struct reply reply;

    stand_open(&stand);
    ask(&stand, "PUT", "/emulator/faults", "{\"kind\":\"down\"}", &reply);
    ask(&stand, "GET", "/api/v2/buildinfo", "", &reply);
    ck_assert_int_eq(reply.len, 0);
}
END_TEST

START_TEST(cut_ends_in_the_middle)
{
    CLEANUP(stand_clear) struct stand stand;
    struct reply reply;
    const char *promised, *body;

    stand_open(&stand);
    ask(&stand, "PUT", "/emulator/faults", "{\"kind\":\"cut\"}", &reply);
    ask(&stand, "GET", "/api/v2/buildinfo", "", &reply);
    promised = strstr(reply.text, "Content-Length: ");
    body = strstr(reply.text, "\r\n\r\n");
    ck_assert_ptr_nonnull(promised);
    ck_assert_ptr_nonnull(body);
    ck_assert_int_eq(strtol(promised + strlen("Content-Length: "), NULL, 10) / 2, (long)strlen(body + 4));
}
END_TEST

START_TEST(slow_is_late_but_right)
{
    CLEANUP(stand_clear) struct stand stand;
    int64_t began_ms;
    struct reply reply;

    stand_open(&stand);
    ask(&stand, "PUT", "/emulator/faults", "{\"kind\":\"slow\",\"delay\":\"300ms\"}", &reply);
    began_ms = clock_boot_ms();
    ask(&stand, "GET", "/api/v2/buildinfo", "", &reply);
    ck_assert_int_ge(clock_boot_ms() - began_ms, 290);
    ck_assert_msg(is_status(&reply, 200), "%s", reply.text);
}
END_TEST

/* The end does not wait for slow answers, and nobody hangs. */
START_TEST(the_end_comes_at_once)
{
    struct stand stand;
    int64_t began_ms;
    struct reply reply;
    int fds[8];

    stand_open(&stand);
    ask(&stand, "PUT", "/emulator/faults", "{\"kind\":\"slow\",\"delay\":\"10m\"}", &reply);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        fds[i] = dial(&stand);
        send_request(fds[i], "GET", "/api/v2/buildinfo", "");
    }
    (void)usleep(50 * 1000);
    began_ms = clock_boot_ms();
    stand_clear(&stand);
    ck_assert_int_lt(clock_boot_ms() - began_ms, 2000);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        read_reply(fds[i], &reply);
        ck_assert_int_eq(reply.text[0], '\0');
        (void)close(fds[i]);
    }
}
END_TEST

enum { ASKERS = 4, ROUNDS = 25 };

/* Returns its context when something failed. */
static void *ask_often(void *context)
{
    const struct stand *stand = context;
    struct reply reply;

    for (int i = 0; i < ROUNDS; i++) {
        ask(stand, "GET", "/api/v2/organizations/acme/provisionerjobs", "", &reply);
        if (!is_status(&reply, 200))
            return context;
        ask(stand, "PUT", "/emulator/pools/default/replicas", i % 2 ? "{\"replicas\":2}" : "{\"replicas\":9}", &reply);
        if (!is_status(&reply, 204))
            return context;
    }
    return NULL;
}

/* For ThreadSanitizer: readers and writers at once. */
START_TEST(many_ask_at_once)
{
    CLEANUP(stand_clear) struct stand stand;
    pthread_t askers[ASKERS];

    stand_open(&stand);
    for (size_t i = 0; i < ASKERS; i++)
        ck_assert_int_eq(pthread_create(&askers[i], NULL, ask_often, &stand), 0);
    for (size_t i = 0; i < ASKERS; i++) {
        void *failed = NULL;

        ck_assert_int_eq(pthread_join(askers[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
}
END_TEST

START_TEST(a_taken_port_is_an_error)
{
    CLEANUP(stand_clear) struct stand stand;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct error err = {0};

    stand_open(&stand);
    address.sin_port = htons((uint16_t)emulator_server_port(stand.server));
    ck_assert_ptr_null(emulator_server_new(stand.emulator, &address, &err));
    ck_assert_msg(strstr(err.text, "cannot listen on 127.0.0.1:") != NULL, "%s", err.text);
}
END_TEST

Suite *emulator_server_suite(void)
{
    Suite *suite = suite_create("emulator_server");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, address_case, 0, ARRAY_LEN(address_rows));
    tcase_add_test(tcase, requests_and_bodies);
    tcase_add_test(tcase, large_bodies_are_refused);
    tcase_add_test(tcase, down_closes_without_a_word);
    tcase_add_test(tcase, cut_ends_in_the_middle);
    tcase_add_test(tcase, slow_is_late_but_right);
    tcase_add_test(tcase, the_end_comes_at_once);
    tcase_add_test(tcase, many_ask_at_once);
    tcase_add_test(tcase, a_taken_port_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite;
}
