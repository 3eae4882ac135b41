#include "apiservice/server.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apiservice/listener.h"
#include "apiservice/own_families.h"
#include "apiservice/server_edge.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"

/* TLS 1.3 and 1.2 with the three AEAD suites; the library's default would take TLS 1.0 and CBC. No tickets: none are ever
 * issued here, and saying so saves the client from waiting for one. */
#define TLS_PRIORITIES                                                                                                  \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:" \
    "+CHACHA20-POLY1305:-MAC-ALL:+AEAD:%NO_TICKETS:%SERVER_PRECEDENCE"

enum {
    CONNECTION_MEMORY = 36 * 1024, /* head, TLS records and response head; what is between our limit and this gets our own 431 */
    STOP_WAIT_MS = 5 * 1000,
    LENIENT = -1, /* the only level at which 0.9.75 refuses a blank before the colon (its test is inverted) */
};

/* The library's words, with what clients sent in them: only for debugging, and never raw. */
static void PRINTF_LIKE(2, 0) on_message(void *context, const char *format, va_list args)
{
    CLEANUP(buffer_clear) struct buffer escaped = BUFFER_INIT(4096);
    struct api_server *server = context;
    char text[512];

    if (strstr(format, "handshake"))
        (void)atomic_fetch_add(&server->failed_handshakes, 1);
    (void)vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    escape_controls(&escaped, text, strlen(text));
    log_debug("http server", "message", buffer_text(&escaped), NULL);
}

static void expose(void *context, struct exposition *exposition)
{
    struct api_server *server = context;
    struct tls_identity *identity = server_identity(server);

    own_family_value(exposition, OWN_CONNECTIONS, atomic_load(&server->connections));
    own_family_value(exposition, OWN_REQUESTS_IN_FLIGHT, atomic_load(&server->in_flight));
    own_family_value(exposition, OWN_HANDSHAKE_FAILURES, (double)atomic_load(&server->failed_handshakes));
    own_family_value(exposition, OWN_CONNECTIONS_ENDED, (double)watchdog_ended(server->watchdog));
    own_family_value(exposition, OWN_CERTIFICATE_EXPIRY, (double)tls_identity_expiry_unix_ms(identity) / 1000);
    tls_identity_release(identity);
}

static unsigned threads_for(unsigned connections)
{
    unsigned threads = (connections + SERVER_CONNECTIONS_PER_THREAD - 1) / SERVER_CONNECTIONS_PER_THREAD;

    return threads > SERVER_THREADS_MIN ? threads : SERVER_THREADS_MIN;
}

/* The logger must be the first option: the others may already have something to say. */
static struct MHD_Daemon *start_daemon(struct api_server *server, int listen_fd)
{
    const struct server_limits *limits = &server->limits;

    return MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, server->port, NULL,
                            NULL, server_on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_message, server, MHD_OPTION_LISTEN_SOCKET,
                            listen_fd, MHD_OPTION_NOTIFY_CONNECTION, server_on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
                            server_on_completed, server, MHD_OPTION_URI_LOG_CALLBACK, server_on_target, server,
                            MHD_OPTION_UNESCAPE_CALLBACK, server_keep_escapes, server, MHD_OPTION_STRICT_FOR_CLIENT, (int)LENIENT,
                            MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES, MHD_OPTION_HTTPS_CERT_CALLBACK, server_on_certificate,
                            MHD_OPTION_THREAD_POOL_SIZE, threads_for(limits->connections), MHD_OPTION_CONNECTION_LIMIT, limits->connections,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)((limits->idle_timeout_ms + 999) / 1000), MHD_OPTION_END);
}

struct tls_identity *server_identity(struct api_server *server)
{
    struct tls_identity *identity;

    (void)pthread_mutex_lock(&server->lock);
    identity = tls_identity_acquire(server->identity);
    (void)pthread_mutex_unlock(&server->lock);
    return identity;
}

