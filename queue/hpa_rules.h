/* hpa_rules.h - the behavior section of an HPA: stabilization windows, policies, and the memory both need. Pure.
 *
 * Source   Kubernetes v1.36 horizontal.go: stabilizeRecommendationWithBehaviors, convertDesiredReplicasWithBehaviorRate,
 *          calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors, storeScaleEvent
 * Bounds   a history that is full loses its oldest entry */
#ifndef QUEUE_HPA_RULES_H
#define QUEUE_HPA_RULES_H

#include "queue/hpa.h"

/* Before the first recommendation: the replicas as they are. */
void hpa_remember_start(struct hpa *hpa, int64_t now_ms, int64_t current);
/* Brings the metric's proposal within what the windows allow, and remembers the proposal. */
int64_t hpa_stabilize(struct hpa *hpa, int64_t now_ms, int64_t current, int64_t proposed);
/* Brings it within what policies, min and max allow. */
int64_t hpa_limit(const struct hpa *hpa, int64_t now_ms, int64_t current, int64_t desired);
void hpa_remember_change(struct hpa *hpa, int64_t now_ms, int64_t from, int64_t to);

#endif
