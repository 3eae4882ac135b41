/* model.h - from jobs and daemons of one organization to the numbers of its queues. Pure.
 *
 * Units    *_ms: durations; now_unix_ms: by Coder's clock
 * Source   DESIGN section 5: a waiting job counts once, for the most specific pool that can run it (fewest tags beyond
 *          the job's), then configuration order; when that pool's demand has reached its maximum the rest goes to the next. An active job
 *          belongs to the queue of the daemon that runs it; tags decide only for unknown workers. canceling is active
 * Owner    {0} / queue_model_clear; specs are borrowed for the call */
#ifndef QUEUE_MODEL_H
#define QUEUE_MODEL_H

#include "queue/daemon.h"
#include "queue/job.h"
#include "queue/queue.h"

#define MODEL_NO_QUEUE UINT32_MAX

struct queue_stats {
    int64_t waiting[JOB_TYPES][JOB_INITIATORS];
    int64_t active[JOB_TYPES][JOB_INITIATORS];
    int64_t waiting_total, active_total;
    int64_t oldest_wait_ms; /* 0 when none waits */
    int64_t daemons[DAEMON_STATUSES];
};

/* Waiting jobs with the same tags that belong to no configured queue. */
struct stray_jobs {
    struct tags tags;
    int64_t count;
    int64_t oldest_wait_ms;
};

struct stray_list {
    struct stray_jobs *items;
    size_t len, capacity;
};

struct queue_model {
    struct queue_stats *queues; /* one per spec, same order */
    size_t n_queues;
    uint32_t *job_queues;        /* of each job of the list: the index of its queue, or MODEL_NO_QUEUE */
    uint32_t *daemon_queues;     /* the same for each daemon */
    struct stray_list unserved;  /* nothing can run them: neither a configured queue nor an online daemon */
    struct stray_list unmanaged; /* only daemons outside the configuration can run them */
    int64_t built_in_daemons, user_scoped_daemons, other_daemons; /* in no queue; online */
};

struct queue_model_input {
    const struct queue_spec *const *specs; /* the queues of this organization, in configuration order */
    size_t n_specs;
    const struct job_list *jobs;
    const struct daemon_list *daemons;
    int64_t now_unix_ms;
};

int queue_model_make(const struct queue_model_input *input, struct queue_model *out, struct error *err) MUST_CHECK;
void queue_model_clear(struct queue_model *model);

int64_t queue_demand(const struct queue_stats *stats); /* waiting + active */
/* busy / (busy + idle) in thousandths; false when no daemon is online */
bool queue_utilization_milli(const struct queue_stats *stats, int64_t *out);

#endif
