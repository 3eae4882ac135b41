#include "queue/backoff.h"

enum { MOST_INTERVALS = 4, MOST_MS = 15000 };

static const double jitter = 0.1; /* of a delay */

void backoff_success(struct backoff *backoff)
{
    *backoff = (struct backoff){0};
}

void backoff_failure(struct backoff *backoff, int64_t now_ms, int64_t retry_after_ms)
{
    int64_t rest = retry_after_ms < BACKOFF_REST_MAX_MS ? retry_after_ms : BACKOFF_REST_MAX_MS;

    if (backoff->failures < MOST_INTERVALS)
        backoff->failures++; /* more make no difference */
    if (rest > 0 && now_ms + rest > backoff->rest_until_ms)
        backoff->rest_until_ms = now_ms + rest;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Spread over [interval, ceiling]: at the ceiling jitter can only shorten, below it only lengthen. Where they are one, an
 * interval of 15 s and more, it lengthens, so that clients that failed together do not come back together. */
static int64_t failed_delay(int64_t failures, int64_t interval_ms, double random)
{
    int64_t ceiling = least(MOST_INTERVALS * interval_ms, most(MOST_MS, interval_ms));
    int64_t delay = least(failures * interval_ms, ceiling);
    int64_t spread = (int64_t)((double)delay * jitter * random);

    if (ceiling == interval_ms)
        return delay + spread;
    return delay == ceiling ? most(delay - spread, interval_ms) : least(delay + spread, ceiling);
}

int64_t backoff_delay_ms(const struct backoff *backoff, int64_t interval_ms, int64_t now_ms, double random)
{
    int64_t rest = backoff->rest_until_ms - now_ms;
    int64_t delay;

    if (backoff->failures > 0)
        delay = failed_delay(backoff->failures, interval_ms, random);
    else
        delay = (int64_t)((double)interval_ms * (1 + jitter * (2 * random - 1)));
    if (rest <= 0)
        return delay;
    /* all clients of a path are told the same Retry-After: they come back one after the other */
    return most(delay, rest + (int64_t)((double)interval_ms * jitter * random));
}
