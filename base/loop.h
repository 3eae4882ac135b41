/* loop.h - one thread's event loop: sockets, timers, and work posted by other threads.
 *
 * Threads  everything on the loop's own thread, except loop_post and loop_stop (any thread)
 * Units    milliseconds of clock_boot_ms
 * Owner    watches and timers are freed by their _free, at any time, also inside their own callback;
 *          loop_free frees timers that are left; posted work that did not run is dropped */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

struct loop;
struct loop_watch;
struct loop_timer;

struct loop *loop_new(struct error *err) MUST_CHECK;
void loop_free(struct loop *loop);
DEFINE_CLEANUP_POINTER(struct loop, loop_free)
int loop_run(struct loop *loop, struct error *err) MUST_CHECK; /* until loop_stop; once stopped a loop stays so */
void loop_stop(struct loop *loop);

/* events: EPOLLIN, EPOLLOUT. The fd stays the caller's. */
typedef void loop_fd_callback(void *context, int fd, uint32_t events);
struct loop_watch *loop_watch_new(struct loop *loop, int fd, uint32_t events, loop_fd_callback *callback, void *context) MUST_CHECK;
int loop_watch_set(struct loop_watch *watch, uint32_t events);
void loop_watch_free(struct loop_watch *watch);

typedef void loop_callback(void *context);
struct loop_timer *loop_timer_new(struct loop *loop, loop_callback *callback, void *context) MUST_CHECK;
void loop_timer_after(struct loop_timer *timer, int64_t ms); /* once; a later call moves it */
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

/* Runs callback(context) on the loop's thread, in the order of the posts. -1: out of memory, nothing is posted. */
int loop_post(struct loop *loop, loop_callback *callback, void *context) MUST_CHECK;

#endif
