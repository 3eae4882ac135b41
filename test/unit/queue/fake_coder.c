#include "test/unit/queue/fake_coder.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Up to the empty line; what is asked here has no body. */
static void read_request(int fd, char out[FAKE_REQUEST_BYTES])
{
    size_t used = 0;
    ssize_t len;

    out[0] = '\0';
    while (used < FAKE_REQUEST_BYTES - 1 && !strstr(out, "\r\n\r\n") && (len = read(fd, out + used, FAKE_REQUEST_BYTES - 1 - used)) > 0) {
        used += (size_t)len;
        out[used] = '\0';
    }
}

static void write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    ssize_t len;

    for (; left > 0 && (len = send(fd, text, left, MSG_NOSIGNAL)) > 0; left -= (size_t)len)
        text += len;
}

static void *run(void *context)
{
    struct fake_coder *fake = context;
    int fd;

    while ((fd = accept(fake->fd, NULL, NULL)) >= 0) {
        const char *answer = fake->n_requests < fake->n_answers ? fake->answers[fake->n_requests] : NULL;

        if (answer) {
            read_request(fd, fake->requests[fake->n_requests]);
            fake->n_requests++;
        }
        if (answer && strcmp(answer, "hang") == 0) {
            fake->hanging_fd = fd;
            continue;
        }
        if (answer)
            write_all(fd, answer);
        (void)close(fd);
    }
    return NULL;
}

void fake_coder_start(struct fake_coder *fake, const char *const *answers, size_t n_answers)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    *fake = (struct fake_coder){.hanging_fd = -1, .answers = answers, .n_answers = n_answers};
    ck_assert_uint_le(n_answers, FAKE_REQUESTS_MAX);
    fake->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fake->fd, 0);
    ck_assert_int_eq(bind(fake->fd, (const struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(fake->fd, 8), 0);
    ck_assert_int_eq(getsockname(fake->fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(fake->url, sizeof(fake->url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
    ck_assert_int_eq(pthread_create(&fake->thread, NULL, run, fake), 0);
}

void fake_coder_stop(struct fake_coder *fake)
{
    (void)shutdown(fake->fd, SHUT_RDWR); /* wakes accept */
    (void)pthread_join(fake->thread, NULL);
    (void)close(fake->fd);
    if (fake->hanging_fd >= 0)
        (void)close(fake->hanging_fd);
}
