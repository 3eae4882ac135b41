/* node_history.h - what the node groups were like: written down as it happens, read back after a restart, and looked ahead from.
 *
 * Shape    series as nodegroup/report_history.h reads them: GROUP/cpu/use, /requests, /line, /capacity (what use is measured
 *          against), the same for memory, GROUP/nodes/ready
 * Forecast of use, each group and resource once an hour, one of them at a recording: it is silent without three weeks
 * Errors   a history that cannot be written or read is logged when that begins and ends; the rest goes on
 * Threads  one at a time: the worker's
 * Owner    settings are borrowed; node_history_free writes what is left */
#ifndef ADAPTER_NODE_HISTORY_H
#define ADAPTER_NODE_HISTORY_H

#include "adapter/config.h"
#include "adapter/node_figures.h"
#include "nodegroup/history.h"
#include "nodegroup/usage_tracker.h"

struct node_history;

/* NULL: out of memory. */
struct node_history *node_history_new(const struct config_node_groups *settings, struct error *err) MUST_CHECK;
void node_history_free(struct node_history *history);

/* Without a file: the past as it was found elsewhere takes the place of what little is known. Takes it in any case. */
void node_history_adopt(struct node_history *history, struct history *take);
/* The windows of the last day, before their first tick. */
int node_history_restore(struct node_history *history, struct usage_tracker *tracker, const struct usage_clocks *now, struct error *err)
    MUST_CHECK;
/* What holds since the call before. */
void node_history_record(struct node_history *history, const struct usage_tracker *tracker, const struct node_figures *figures,
                         const struct usage_clocks *now);

/* When the 24 h mean of a group's use passes the line p2. False: not known, or not within four weeks. */
bool node_history_crossing(const struct node_history *history, const char *group, enum usage_resource resource, int64_t *out_seconds);
/* NULL: nothing is wrong with it. */
const char *node_history_problem(const struct node_history *history);

#endif
