/* Connections and their handshakes. */
#include <stdlib.h>

#include "apiservice/server_edge.h"
#include "base/clock.h"

struct connection *server_connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return found ? found->socket_context : NULL;
}

void server_connection_allow(struct connection *connection, int64_t ms)
{
    watchdog_set(&connection->deadline, clock_boot_ms() + ms);
}

static void *open_connection(struct api_server *server, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = found ? calloc(1, sizeof(*connection)) : NULL;

    if (!connection)
        return NULL; /* its handshake fails for want of a certificate */
    connection->server = server;
    (void)atomic_fetch_add(&server->connections, 1);
    watchdog_add(server->watchdog, &connection->deadline, found->connect_fd, clock_boot_ms() + server->limits.header_timeout_ms);
    return connection;
}

static void close_connection(struct connection *connection)
{
    struct api_server *server = connection->server;

    watchdog_remove(server->watchdog, &connection->deadline); /* the descriptor is still open here, so nobody has its number yet */
    (void)atomic_fetch_sub(&server->connections, 1);
    tls_identity_release(connection->identity);
    free(connection->target);
    free(connection);
}

void server_on_connection(void *context, struct MHD_Connection *mhd, void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = open_connection(context, mhd);
    else if (*socket_context)
        close_connection(*socket_context);
}

/* GnuTLS borrows chain and key for the life of the session: the connection holds the identity as long. */
/* NOLINTNEXTLINE(readability-function-size): the library gives the parameters */
int server_on_certificate(gnutls_session_t session, const gnutls_datum_t *ca_names UNUSED, int n_ca_names UNUSED,
                          const gnutls_pk_algorithm_t *algorithms UNUSED, int n_algorithms UNUSED, gnutls_pcert_st **certificates,
                          unsigned *n_certificates, gnutls_privkey_t *key)
{
    struct connection *connection = server_connection_of(gnutls_session_get_ptr(session));
    struct tls_chain chain;

    if (!connection)
        return -1;
    tls_identity_release(connection->identity);
    connection->identity = server_identity(connection->server);
    chain = tls_identity_chain(connection->identity);
    *certificates = chain.certificates;
    *n_certificates = chain.n;
    *key = chain.key;
    return 0;
}
