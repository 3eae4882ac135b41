/* queue.h - a queue: an organization plus the tag set of one pool of provisioners, as the configuration says it.
 *
 * Shape    plain data; tags are normalized
 * Source   DESIGN sections 5 and 8 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/tags.h"

enum workload_kind { WORKLOAD_DEPLOYMENT, WORKLOAD_STATEFULSET };

struct queue_spec {
    char *name;
    char *organization; /* name or id, as configured; the value of the label organization */
    struct tags tags;
    char *name_space; /* HPAs of this namespace may read it; "*" for any */
    struct {
        enum workload_kind kind;
        char *name;
    } workload;
    int64_t replicas_min, replicas_max;
    int64_t headroom;
    double hpa_tolerance;
    int64_t target_wait_ms; /* 0: no such floor */
    int64_t scale_down_after_ms;
    double prebuild_weight;
    bool protect_busy, learned_profile, autostart;
};

void queue_spec_clear(struct queue_spec *spec);
/* The same queue in two configurations: name, organization and tags. */
bool queue_spec_is_same(const struct queue_spec *a, const struct queue_spec *b);

#endif
