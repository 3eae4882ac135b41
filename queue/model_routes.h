/* model_routes.h - which configured queue gets the next job of a tag set. Pure.
 *
 * Shape    queues are tried from the most specific (fewest tags beyond the job's: so the fewest tags of all that can run it), then
 *          in configuration order. A full queue stays full while a model is made, since demand only grows, so every tag set keeps
 *          its place in that order: all sets together look at each queue at most once
 * Owner    {0} / routes_clear; specs, stats and tag sets are borrowed */
#ifndef QUEUE_MODEL_ROUTES_H
#define QUEUE_MODEL_ROUTES_H

#include <stdint.h>

#include "base/error.h"
#include "queue/queue.h"
#include "queue/tag_sets.h"

struct queue_stats;

#define ROUTE_NONE UINT32_MAX /* no queue */

struct route {
    uint32_t first; /* the first queue that can run the set's jobs; ROUTE_NONE: none found yet */
    uint32_t at;    /* place in by_size of the next queue to try */
};

struct routes {
    const struct queue_spec *const *specs;
    uint32_t n_specs;
    const struct queue_stats *stats; /* demand so far, one per spec */
    const struct tag_sets *tag_sets;
    uint32_t *by_size; /* specs by number of tags, then configuration order */
    uint32_t *by_tags; /* specs by tags, then configuration order */
    struct route *sets;
};

void routes_clear(struct routes *routes);
/* Makes the orders; specs, n_specs, stats and tag_sets are set already. */
int routes_prepare(struct routes *routes, struct error *err) MUST_CHECK;
/* The queue with exactly these tags, or ROUTE_NONE. */
uint32_t routes_of_tags(const struct routes *routes, const struct tags *tags);
/* The first queue with room that can run jobs of the set; when all are full the first of all; ROUTE_NONE when none can. */
uint32_t routes_of_job(struct routes *routes, uint32_t tag_set);

#endif
