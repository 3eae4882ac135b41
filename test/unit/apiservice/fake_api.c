#include "test/unit/apiservice/fake_api.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 32 * 1024 };

struct visitor {
    struct fake_api *api;
    int fd;
};

static bool is_whole(const char *request, size_t len)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "\r\nContent-Length: ");

    return end && length && len >= (size_t)(end + 4 - request) + strtoul(length + strlen("\r\nContent-Length: "), NULL, 10);
}

static bool read_request(int fd, char *request)
{
    size_t len = 0;
    ssize_t got;

    request[0] = '\0';
    while (!is_whole(request, len)) {
        got = recv(fd, request + len, REQUEST_MAX - 1 - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
        request[len] = '\0';
    }
    return true;
}

static void write_answer(struct fake_api *api, const char *request, char *out, size_t size)
{
    bool access = strstr(request, "\"kind\":\"SubjectAccessReview\"") != NULL;
    bool allowed = strstr(request, "\"user\":\"allowed") && !atomic_load(&api->revoked);
    bool good = strstr(request, "\"token\":\"good\"") != NULL;
    char body[256];

    (void)atomic_fetch_add(access ? &api->access_reviews : &api->token_reviews, 1);
    if (access)
        (void)snprintf(body, sizeof(body), "{\"kind\":\"SubjectAccessReview\",\"status\":{\"allowed\":%s}}", allowed ? "true" : "false");
    else if (good)
        (void)snprintf(body, sizeof(body),
                       "{\"kind\":\"TokenReview\",\"status\":{\"authenticated\":true,\"user\":{\"username\":\"allowed-token\"}}}");
    else
        (void)snprintf(body, sizeof(body), "{\"kind\":\"TokenReview\",\"status\":{\"user\":{}}}");
    (void)snprintf(out, size,
                   "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                   strlen(body), body);
}

static void *visit(void *context)
{
    struct visitor *visitor = context;
    struct fake_api *api = visitor->api;
    char *request = malloc(REQUEST_MAX), answer[512];
    int open = atomic_fetch_add(&api->open, 1) + 1;

    if (open > atomic_load(&api->most_at_once))
        atomic_store(&api->most_at_once, open);
    if (request && read_request(visitor->fd, request)) {
        (void)poll(NULL, 0, atomic_load(&api->delay_ms));
        while (atomic_load(&api->holds))
            (void)poll(NULL, 0, 5);
        if (!atomic_load(&api->down)) {
            write_answer(api, request, answer, sizeof(answer));
            (void)!send(visitor->fd, answer, strlen(answer), MSG_NOSIGNAL);
        }
    }
    (void)close(visitor->fd);
    free(request);
    free(visitor);
    (void)atomic_fetch_sub(&api->open, 1);
    return NULL;
}

static void *serve(void *context)
{
    struct fake_api *api = context;
    int fd;

    while ((fd = accept(api->listener, NULL, NULL)) >= 0) {
        struct visitor *visitor = malloc(sizeof(*visitor));
        pthread_t thread;

        *visitor = (struct visitor){api, fd};
        if (pthread_create(&thread, NULL, visit, visitor) == 0)
            (void)pthread_detach(thread);
    }
    return NULL;
}

void fake_api_start(struct fake_api *api)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *any = (struct sockaddr *)&address;
    socklen_t len = sizeof(address);

    memset(api, 0, sizeof(*api)); /* a test before may have used it, in one process */
    api->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(api->listener, 0);
    ck_assert_int_eq(bind(api->listener, any, len), 0);
    ck_assert_int_eq(listen(api->listener, 128), 0);
    ck_assert_int_eq(getsockname(api->listener, any, &len), 0);
    api->port = ntohs(address.sin_port);
    ck_assert_int_eq(pthread_create(&api->thread, NULL, serve, api), 0);
}

void fake_api_stop(struct fake_api *api)
{
    (void)shutdown(api->listener, SHUT_RDWR); /* wakes accept */
    (void)pthread_join(api->thread, NULL);
    (void)close(api->listener);
    while (atomic_load(&api->open) > 0)
        (void)poll(NULL, 0, 5);
}
