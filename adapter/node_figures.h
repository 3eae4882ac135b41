/* node_figures.h - what nodes and pods say of each node group: nodes, requests, room after the worst loss. Pure.
 *
 * Shape    made as a whole, from a pool as it is now; with 200 nodes and 6,000 pods it may take a tenth of a second
 * Units    cpu milli-cores, memory bytes
 * Source   capacity.md section 4; requests / allocatable over usable nodes, data-service groups left out
 * Owner    {0} / node_figures_clear; names are its own */
#ifndef ADAPTER_NODE_FIGURES_H
#define ADAPTER_NODE_FIGURES_H

#include "adapter/node_pool.h"
#include "nodegroup/resilience.h"

struct group_check {
    bool done; /* the mode was asked for, and can be told apart */
    enum resilience_verdict verdict;
    int64_t headroom[RESOURCES_REPORTED]; /* the least over all losses; below 0: missing */
};

struct group_figures {
    char *name;
    size_t n_state[NODE_DELETING + 1];
    bool requests_count;                                                    /* false: a data service's */
    int64_t allocatable[RESOURCES_REPORTED], requested[RESOURCES_REPORTED]; /* of usable nodes */
    int64_t line[RESOURCES_REPORTED]; /* allocatable without the largest node: what it can carry and still lose one */
    struct group_check checks[RESILIENCE_MODES];
};

struct node_figures {
    struct group_figures *groups; /* by name */
    size_t n_groups;
};

struct node_figure_options {
    enum resilience_mode mode; /* asked for besides the loss of a node, and of a zone where there are two or more */
    const char *const *data_services;
    size_t n_data_services;
};

/* The pool's rules are bound to volumes anew, which changes nothing that others see. */
int node_figures_make(struct node_pool *pool, const struct node_figure_options *options, struct node_figures *out, struct error *err)
    MUST_CHECK;
void node_figures_clear(struct node_figures *figures);

#endif
