/* cluster_text.h - nodes, pods, volumes and usage of a cluster, as kubectl get would print them.
 *
 * Shape    the lists as the API server answers them, one behind the other, as nodegroup/capacity_list.h reads them
 * Rights   list nodes and pods; volumes and usage (metrics.k8s.io) are left out where they cannot be read, and told in notes
 * Errors   nodes or pods cannot be listed; there is no cluster
 * Threads  makes a loop of its own and returns when all is read */
#ifndef ADAPTER_CLUSTER_TEXT_H
#define ADAPTER_CLUSTER_TEXT_H

#include "base/buffer.h"
#include "base/error.h"

/* kubeconfig NULL: the pod's own cluster. notes: a line for each list that is missing. */
int cluster_text_read(const char *kubeconfig, struct buffer *out, struct buffer *notes, struct error *err) MUST_CHECK;

#endif
