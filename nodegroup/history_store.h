/* history_store.h - the history's file: rings of buckets in SQLite.
 *
 * Shape    a ring for each tier: the bucket that starts at step s of a tier lies in slot s mod slots, for every series, so that the
 *          file grows to a fixed size and stays there; a clock that jumps spoils only the slots it wrote. Buckets of one time lie
 *          together: a flush touches few pages. Beside the rings: what others want kept over a restart, as bytes under a name
 * Units    mean and max: the series' own, whole numbers (milli-cores, bytes); start_ms: Unix; covered_ms: how much of it is known
 * Errors   full disk, read-only, busy: ERROR_IO, nothing is changed, the next try may do better. A file that is no database or is
 *          damaged is moved aside (FILE.corrupt) and a fresh one begun; a file of another program or of a newer version is
 *          left alone and refused. A row that covers no time or too much, or has a value below 0 or above HISTORY_VALUE_MAX, is none
 * Crash    write-ahead log, each commit synced: what was committed stays
 * Threads  one */
#ifndef NODEGROUP_HISTORY_STORE_H
#define NODEGROUP_HISTORY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum history_tier { HISTORY_MINUTES, HISTORY_HOURS, HISTORY_DAYS, HISTORY_TIERS };
enum { HISTORY_SERIES_MAX = 4096, HISTORY_NAME_MAX = 320, HISTORY_KEPT_MAX_BYTES = 1024 * 1024 };
#define HISTORY_VALUE_MAX INT64_C(9000000000000000000)

int64_t history_step_ms(enum history_tier tier); /* 5 min, 1 h, 1 d */

struct history_row {
    int64_t series;
    enum history_tier tier;
    int64_t start_ms; /* a multiple of the step */
    int64_t mean, max, covered_ms;
};

struct history_store;

struct history_store_options {
    const char *path;     /* "": in memory */
    int64_t retention_ms; /* of the hours; 0: as the file has it */
    bool read_only;       /* must exist; nothing is created, moved or written */
};

/* *notice: "" or what was done about a damaged file. */
int history_store_open(const struct history_store_options *options, struct history_store **out, struct error *notice, struct error *err)
    MUST_CHECK;
void history_store_close(struct history_store *store);
DEFINE_CLEANUP_POINTER(struct history_store, history_store_close)

/* The file turned out to be damaged while it was in use. */
bool history_store_is_damaged(const struct history_store *store);

int64_t history_store_slots(const struct history_store *store, enum history_tier tier);

int history_store_begin(struct history_store *store, struct error *err) MUST_CHECK;
int history_store_commit(struct history_store *store, struct error *err) MUST_CHECK; /* rolls back when it fails */
void history_store_rollback(struct history_store *store);

/* ERROR_NOT_FOUND when there is none and create is false; ERROR_LIMIT when there are too many. */
int history_store_series(struct history_store *store, const char *name, bool create, int64_t *out, struct error *err) MUST_CHECK;
int history_store_put(struct history_store *store, const struct history_row *row, struct error *err) MUST_CHECK;
/* series, tier and start_ms of the row say which: 1 found, 0 not. */
int history_store_get(struct history_store *store, struct history_row *row, struct error *err) MUST_CHECK;
/* Bytes under a name, in place of those kept before. */
int history_store_keep(struct history_store *store, const char *name, const struct buffer *bytes, int64_t written_unix_ms,
                       struct error *err) MUST_CHECK;
/* 1 found, 0 not. */
int history_store_kept(struct history_store *store, const char *name, struct buffer *out, struct error *err) MUST_CHECK;
/* Drops what was written before. */
int history_store_drop_kept(struct history_store *store, int64_t before_unix_ms, struct error *err) MUST_CHECK;
/* Calls visit with each name, in their order. */
int history_store_each_series(struct history_store *store, void (*visit)(void *context, const char *name), void *context, struct error *err)
    MUST_CHECK;

#endif
