/* store.h - the newest snapshot, for any number of readers.
 *
 * Threads  any thread may call any function; the only lock is inside store.c, held for one increment
 * Owner    publish takes its argument; acquire gives a reference that the caller must release */
#ifndef METRIC_STORE_H
#define METRIC_STORE_H

#include "metric/snapshot.h"

struct metric_store;

struct metric_store *metric_store_new(void) MUST_CHECK;
void metric_store_free(struct metric_store *store); /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct metric_store, metric_store_free)
void metric_store_publish(struct metric_store *store, struct metric_snapshot *take);
struct metric_snapshot *metric_store_acquire(struct metric_store *store); /* NULL at first */

#endif
