/* history_growing.h - the part of the history that is not in the file yet: the bucket that each series is in, and finished ones
 * that wait for the next flush. Private to history.c.
 *
 * Bounds   HISTORY_SERIES_MAX series; while nothing can be written, finished buckets up to a limit, of which the fine ones may
 *          take half: hours and days are worth more
 * Owner    {0} / history_growing_clear */
#ifndef NODEGROUP_HISTORY_GROWING_H
#define NODEGROUP_HISTORY_GROWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "nodegroup/history_store.h"

struct growing_bucket {
    bool open, dirty; /* dirty: not in the file as it is */
    int64_t start_ms, covered_ms;
    double sum, max; /* sum: value times milliseconds */
};

struct growing_series {
    char name[HISTORY_NAME_MAX];
    struct growing_bucket tiers[HISTORY_TIERS];
};

struct waiting_row {
    const char *series;
    struct history_row row;
};

/* What the file has of a bucket (series is left to it): false when nothing. */
typedef bool history_find(void *context, const char *series, struct history_row *row);

struct history_growing {
    struct growing_series **series; /* sorted by name */
    size_t n_series;
    struct waiting_row *waiting;
    size_t n_waiting, waiting_capacity;
    history_find *find;
    void *context;
};

void history_growing_clear(struct history_growing *growing);
int history_growing_series(struct history_growing *growing, const char *name, struct growing_series **out, struct error *err) MUST_CHECK;
/* value holds from one moment to the other, in all tiers. */
void history_growing_add(struct history_growing *growing, struct growing_series *series, int64_t from_ms, int64_t to_ms, double value);
/* A finished bucket from elsewhere, unless one that covers as much is known. */
void history_growing_put(struct history_growing *growing, const struct growing_series *series, const struct history_row *row);
struct history_row history_growing_row(const struct growing_series *series, enum history_tier tier);
bool history_growing_is_dirty(const struct history_growing *growing);
/* Everything is in the file now. */
void history_growing_written(struct history_growing *growing);

#endif
