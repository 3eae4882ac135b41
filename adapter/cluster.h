/* cluster.h - the cluster that the program works in: who we are there, and the one client that all parts share.
 *
 * Shape    from a kubeconfig when one is named, else from the pod's environment; NULL outside of any cluster
 * Threads  the loop's
 * Owner    cluster_access_open / cluster_access_free; what uses the client is freed before it */
#ifndef ADAPTER_CLUSTER_H
#define ADAPTER_CLUSTER_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/loop.h"
#include "kube/client.h"
#include "kube/identity.h"

struct cluster_access {
    struct kube_identity *identity;
    struct kube_client *client;
};

/* kubeconfig: NULL or "": none. *out_new is NULL when there is no cluster, which is no error. */
int cluster_access_open(struct loop *loop, const char *kubeconfig, struct cluster_access **out_new, struct error *err) MUST_CHECK;
void cluster_access_free(struct cluster_access *cluster); /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct cluster_access, cluster_access_free)

#endif
