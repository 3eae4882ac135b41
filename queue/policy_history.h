/* policy_history.h - the highest wish of the last so-and-so long, in bounded memory. Pure.
 *
 * Shape    wishes that may still become the highest: strictly falling, each newer than the one before. One that is not higher than a
 *          newer one never will be and is dropped
 * Bounds   POLICY_HISTORY_MAX entries. When they are all in use, two that lie close together become one: the higher wish, with the
 *          later time. So a wish is never forgotten too early, and held too long by less than a 60th of the window
 * Units    *_ms: any monotonic clock; a clock that goes back is taken as standing still
 * Owner    plain data; {0} is empty */
#ifndef QUEUE_POLICY_HISTORY_H
#define QUEUE_POLICY_HISTORY_H

#include <stddef.h>
#include <stdint.h>

enum { POLICY_HISTORY_MAX = 64 };

struct policy_wish {
    int64_t at_ms, replicas;
};

struct policy_history {
    struct policy_wish items[POLICY_HISTORY_MAX]; /* the oldest and highest first */
    size_t len;
};

/* Adds a wish, and forgets those that are window_ms old or older. */
void policy_history_add(struct policy_history *history, int64_t now_ms, int64_t replicas, int64_t window_ms);
/* The highest that was added and is not forgotten; {0} when empty. */
struct policy_wish policy_history_highest(const struct policy_history *history);

#endif
