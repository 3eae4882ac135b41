#include "test/bench/client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "test/bench/client_answer.h"

enum { ANSWER_MAX = 1 << 20, EVENTS = 64, ERRORS_MAX = 1000, PATIENCE_S = 30, RECORDS_FIRST = 1 << 16, WAIT_MS = 20 };

struct connection {
    struct client *client;
    SSL *tls; /* NULL: none is open */
    int fd;
    bool shaken, sent, answered;
    uint64_t began_ns;
    struct answer answer;
    char *bytes; /* ANSWER_MAX */
    size_t len;
};

struct client {
    const struct client_options *options;
    struct client_result *result;
    int epoll;
    uint64_t count_from_ns, until_ns; /* UINT64_MAX, and when the client gives up, until counting begins */
    unsigned answered;                /* connections that had an answer */
    bool no_memory;
    struct connection connections[CLIENT_CONNECTIONS_MAX];
};

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void note_latency(struct client *client, uint64_t began_ns, uint64_t ended_ns)
{
    struct client_result *result = client->result;

    if (began_ns < client->count_from_ns)
        return;
    if (result->n == result->capacity) {
        size_t capacity = result->capacity ? result->capacity * 2 : RECORDS_FIRST;
        uint64_t *larger = realloc(result->latency_ns, capacity * sizeof(*larger));

        client->no_memory = !larger;
        if (!larger)
            return;
        result->latency_ns = larger;
        result->capacity = capacity;
    }
    result->latency_ns[result->n++] = ended_ns - began_ns;
}

static PRINTF_LIKE(2, 3) void note_error(struct client *client, const char *format, ...)
{
    struct client_result *result = client->result;
    va_list values;

    if (result->errors++ > 0)
        return;
    va_start(values, format);
    (void)vsnprintf(result->first_error, sizeof(result->first_error), format, values);
    va_end(values);
}

/* At once and without a farewell: thousands of ports that wait for late packets would be the client's limit. */
static void hang_up(struct connection *connection)
{
    const struct linger at_once = {.l_onoff = 1};

    if (!connection->tls)
        return;
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    SSL_free(connection->tls);
    (void)close(connection->fd);
    connection->tls = NULL;
}

