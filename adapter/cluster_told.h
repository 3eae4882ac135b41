/* cluster_told.h - what is known of queues besides their jobs, told by the cluster or by Coder's schedule, until the next snapshot is built
 * with it.
 *
 * Threads  the loop's; workshops and schedule are read by the worker while it builds a snapshot, and change only in cluster_told_apply
 * Owner    {0} / cluster_told_clear */
#ifndef ADAPTER_CLUSTER_TOLD_H
#define ADAPTER_CLUSTER_TOLD_H

#include "adapter/coder_state.h"
#include "queue/schedule.h"
#include "queue/workshop.h"

struct told_grace; /* one queue's */

struct cluster_told {
    struct workshop_list workshops; /* in force */
    struct workshop_list next;      /* from the next snapshot on */
    bool has_next;
    struct schedule schedule, next_schedule; /* the same */
    bool has_next_schedule;
    struct told_grace *graces;
};

void cluster_told_clear(struct cluster_told *told);
/* Workshops besides the configured ones, in place of those told before. */
void cluster_told_set_workshops(struct cluster_told *told, struct workshop_list take);
/* The grace period of that queue's pods. */
void cluster_told_set_grace(struct cluster_told *told, const char *queue, int64_t grace_s);
/* The workspaces that will be started, in place of those told before. */
void cluster_told_set_schedule(struct cluster_told *told, struct schedule take);
/* No snapshot is being built: what was told comes into force. */
void cluster_told_apply(struct cluster_told *told, struct coder_state *state);

#endif
