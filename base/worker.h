/* worker.h - one thread for what is too slow for the loop.
 *
 * Shape    first in, first out; work(context) on the worker's thread, then done(context) on the loop's thread
 * Owner    the context is the caller's; it must live until done was called
 * End      worker_free lets the job that runs end, drops the waiting ones without calling anything, joins */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

#include "base/loop.h"

struct worker;

struct worker *worker_new(struct loop *loop, struct error *err) MUST_CHECK;
void worker_free(struct worker *worker);
DEFINE_CLEANUP_POINTER(struct worker, worker_free)
int worker_submit(struct worker *worker, loop_callback *work, loop_callback *done, void *context) MUST_CHECK;

#endif
