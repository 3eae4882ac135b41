#include "nodegroup/history_growing.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 1 << 16, WAITING_MINUTES_MAX = 1 << 15 };

void history_growing_clear(struct history_growing *growing)
{
    for (size_t i = 0; i < growing->n_series; i++)
        free(growing->series[i]);
    free(growing->series);
    free(growing->waiting);
    *growing = (struct history_growing){0};
}

static size_t find_place(const struct history_growing *growing, const char *name, bool *found)
{
    size_t low = 0, high = growing->n_series;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(growing->series[middle]->name, name);

        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int history_growing_series(struct history_growing *growing, const char *name, struct growing_series **out, struct error *err)
{
    struct growing_series **series, *made;
    bool found;
    size_t at = find_place(growing, name, &found), len = strlen(name);

    if (found) {
        *out = growing->series[at];
        return 0;
    }
    if (len >= HISTORY_NAME_MAX)
        return error_set(err, ERROR_INVALID, "history: the name of a series is longer than %d bytes", HISTORY_NAME_MAX - 1);
    if (growing->n_series >= HISTORY_SERIES_MAX)
        return error_set(err, ERROR_LIMIT, "history: more than %d series; fewer node groups can be kept", HISTORY_SERIES_MAX);
    series = realloc(growing->series, (growing->n_series + 1) * sizeof(struct growing_series *));
    if (!series)
        return error_no_memory(err);
    growing->series = series;
    made = calloc(1, sizeof(*made));
    if (!made)
        return error_no_memory(err);
    memcpy(made->name, name, len + 1);
    memmove(series + at + 1, series + at, (growing->n_series - at) * sizeof(struct growing_series *));
    series[at] = made;
    growing->n_series++;
    *out = made;
    return 0;
}

/* --- finished buckets --- */

static void add_waiting(struct history_growing *growing, const struct growing_series *series, const struct history_row *row)
{
    size_t most = row->tier == HISTORY_MINUTES ? WAITING_MINUTES_MAX : WAITING_MAX;

    if (growing->n_waiting >= most) /* nothing could be written for long; the history's problem says so */
        return;
    if (growing->n_waiting == growing->waiting_capacity) {
        size_t capacity = growing->waiting_capacity > 0 ? 2 * growing->waiting_capacity : 256;
        struct waiting_row *grown = realloc(growing->waiting, capacity * sizeof(*grown));

        if (!grown)
            return;
        growing->waiting = grown;
        growing->waiting_capacity = capacity;
    }
    growing->waiting[growing->n_waiting++] = (struct waiting_row){.series = series->name, .row = *row};
}

/* What is known of the bucket that row names: waiting, or in the file. */
static bool find_row(const struct history_growing *growing, const struct growing_series *series, struct history_row *row)
{
    for (size_t i = growing->n_waiting; i > 0; i--) {
        const struct waiting_row *waiting = &growing->waiting[i - 1];

        if (waiting->series == series->name && waiting->row.tier == row->tier && waiting->row.start_ms == row->start_ms) {
            *row = waiting->row;
            return true;
        }
    }
    return growing->find && growing->find(growing->context, series->name, row);
}

struct history_row history_growing_row(const struct growing_series *series, enum history_tier tier)
{
    const struct growing_bucket *bucket = &series->tiers[tier];

    return (struct history_row){.tier = tier,
                                .start_ms = bucket->start_ms,
                                .mean = (int64_t)llround(bucket->sum / (double)bucket->covered_ms),
                                .max = (int64_t)llround(bucket->max),
                                .covered_ms = bucket->covered_ms};
}

void history_growing_put(struct history_growing *growing, const struct growing_series *series, const struct history_row *row)
{
    const struct growing_bucket *bucket = &series->tiers[row->tier];
    struct history_row known = *row;

    if (bucket->open && bucket->start_ms == row->start_ms)
        return;
    if (find_row(growing, series, &known) && known.covered_ms >= row->covered_ms)
        return;
    add_waiting(growing, series, row);
}

/* --- growing ones --- */

/* The bucket goes on where it was left, after a restart or when a clock was set back. */
static void enter_bucket(struct history_growing *growing, struct growing_series *series, enum history_tier tier, int64_t start_ms)
{
    struct growing_bucket *bucket = &series->tiers[tier];
    struct history_row row = {.tier = tier, .start_ms = start_ms};

    if (bucket->open && bucket->start_ms == start_ms)
        return;
    if (bucket->open && bucket->dirty) {
        struct history_row finished = history_growing_row(series, tier);

        add_waiting(growing, series, &finished);
    }
    *bucket = (struct growing_bucket){.open = true, .start_ms = start_ms, .max = -DBL_MAX};
    if (find_row(growing, series, &row)) {
        bucket->covered_ms = row.covered_ms;
        bucket->sum = (double)row.mean * (double)row.covered_ms;
        bucket->max = (double)row.max;
    }
}

/* A bucket takes no more than it has room for: time that comes again, because a clock was set back, is not counted twice. */
static void grow(struct growing_bucket *bucket, int64_t covers_ms, int64_t room_ms, double value)
{
    covers_ms = covers_ms < room_ms ? covers_ms : room_ms;
    if (covers_ms <= 0)
        return;
    bucket->covered_ms += covers_ms;
    bucket->sum += value * (double)covers_ms;
    bucket->max = fmax(bucket->max, value);
    bucket->dirty = true;
}

void history_growing_add(struct history_growing *growing, struct growing_series *series, int64_t from_ms, int64_t to_ms, double value)
{
    for (enum history_tier tier = HISTORY_MINUTES; tier < HISTORY_TIERS; tier++) {
        int64_t step = history_step_ms(tier), end;

        for (int64_t from = from_ms; from < to_ms; from = end) {
            int64_t start = from - from % step;

            enter_bucket(growing, series, tier, start);
            end = start + step < to_ms ? start + step : to_ms;
            grow(&series->tiers[tier], end - from, step - series->tiers[tier].covered_ms, value);
        }
    }
}

bool history_growing_is_dirty(const struct history_growing *growing)
{
    if (growing->n_waiting > 0)
        return true;
    for (size_t i = 0; i < growing->n_series; i++)
        for (size_t tier = 0; tier < HISTORY_TIERS; tier++)
            if (growing->series[i]->tiers[tier].dirty)
                return true;
    return false;
}

void history_growing_written(struct history_growing *growing)
{
    growing->n_waiting = 0;
    for (size_t i = 0; i < growing->n_series; i++)
        for (size_t tier = 0; tier < HISTORY_TIERS; tier++)
            growing->series[i]->tiers[tier].dirty = false;
}
