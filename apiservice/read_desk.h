/* read_desk.h - where readers wait for a poll, when metrics are refreshed on read.
 *
 * Shape    a server thread that finds the newest reading too old suspends its request and hands a ticket in; the loop has the sources
 *          polled, once for all who wait, and read_desk_answered resumes them. Whoever comes while a poll is under way joins it
 * Bounds   nobody waits longer than READ_WAIT_MAX_MS: then the newest good value is served, as always. A request waits once
 * Units    *_boot_ms: clock_boot_ms
 * Errors   none: a poll that fails is answered like one that did not come
 * Threads  is_due and wait: any; all others the loop's, or when it does not run. resume is called by the loop, or by the caller of wait
 * Owner    a ticket belongs to its request; from wait until resume is called it is the desk's */
#ifndef APISERVICE_READ_DESK_H
#define APISERVICE_READ_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

enum { READ_AGE_MAX_MS = 1000, READ_WAIT_MAX_MS = 1000 };

struct read_desk;

struct read_ticket {
    bool waits;  /* set by who judges the request: it is to be handed in */
    bool waited; /* it was, once */

    /* the desk's */
    loop_callback *resume;
    void *context;
    int64_t until_boot_ms;
    struct read_ticket *next;
};

/* poll(context) is called by the loop: have every source polled now; read_desk_answered says when it is done, perhaps before poll
 * returns. */
struct read_desk *read_desk_new(struct loop *loop, loop_callback *poll, void *context, struct error *err) MUST_CHECK;
void read_desk_free(struct read_desk *desk); /* NULL is fine; closes */
DEFINE_CLEANUP_POINTER(struct read_desk, read_desk_free)
/* Who waits is resumed, and nobody waits any more. */
void read_desk_close(struct read_desk *desk);
/* Off at first: then nobody waits. */
void read_desk_switch(struct read_desk *desk, bool on);

/* All of what is published now was answered at this time or later, well or badly. */
void read_desk_note(struct read_desk *desk, int64_t answered_boot_ms);
/* The poll that was asked for is over and published: all who wait are resumed. */
void read_desk_answered(struct read_desk *desk);

/* Is what is published older than a reader should get? */
bool read_desk_is_due(const struct read_desk *desk, int64_t now_boot_ms);
/* resume(context) is called once: at once, or later by the loop. */
void read_desk_wait(struct read_desk *desk, struct read_ticket *ticket, loop_callback *resume, void *context);

#endif
