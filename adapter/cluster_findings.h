/* cluster_findings.h - what the cluster's objects say about the configuration. Pure.
 *
 * Shape    each function takes an object as the API server gave it and adds its findings
 * Source   kubernetes-api.md; autoscaling/v2; the HPA's tolerance is 0.1 unless behavior.scaleUp.tolerance says otherwise
 *          (Kubernetes 1.35 and newer) */
#ifndef ADAPTER_CLUSTER_FINDINGS_H
#define ADAPTER_CLUSTER_FINDINGS_H

#include <jansson.h>

#include "adapter/findings.h"
#include "queue/queue.h"

#define EXTERNAL_METRICS_API_SERVICE "v1beta1.external.metrics.k8s.io"

/* The APIService of the group: is it ours? name_space "": not known, any. */
void cluster_findings_owner(const json_t *api_service, const char *name_space, const char *service, struct findings *out);
/* The HorizontalPodAutoscalers of the queue's namespace: which of them read a metric of the queue, and is what they do with it right?
 * n_queues: how many the adapter serves, which a metric without a queue selector adds up. */
void cluster_findings_hpas(const json_t *hpas, const struct queue_spec *queue, size_t n_queues, struct findings *out);
/* The queue's Deployment or StatefulSet: its grace period. longest_ms: of the job that runs longest; 0: none runs. */
void cluster_findings_workload(const json_t *workload, const struct queue_spec *queue, int64_t longest_ms, struct findings *out);

#endif
