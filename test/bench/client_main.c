/* client_main.c - bench-client: sends the same GET to a server on this machine and prints "begin" when it begins to count, and
 * at the end one line of JSON.
 *
 *   bench-client --port PORT --path PATH --connections N --seconds S [--fresh] [--certificate FILE --key FILE]
 *                [--header 'Name: value']... */
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "test/bench/client.h"

enum { REQUEST_MAX = 16384 };

struct arguments {
    const char *path, *certificate, *key;
    struct buffer headers;
    struct client_options options;
};

static const struct option known[] = {
    {"port", required_argument, NULL, 'p'},    {"path", required_argument, NULL, 'u'},   {"connections", required_argument, NULL, 'c'},
    {"seconds", required_argument, NULL, 's'}, {"fresh", no_argument, NULL, 'f'},        {"certificate", required_argument, NULL, 'C'},
    {"key", required_argument, NULL, 'K'},     {"header", required_argument, NULL, 'h'}, {NULL, 0, NULL, 0},
};

static bool take(struct arguments *arguments, int option, const char *value)
{
    struct client_options *options = &arguments->options;

    switch (option) {
    case 'p': options->server.sin_port = htons((uint16_t)strtoul(value, NULL, 10)); return true;
    case 'u': arguments->path = value; return true;
    case 'c':
        options->connections = (unsigned)strtoul(value, NULL, 10);
        return options->connections >= 1 && options->connections <= CLIENT_CONNECTIONS_MAX;
    case 's': options->seconds = strtod(value, NULL); return options->seconds > 0 && options->seconds <= CLIENT_SECONDS_MAX;
    case 'f': options->fresh = true; return true;
    case 'C': arguments->certificate = value; return true;
    case 'K': arguments->key = value; return true;
    case 'h': return buffer_printf(&arguments->headers, "%s\r\n", value) == 0;
    default: return false;
    }
}

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
    int option;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread yet */
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        if (!take(out, option, optarg))
            return false;
    return optind == argc && out->path && out->options.server.sin_port != 0 && out->options.seconds > 0 && out->options.connections > 0;
}

/* The server is on this machine and known by its port: nothing is gained by judging its certificate. */
static SSL_CTX *new_tls(const struct arguments *arguments)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

    if (!tls)
        return NULL;
    (void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE);
    (void)SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
    if (arguments->certificate && (SSL_CTX_use_certificate_chain_file(tls, arguments->certificate) != 1 ||
                                   SSL_CTX_use_PrivateKey_file(tls, arguments->key, SSL_FILETYPE_PEM) != 1)) {
        SSL_CTX_free(tls);
        return NULL;
    }
    return tls;
}

static double quantile_us(const struct client_result *result, double q)
{
    size_t at = (size_t)(q * (double)result->n);

    if (result->n == 0)
        return 0;
    return (double)result->latency_ns[at < result->n ? at : result->n - 1] / 1000;
}

static double cpu_seconds(void)
{
    struct timespec spent;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static void print(const struct client_result *result)
{
    (void)printf("{\"requests\":%zu,\"seconds\":%.6f,\"rate\":%.2f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,"
                 "\"bytes\":%zu,\"errors\":%zu,\"client_cpu_s\":%.4f}\n",
                 result->n, result->seconds, (double)result->n / result->seconds, quantile_us(result, .5), quantile_us(result, .99),
                 quantile_us(result, .999), quantile_us(result, 1), result->bytes, result->errors, cpu_seconds());
    if (result->errors > 0)
        (void)fprintf(stderr, "bench-client: %zu errors; the first: %s\n", result->errors, result->first_error);
}

static void tell_begun(void)
{
    (void)puts("begin");
    (void)fflush(stdout);
}

static int run(struct arguments *arguments, struct buffer *request)
{
    struct client_options *options = &arguments->options;
    struct client_result result;

    (void)buffer_printf(request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench-client\r\n%s%s\r\n", arguments->path,
                        options->fresh ? "Connection: close\r\n" : "", buffer_text(&arguments->headers));
    options->request = buffer_text(request);
    options->request_len = request->len;
    options->begun = tell_begun;
    options->tls = new_tls(arguments);
    if (!options->tls || buffer_failed(request) || client_run(options, &result) < 0) {
        (void)fputs("bench-client: cannot run: no memory, no epoll, or a certificate that cannot be read\n", stderr);
        return EXIT_FAILURE;
    }
    print(&result);
    SSL_CTX_free(options->tls);
    client_result_clear(&result);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer request = BUFFER_INIT(REQUEST_MAX);
    struct arguments arguments = {.headers = BUFFER_INIT(REQUEST_MAX)};
    int code;

    (void)signal(SIGPIPE, SIG_IGN);
    arguments.options.server.sin_family = AF_INET;
    arguments.options.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!read_arguments(argc, argv, &arguments)) {
        (void)fputs("usage: bench-client --port PORT --path PATH --connections 1..512 --seconds 1..120 [--fresh]\n"
                    "                    [--certificate FILE --key FILE] [--header 'Name: value']...\n",
                    stderr);
        return 2;
    }
    code = run(&arguments, &request);
    buffer_clear(&arguments.headers);
    return code;
}
