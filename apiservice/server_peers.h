/* server_peers.h - how many connections each client address has open.
 *
 * Why      the library's own limit counts all of them; ours leaves out those whose client certificate one of the cluster's CAs has
 *          signed: everybody behind kube-apiserver comes from its address
 * Bounds   as many addresses as there may be connections
 * Threads  any */
#ifndef APISERVICE_SERVER_PEERS_H
#define APISERVICE_SERVER_PEERS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/attributes.h"

struct peer_address {
    unsigned char bytes[16]; /* IPv6, or IPv4 mapped into it */
};
struct peer_address peer_address_of(const struct sockaddr *address); /* NULL, or another family: all zero */

struct server_peers;

/* connections: in total; most: from one address, 0: no limit */
struct server_peers *server_peers_new(unsigned connections, unsigned most) MUST_CHECK;
void server_peers_free(struct server_peers *peers); /* NULL is fine */
/* False: it has as many as it may. Else it counts until leave. */
bool server_peers_enter(struct server_peers *peers, const struct peer_address *address) MUST_CHECK;
void server_peers_leave(struct server_peers *peers, const struct peer_address *address);

#endif
