/* model_workers.h - which configured queue the worker of an active job belongs to. Pure.
 *
 * Shape    a daemon belongs to the queue with exactly its tags; built-in and user-scoped daemons belong to none
 * Owner    {0} / workers_clear; the daemons are borrowed */
#ifndef QUEUE_MODEL_WORKERS_H
#define QUEUE_MODEL_WORKERS_H

#include "queue/daemon.h"
#include "queue/job.h"
#include "queue/model_routes.h"

struct workers {
    const struct daemon_list *daemons;
    uint32_t *queues;                 /* one per daemon; ROUTE_NONE: in no queue */
    const struct daemon_row **by_job; /* the daemons with a current job, sorted by it */
    size_t n_by_job;
};

void workers_clear(struct workers *workers);
int workers_prepare(struct workers *workers, const struct daemon_list *daemons, const struct routes *routes, struct error *err) MUST_CHECK;
/* False when no listed daemon is known to run the job: then its tags decide. */
bool workers_queue_of(const struct workers *workers, const struct job *job, uint32_t *out);

#endif
