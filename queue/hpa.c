#include "queue/hpa.h"

#include <math.h>

#include "queue/hpa_rules.h"

static const double default_tolerance = 0.1;

struct hpa_spec hpa_spec_default(int64_t min, int64_t max, int64_t target_milli)
{
    return (struct hpa_spec){
        .min = min,
        .max = max,
        .target_milli = target_milli,
        .up =
            {
                .stabilization_ms = 0,
                .select = HPA_SELECT_MAX,
                .policies = {{HPA_POLICY_PODS, 4, 15000}, {HPA_POLICY_PERCENT, 100, 15000}},
                .n_policies = 2,
                .tolerance = default_tolerance,
            },
        .down =
            {
                .stabilization_ms = 300000,
                .select = HPA_SELECT_MAX,
                .policies = {{HPA_POLICY_PERCENT, 100, 15000}},
                .n_policies = 1,
                .tolerance = default_tolerance,
            },
    };
}

void hpa_init(struct hpa *hpa, const struct hpa_spec *spec)
{
    *hpa = (struct hpa){.spec = *spec};
}

static bool is_within_tolerance(const struct hpa_spec *spec, double ratio)
{
    return 1.0 - spec->down.tolerance <= ratio && ratio <= 1.0 + spec->up.tolerance;
}

int64_t hpa_propose(const struct hpa_spec *spec, int64_t current, int64_t value_milli)
{
    double value = (double)value_milli, target = (double)spec->target_milli;
    double replicas;

    if (current > 0 && is_within_tolerance(spec, value / (target * (double)current)))
        return current;
    replicas = ceil(value / target);
    return replicas > INT32_MAX ? INT32_MAX : (int64_t)replicas;
}

int64_t hpa_sync(struct hpa *hpa, int64_t now_ms, int64_t current, int64_t value_milli)
{
    const struct hpa_spec *spec = &hpa->spec;
    int64_t desired;

    hpa_remember_start(hpa, now_ms, current);
    if (current == 0)
        return 0; /* somebody scaled to zero: the HPA is disabled until somebody scales up */
    if (current > spec->max)
        desired = spec->max;
    else if (current < spec->min)
        desired = spec->min;
    else
        desired = hpa_limit(hpa, now_ms, current, hpa_stabilize(hpa, now_ms, current, hpa_propose(spec, current, value_milli)));
    hpa_remember_change(hpa, now_ms, current, desired);
    return desired;
}
