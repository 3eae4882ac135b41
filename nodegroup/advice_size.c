#include "nodegroup/advice_size.h"

#include <math.h>

enum { LEAST_NODES = 3, CONSOLIDATE_FROM = 6, NODES_MAX = 1000000 };

struct size_lines size_lines_usual(void)
{
    return (struct size_lines){.p1_cpu = 0.95, .p1_memory = 0.85, .p2 = 0.75};
}

struct size_limits size_limits_left(double cpu, double memory, const struct size_lines *lines)
{
    double resilient = fmin(cpu, memory);

    return (struct size_limits){
        .resilient = resilient,
        .keep_cpu = lines->p1_cpu * cpu,
        .keep_memory = lines->p1_memory * memory,
        .keep_p2 = lines->p2 * resilient,
        .p2_is_early_enough = resilient >= lines->p2,
    };
}

struct size_limits size_limits_of(size_t n, const struct size_lines *lines)
{
    double left = n > 0 ? (double)(n - 1) / (double)n : 0;

    return size_limits_left(left, left, lines);
}

/* A ratio that is whole but for the last digits of a double stays whole. */
static double round_up(double value)
{
    return ceil(value - 1e-9);
}

size_t size_nodes_needed(const struct size_wish *wish)
{
    double room = wish->node_size * wish->target - wish->daemons_per_node;
    size_t zones = wish->zones > 1 ? wish->zones : 1;
    double nodes;

    if (!(room > 0) || !(wish->requests >= 0))
        return 0;
    if (zones == 1)
        nodes = 1 + round_up(wish->requests / room);
    else
        nodes = (double)zones * round_up(wish->requests / ((double)(zones - 1) * room));
    return nodes < NODES_MAX ? (size_t)nodes : 0;
}

struct size_warning size_warning_of(size_t before, size_t after)
{
    struct size_warning warning = {
        .below_three = after < LEAST_NODES && before >= LEAST_NODES,
        .consider_consolidation = after > before && after >= CONSOLIDATE_FROM,
    };

    if (after >= 2 * before)
        warning.change = SIZE_CHANGE_DOUBLES;
    else if (2 * after <= before)
        warning.change = SIZE_CHANGE_HALVES;
    return warning;
}