static void free_server(struct api_server *server)
{
    watchdog_free(server->watchdog);
    server_peers_free(server->peers);
    tls_identity_release(server->identity);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

static int open_and_start(struct api_server *server, const struct api_server_options *options, struct error *err)
{
    int64_t period_ms = server->limits.header_timeout_ms / 4;
    int listen_fd;

    if (listener_open(options->address, options->port, &listen_fd, err) < 0)
        return -1;
    server->port = listener_port(listen_fd);
    server->watchdog = watchdog_new((int)(period_ms < 10 ? 10 : period_ms > 500 ? 500 : period_ms), err);
    if (server->watchdog) {
        api_set_server_collector(server->api, (struct api_collector){expose, server});
        server->daemon = start_daemon(server, listen_fd);
        if (!server->daemon)
            (void)error_set(err, ERROR_IO, "start the HTTPS server on %s port %u: libmicrohttpd refused; debug messages say why",
                            options->address, (unsigned)server->port);
    }
    if (server->daemon)
        return 0;
    api_set_server_collector(server->api, (struct api_collector){0});
    (void)close(listen_fd);
    return -1;
}

static int check_limits(const struct server_limits *limits, struct error *err)
{
    if (limits->connections == 0 || limits->header_timeout_ms <= 0 || limits->idle_timeout_ms <= 0)
        return error_set(err, ERROR_INVALID, "limits of the server: connections, header and idle time must be above 0");
    if (limits->header_bytes == 0 || limits->header_bytes > SERVER_HEADER_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "limits of the server: the head of a request may have 1 to %d bytes, not %u",
                         SERVER_HEADER_BYTES_MAX, limits->header_bytes);
    return 0;
}

struct api_server *api_server_start(const struct api_server_options *options, struct error *err)
{
    struct api_server *server;

    if (check_limits(&options->limits, err) < 0)
        return NULL;
    server = calloc(1, sizeof(*server));
    if (!server) {
        (void)error_no_memory(err);
        return NULL;
    }
    server->api = options->api;
    server->limits = options->limits;
    (void)pthread_mutex_init(&server->lock, NULL);
    server->identity = tls_identity_acquire(options->identity);
    server->peers = server_peers_new(options->limits.connections, options->limits.per_peer);
    if ((server->peers ? 0 : error_no_memory(err)) < 0 || open_and_start(server, options, err) < 0) {
        free_server(server);
        return NULL;
    }
    return server;
}

uint16_t api_server_port(const struct api_server *server)
{
    return server->port;
}

void api_server_set_identity(struct api_server *server, struct tls_identity *identity)
{
    struct tls_identity *old;

    (void)pthread_mutex_lock(&server->lock);
    old = server->identity;
    server->identity = tls_identity_acquire(identity);
    (void)pthread_mutex_unlock(&server->lock);
    tls_identity_release(old);
}

void api_server_drain(struct api_server *server)
{
    api_begin_shutdown(server->api);
}

void api_server_stop(struct api_server *server)
{
    int64_t deadline = clock_boot_ms() + STOP_WAIT_MS;
    MHD_socket listen_fd;

    if (!server)
        return;
    api_begin_shutdown(server->api);
    listen_fd = MHD_quiesce_daemon(server->daemon);
    if (listen_fd != MHD_INVALID_SOCKET)
        (void)shutdown(listen_fd, SHUT_RDWR); /* not closed yet: a worker may still wait for it */
    api_end_waiting(server->api);             /* with a request suspended, stopping would end the program */
    while (atomic_load(&server->in_flight) > 0 && clock_boot_ms() < deadline)
        (void)poll(NULL, 0, 5);
    MHD_stop_daemon(server->daemon);
    if (listen_fd != MHD_INVALID_SOCKET)
        (void)close(listen_fd);
    api_set_server_collector(server->api, (struct api_collector){0});
    free_server(server);
}
