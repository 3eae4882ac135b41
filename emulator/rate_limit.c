#include "emulator/rate_limit.h"

#include <math.h>

/* FNV-1a over both texts with a zero between them. */
static uint64_t hash(const char *user, const char *path)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (; *user != '\0'; user++)
        value = (value ^ (unsigned char)*user) * UINT64_C(0x100000001b3);
    value *= UINT64_C(0x100000001b3);
    for (; *path != '\0'; path++)
        value = (value ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
    return value;
}

static struct rate_counter *find(struct rate_limit *limit, uint64_t key)
{
    size_t oldest = 0;

    for (size_t i = 0; i < limit->len; i++) {
        if (limit->counters[i].key == key)
            return &limit->counters[i];
        if (limit->counters[i].window < limit->counters[oldest].window)
            oldest = i;
    }
    if (limit->len < RATE_LIMIT_KEYS_MAX)
        oldest = limit->len++;
    limit->counters[oldest] = (struct rate_counter){.key = key};
    return &limit->counters[oldest];
}

static void turn(struct rate_counter *counter, int64_t window)
{
    if (counter->window == window)
        return;
    counter->previous = counter->window == window - 1 ? counter->count : 0;
    counter->count = 0;
    counter->window = window;
}

struct rate_verdict rate_limit_ask(struct rate_limit *limit, const char *user, const char *path, int64_t per_minute, int64_t now_ms)
{
    struct rate_counter *counter = find(limit, hash(user, path));
    int64_t window = now_ms / RATE_LIMIT_WINDOW_MS, rate;
    double left = (double)(RATE_LIMIT_WINDOW_MS - now_ms % RATE_LIMIT_WINDOW_MS) / RATE_LIMIT_WINDOW_MS;
    struct rate_verdict verdict = {.resets_ms = (window + 1) * RATE_LIMIT_WINDOW_MS};

    turn(counter, window);
    rate = (int64_t)lround((double)counter->previous * left + (double)counter->count);
    verdict.allowed = rate < per_minute;
    counter->count += verdict.allowed;
    verdict.remaining = per_minute - rate - verdict.allowed;
    if (verdict.remaining < 0)
        verdict.remaining = 0;
    return verdict;
}
