#include "nodegroup/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/history_growing.h"

enum {
    FLUSH_MS = 4 * 60 * 1000,
    LOSS_MAX_MS = 5 * 60 * 1000,   /* what a crash may lose */
    PIECE_MAX_MS = 60 * 60 * 1000, /* a longer one comes from a clock that jumped */
    PUT_AT_ONCE = 4096,            /* buckets in one transaction of a backfill */
};

struct history {
    struct history_store *store; /* NULL only after memory ran out */
    struct history_options options;
    char *path;
    bool in_memory; /* as wished, or because the file cannot be opened */
    struct error problem, notice;
    struct error left_out; /* by the last write: a series for which there was no room */
    struct history_growing growing;
    int64_t flushed_boot_ms, called_boot_ms; /* called: to flush, whether or not it was time */
    bool began;                              /* they are set */
};

/* --- opening --- */

static int open_store(struct history *history, struct error *err)
{
    struct history_store_options options = {
        .path = history->path, .retention_ms = history->options.retention_ms, .read_only = history->options.read_only};
    struct error notice = {0};

    if (history_store_open(&options, &history->store, &notice, err) < 0)
        return -1;
    if (notice.code != ERROR_NONE)
        history->notice = notice;
    history->in_memory = history->path[0] == '\0';
    return 0;
}

/* The service goes on without its file. */
static int open_in_memory(struct history *history, struct error *err)
{
    struct history_store_options options = {.path = "", .retention_ms = history->options.retention_ms};
    struct error unused = {0};

    (void)error_wrap(&history->problem, "kept in memory only, until the next start");
    history->in_memory = true;
    return history_store_open(&options, &history->store, &unused, err);
}

static bool find_in_store(void *context, const char *series, struct history_row *row)
{
    struct history *history = context;
    struct error err = {0};
    int found = -1;

    if (!history->store)
        return false;
    if (history_store_series(history->store, series, false, &row->series, &err) == 0)
        found = history_store_get(history->store, row, &err);
    if (found < 0 && err.code != ERROR_NOT_FOUND)
        history->problem = err;
    return found == 1;
}

static int start(struct history *history, const struct history_options *options, struct error *err)
{
    history->options = *options;
    history->growing.find = find_in_store;
    history->growing.context = history;
    history->path = strdup(options->path);
    if (!history->path)
        return error_no_memory(err);
    history->options.path = history->path;
    if (open_store(history, &history->problem) == 0)
        return 0;
    *err = history->problem;
    return options->read_only ? -1 : open_in_memory(history, err);
}

struct history *history_open(const struct history_options *options, struct error *err)
{
    struct history *history = calloc(1, sizeof(*history));

    if (!history) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (start(history, options, err) < 0) {
        history_close(history);
        return NULL;
    }
    return history;
}

const char *history_problem(const struct history *history)
{
    if (history->problem.code != ERROR_NONE)
        return history->problem.text;
    return history->notice.code != ERROR_NONE ? history->notice.text : NULL;
}

bool history_is_kept(const struct history *history)
{
    return !history->in_memory;
}

/* --- writing --- */

/* A series for which there is no room is left out, and said; the others are written. */
static int write_row(struct history *history, const char *series, struct history_row row, struct error *err)
{
    bool room = history->left_out.code == ERROR_NONE;
    struct error why = {0};

    if (history_store_series(history->store, series, room, &row.series, &why) == 0)
        return history_store_put(history->store, &row, err);
    if (why.code != ERROR_LIMIT && why.code != ERROR_NOT_FOUND) {
        *err = why;
        return -1;
    }
    if (room)
        history->left_out = why;
    return 0;
}

static int write_series(struct history *history, const struct growing_series *series, struct error *err)
{
    for (enum history_tier tier = HISTORY_MINUTES; tier < HISTORY_TIERS; tier++)
        if (series->tiers[tier].dirty && write_row(history, series->name, history_growing_row(series, tier), err) < 0)
            return -1;
    return 0;
}

static int write_rows(struct history *history, struct error *err)
{
    history->left_out = (struct error){0};
    for (size_t i = 0; i < history->growing.n_waiting; i++)
        if (write_row(history, history->growing.waiting[i].series, history->growing.waiting[i].row, err) < 0)
            return -1;
    for (size_t i = 0; i < history->growing.n_series; i++)
        if (write_series(history, history->growing.series[i], err) < 0)
            return -1;
    return 0;
}

static int write_once(struct history *history, struct error *err)
{
    if (!history->store)
        return error_no_memory(err);
    if (history_store_begin(history->store, err) < 0)
        return -1;
    if (write_rows(history, err) < 0) {
        history_store_rollback(history->store);
        return -1;
    }
    return history_store_commit(history->store, err);
}

/* Opening looks at every page, and moves a damaged file aside. The old one is closed first: SQLite removes its log by its name. */
static int open_again(struct history *history, struct error *err)
{
    history_store_close(history->store);
    history->store = NULL;
    if (open_store(history, err) == 0)
        return 0;
    history->problem = *err;
    return open_in_memory(history, err);
}

/* A write, or a read before it, has met a damaged page. */
static bool is_damaged(const struct history *history)
{
    return !history->store || history_store_is_damaged(history->store);
}

static int write_all(struct history *history, struct error *err)
{
    int result = -1;

    if (history->options.read_only || !history_growing_is_dirty(&history->growing))
        return 0;
    if (!is_damaged(history))
        result = write_once(history, err);
    if (is_damaged(history))
        result = open_again(history, err) < 0 ? -1 : write_once(history, err);
    if (result < 0) {
        history->problem = *err;
        return -1;
    }
    if (history->in_memory == (history->path[0] == '\0')) /* otherwise the reason for being in memory stays */
        history->problem = history->left_out;
    history_growing_written(&history->growing);
    return 0;
}

