/* server_edge.h - what the files of the server share: the callbacks that libmicrohttpd gets, and their state.
 *
 * Threads  a connection belongs to one server thread, but for what the watchdog reads of it */
#ifndef APISERVICE_SERVER_EDGE_H
#define APISERVICE_SERVER_EDGE_H

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>

#include "apiservice/server.h"
#include "apiservice/server_peers.h"
#include "apiservice/watchdog.h"

struct api_server {
    struct MHD_Daemon *daemon;
    struct api *api;
    struct watchdog *watchdog;
    struct server_peers *peers;
    struct server_limits limits;
    uint16_t port;
    atomic_uint in_flight;
    atomic_uint connections;
    atomic_uint_fast64_t failed_handshakes;
    pthread_mutex_t lock;
    struct tls_identity *identity; /* under lock; one reference is ours */
};

/* One client connection; it has one request at a time. */
struct connection {
    struct watchdog_entry deadline;
    struct api_server *server;
    struct tls_identity *identity; /* of the handshake; NULL before it */
    struct peer_address address;
    bool counted; /* by its address: no certificate of its client was verified yet */
    struct client_peer peer;

    /* of the current request */
    char *target; /* raw */
    size_t target_len, target_capacity;
    bool in_flight;
    bool ends; /* the connection, with its answer: its body, should it have one, is not read */
    struct access_ticket ticket;
    struct read_ticket read_ticket;
};

struct connection *server_connection_of(struct MHD_Connection *mhd); /* NULL: there was no memory for it */
/* From now on it has that long. */
void server_connection_allow(struct connection *connection, int64_t ms);
struct tls_identity *server_identity(struct api_server *server); /* the current one; a reference for the caller */
/* Notes which certificates the client sent; once it has sent its first request. */
void server_connection_note_peer(struct connection *connection, struct MHD_Connection *mhd);
void server_connection_uncount(struct connection *connection);

/* server_connection.c: MHD_OPTION_NOTIFY_CONNECTION, MHD_OPTION_HTTPS_CERT_CALLBACK */
void server_on_connection(void *context, struct MHD_Connection *mhd, void **socket_context, enum MHD_ConnectionNotificationCode code);
int server_on_certificate(gnutls_session_t session, const gnutls_datum_t *ca_names, int n_ca_names, const gnutls_pk_algorithm_t *algorithms,
                          int n_algorithms, gnutls_pcert_st **certificates, unsigned *n_certificates, gnutls_privkey_t *key);

/* server_request.c: MHD_OPTION_URI_LOG_CALLBACK, MHD_OPTION_UNESCAPE_CALLBACK, the handler, MHD_OPTION_NOTIFY_COMPLETED */
void *server_on_target(void *context, const char *target, struct MHD_Connection *mhd);
size_t server_keep_escapes(void *context, struct MHD_Connection *mhd, char *text);
enum MHD_Result server_on_request(void *context, struct MHD_Connection *mhd, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **request_context);
void server_on_completed(void *context, struct MHD_Connection *mhd, void **request_context, enum MHD_RequestTerminationCode code);

#endif
