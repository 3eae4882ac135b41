#include "test/unit/apiservice/raw_client.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { RECEIVED_MAX = 4 * 1024 * 1024 };

int raw_socket(uint16_t port, int read_timeout_ms)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval timeout = {.tv_sec = read_timeout_ms / 1000, .tv_usec = read_timeout_ms % 1000 * 1000L};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), 0);
    ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0); /* as Go and curl do; else 40 ms a handshake */
    ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

bool raw_connect(struct raw_client *client, uint16_t port, const struct raw_options *options)
{
    *client = (struct raw_client){.received = BUFFER_INIT(RECEIVED_MAX)};
    client->fd = raw_socket(port, options->read_timeout_ms);
    client->context = SSL_CTX_new(TLS_client_method());
    ck_assert_ptr_nonnull(client->context);
    if (options->max_version)
        ck_assert_int_eq(SSL_CTX_set_max_proto_version(client->context, options->max_version), 1);
    (void)SSL_CTX_set_min_proto_version(client->context, TLS1_VERSION);
    (void)SSL_CTX_set_cipher_list(client->context, "ALL:@SECLEVEL=0");
    (void)SSL_CTX_set_mode(client->context, SSL_MODE_NO_AUTO_CHAIN);
    if (options->certificate) {
        ck_assert_int_eq(SSL_CTX_use_certificate(client->context, options->certificate), 1);
        ck_assert_int_eq(SSL_CTX_use_PrivateKey(client->context, options->key), 1);
    }
    for (size_t i = 0; i < options->n_further; i++)
        ck_assert_int_eq(SSL_CTX_add1_chain_cert(client->context, options->further), 1);
    client->tls = SSL_new(client->context);
    ck_assert_ptr_nonnull(client->tls);
    ck_assert_int_eq(SSL_set_fd(client->tls, client->fd), 1);
    return SSL_connect(client->tls) == 1;
}

void raw_close(struct raw_client *client)
{
    SSL_free(client->tls);
    SSL_CTX_free(client->context);
    (void)close(client->fd);
    buffer_clear(&client->received);
}

void raw_send(struct raw_client *client, const char *bytes, size_t len)
{
    (void)SSL_write(client->tls, bytes, (int)len); /* the server may have hung up already: the read tells */
}

static bool receive(struct raw_client *client)
{
    char bytes[4096];
    int len = SSL_read(client->tls, bytes, sizeof(bytes));

    return len > 0 && buffer_append(&client->received, bytes, (size_t)len) == 0;
}

static void take(struct raw_client *client, size_t len, struct buffer *out)
{
    ck_assert_int_eq(buffer_append(out, client->received.data, len), 0);
    memmove(client->received.data, client->received.data + len, client->received.len - len + 1);
    client->received.len -= len;
}

int raw_read_answer(struct raw_client *client, bool has_body, struct buffer *head, struct buffer *body)
{
    const char *end, *length;
    size_t body_len;

    buffer_reset(head);
    buffer_reset(body);
    while (!(end = strstr(buffer_text(&client->received), "\r\n\r\n")))
        if (!receive(client))
            return 0;
    take(client, (size_t)(end - client->received.data) + 4, head);
    length = strcasestr(buffer_text(head), "\r\nContent-Length: ");
    body_len = has_body && length ? (size_t)strtoul(length + 18, NULL, 10) : 0;
    while (client->received.len < body_len)
        if (!receive(client))
            return 0;
    if (body_len > 0)
        take(client, body_len, body);
    ck_assert_int_eq(strncmp(buffer_text(head), "HTTP/1.1 ", 9), 0);
    return (int)strtol(buffer_text(head) + 9, NULL, 10);
}

bool raw_is_closed(struct raw_client *client)
{
    char byte;
    int error;

    if (client->received.len > 0)
        return false;
    error = SSL_get_error(client->tls, SSL_read(client->tls, &byte, 1));
    return error == SSL_ERROR_ZERO_RETURN || error == SSL_ERROR_SSL || (error == SSL_ERROR_SYSCALL && errno != EAGAIN);
}
