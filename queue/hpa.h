/* hpa.h - what a stock HorizontalPodAutoscaler does with an external metric. Pure.
 *
 * Source   Kubernetes v1.36 pkg/controller/podautoscaler: replica_calculator.go (GetExternalPerPodMetricReplicas: target AverageValue),
 *          horizontal.go (tolerance, min/max, behavior: stabilization windows, policies, selectPolicy), as the documentation
 *          "Horizontal Pod Autoscaling: algorithm details" tells it
 * Units    value_milli, target_milli: thousandths; *_ms: any monotonic clock; replicas: pods
 * Owner    struct hpa is plain data of fixed size, made by hpa_init */
#ifndef QUEUE_HPA_H
#define QUEUE_HPA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hpa_policy_type { HPA_POLICY_PODS, HPA_POLICY_PERCENT };
enum hpa_select { HPA_SELECT_MAX, HPA_SELECT_MIN, HPA_SELECT_DISABLED };

enum { HPA_POLICIES_MAX = 4, HPA_HISTORY_MAX = 512 };

struct hpa_policy {
    enum hpa_policy_type type;
    int64_t value;
    int64_t period_ms;
};

struct hpa_rules {
    int64_t stabilization_ms;
    enum hpa_select select;
    struct hpa_policy policies[HPA_POLICIES_MAX];
    size_t n_policies;
    double tolerance; /* 0.1 by default */
};

struct hpa_spec {
    int64_t min, max;
    int64_t target_milli; /* AverageValue per pod */
    struct hpa_rules up, down;
};

struct hpa_event {
    int64_t at_ms, change;
};
struct hpa_recommendation {
    int64_t at_ms, replicas;
};

struct hpa {
    struct hpa_spec spec;
    struct hpa_event ups[HPA_HISTORY_MAX], downs[HPA_HISTORY_MAX];
    struct hpa_recommendation recommendations[HPA_HISTORY_MAX];
    size_t n_ups, n_downs, n_recommendations;
};

struct hpa_spec hpa_spec_default(int64_t min, int64_t max, int64_t target_milli); /* the defaults of autoscaling/v2 */
void hpa_init(struct hpa *hpa, const struct hpa_spec *spec);
/* The metric's proposal alone: tolerance, rounding up; no bounds. */
int64_t hpa_propose(const struct hpa_spec *spec, int64_t current, int64_t value_milli);
/* One sync: returns the replicas it sets now. An unreadable metric is no call at all: the HPA holds. */
int64_t hpa_sync(struct hpa *hpa, int64_t now_ms, int64_t current, int64_t value_milli);

#endif
