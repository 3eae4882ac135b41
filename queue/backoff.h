/* backoff.h - when to ask again. Pure; the random part comes in as a number.
 *
 * Units    milliseconds; random in [0, 1)
 * Source   DESIGN section 4: after a failure one poll interval, growing to at most 4 intervals or 15 s (the smaller, never below one
 *          interval), with jitter; after a 429 that path rests until Retry-After is over */
#ifndef QUEUE_BACKOFF_H
#define QUEUE_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_REST_MAX_MS = 60 * 60 * 1000 }; /* a longer Retry-After is taken for this */

struct backoff {
    int failures;          /* in a row */
    int64_t rest_until_ms; /* boot clock; 0: none */
};

void backoff_success(struct backoff *backoff);
/* retry_after_ms: -1 when the other side did not say. */
void backoff_failure(struct backoff *backoff, int64_t now_ms, int64_t retry_after_ms);
/* Delay from now to the next try; with jitter of at most a tenth of an interval while all is well (the mean is the interval), of
 * at most a tenth of the delay after failures. Never ends before a rest is over. */
int64_t backoff_delay_ms(const struct backoff *backoff, int64_t interval_ms, int64_t now_ms, double random);

#endif
