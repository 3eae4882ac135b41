/* resilience_usage.h - would what is really used still run well after a loss? Pure.
 *
 * Shape    requests say whether pods will be placed, usage says whether they will then be slow or killed: both must hold.
 *          Over capacity, not allocatable; what DaemonSets use dies with their node
 * Units    any, the same for capacity and use: cores, bytes
 * Source   capacity.md section 4 item 8: (U - u_D) / (C - C_L) <= target */
#ifndef NODEGROUP_RESILIENCE_USAGE_H
#define NODEGROUP_RESILIENCE_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usage_node {
    double capacity, used, daemons_used;
    uint32_t zone; /* nodes of one zone are lost together; without zones each its own number */
};

struct usage_after {
    double ratio;    /* use / capacity now, by capacity and not a mean of ratios; NAN without capacity */
    double after;    /* of the worst loss; INFINITY when nothing is left */
    double headroom; /* of the worst loss: target x what is left - what then is used */
    uint32_t zone;   /* the zone lost */
    bool holds;      /* after <= target */
};

/* One node lost: give each a zone of its own. n > 0. */
struct usage_after usage_after_loss(const struct usage_node *nodes, size_t n, double target);

#endif
