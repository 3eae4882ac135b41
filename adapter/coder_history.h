/* coder_history.h - durations and learned hours of the queues, kept in the history's file over a restart.
 *
 * Shape    two values a queue, told by its name, organization and tags: what sliding_bytes.h and profile_bytes.c write. They are read when
 *          a queue begins, before its first reading, and written once a minute and at the end; what a queue that is gone has left is
 *          dropped when the history's retention is over
 * Late     what could not be read at the start is tried again before every write, and nothing is written until it was read: a profile
 *          that has seen more weeks than the queue's own then takes its place; durations are of queues that have seen nothing yet
 * Errors   none that stops anything: a file that cannot be read or written is told in the log when that begins and ends, and tried again
 * Threads  one at a time: the worker's
 * Owner    coder_history_new / _free */
#ifndef ADAPTER_CODER_HISTORY_H
#define ADAPTER_CODER_HISTORY_H

#include "adapter/coder_state.h"

struct coder_history;

/* path as nodeGroups.history.path. NULL: out of memory. */
struct coder_history *coder_history_new(const char *path, int64_t retention_ms);
void coder_history_free(struct coder_history *history); /* NULL is fine */

/* The queues get what was kept of them. */
void coder_history_restore(struct coder_history *history, struct coder_state *state, int64_t now_unix_ms);
/* Writes when it is time. */
void coder_history_keep(struct coder_history *history, struct coder_state *state, const struct queue_moment *now);
/* Writes now. */
void coder_history_finish(struct coder_history *history, struct coder_state *state, int64_t now_unix_ms);
/* The last try to read or write failed. */
bool coder_history_is_failing(const struct coder_history *history);

#endif
