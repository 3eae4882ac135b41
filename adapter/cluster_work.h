/* cluster_work.h - what the adapter does in the cluster for its queues: marks of busy provisioners' pods, workshops out of ConfigMaps,
 * grace periods.
 *
 * Shape    wires protection.h, workshop_maps.h and workload_grace.h to the refresh, which has the queues
 * Threads  the loop's, except cluster_work_expose (any)
 * Owner    cluster_work_new / _free; client and refresh are borrowed and live longer */
#ifndef ADAPTER_CLUSTER_WORK_H
#define ADAPTER_CLUSTER_WORK_H

#include "adapter/refresh.h"
#include "apiservice/exposition.h"
#include "kube/client.h"

struct cluster_work;

struct cluster_work_options {
    struct kube_client *client;
    struct refresh *refresh;
    bool (*leads)(void *context); /* may this replica write? */
    void *context;
};

struct cluster_work *cluster_work_new(const struct cluster_work_options *options, struct error *err) MUST_CHECK;
void cluster_work_free(struct cluster_work *work); /* NULL is fine */

/* The configuration is about to be in force. */
void cluster_work_configure(struct cluster_work *work, const struct config *config);
/* With each snapshot; the report is borrowed. */
void cluster_work_protect(struct cluster_work *work, const struct protection_report *report);
/* We begin, or stop, to lead. */
void cluster_work_lead(struct cluster_work *work);
void cluster_work_expose(void *context, struct exposition *exposition);

/* Does it name work for which a cluster, or a leader, is needed? Pure. */
bool cluster_work_is_wanted(const struct config *config);
bool cluster_work_needs_leader(const struct config *config);

#endif