int history_flush(struct history *history, int64_t now_boot_ms, struct error *err)
{
    int64_t next;

    if (!history->began) {
        history->began = true;
        history->flushed_boot_ms = history->called_boot_ms = now_boot_ms;
    }
    next = now_boot_ms + (now_boot_ms - history->called_boot_ms); /* as it looks */
    history->called_boot_ms = now_boot_ms;
    if (now_boot_ms - history->flushed_boot_ms < FLUSH_MS && next - history->flushed_boot_ms <= LOSS_MAX_MS)
        return 0;
    history->flushed_boot_ms = now_boot_ms;
    return write_all(history, err);
}

void history_close(struct history *history)
{
    struct error err = {0};

    if (!history)
        return;
    if (history->store)
        (void)write_all(history, &err); /* nobody is left to tell */
    history_store_close(history->store);
    history_growing_clear(&history->growing);
    free(history->path);
    free(history);
}

int history_add(struct history *history, const char *name, const struct history_piece *piece, struct error *err)
{
    struct growing_series *series = NULL;
    int64_t held = piece->to_unix_ms - piece->from_unix_ms;

    if (!(piece->value >= 0 && piece->value <= (double)HISTORY_VALUE_MAX))
        return error_set(err, ERROR_INVALID, "history: the value of %s is no number that can be kept", name);
    if (piece->from_unix_ms < 0 || held <= 0 || held > PIECE_MAX_MS)
        return 0;
    if (history_growing_series(&history->growing, name, &series, err) < 0)
        return -1;
    history_growing_add(&history->growing, series, piece->from_unix_ms, piece->to_unix_ms, piece->value);
    return 0;
}

int history_put(struct history *history, const char *name, const struct history_row *bucket, struct error *err)
{
    int64_t step = history_step_ms(bucket->tier);
    struct growing_series *series = NULL;

    if (bucket->covered_ms <= 0 || bucket->covered_ms > step || bucket->start_ms < 0 || bucket->start_ms % step != 0)
        return error_set(err, ERROR_INVALID, "history: no bucket of %s begins at %lld and covers %lld ms", name,
                         (long long)bucket->start_ms, (long long)bucket->covered_ms);
    if (history_growing_series(&history->growing, name, &series, err) < 0)
        return -1;
    history_growing_put(&history->growing, series, bucket);
    return history->growing.n_waiting >= PUT_AT_ONCE ? write_all(history, err) : 0;
}

/* --- reading --- */

/* What waits becomes readable; when it cannot be written, what is in the file can still be read. */
static int settle(struct history *history, struct error *err)
{
    struct error ignored = {0};

    (void)write_all(history, &ignored);
    return history->store ? 0 : error_no_memory(err);
}

static int64_t next_start(int64_t at_ms, int64_t step_ms)
{
    return (at_ms + step_ms - 1) / step_ms * step_ms;
}

int history_read(struct history *history, const struct history_range *range, history_visit *visit, void *context, struct error *err)
{
    int64_t step = history_step_ms(range->tier), least = (int64_t)(range->coverage_least * (double)step), oldest, from;
    struct history_row row = {.tier = range->tier};

    if (settle(history, err) < 0)
        return -1;
    if (history_store_series(history->store, range->name, false, &row.series, err) < 0)
        return err->code == ERROR_NOT_FOUND ? 0 : -1;
    oldest = range->to_unix_ms - step * history_store_slots(history->store, range->tier); /* the ring holds no older ones */
    from = range->from_unix_ms > oldest ? range->from_unix_ms : oldest;
    for (row.start_ms = next_start(from > 0 ? from : 0, step); row.start_ms < range->to_unix_ms; row.start_ms += step) {
        int found = history_store_get(history->store, &row, err);

        if (found < 0)
            return -1;
        if (found == 1 && row.covered_ms >= least)
            visit(context, &row);
    }
    return 0;
}

static void take_hour(void *context, const struct history_row *bucket)
{
    struct series *series = context;
    int64_t at = bucket->start_ms / history_step_ms(HISTORY_HOURS) - series->first_hour;

    series->values[at] = (double)bucket->mean;
    series->n_known++;
}

int history_read_hours(struct history *history, const struct history_range *range, struct series *out, struct error *err)
{
    CLEANUP(series_clear) struct series made = {0};
    struct history_range hours = *range;
    int64_t step = history_step_ms(HISTORY_HOURS), first = range->from_unix_ms / step, end = range->to_unix_ms / step;

    if (range->from_unix_ms < 0 || end <= first || end - first > SERIES_HOURS_MAX)
        return error_set(err, ERROR_INVALID, "history: no series from %lld to %lld", (long long)range->from_unix_ms,
                         (long long)range->to_unix_ms);
    made.first_hour = first;
    made.len = (size_t)(end - first);
    made.values = calloc(made.len, sizeof(*made.values));
    if (!made.values)
        return error_no_memory(err);
    for (size_t i = 0; i < made.len; i++)
        made.values[i] = (double)NAN;
    hours.tier = HISTORY_HOURS;
    hours.from_unix_ms = first * step;
    hours.to_unix_ms = end * step;
    if (history_read(history, &hours, take_hour, &made, err) < 0)
        return -1;
    *out = made;
    made = (struct series){0};
    return 0;
}

int history_each_series(struct history *history, void (*visit)(void *context, const char *name), void *context, struct error *err)
{
    return settle(history, err) < 0 ? -1 : history_store_each_series(history->store, visit, context, err);
}
