#include "apiservice/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 512 };

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The length of the address; 0 when the text is none. */
static socklen_t parse_address(const char *text, uint16_t port, union socket_address *out)
{
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return sizeof(out->v4);
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return sizeof(out->v6);
    }
    return 0;
}

static int bind_and_listen(int fd, const union socket_address *address, socklen_t len)
{
    int on = 1, off = 0;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        return -1;
    if (address->any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
        return -1;
    if (bind(fd, &address->any, len) < 0)
        return -1;
    return listen(fd, BACKLOG);
}

int listener_open(const char *address, uint16_t port, int *out_fd, struct error *err)
{
    union socket_address where;
    socklen_t len = parse_address(address, port, &where);
    char reason[128];
    int fd;

    if (len == 0)
        return error_set(err, ERROR_INVALID, "listen on '%s': not an IPv4 or IPv6 address", address);
    fd = socket(where.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind_and_listen(fd, &where, len) < 0) {
        (void)error_set(err, ERROR_IO, "listen on %s port %u: %s", address, (unsigned)port, strerror_r(errno, reason, sizeof(reason)));
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    *out_fd = fd;
    return 0;
}

uint16_t listener_port(int fd)
{
    union socket_address where = {0};
    socklen_t len = sizeof(where);

    if (getsockname(fd, &where.any, &len) < 0)
        return 0;
    return ntohs(where.any.sa_family == AF_INET6 ? where.v6.sin6_port : where.v4.sin_port);
}
