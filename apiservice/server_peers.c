#include "apiservice/server_peers.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct peer_count {
    struct peer_address address;
    unsigned connections; /* 0: the slot is free */
};

/* A few hundred slots at most, looked through once for each connection: beside a handshake that is nothing. */
struct server_peers {
    pthread_mutex_t lock;
    unsigned n, most;
    struct peer_count slots[]; /* under lock */
};

struct peer_address peer_address_of(const struct sockaddr *address)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct peer_address out = {{0}};
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;

    if (address && address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof(v6));
        memcpy(out.bytes, &v6.sin6_addr, sizeof(out.bytes));
    } else if (address && address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        memcpy(out.bytes, mapped, sizeof(mapped));
        memcpy(out.bytes + sizeof(mapped), &v4.sin_addr, sizeof(v4.sin_addr));
    }
    return out;
}

struct server_peers *server_peers_new(unsigned connections, unsigned most)
{
    struct server_peers *peers = calloc(1, sizeof(*peers) + connections * sizeof(peers->slots[0]));

    if (!peers)
        return NULL;
    (void)pthread_mutex_init(&peers->lock, NULL);
    peers->n = connections;
    peers->most = most;
    return peers;
}

void server_peers_free(struct server_peers *peers)
{
    if (!peers)
        return;
    (void)pthread_mutex_destroy(&peers->lock);
    free(peers);
}

/* The address's slot, else a free one, else NULL. */
static struct peer_count *find(struct server_peers *peers, const struct peer_address *address)
{
    struct peer_count *empty = NULL;

    for (unsigned i = 0; i < peers->n; i++) {
        struct peer_count *slot = &peers->slots[i];

        if (slot->connections > 0 && memcmp(&slot->address, address, sizeof(*address)) == 0)
            return slot;
        if (slot->connections == 0 && !empty)
            empty = slot;
    }
    return empty;
}

bool server_peers_enter(struct server_peers *peers, const struct peer_address *address)
{
    struct peer_count *slot;
    bool may;

    (void)pthread_mutex_lock(&peers->lock);
    slot = find(peers, address);
    may = slot && (peers->most == 0 || slot->connections < peers->most);
    if (may) {
        slot->address = *address;
        slot->connections++;
    }
    (void)pthread_mutex_unlock(&peers->lock);
    return may;
}

void server_peers_leave(struct server_peers *peers, const struct peer_address *address)
{
    struct peer_count *slot;

    (void)pthread_mutex_lock(&peers->lock);
    slot = find(peers, address);
    if (slot && slot->connections > 0)
        slot->connections--;
    (void)pthread_mutex_unlock(&peers->lock);
}
