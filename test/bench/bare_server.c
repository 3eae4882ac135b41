/* bare_server.c - the limit to measure against: libmicrohttpd, set up as the adapter does (it asks for the client's certificate too, but
 * judges nothing), answering a constant of a given size.
 *
 *   bare_server CERT KEY PORT BYTES     ends with its standard input */
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"

enum { THREADS = 3, CONNECTIONS = 360, PEM_MAX = 65536 };

static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:"
    "+CHACHA20-POLY1305:-MAC-ALL:+AEAD:%NO_TICKETS:%SERVER_PRECEDENCE";

/* NOLINTNEXTLINE(readability-function-size): the library gives the parameters */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url UNUSED, const char *method UNUSED,
                              const char *version UNUSED, const char *upload UNUSED, size_t *upload_size UNUSED, void **state)
{
    static int seen;

    if (!*state) {
        *state = &seen; /* an answer to the very first call would close the connection */
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

static void ask_for_certificate(void *context UNUSED, struct MHD_Connection *connection, void **state UNUSED,
                                enum MHD_ConnectionNotificationCode code)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    if (code != MHD_CONNECTION_NOTIFY_STARTED || !found)
        return;
    gnutls_certificate_server_set_request(found->tls_session, GNUTLS_CERT_REQUEST);
    gnutls_certificate_send_x509_rdn_sequence(found->tls_session, 1);
}

static int read_pem(const char *path, struct buffer *out)
{
    struct error err = {0};

    if (file_read(path, out, &err) == 0)
        return 0;
    (void)fprintf(stderr, "bare_server: %s\n", err.text);
    return -1;
}

int main(int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer cert = BUFFER_INIT(PEM_MAX);
    CLEANUP(buffer_clear) struct buffer key = BUFFER_INIT(PEM_MAX);
    struct MHD_Response *response;
    struct MHD_Daemon *daemon;
    size_t bytes;
    char *body;

    if (argc != 5 || read_pem(argv[1], &cert) < 0 || read_pem(argv[2], &key) < 0)
        return EXIT_FAILURE;
    bytes = (size_t)strtoul(argv[4], NULL, 10);
    body = malloc(bytes + 1);
    if (!body)
        return EXIT_FAILURE;
    memset(body, 'x', bytes);
    response = MHD_create_response_from_buffer(bytes, body, MHD_RESPMEM_MUST_FREE);
    (void)MHD_add_response_header(response, "Content-Type", "application/json");
    (void)MHD_add_response_header(response, "Cache-Control", "no-cache, private");
    daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS, (uint16_t)strtoul(argv[3], NULL, 10), NULL, NULL, answer,
                              response, MHD_OPTION_HTTPS_MEM_CERT, buffer_text(&cert), MHD_OPTION_HTTPS_MEM_KEY, buffer_text(&key),
                              MHD_OPTION_HTTPS_PRIORITIES, priorities, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                              MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_NOTIFY_CONNECTION, ask_for_certificate, NULL,
                              MHD_OPTION_END);
    if (!daemon) {
        (void)fprintf(stderr, "bare_server: port %s cannot be served: in use?\n", argv[3]);
        return EXIT_FAILURE;
    }
    (void)getchar();
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return EXIT_SUCCESS;
}
