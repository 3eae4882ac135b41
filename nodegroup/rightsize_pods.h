/* rightsize_pods.h - the figures of a pool at one moment, from the API server: what kubectl get pods and kubectl top pods see. Pure.
 *
 * Shape    a list of pods (api v1) for requests, limits and OOM kills; then a list of metrics.k8s.io for the use. Where the pods of a pool
 *          differ, the largest counts; p95 is over the pods
 * Errors   what is no list of such objects; a quantity that cannot be read */
#ifndef NODEGROUP_RIGHTSIZE_PODS_H
#define NODEGROUP_RIGHTSIZE_PODS_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"
#include "nodegroup/rightsize_queries.h"

int rightsize_read_pods(const char *text, size_t len, const struct rightsize_pool *pool, struct rightsize_facts *facts, struct error *err)
    MUST_CHECK;
int rightsize_read_usage(const char *text, size_t len, const struct rightsize_pool *pool, struct rightsize_facts *facts, struct error *err)
    MUST_CHECK;
/* A Deployment's pod is NAME-HASH-five letters, a StatefulSet's NAME-NUMBER: not one of NAME-other. */
bool rightsize_is_pod_of(const struct rightsize_pool *pool, const char *pod);

#endif
