/* history.h - six months of a node group in constant space: 5 minutes for 26 hours, hours for the retention, days for two years.
 *
 * Shape    series by name ("workers/cpu/use"); what is added is averaged over the time it held, in all tiers at once. Every four
 *          minutes or so everything, unfinished buckets as well, goes to the file: a crash loses less than five minutes
 * Units    values: the series' own, whole numbers, absolute (milli-cores, bytes) and never ratios, which mean nothing after a resize;
 *          *_unix_ms for what is kept, *_boot_ms for when to write
 * Errors   none stops the service: while the file cannot be written, buckets wait in memory, up to a limit; problem says why.
 *          When it cannot be opened at all the history is in memory until the next start
 * Threads  one (the worker)
 * Owner    history_open / history_close, which flushes */
#ifndef NODEGROUP_HISTORY_H
#define NODEGROUP_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "nodegroup/history_store.h"
#include "nodegroup/series.h"

struct history;

struct history_options {
    const char *path; /* "": memory only */
    int64_t retention_ms;
    bool read_only; /* for a report on another program's file */
};

/* Opens the file, or begins it. NULL: out of memory, or read_only and the file cannot be read. */
struct history *history_open(const struct history_options *options, struct error *err) MUST_CHECK;
void history_close(struct history *history);
DEFINE_CLEANUP_POINTER(struct history, history_close)

/* What is wrong with the history, NULL when nothing is; and whether it outlives the process. */
const char *history_problem(const struct history *history);
bool history_is_kept(const struct history *history);

/* value held from one moment to another. More than an hour in one piece is a gap, not a value; time that a bucket already covers
 * (a clock that was set back) is left out. */
struct history_piece {
    int64_t from_unix_ms, to_unix_ms;
    double value;
};
int history_add(struct history *history, const char *name, const struct history_piece *piece, struct error *err) MUST_CHECK;

/* Writes when it is time. -1: it could not; it will be tried again. */
int history_flush(struct history *history, int64_t now_boot_ms, struct error *err) MUST_CHECK;

/* A whole bucket from elsewhere (a backfill; its series is not looked at). One that covers as much already stays, and so does the
 * one that grows now. */
int history_put(struct history *history, const char *name, const struct history_row *bucket, struct error *err) MUST_CHECK;

/* The buckets that start in [from, to), as far as they are covered by a share of at least coverage_least. visit gets them from old
 * to new; a series that does not exist has none. What waits to be written is written first. */
struct history_range {
    const char *name; /* of the series */
    enum history_tier tier;
    int64_t from_unix_ms, to_unix_ms;
    double coverage_least;
};
typedef void history_visit(void *context, const struct history_row *bucket);
int history_read(struct history *history, const struct history_range *range, history_visit *visit, void *context, struct error *err)
    MUST_CHECK;
/* For the forecast, a series from the hour that from lies in to the last one that is over at to: the mean of each, NaN where it is
 * not covered enough. */
int history_read_hours(struct history *history, const struct history_range *range, struct series *out, struct error *err) MUST_CHECK;
int history_each_series(struct history *history, void (*visit)(void *context, const char *name), void *context, struct error *err)
    MUST_CHECK;

#endif
