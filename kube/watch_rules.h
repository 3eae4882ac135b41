/* watch_rules.h - what a list-and-watch does next. Pure.
 *
 * Rules    a list that is whole leads to a watch, at once. A watch that ended as it should is resumed at once. One that was
 *          silent for too long is dead, or nothing happened: a new list, at once, tells which. One that broke, was refused for
 *          load (429, 5xx, 408) or for rights (401, 403) is resumed from its last resourceVersion after a pause; any other
 *          refusal, 410 above all, and an event that cannot be read, lead to a new list after a pause. A list that
 *          failed is begun anew after a pause: at 410 its continue token is too old
 * Pause    0.8 s, doubled with each failure in a row, at most 30 s, and half of it random; never less than Retry-After.
 *          A watch that told something, or lasted, ends the row of failures
 * Source   client-go tools/cache/reflector.go */
#ifndef KUBE_WATCH_RULES_H
#define KUBE_WATCH_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum watch_phase { WATCH_LISTING, WATCH_WATCHING };

enum watch_end {
    WATCH_END_WELL,    /* a whole list; a watch that the server ended in time */
    WATCH_END_SILENT,  /* a watch that said nothing for WATCH_QUIET_MS */
    WATCH_END_LOST,    /* no whole answer: refused, cut */
    WATCH_END_STATUS,  /* an error status, of the answer or inside an ERROR event */
    WATCH_END_GARBLED, /* an answer or event that cannot be read */
};

struct watch_outcome {
    enum watch_phase phase;
    enum watch_end end;
    int status;             /* with WATCH_END_STATUS */
    int64_t retry_after_ms; /* -1: not told */
    int64_t lasted_ms;
    bool told; /* an event or a bookmark came */
};

struct watch_next {
    enum watch_phase phase;
    int64_t delay_ms;
    int failures; /* in a row; to be handed in the next time */
};

/* unit: random in [0, 1) */
struct watch_next watch_rules_next(const struct watch_outcome *outcome, int failures, double unit);
/* timeoutSeconds of a watch: 5 to 10 minutes, so that many do not end at once. */
int watch_rules_timeout_s(double unit);

#endif
