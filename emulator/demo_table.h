/* demo_table.h - what the demo shows, as text. Pure.
 *
 * Shape    one line per call, into a buffer; colours only when asked for (a terminal without NO_COLOR)
 * Units    *_ms: emulated milliseconds */
#ifndef EMULATOR_DEMO_TABLE_H
#define EMULATOR_DEMO_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

enum { DEMO_BAR_MAX = 40 };

struct demo_row {
    int64_t now_ms, waiting, active, wanted, there, oldest_wait_ms;
    bool readable; /* the HPA had a number */
};

/* How one way of running the workshop went. */
struct demo_outcome {
    int64_t waits_count, p50_ms, p95_ms, longest_ms;
    int64_t last_done_ms; /* from the first arrival to the last job's end */
};

struct demo_comparison {
    int64_t users, replicas_min, replicas_max;
    struct demo_outcome scaled, fixed;
};

void demo_write_clock(int64_t ms, struct buffer *out); /* 1:05 */
void demo_write_header(bool colours, struct buffer *out);
void demo_write_row(const struct demo_row *row, bool colours, struct buffer *out);
/* Ends with a sentence that says honestly whether scaling helped. */
void demo_write_comparison(const struct demo_comparison *it, struct buffer *out);

#endif
