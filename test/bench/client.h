/* client.h - the load client of the benchmark: the same GET over TLS, over and over, from N connections of one thread.
 *
 * Shape    one client_options in, one client_result out; each connection has one request in flight (a closed loop)
 * Units    latencies: nanoseconds, from before the first byte is written to the last byte of the body; of fresh connections the TCP and
 *          TLS handshakes are part
 * Errors   an answer other than 200, a connection that ends and a malformed answer are counted, never hidden: the bench refuses a run
 *          with one
 * Cost     less than any server it measures: no allocation, no copy and no clock beyond two readings for each request */
#ifndef TEST_BENCH_CLIENT_H
#define TEST_BENCH_CLIENT_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_CONNECTIONS_MAX = 512, CLIENT_SECONDS_MAX = 120 };

struct client_options {
    SSL_CTX *tls;
    struct sockaddr_in server;
    const char *request; /* head and blank line */
    size_t request_len;
    unsigned connections;
    double seconds;      /* from when every connection has had its first answer, which is not counted */
    bool fresh;          /* a new connection for every request: counted from the begin */
    void (*begun)(void); /* called when counting begins */
};

struct client_result {
    uint64_t *latency_ns; /* sorted */
    size_t n, capacity;
    size_t errors, bytes; /* bytes: of the last answer, head and body */
    double seconds;
    char first_error[128];
};

/* 0, or -1 without memory or epoll. */
int client_run(const struct client_options *options, struct client_result *out);
void client_result_clear(struct client_result *result);

#endif
