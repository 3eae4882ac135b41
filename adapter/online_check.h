/* online_check.h - check-config --online: what Coder and the cluster say about a configuration that is right in itself.
 *
 * Shape    one question after the other: each organization's own record, provisioners and jobs, then, in a cluster, who owns the API group,
 *          and each queue's HPAs and workload. What cannot be answered is a finding, too
 * Bounds   coder.timeout, or OBJECT_TIMEOUT_MS, a question; ONLINE_CHECK_MS all of them
 * Rights   of the kubeconfig's user, or the pod's account: get apiservices, list horizontalpodautoscalers, get deployments and
 *          statefulsets; without one it says so and goes on
 * Errors   only what keeps it from asking at all
 * Threads  the caller's becomes a loop's for that time */
#ifndef ADAPTER_ONLINE_CHECK_H
#define ADAPTER_ONLINE_CHECK_H

#include "adapter/config.h"
#include "adapter/findings.h"

enum { ONLINE_CHECK_MS = 60 * 1000, ONLINE_HPAS_MAX = 250 };

/* kubeconfig: NULL: the pod's cluster, if there is one. */
int online_check(const struct config *config, const char *kubeconfig, struct findings *out, struct error *err) MUST_CHECK;

#endif
