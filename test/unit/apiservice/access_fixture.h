/* access_fixture.h - the HTTPS server with access delegated to an API server that is played, and the people who come to it. */
#ifndef TEST_UNIT_APISERVICE_ACCESS_FIXTURE_H
#define TEST_UNIT_APISERVICE_ACCESS_FIXTURE_H

#include "apiservice/access.h"
#include "test/unit/apiservice/certificates.h"
#include "test/unit/apiservice/fake_api.h"
#include "test/unit/apiservice/server_fixture.h"

struct access_fixture {
    struct fake_api api;
    struct loop *loop;
    pthread_t thread;
    struct kube_identity *identity;
    struct kube_client *client;
    struct access_desk *desk;
    struct access *access;
    struct cert proxy_ca, client_ca, proxy, anna; /* the front proxy; allowed-anna */
    struct raw_options by_proxy, by_anna;
    char folder[64];
};

extern struct access_fixture access_fixture;

/* Starts everything, and the cluster's configuration is in force. */
void start_access(const struct server_limits *limits, int64_t ttl_ms);
/* What a test did not stop itself. */
void stop_access(void);
void stop_loop(void); /* the first half of it */

/* Puts a configuration in force whose front proxy has that CA. */
void trust_front_proxy_ca(const char *pem);

/* The status of a GET of that path, as that user when not NULL, over the connection; 0: none. */
int get_as(struct exchange *exchange, const char *path, const char *user);
/* The same over a connection of its own, from the front proxy. */
int get_once(const char *path, const char *user);

#endif
