/* report_history.h - what the history adds to a report: the last six months of a group, its forecast, its quiet weeks.
 *
 * Shape    series of the history, by group: GROUP/cpu/use, GROUP/cpu/requests, GROUP/cpu/line (what the group can carry and
 *          still lose a node), the same for memory, and GROUP/nodes/ready. Those that are missing are not drawn
 * Units    as kept: milli-cores, bytes, nodes; drawn: cores, GiB
 * Owner    report_history_open / report_history_free; what report_history_extra answers lives as long */
#ifndef NODEGROUP_REPORT_HISTORY_H
#define NODEGROUP_REPORT_HISTORY_H

#include "nodegroup/history.h"
#include "nodegroup/report.h"
#include "nodegroup/series.h"

struct report_history;

/* NULL: it cannot be read, or out of memory. */
struct report_history *report_history_open(const char *path, int64_t now_unix_ms, struct error *err) MUST_CHECK;
/* Of a history that is open already. NULL: out of memory, and take is not taken. */
struct report_history *report_history_of(struct history *take, int64_t now_unix_ms, struct error *err) MUST_CHECK;
/* How long after a change of its number of nodes a group is not advised to shrink again (30 days unless it is set). */
void report_history_set_review(struct report_history *history, int64_t review_period_ms);
void report_history_free(struct report_history *history);
DEFINE_CLEANUP_POINTER(struct report_history, report_history_free)

/* For report_options.extra; context is the report_history. */
report_extra report_history_extra;

/* Pure: weeks of an hourly series, the newest last; gaps are NAN. Returns how many weeks were filled, at most most. */
size_t report_weeks(const struct series *cpu, const struct series *memory, struct advice_week *out, size_t most);

#endif
