/* resilience_resize.h - the same pods on other nodes: fewer and larger, more and smaller, some more, one less. Pure. */
#ifndef NODEGROUP_RESILIENCE_RESIZE_H
#define NODEGROUP_RESILIENCE_RESIZE_H

#include "nodegroup/resilience.h"

enum { RESIZE_NAMES_MAX = 8 };

struct resize {
    size_t nodes_before, nodes_after;
    double size_factor;
    const struct pod *unplaced[RESIZE_NAMES_MAX]; /* the first pods that find no place at all */
    size_t n_unplaced;                            /* all of them */
    int64_t daemons_cpu_saved;                    /* milli; below 0: more than before */
    enum resilience_verdict verdict;              /* in the asked mode; does-not-fit when pods are unplaced */
    double ratio_after[RESOURCES_REPORTED];       /* NAN then */
};

/* All pods on nodes_after copies of the usable nodes, each size_factor as large in all but pod slots. */
struct resize_wish {
    size_t nodes_after;
    double size_factor;
    enum resilience_mode mode;
};
int resize_check(const struct placement *origin, const struct resize_wish *wish, struct resize *out, struct error *err) MUST_CHECK;

/* How many more nodes of the group's usual type make the mode hold; 0 when no number up to the limit does. Each goes to the zone that
 * has the fewest: elsewhere they may not be enough. */
struct resize_more {
    size_t n;
    uint32_t type;  /* the node that they copy; UINT32_MAX: there is none */
    char where[96]; /* "in zone z1", "1 in zone z1, 2 in zone z2"; "" with less than two zones */
};
int resize_nodes_missing(struct placement *origin, const struct resilience *now, struct resize_more *out, struct error *err) MUST_CHECK;
/* The verdict when a node is taken out; the placement is as before afterwards. */
int resize_without(struct placement *origin, uint32_t node, enum resilience_mode mode, struct resilience *out, struct error *err)
    MUST_CHECK;
/* The usable node whose loss would move the least, in the zone that has the most of them; UINT32_MAX when there is none. */
uint32_t resize_emptiest(const struct placement *placement);
/* The usable node of the most usual size; UINT32_MAX when there is none. */
uint32_t resize_usual_node(const struct placement *placement);
/* Are all usable nodes of one size? */
bool resize_is_uniform(const struct placement *placement);

#endif
