/* history_backfill.h - fills a history from Prometheus: hours, and the days that they make.
 *
 * Shape    one query a week and series, from old to new. What the history knows already stays; doing it again changes nothing
 * Errors   the first answer that is refused ends it; what was filled before stays
 * Threads  the loop's; an answer is a week of one series of each group, so that nothing takes long
 * Owner    all is borrowed, and must live as long as the filling */
#ifndef ADAPTER_HISTORY_BACKFILL_H
#define ADAPTER_HISTORY_BACKFILL_H

#include "adapter/config.h"
#include "base/http.h"
#include "base/loop.h"
#include "nodegroup/history.h"

struct backfill {
    const struct config_prometheus *where;
    const char *label; /* of a node, which names its group */
    int64_t from_unix_ms, to_unix_ms;
    size_t n_hours, n_series; /* of its result: buckets, and answers that had a series */
};

struct history_filling;
struct history_filling_options {
    struct loop *loop;
    struct http_client *http;
    struct history *history;
    void (*done)(void *context, const struct error *err); /* err NULL: all is filled */
    void *context;
};
/* NULL: err, and done is not called. */
struct history_filling *history_filling_start(const struct history_filling_options *options, struct backfill *backfill, struct error *err)
    MUST_CHECK;
void history_filling_free(struct history_filling *filling); /* NULL is fine; ends what is not done; not from inside done */
DEFINE_CLEANUP_POINTER(struct history_filling, history_filling_free)

/* The same with a loop of its own: blocks until it is done. */
int history_backfill(struct history *history, struct backfill *backfill, struct error *err) MUST_CHECK;

#endif
