/* workload_grace.h - how long the pods of a protected queue's workload may take to end, as its Deployment or StatefulSet says.
 *
 * Shape    queues with protectBusy, one question after the other, again each GRACE_READ_EVERY_MS; known is called with each answer
 * Rights   get deployments and statefulsets in the queues' namespaces
 * Errors   logged once for each queue until it is good again; what was known stays
 * Threads  the loop's
 * Owner    workload_grace_new / _free; the client must live longer */
#ifndef ADAPTER_WORKLOAD_GRACE_H
#define ADAPTER_WORKLOAD_GRACE_H

#include "adapter/config.h"
#include "kube/client.h"

enum { GRACE_READ_EVERY_MS = 5 * 60 * 1000, GRACE_SPACE_MS = 100 };

struct workload_grace;

struct workload_grace_options {
    struct kube_client *client;
    void (*known)(void *context, const char *queue, int64_t grace_s);
    void *context;
};

struct workload_grace *workload_grace_new(const struct workload_grace_options *options, struct error *err) MUST_CHECK;
void workload_grace_free(struct workload_grace *graces); /* NULL is fine */
/* These queues from now on. */
void workload_grace_configure(struct workload_grace *graces, const struct config *config);

#endif
