/* rate_limit.h - Coder's limit of requests per minute, user and path. Pure.
 *
 * Shape    plain data of fixed size; the path that was used longest ago makes room
 * Units    now_ms: any clock that does not jump; limits per minute
 * Source   go-chi/httprate: an estimate over a sliding minute from two counted ones */
#ifndef EMULATOR_RATE_LIMIT_H
#define EMULATOR_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RATE_LIMIT_KEYS_MAX = 256, RATE_LIMIT_WINDOW_MS = 60 * 1000 };

struct rate_counter {
    uint64_t key;
    int64_t window, count, previous; /* window: number of the minute that count is of */
};

struct rate_limit {
    struct rate_counter counters[RATE_LIMIT_KEYS_MAX];
    size_t len;
};

struct rate_verdict {
    bool allowed;
    int64_t remaining;
    int64_t resets_ms; /* when this minute ends */
};

struct rate_verdict rate_limit_ask(struct rate_limit *limit, const char *user, const char *path, int64_t per_minute, int64_t now_ms);

#endif
