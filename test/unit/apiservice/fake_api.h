/* fake_api.h - an API server that only knows reviews: on loopback, over HTTP, with faults.
 *
 * Rules    users whose name begins with "allowed" may everything, unless revoked is set; the token "good" is of allowed-token, no
 *          other is of anybody
 * Threads  one for each connection; the members may be set and read at any time
 * Owner    fake_api_start / fake_api_stop */
#ifndef TEST_UNIT_APISERVICE_FAKE_API_H
#define TEST_UNIT_APISERVICE_FAKE_API_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct fake_api {
    atomic_int delay_ms;
    atomic_bool revoked;
    atomic_bool down;  /* hangs up without an answer */
    atomic_bool holds; /* answers nobody until it is false again */
    atomic_int access_reviews, token_reviews;
    atomic_int most_at_once;

    int listener, port;
    pthread_t thread;
    atomic_int open;
};

void fake_api_start(struct fake_api *api);
void fake_api_stop(struct fake_api *api);

#endif