static bool dial(struct connection *connection)
{
    const struct client_options *options = connection->client->options;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    SSL *tls = fd < 0 ? NULL : SSL_new(options->tls);

    if (!tls || (connect(fd, (const struct sockaddr *)&options->server, sizeof(options->server)) < 0 && errno != EINPROGRESS) ||
        SSL_set_fd(tls, fd) != 1 || epoll_ctl(connection->client->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        note_error(connection->client, "connect: %s", strerrordesc_np(errno));
        SSL_free(tls);
        (void)close(fd);
        return false;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    SSL_set_connect_state(tls);
    connection->tls = tls;
    connection->fd = fd;
    connection->shaken = false;
    return true;
}

static void begin_request(struct connection *connection)
{
    connection->began_ns = now_ns();
    connection->answer = (struct answer){0};
    connection->len = 0;
    connection->sent = false;
    if (!connection->tls)
        (void)dial(connection);
}

/* False: it goes on when the socket is ready again. A failure ends the connection. */
static bool goes_on(struct connection *connection, int returned, const char *what)
{
    int why;

    if (returned > 0)
        return true;
    why = SSL_get_error(connection->tls, returned);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return false;
    note_error(connection->client, "%s: %s", what, why == SSL_ERROR_SSL ? ERR_reason_error_string(ERR_peek_error()) : "connection ended");
    ERR_clear_error();
    hang_up(connection);
    return false;
}

static bool handshake_and_send(struct connection *connection)
{
    const struct client_options *options = connection->client->options;

    if (!connection->shaken && !goes_on(connection, SSL_do_handshake(connection->tls), "handshake"))
        return false;
    connection->shaken = true;
    if (!connection->sent && !goes_on(connection, SSL_write(connection->tls, options->request, (int)options->request_len), "write"))
        return false;
    connection->sent = true;
    return true;
}

static enum answer_state receive(struct connection *connection)
{
    enum answer_state state = ANSWER_PARTIAL;

    while (state == ANSWER_PARTIAL && connection->len < ANSWER_MAX) {
        int got = SSL_read(connection->tls, connection->bytes + connection->len, (int)(ANSWER_MAX - connection->len));

        if (!goes_on(connection, got, "read"))
            return ANSWER_PARTIAL;
        connection->len += (size_t)got;
        state = answer_read(&connection->answer, connection->bytes, connection->len);
    }
    return state == ANSWER_PARTIAL ? ANSWER_MALFORMED : state;
}

static void begin_counting(struct client *client)
{
    client->count_from_ns = now_ns();
    client->until_ns = client->count_from_ns + (uint64_t)(client->options->seconds * 1e9);
    client->options->begun();
}

static void note_answer(struct connection *connection)
{
    struct client *client = connection->client;

    if (connection->answered)
        return;
    connection->answered = true;
    if (++client->answered == client->options->connections && !client->options->fresh)
        begin_counting(client);
}

static void end_request(struct connection *connection, enum answer_state state)
{
    struct client *client = connection->client;

    if (state == ANSWER_MALFORMED || connection->answer.code != 200)
        note_error(client, "answer %d: %.60s", connection->answer.code, connection->bytes + connection->answer.head_len);
    else
        note_latency(client, connection->began_ns, now_ns());
    client->result->bytes = connection->len;
    note_answer(connection);
    if (client->options->fresh || state == ANSWER_MALFORMED)
        hang_up(connection);
}

/* One request after the other, as long as the socket has something to say. */
static void drive(struct connection *connection)
{
    while (connection->tls) {
        enum answer_state state = handshake_and_send(connection) ? receive(connection) : ANSWER_PARTIAL;

        if (state == ANSWER_PARTIAL)
            break;
        end_request(connection, state);
        begin_request(connection);
    }
    if (!connection->tls)
        begin_request(connection);
}

static int open_all(struct client *client)
{
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (client->epoll < 0)
        return -1;
    for (unsigned i = 0; i < client->options->connections; i++) {
        struct connection *connection = &client->connections[i];

        connection->client = client;
        connection->bytes = calloc(1, ANSWER_MAX + 1);
        if (!connection->bytes)
            return -1;
        begin_request(connection);
    }
    return 0;
}

static void close_all(struct client *client)
{
    for (unsigned i = 0; i < client->options->connections; i++) {
        hang_up(&client->connections[i]);
        free(client->connections[i].bytes);
    }
    if (client->epoll >= 0)
        (void)close(client->epoll);
}

static void run_until_end(struct client *client)
{
    struct epoll_event events[EVENTS];

    while (now_ns() < client->until_ns && client->result->errors < ERRORS_MAX && !client->no_memory) {
        int n = epoll_wait(client->epoll, events, EVENTS, WAIT_MS);

        for (int i = 0; i < n; i++)
            drive(events[i].data.ptr);
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

    return first < second ? -1 : first > second;
}

int client_run(const struct client_options *options, struct client_result *out)
{
    struct client *client = calloc(1, sizeof(*client));
    int done;

    *out = (struct client_result){0};
    if (!client)
        return -1;
    client->options = options;
    client->result = out;
    client->count_from_ns = UINT64_MAX;
    client->until_ns = now_ns() + PATIENCE_S * UINT64_C(1000000000);
    if (options->fresh)
        begin_counting(client);
    done = open_all(client);
    if (done == 0)
        run_until_end(client);
    out->seconds = (double)(now_ns() - client->count_from_ns) / 1e9;
    close_all(client);
    if (client->no_memory)
        done = -1;
    free(client);
    if (out->n > 0)
        qsort(out->latency_ns, out->n, sizeof(*out->latency_ns), by_value);
    return done;
}

void client_result_clear(struct client_result *result)
{
    free(result->latency_ns);
    *result = (struct client_result){0};
}
