/* Connections and their handshakes. */
#include <stdlib.h>
#include <sys/socket.h>

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

/* For the client's certificate, without naming CAs: it sends whatever it has, also one of a CA that we hear of later. */
static void ask_for_certificate(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    if (!found)
        return;
    gnutls_certificate_server_set_request(found->tls_session, GNUTLS_CERT_REQUEST);
    gnutls_certificate_send_x509_rdn_sequence(found->tls_session, 1);
}

static struct peer_address address_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return peer_address_of(found ? found->client_addr : NULL);
}

static struct connection *new_connection(struct api_server *server, const struct peer_address *address)
{
    struct connection *connection;

    if (!server_peers_enter(server->peers, address))
        return NULL;
    connection = calloc(1, sizeof(*connection));
    if (!connection) {
        server_peers_leave(server->peers, address);
        return NULL;
    }
    connection->server = server;
    connection->address = *address;
    connection->counted = true;
    connection->ticket = ACCESS_TICKET_INIT;
    return connection;
}

static void *open_connection(struct api_server *server, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    int fd = found ? found->connect_fd : -1;
    struct peer_address address = address_of(mhd);
    struct connection *connection = new_connection(server, &address);

    if (!connection) {
        (void)shutdown(fd, SHUT_RDWR); /* the library notices, and closes it */
        return NULL;
    }
    if (api_wants_certificates(server->api))
        ask_for_certificate(mhd);
    (void)atomic_fetch_add(&server->connections, 1);
    watchdog_add(server->watchdog, &connection->deadline, fd, clock_boot_ms() + server->limits.header_timeout_ms);
    return connection;
}

void server_connection_note_peer(struct connection *connection, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    struct client_chain *chain = &connection->peer.chain;
    const gnutls_datum_t *certificates;
    unsigned n = 0;

    if (chain->n > 0 || !found || !api_wants_certificates(connection->server->api))
        return;
    certificates = gnutls_certificate_get_peers(found->tls_session, &n);
    chain->n = certificates ? n : 0;
    for (size_t i = 0; i < chain->n && i < CLIENT_CHAIN_MAX; i++)
        chain->certificates[i] = (struct client_der){certificates[i].data, certificates[i].size};
}

void server_connection_uncount(struct connection *connection)
{
    if (connection->counted)
        server_peers_leave(connection->server->peers, &connection->address);
    connection->counted = false;
}

static void close_connection(struct connection *connection)
{
    struct api_server *server = connection->server;

    watchdog_remove(server->watchdog, &connection->deadline); /* the descriptor is still open here, so nobody has its number yet */
    (void)atomic_fetch_sub(&server->connections, 1);
    server_connection_uncount(connection);
    tls_identity_release(connection->identity);
    client_peer_clear(&connection->peer);
    access_ticket_clear(&connection->ticket);
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
