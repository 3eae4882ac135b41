/* window.h - use and capacity over the last hour and the last day, in constant memory. Pure.
 *
 * Shape    two rings of buckets that hold integrals over time, so that a mean is use / capacity and never a mean of ratios: what
 *          weighs more, and what lasts longer, counts more. A bucket that the start of a window cuts counts by its share of time.
 *          COARSE (a node): 5 minutes and 1 hour, 608 bytes; FINE (a group): 1 minute and 5 minutes, 5.6 kB
 * Units    *_ms: any clock that does not jump (the boot clock); use and capacity: absolute, cores or bytes, never ratios
 * Meaning  expected: capacity that was there, whether or not anything is known of its use; watched: time in which anything was
 *          expected. Time that is not covered says nothing: it is neither idle nor busy
 * Owner    {0} / window_init / window_clear */
#ifndef NODEGROUP_WINDOW_H
#define NODEGROUP_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

struct window_bucket {
    float use, capacity, expected; /* each times milliseconds; capacity: of the time in which use is known */
    uint32_t watched_ms;
};

struct window_ring {
    struct window_bucket *buckets;
    int64_t n, step_ms;
    int64_t newest; /* time / step_ms of the newest bucket */
};

struct window {
    struct window_ring hour, day;
};

enum window_detail { WINDOW_COARSE, WINDOW_FINE };

/* What held between two times; use without capacity is not known. */
struct window_piece {
    int64_t from_ms, to_ms;
    double use, capacity, expected;
    bool watched;
};

struct window_sum {
    double use, capacity, expected; /* times milliseconds */
    double watched_ms;
};

int window_init(struct window *window, enum window_detail detail, struct error *err) MUST_CHECK;
void window_clear(struct window *window);
/* What is older than a ring is left out of it; what is newer moves it on. */
void window_add(struct window *window, const struct window_piece *piece);

enum window_span { WINDOW_NOW, WINDOW_HOUR, WINDOW_DAY, WINDOW_SPANS };

int64_t window_span_ms(enum window_span span);       /* 0 for now */
const char *window_span_name(enum window_span span); /* "now", "1h", "24h" */
double window_coverage_least(enum window_span span); /* 0.80, 0.80, 0.75 */
/* The hour or the day that ends at now. */
struct window_sum window_read(const struct window *window, enum window_span span, int64_t now_ms);

/* What a window says. low and high: the ratio, were all that is not covered idle, or full. */
struct window_figure {
    bool enough;     /* false: insufficient data, ratio is not to be used */
    double ratio;    /* NaN when nothing is covered */
    double coverage; /* 0 to 1: the share of capacity and time of which the use is known */
    double low, high;
};

struct window_figure window_figure_of(const struct window_sum *sum, enum window_span span);

/* Against a line. HOLD: not enough is known; what fires goes on, what is quiet stays quiet. */
enum window_verdict { WINDOW_BELOW, WINDOW_ABOVE, WINDOW_HOLD };
enum window_verdict window_judge(const struct window_figure *figure, double line);

/* --- readings into pieces --- */

/* A gauge holds from its time until the next reading, at most for hold_ms. False: nothing between them is covered. */
bool window_gauge_piece(int64_t at_ms, int64_t until_ms, int64_t hold_ms, struct window_piece *out);
/* A counter's increase between two readings is exact, whatever happened to readings in between; a fall is a reset to 0, and a
 * gap above gap_max_ms is not covered (a counter may have been reset twice). use becomes the increase a second. */
struct window_counter {
    int64_t at_ms;
    double value;
};
bool window_counter_piece(const struct window_counter *before, const struct window_counter *after, int64_t gap_max_ms,
                          struct window_piece *out);

#endif
