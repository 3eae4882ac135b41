/* usage_tracker.h - what each node and each node group uses: now, over the last hour, over the last day. Pure: the clocks come in.
 *
 * Shape    the caller says which nodes are there (members, with their capacity), hands over readings as they come, and ticks.
 *          A node that leaves takes its future away from its group, not its past: a group whose nodes were all replaced ten
 *          minutes ago is as hot as before. A node that joins weighs for the time it was there
 * Units    *_boot_ms: boot clock; *_unix_ms: the source's own stamps; use and capacity: milli-cores and bytes
 * Errors   -1: out of memory; the tracker is then as before
 * Threads  one
 * Bounds   1.3 kB a node, 11 kB a group; a group without nodes goes after a day */
#ifndef NODEGROUP_USAGE_TRACKER_H
#define NODEGROUP_USAGE_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "nodegroup/window.h"

enum usage_resource { USAGE_CPU, USAGE_MEMORY, USAGE_RESOURCES };

struct usage_tracker;

struct usage_member {
    const char *node, *group;
    double capacity[USAGE_RESOURCES]; /* 0: not known; then its use is not either */
};

struct usage_sample {
    const char *node;
    int64_t at_unix_ms;          /* when the source measured it */
    double use[USAGE_RESOURCES]; /* NaN: not known */
};

/* hold_ms: how long a reading holds when no newer one comes. */
struct usage_tracker *usage_tracker_new(int64_t hold_ms) MUST_CHECK;
void usage_tracker_free(struct usage_tracker *tracker);
DEFINE_CLEANUP_POINTER(struct usage_tracker, usage_tracker_free)

/* The usable nodes from now on; in any order, a name that comes twice counts once. */
int usage_tracker_set_members(struct usage_tracker *tracker, const struct usage_member *members, size_t n, int64_t now_boot_ms,
                              struct error *err) MUST_CHECK;

/* The two clocks as one answer of the source was read; unix_ms: the server's own (its Date header) when it tells. */
struct usage_clocks {
    int64_t unix_ms, boot_ms;
};
/* False: no member, or not a new measurement (the same stamp, or one of an older replica). A node whose clock was set is followed:
 * a stamp that cannot be right counts as measured when it was read. */
bool usage_tracker_add(struct usage_tracker *tracker, const struct usage_sample *sample, const struct usage_clocks *clocks);

/* Credits time up to now. Figures are of the last tick. */
void usage_tracker_tick(struct usage_tracker *tracker, int64_t now_boot_ms);

/* False: no such node or group. */
bool usage_tracker_node(const struct usage_tracker *tracker, const char *node, enum usage_resource resource, enum window_span span,
                        struct window_figure *out);
bool usage_tracker_group(const struct usage_tracker *tracker, const char *group, enum usage_resource resource, enum window_span span,
                         struct window_figure *out);

/* How much a group used on average, in its unit, beside what it has now: "what now" instead of "how hot was it". use is NaN when
 * too little is covered. False: no such group. */
struct usage_demand {
    double use, capacity_now;
};
bool usage_tracker_demand(const struct usage_tracker *tracker, const char *group, enum usage_resource resource, enum window_span span,
                          struct usage_demand *out);

/* After a restart: what the history knows of a group, from the oldest to the newest, before the first tick. The time in which the
 * adapter was down stays uncovered. */
int usage_tracker_restore(struct usage_tracker *tracker, const char *group, enum usage_resource resource, const struct window_piece *piece,
                          struct error *err) MUST_CHECK;

#endif
