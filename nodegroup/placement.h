/* placement.h - will these pods find a node? One node group in the form that the question needs.
 *
 * Shape    built once for a group, then asked about one loss after the other: lose, fit, restore. Pods are sorted by the
 *          largest share of the group they ask for, so that a pod's index is its rank; "movers" are those that do not die
 *          with their node
 * Rules    cpu, memory, pod slots and other resources; nodeSelector and node affinity; taints in which the group's usable
 *          nodes differ (shared ones say nothing inside it); places that volumes bind to; required (anti-)affinity and
 *          host ports inside the group. Not looked at: preferences, topology spread, preemption
 * Answers  PLACEMENT_FITS: a place for each was found; PLACEMENT_NONE: there is none, exhaustively; PLACEMENT_UNKNOWN:
 *          the search was cut off, or a pod affinity makes the order matter
 * Time     nearly linear in the movers while there is room; a tight loss costs movers x nodes. That, and the exact search, have a
 *          budget for all losses together: what is left over is PLACEMENT_UNKNOWN
 * Threads  one at a time */
#ifndef NODEGROUP_PLACEMENT_H
#define NODEGROUP_PLACEMENT_H

#include "base/arena.h"
#include "base/error.h"
#include "nodegroup/capacity_cluster.h"

#define PLACEMENT_NO_ZONE UINT32_MAX
#define PLACEMENT_NO_DOMAIN UINT32_MAX
enum { PLACEMENT_ANY_CLASS = 0 };

/* Usable: room for others. Stays: its pods stay, but no room (cordoned, or its size is unknown). Gone: its pods must move. */
enum placement_state { PLACEMENT_USABLE, PLACEMENT_STAYS, PLACEMENT_GONE };

struct placement_node {
    const struct node *node; /* what it is, or what it is a copy of */
    uint32_t zone;           /* index of its zone, PLACEMENT_NO_ZONE without one */
    enum placement_state state;
    struct amounts allocatable, requested, moving; /* of all its pods; of its movers */
    uint32_t first_pod, n_pods;                    /* in by_node */
    uint32_t n_bound;                              /* movers that are bound to a place */
};

enum placement_role { ROLE_APART = 1, ROLE_TOGETHER = 2, ROLE_MATCHES = 4 };

/* What a pod has to do with a term: it carries it, or the term speaks of it. */
struct placement_link {
    uint32_t term;
    unsigned roles;
};

struct placement_pod {
    const struct pod *pod;
    uint32_t node;
    uint32_t class;
    struct amounts need;
    bool dies;
    uint32_t first_link, n_links;
};

/* Pods that may run on the same nodes. Bits are nodes. */
struct placement_class {
    uint64_t *allowed; /* NULL: any usable node */
    uint64_t *places;  /* nodes at the place it is bound to; NULL: not bound */
};

struct placement_term {
    const struct pod_term *term;
    const uint32_t *domain; /* of each node; shared by terms of one topology key */
    uint32_t n_domains;
    bool hosts;                /* each node is a domain of its own */
    bool mutual;               /* all that carry it are spoken of and the other way round, as usual: then both counts are one */
    int32_t *apart, *matching; /* pods in each domain that carry it as anti-affinity; that it speaks of */
    int64_t all_matching;
};

struct placement {
    struct arena arena;
    struct placement_node *nodes;
    struct placement_pod *pods;
    uint32_t *by_node;
    struct placement_class *classes;
    struct placement_term *terms;
    struct placement_link *links;
    const char **zones;
    size_t n_nodes, n_pods, n_classes, n_terms, n_links, n_zones, n_usable;
    bool has_bound, taints_differ;
    double share[RESOURCES_MAX]; /* 1 / all usable room of a resource; 0 when there is none */

    /* Scratch of the question at hand; as built in between. */
    struct amounts *room; /* per node, never below 0 */
    bool *lost;
    uint32_t *lost_nodes;
    size_t n_lost;
    uint32_t *roomy; /* usable nodes, the roomiest first */
    uint32_t *gone;
    size_t n_gone;
    uint32_t *movers, *place, *unplaced;
    size_t n_movers, n_unplaced;
    int64_t budget; /* steps of exact search left */
    int64_t looks;  /* of a mover at a node, that best fit has left */
};

enum placement_answer { PLACEMENT_FITS, PLACEMENT_NONE, PLACEMENT_UNKNOWN };

int placement_of_group(const struct cluster *cluster, const struct node_group *group, struct placement *out, struct error *err) MUST_CHECK;
void placement_clear(struct placement *placement);
/* As if the node were in another state. */
void placement_set_state(struct placement *placement, uint32_t node, enum placement_state state);

/* A group that is not there yet: node i is a copy of node from[i], times the size; with kept the first nodes are the same
 * nodes and keep their pods, otherwise all movers wait for a place. A DaemonSet runs on copies as on their origin. */
struct placement_plan {
    const uint32_t *from;
    size_t n_nodes;
    double size;
    bool kept;
};
int placement_of_plan(const struct placement *origin, const struct placement_plan *plan, struct placement *out, struct error *err)
    MUST_CHECK;

/* Takes nodes away until restore, and collects the movers that lose their node, with those that already have. Pods bound
 * to a place that is gone are not among them: they cannot move. */
void placement_lose(struct placement *placement, const uint32_t *nodes, size_t n);
void placement_restore(struct placement *placement);
bool placement_is_stranded(const struct placement *placement, const struct placement_pod *pod);
/* Where the movers go; leaves no trace but unplaced. */
enum placement_answer placement_fit(struct placement *placement);
/* Only whether the quick way finds a place for all; false says nothing. */
bool placement_fits_quickly(struct placement *placement);
/* Then a place found when more nodes are lost also holds when only some of those are: nothing looks beyond its own node. */
bool placement_is_local(const struct placement *placement);
/* Best fit for each mover: place[i] is the node of mover i. False when some are unplaced. Then one of unsettle and commit. */
bool placement_settle(struct placement *placement);
void placement_unsettle(struct placement *placement);
/* What placement_settle found becomes how it is; the unplaced stay where they were. */
void placement_commit(struct placement *placement);

/* --- the parts of the search (placement_fit.c), for placement_search.c --- */
bool placement_allows(const struct placement *placement, const struct placement_pod *pod, uint32_t node);
void placement_put(struct placement *placement, const struct placement_pod *pod, uint32_t node);
void placement_take(struct placement *placement, const struct placement_pod *pod, uint32_t node);
enum placement_answer placement_search(struct placement *placement);

static inline bool placement_bit(const uint64_t *bits, uint32_t node)
{
    return (bits[node / 64] >> (node % 64)) & 1;
}

/* The terms of the group's pods, and which pod has to do with which (placement_terms.c). */
int placement_link_terms(struct placement *placement, const struct cluster *cluster, struct error *err) MUST_CHECK;
/* The ends of a build: the counts of the terms, once the links are there; order of pods by node, sums, room, scratch. */
int placement_count_terms(struct placement *placement, struct error *err) MUST_CHECK;
int placement_finish(struct placement *placement, struct error *err) MUST_CHECK;

#endif
