/* history_backfill.h - fills a history from Prometheus: hours, and the days that they make. Blocks until it is done.
 *
 * Shape    one query a week and series, from old to new. What the history knows already stays; doing it again changes nothing
 * Errors   the first answer that is refused ends it; what was filled before stays
 * Owner    all is borrowed */
#ifndef ADAPTER_HISTORY_BACKFILL_H
#define ADAPTER_HISTORY_BACKFILL_H

#include "adapter/config.h"
#include "nodegroup/history.h"

struct backfill {
    const struct config_prometheus *where;
    const char *label; /* of a node, which names its group */
    int64_t from_unix_ms, to_unix_ms;
    size_t n_hours, n_series; /* of its result: buckets, and answers that had a series */
};

int history_backfill(struct history *history, struct backfill *backfill, struct error *err) MUST_CHECK;

#endif
