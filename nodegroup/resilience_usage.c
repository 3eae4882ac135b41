#include "nodegroup/resilience_usage.h"

#include <math.h>

struct usage_sums {
    double capacity, used;
};

/* What is left when a zone is gone. */
static struct usage_sums left_without(const struct usage_node *nodes, size_t n, uint32_t zone)
{
    struct usage_sums sums = {0};

    for (size_t i = 0; i < n; i++) {
        bool lost = nodes[i].zone == zone;

        sums.capacity += lost ? 0 : nodes[i].capacity;
        sums.used += lost ? nodes[i].used - nodes[i].daemons_used : nodes[i].used;
    }
    return sums;
}

static bool is_first_of_zone(const struct usage_node *nodes, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (nodes[i].zone == nodes[at].zone)
            return false;
    return true;
}

static double divide(double used, double capacity)
{
    if (capacity > 0)
        return used / capacity;
    return used > 0 ? (double)INFINITY : 0;
}

struct usage_after usage_after_loss(const struct usage_node *nodes, size_t n, double target)
{
    struct usage_after worst = {.after = -1};
    struct usage_sums all = {0};

    for (size_t i = 0; i < n; i++) {
        struct usage_sums left;

        all.capacity += nodes[i].capacity;
        all.used += nodes[i].used;
        if (!is_first_of_zone(nodes, i))
            continue;
        left = left_without(nodes, n, nodes[i].zone);
        if (divide(left.used, left.capacity) <= worst.after)
            continue;
        worst.after = divide(left.used, left.capacity);
        worst.headroom = target * left.capacity - left.used;
        worst.zone = nodes[i].zone;
    }
    worst.ratio = all.capacity > 0 ? all.used / all.capacity : (double)NAN;
    worst.holds = worst.after <= target;
    return worst;
}
