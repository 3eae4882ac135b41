/* fake_coder.h - answers on loopback, word for word as told.
 *
 * Shape    a thread of its own; one connection for each answer; the answers go out in order, then every connection is closed unread.
 *          The text "hang" answers nothing and keeps the connection open
 * Owner    fake_coder_start / fake_coder_stop; what was asked can be read after stop */
#ifndef TEST_UNIT_QUEUE_FAKE_CODER_H
#define TEST_UNIT_QUEUE_FAKE_CODER_H

#include <pthread.h>
#include <stddef.h>

enum { FAKE_REQUESTS_MAX = 8, FAKE_REQUEST_BYTES = 4096 };

struct fake_coder {
    int fd, hanging_fd;
    char url[64];
    pthread_t thread;
    const char *const *answers;
    size_t n_answers, n_requests;
    char requests[FAKE_REQUESTS_MAX][FAKE_REQUEST_BYTES];
};

void fake_coder_start(struct fake_coder *fake, const char *const *answers, size_t n_answers);
void fake_coder_stop(struct fake_coder *fake);

#endif
