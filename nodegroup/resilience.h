/* resilience.h - do the pods of a node group still find a place when nodes are lost? Pure.
 *
 * Shape    every loss of a mode is tried on all resources together; a loss is a node, a zone, or two nodes at once (one
 *          drained while another fails). What is lost dies with its DaemonSets; its other pods, and those of nodes that are
 *          not ready already, move to the rest
 * Units    cpu milli-cores, memory bytes, pods
 * Source   capacity.md section 4: headroom H(L) = room of the rest - movers, ratio after = what then is requested of the
 *          rest / the allocatable of the rest; a verdict is a placement, not a sum */
#ifndef NODEGROUP_RESILIENCE_H
#define NODEGROUP_RESILIENCE_H

#include "nodegroup/placement.h"

enum resilience_mode { RESILIENCE_NODE, RESILIENCE_ZONE, RESILIENCE_DRAIN, RESILIENCE_MODES };

/* From good to bad. */
enum resilience_verdict { RESILIENCE_FITS, RESILIENCE_UNKNOWN, RESILIENCE_FRAGMENTED, RESILIENCE_DOES_NOT_FIT };

struct resilience {
    enum resilience_mode mode;
    enum resilience_verdict verdict;
    struct amounts headroom;                /* the least of each resource over all losses; below 0: missing */
    double ratio_after[RESOURCES_REPORTED]; /* of the worst loss; NAN when nothing is left to divide by */
    uint32_t *worst, *unplaced, *stranded;  /* nodes; pods after the worst loss; pods over all losses, by name */
    size_t n_worst, n_unplaced, n_stranded;
    bool zones_unknown; /* zone mode, and no node says where it is */
    size_t n_losses;
};

int resilience_check(struct placement *placement, enum resilience_mode mode, struct resilience *out, struct error *err) MUST_CHECK;
/* Only the verdict: the pods without a place are not looked for. */
int resilience_judge(struct placement *placement, enum resilience_mode mode, enum resilience_verdict *out, struct error *err) MUST_CHECK;
void resilience_clear(struct resilience *resilience);
const char *resilience_mode_name(enum resilience_mode mode);
const char *resilience_verdict_name(enum resilience_verdict verdict);

#endif
