/* event_heap.h - what happens next, first things first. Pure.
 *
 * Shape    a binary heap; events of the same time come in the order in which they were pushed
 * Owner    {0} / event_heap_clear */
#ifndef EMULATOR_EVENT_HEAP_H
#define EMULATOR_EVENT_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum event_kind {
    EVENT_ARRIVAL,  /* subject: index of the arrival: its next job comes */
    EVENT_REGISTER, /* subject: serial of the daemon that has started */
    EVENT_CANCEL,   /* subject: index of the running job that someone cancels */
    EVENT_COMPLETE, /* subject: index of the job that ends */
    EVENT_REAP,     /* the reaper's tick */
};

struct event {
    int64_t at_ms;
    uint64_t order; /* set by push */
    enum event_kind kind;
    uint64_t subject;
};

struct event_heap {
    struct event *items;
    size_t len, capacity;
    uint64_t pushed;
};

void event_heap_clear(struct event_heap *heap);
int event_heap_push(struct event_heap *heap, struct event event, struct error *err) MUST_CHECK;
/* The first event, when it is not later than until_ms. */
bool event_heap_pop(struct event_heap *heap, int64_t until_ms, struct event *out);

#endif
