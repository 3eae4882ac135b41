#include "emulator/emulator_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 256,
    CONNECTION_MEMORY = 64 * 1024, /* head of a request: ids= of a thousand jobs */
    CONNECTION_TIMEOUT_S = 120,
    THREAD_STACK = 512 * 1024,
    REQUEST_BODY_MAX = 64 * 1024,
    CUT_PIECE = 16 * 1024,
    ADDRESS_MAX = 64,
};

struct emulator_server {
    struct emulator *emulator;
    struct MHD_Daemon *daemon;
    int stop_fd; /* readable from the beginning of the end on */
};

/* One request while it comes in. */
struct incoming {
    char *target;
    struct buffer body;
    bool head_is_known;
};

static int bad_address(const char *text, const char *why, struct error *err)
{
    return error_set(err, ERROR_INVALID, "cannot listen on %.60s: %s (for example 127.0.0.1:8080)", text, why);
}

int emulator_address_parse(const char *text, struct sockaddr_in *out, struct error *err)
{
    const char *colon = strrchr(text, ':');
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[ADDRESS_MAX] = "", *end = NULL;
    long port;

    if (!colon || (size_t)(colon - text) >= sizeof(host))
        return bad_address(text, "expected ADDRESS:PORT", err);
    memcpy(host, text, (size_t)(colon - text));
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || ntohl(address.sin_addr.s_addr) >> 24 != 127)
        return bad_address(text, "only an IPv4 loopback address is allowed, since nothing guards the control API", err);
    errno = 0;
    port = strtol(colon + 1, &end, 10);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || errno != 0 || port > UINT16_MAX)
        return bad_address(text, "expected a port from 0 to 65535", err);
    address.sin_port = htons((uint16_t)port);
    *out = address;
    return 0;
}

static void incoming_free(struct incoming *incoming)
{
    if (!incoming)
        return;
    free(incoming->target);
    buffer_clear(&incoming->body);
    free(incoming);
}

/* MHD's only way to the raw target; what it returns becomes the request's state. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct incoming *incoming = calloc(1, sizeof(*incoming));

    (void)context, (void)connection;
    if (!incoming)
        return NULL;
    incoming->body = BUFFER_INIT(REQUEST_BODY_MAX);
    incoming->target = strdup(target);
    return incoming;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    (void)context, (void)connection, (void)code;
    incoming_free(*state);
    *state = NULL;
}

/* A body that ends in the middle: MHD then closes the connection. */
static ssize_t read_half(void *context, uint64_t at, char *to, size_t room)
{
    const struct buffer *body = context;
    size_t half = body->len / 2, len = at < half ? half - (size_t)at : 0;

    if (len == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    len = len < room ? len : room;
    memcpy(to, body->data + at, len);
    return (ssize_t)len;
}

static void free_half(void *context)
{
    struct buffer *body = context;

    buffer_clear(body);
    free(body);
}

static struct MHD_Response *make_cut_response(struct answer *answer)
{
    struct buffer *body = malloc(sizeof(*body));
    struct MHD_Response *response;

    if (!body)
        return NULL;
    *body = buffer_move(&answer->body);
    response = MHD_create_response_from_callback(body->len, CUT_PIECE, read_half, body, free_half);
    if (!response)
        free_half(body);
    return response;
}

static struct MHD_Response *make_whole_response(struct answer *answer)
{
    static char nothing[1];
    struct buffer body = buffer_move(&answer->body);
    struct MHD_Response *response;

    if (!body.data)
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    response = MHD_create_response_from_buffer(body.len, body.data, MHD_RESPMEM_MUST_FREE);
    if (!response)
        buffer_clear(&body);
    return response;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer *answer)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    if (answer->end == ANSWER_DROP)
        return MHD_NO;
    response = answer->end == ANSWER_CUT ? make_cut_response(answer) : make_whole_response(answer);
    if (!response)
        return MHD_NO;
    if (answer->content_type)
        (void)MHD_add_response_header(response, "Content-Type", answer->content_type);
    for (size_t i = 0; i < answer->n_headers; i++)
        (void)MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    result = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Until the time is over, the client has gone, or the server ends. True: the answer is still worth sending. */
static bool wait_out(const struct emulator_server *server, struct MHD_Connection *connection, int64_t delay_ms)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd waits[2] = {{.fd = server->stop_fd, .events = POLLIN}, {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP}};

    return delay_ms == 0 || poll(waits, ARRAY_LEN(waits), (int)delay_ms) == 0;
}

static enum MHD_Result answer_request(struct emulator_server *server, struct MHD_Connection *connection, const char *method,
                                      const struct incoming *incoming)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};
    struct request request = {
        .method = method,
        .target = incoming->target,
        .token = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Coder-Session-Token"),
        .body = buffer_text(&incoming->body),
        .body_len = incoming->body.len,
    };

    if (buffer_failed(&incoming->body))
        answer_error(&answer, 413, "the body is larger than 64 KiB", NULL);
    else
        emulator_answer(server->emulator, &request, &answer);
    return wait_out(server, connection, answer.delay_ms) ? send_answer(connection, &answer) : MHD_NO;
}

/* NOLINTNEXTLINE(readability-function-size): the library gives the parameters */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_len, void **state)
{
    struct incoming *incoming = *state;

    (void)url, (void)version;
    if (!incoming || !incoming->target)
        return MHD_NO;
    if (!incoming->head_is_known) { /* MHD wants the answer after the body */
        incoming->head_is_known = true;
        return MHD_YES;
    }
    if (*upload_len > 0) {
        (void)buffer_append(&incoming->body, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    return answer_request(context, connection, method, incoming);
}

static struct MHD_Daemon *start(struct emulator_server *server, const struct sockaddr_in *address)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK /* the Date header is the emulated time */;

    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, server,                      /**/
                            MHD_OPTION_SOCK_ADDR, address,                                 /**/
                            MHD_OPTION_URI_LOG_CALLBACK, on_target, server,                /**/
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,             /**/
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,        /**/
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, /**/
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, /**/
                            MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_END);
}

struct emulator_server *emulator_server_new(struct emulator *emulator, const struct sockaddr_in *address, struct error *err)
{
    struct emulator_server *server = calloc(1, sizeof(*server));
    char host[INET_ADDRSTRLEN] = "", why[128];

    if (!server) {
        (void)error_no_memory(err);
        return NULL;
    }
    server->emulator = emulator;
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    errno = 0;
    server->daemon = server->stop_fd >= 0 ? start(server, address) : NULL;
    if (!server->daemon) {
        (void)error_set(err, ERROR_IO, "cannot listen on %s:%u: %s", inet_ntop(AF_INET, &address->sin_addr, host, sizeof(host)),
                        (unsigned)ntohs(address->sin_port), strerror_r(errno, why, sizeof(why)));
        emulator_server_free(server);
        return NULL;
    }
    return server;
}

void emulator_server_free(struct emulator_server *server)
{
    if (!server)
        return;
    if (server->stop_fd >= 0)
        (void)eventfd_write(server->stop_fd, 1);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    if (server->stop_fd >= 0)
        (void)close(server->stop_fd);
    free(server);
}

int emulator_server_port(const struct emulator_server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info ? info->port : 0;
}
