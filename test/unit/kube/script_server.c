#include "test/unit/kube/script_server.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the server --- */

static bool is_whole(const char *request, size_t len)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "\r\nContent-Length: ");
    size_t body = length && end && length < end ? strtoul(length + strlen("\r\nContent-Length: "), NULL, 10) : 0;

    return end && len >= (size_t)(end + 4 - request) + body;
}

static void read_request(int fd, char *request)
{
    size_t len = 0;
    ssize_t got;

    do {
        got = recv(fd, request + len, SCRIPT_REQUEST_MAX - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
        request[len] = '\0';
    } while (got > 0 && len < SCRIPT_REQUEST_MAX - 1 && !is_whole(request, len));
}

static void send_all(int fd, const char *bytes)
{
    size_t left = strlen(bytes);

    while (left > 0) {
        ssize_t sent = send(fd, bytes, left, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        bytes += sent;
        left -= (size_t)sent;
    }
}

static void *serve(void *context)
{
    struct script_server *server = context;

    for (size_t i = 0; i < server->n_steps; i++) {
        const struct script_step *step = &server->steps[i];
        int fd = accept(server->listener, NULL, NULL);

        if (fd < 0)
            break;
        read_request(fd, server->asked[i]);
        server->n_asked++;
        if (step->before)
            step->before(server->context);
        send_all(fd, step->answer);
        server->held[i] = step->holds ? fd : -1;
        if (!step->holds)
            (void)close(fd);
    }
    return NULL;
}

void script_server_start(struct script_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *any = (struct sockaddr *)&address;
    socklen_t len = sizeof(address);

    ck_assert_uint_le(server->n_steps, SCRIPT_STEPS_MAX);
    memset(server->held, -1, sizeof(server->held));
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(server->listener, 0);
    ck_assert_int_eq(bind(server->listener, any, len), 0);
    ck_assert_int_eq(listen(server->listener, 16), 0);
    ck_assert_int_eq(getsockname(server->listener, any, &len), 0);
    server->port = ntohs(address.sin_port);
    ck_assert_int_eq(pthread_create(&server->thread, NULL, serve, server), 0);
}

void script_server_stop(struct script_server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR); /* wakes accept */
    (void)pthread_join(server->thread, NULL);
    (void)close(server->listener);
    for (size_t i = 0; i < SCRIPT_STEPS_MAX; i++)
        if (server->held[i] >= 0)
            (void)close(server->held[i]);
    for (size_t i = 0; i < server->n_asked; i++) {
        server->asked[i][strcspn(server->asked[i], "\r")] = '\n'; /* the first line ends there */
        ck_assert_msg(strstr(server->asked[i], server->steps[i].expects) != NULL &&
                          strstr(server->asked[i], server->steps[i].expects) < strchr(server->asked[i], '\n'),
                      "step %zu: expected %s in %s", i, server->steps[i].expects, server->asked[i]);
    }
    ck_assert_uint_eq(server->n_asked, server->n_steps);
}

/* --- its client --- */

static void write_file(const struct script_client *client, const char *name, const char *text)
{
    char path[128], fresh[160];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", client->folder, name);
    (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
    file = fopen(fresh, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(rename(fresh, path), 0);
}

void script_client_write_token(const struct script_client *client, const char *token)
{
    write_file(client, "token", token);
}

void script_client_open(struct script_client *client, const struct script_server *server)
{
    char text[512], path[128];
    struct error err = {0};

    (void)snprintf(client->folder, sizeof(client->folder), "kube-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(client->folder));
    (void)snprintf(text, sizeof(text),
                   "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
                   "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%d'}}]\nusers: [{name: u, user: {tokenFile: token}}]\n",
                   server->port);
    write_file(client, "config", text);
    script_client_write_token(client, "first-token\n");
    (void)snprintf(path, sizeof(path), "%s/config", client->folder);
    client->identity = kube_identity_new_kubeconfig(path, NULL, &err);
    ck_assert_msg(client->identity != NULL, "%s", err.text);
    client->loop = loop_new(&err);
    ck_assert_ptr_nonnull(client->loop);
    client->client = kube_client_new(client->loop, client->identity, &err);
    ck_assert_msg(client->client != NULL, "%s", err.text);
}

void script_client_run(struct script_client *client)
{
    struct error err = {0};

    ck_assert_int_eq(loop_run(client->loop, &err), 0);
}

void script_client_close(struct script_client *client)
{
    static const char *const names[] = {"config", "token"};

    kube_client_free(client->client);
    kube_identity_free(client->identity);
    loop_free(client->loop);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/%s", client->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(client->folder);
}
