#include "test/fuzz/loopback_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "adapter/families.h"
#include "apiservice/self_signed.h"
#include "apiservice/server.h"
#include "apiservice/wire_json.h"
#include "apiservice/wire_value.h"
#include "base/clock.h"
#include "base/log.h"
#include "test/fuzz/fuzz.h"

enum { RECEIVED_MAX = 64 * 1024 * 1024 };

static struct {
    struct metric_store *store;
    struct api *api;
    struct tls_identity *identity;
    struct api_server *server;
    SSL_CTX *clients;
} world;

static struct metric_snapshot *make_snapshot(void)
{
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    const struct metric_source source = {.name = "coder/acme/jobs",
                                         .stale_after_ms = INT64_MAX,
                                         .last_error = "",
                                         .read_boot_ms = 1,
                                         .read_unix_ms = INT64_C(1767323045000)};
    const struct metric_label labels[] = {
        {"queue", "red"}, {"organization", "acme"}, {"job_type", "workspace_build"}, {"initiator", "user"}};
    metric_encode *const encoders[METRIC_FORMS] = {[METRIC_FORM_JSON] = wire_json_item, [METRIC_FORM_PROTOBUF] = wire_value_item};
    const unsigned index = metric_builder_source(builder, &source);
    struct metric_set_key key = {.name_space = "coder", .identity = labels, .n_identity = 2, .sources = &index, .n_sources = 1};
    struct metric_snapshot *snapshot;
    struct error err = {0};

    key.family = family(FAMILY_DEMAND);
    metric_builder_begin(builder, &key);
    metric_builder_sample(builder, labels, 2, 42000);
    key.family = family(FAMILY_QUEUE_DEPTH);
    metric_builder_begin(builder, &key);
    metric_builder_sample(builder, labels, 4, 7000);
    LAW(metric_builder_finish(builder, encoders, &snapshot, &err) == 0);
    return snapshot;
}

static struct tls_identity *make_identity(void)
{
    const char *const names[] = {"localhost"};
    const struct self_signed_spec spec = {names, ARRAY_LEN(names), clock_unix_ms(), INT64_C(86400000)};
    CLEANUP(buffer_clear) struct buffer cert = BUFFER_INIT(TLS_PEM_MAX);
    CLEANUP(buffer_clear) struct buffer key = BUFFER_INIT(TLS_PEM_MAX);
    struct tls_identity *identity;
    struct error err = {0};

    LAW(self_signed_make(&spec, &cert, &key, &err) == 0 && tls_identity_new(&cert, &key, &identity, &err) == 0);
    return identity;
}

/* So that what the server leaks while it stops is seen, too. */
static void stop_server(void)
{
    api_server_stop(world.server);
    api_free(world.api);
    metric_store_free(world.store);
    tls_identity_release(world.identity);
    SSL_CTX_free(world.clients);
}

static void start_server(void)
{
    static struct api_options options = {.version = {"0.1.0", ""}};
    struct api_server_options where = {.address = "127.0.0.1",
                                       .limits = {.connections = 240,
                                                  .header_bytes = SERVER_HEAD_MAX,
                                                  .requests_in_flight = 200,
                                                  .header_timeout_ms = INT64_C(3) * CLIENT_PATIENCE_MS,
                                                  .idle_timeout_ms = INT64_C(3) * CLIENT_PATIENCE_MS}};
    struct error err = {0};

    (void)signal(SIGPIPE, SIG_IGN);
    log_setup(LOG_ERROR, LOG_TEXT);
    options.families = families_all(&options.n_families);
    options.store = world.store = metric_store_new();
    LAW(world.store);
    metric_store_publish(world.store, make_snapshot());
    where.api = world.api = api_new(&options, &err);
    where.identity = world.identity = make_identity();
    LAW(world.api);
    world.server = api_server_start(&where, &err);
    LAW(world.server);
    world.clients = SSL_CTX_new(TLS_client_method());
    LAW(world.clients && atexit(stop_server) == 0);
}

static int connected_socket(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(api_server_port(world.server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = CLIENT_PATIENCE_MS / 1000};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    LAW(fd >= 0);
    LAW(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
    LAW(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0);
    LAW(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0); /* each piece is a segment of its own */
    LAW(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

/* Interrupted by libFuzzer's alarm, and with time left: once more. A server that is silent for too long breaks the law. */
static bool goes_on(const struct client *client, int result, int64_t began_ms)
{
    int error = SSL_get_error(client->tls, result);

    ERR_clear_error();
    LAW(clock_boot_ms() - began_ms < CLIENT_PATIENCE_MS);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

void client_open(struct client *client)
{
    int64_t began_ms = clock_boot_ms();
    int result;

    if (!world.server)
        start_server();
    *client = (struct client){.received = BUFFER_INIT(RECEIVED_MAX), .fd = connected_socket(), .tls = SSL_new(world.clients)};
    LAW(client->tls && SSL_set_fd(client->tls, client->fd) == 1);
    while ((result = SSL_connect(client->tls)) != 1)
        LAW(goes_on(client, result, began_ms));
}

void client_send(struct client *client, const char *bytes, size_t len)
{
    int64_t began_ms = clock_boot_ms();
    int result;

    if (len == 0 || client->unheard)
        return;
    while ((result = SSL_write(client->tls, bytes, (int)len)) <= 0 && !client->unheard)
        client->unheard = !goes_on(client, result, began_ms);
}

void client_end_sending(struct client *client)
{
    if (!client->unheard) /* else it would be sent before anything is read, in vain */
        (void)SSL_shutdown(client->tls);
    (void)shutdown(client->fd, SHUT_WR);
}

bool client_receive(struct client *client)
{
    int64_t began_ms = clock_boot_ms();
    char bytes[16384];
    int len = 0;

    while (!client->ended && (len = SSL_read(client->tls, bytes, sizeof(bytes))) <= 0)
        client->ended = !goes_on(client, len, began_ms);
    if (client->ended)
        return false;
    LAW(buffer_append(&client->received, bytes, (size_t)len) == 0);
    return true;
}

void client_close(struct client *client)
{
    SSL_free(client->tls);
    (void)close(client->fd);
    buffer_clear(&client->received);
}
