/* advice_size.h - how many nodes, and what their number means. Pure.
 *
 * Source   capacity.md section 4: nodes needed (item 10), limits by node count, warnings on a change of the count */
#ifndef NODEGROUP_ADVICE_SIZE_H
#define NODEGROUP_ADVICE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What equal nodes, or equal zones, can carry and still lose one of them. Ratios. */
struct size_limits {
    double resilient;             /* (n - 1) / n: above, not all pods find a place again */
    double keep_cpu, keep_memory; /* below these the rest stays under the P1 lines after a loss */
    double keep_p2;               /* below this it stays under the P2 line */
    bool p2_is_early_enough;      /* the P2 line is reached before the limit is passed */
};

struct size_lines {
    double p1_cpu, p1_memory, p2;
};

struct size_lines size_lines_usual(void); /* 95 % and 85 % over an hour, 75 % over a day */

struct size_limits size_limits_of(size_t n, const struct size_lines *lines);
/* Of nodes, or zones, that differ: which share of cpu and of memory is left without the largest. */
struct size_limits size_limits_left(double cpu, double memory, const struct size_lines *lines);

/* Nodes needed so that requests fit after the loss of a node (zones <= 1) or of a zone; 0 when no number is enough.
 * Same unit for requests (without DaemonSets), what DaemonSets take of each node, and a node's size. */
struct size_wish {
    double requests, daemons_per_node, node_size, target;
    size_t zones;
};
size_t size_nodes_needed(const struct size_wish *wish);

enum size_change { SIZE_CHANGE_SMALL, SIZE_CHANGE_DOUBLES, SIZE_CHANGE_HALVES };

struct size_warning {
    enum size_change change;
    bool below_three;            /* three nodes are the least that can vote, spread and lose one */
    bool consider_consolidation; /* growing to six and more: three of twice the size may do */
};
struct size_warning size_warning_of(size_t before, size_t after);

#endif
