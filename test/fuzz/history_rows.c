/* history_rows.c - any numbers as rows of a history's file that is otherwise whole, as another hand or a damaged page may leave them:
 * what is read of them is within its bounds, and what is added beside them is found again.
 *
 * Input    33 bytes a row: the tier, then start, mean, max and covered time, each of eight bytes; the start is a distance in minutes from
 *          the beginning of a day */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nodegroup/history.h"
#include "test/fuzz/fuzz.h"

enum { PATH_BYTES = 64, ROW_BYTES = 33, ROWS_MAX = 64, PIECE_MS = 240000 };

#define SERIES "workers/cpu/use"

static const int64_t hour_ms = 3600000, day_ms = 86400000, begin_unix_ms = INT64_C(1789344000000);
static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".corrupt", ".corrupt-wal", ".corrupt-shm"};
static char folder[PATH_BYTES], path[PATH_BYTES + 16];

static void remove_files(void)
{
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char name[PATH_BYTES + 32];

        (void)snprintf(name, sizeof(name), "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

static void remove_folder(void)
{
    remove_files();
    (void)rmdir(folder);
}

static void make_folder(void)
{
    const char *top = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): one thread */

    (void)snprintf(folder, sizeof(folder), "%s/fuzz-rows-XXXXXX", top && strlen(top) < PATH_BYTES / 2 ? top : "/tmp");
    LAW(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/h.db", folder);
    (void)atexit(remove_folder);
}

static struct history_row row_of(const uint8_t *data)
{
    struct history_row row = {.tier = data[0] % HISTORY_TIERS,
                              .mean = (int64_t)number_of(data + 9, 8),
                              .max = (int64_t)number_of(data + 17, 8),
                              .covered_ms = (int64_t)number_of(data + 25, 8)};
    int64_t step = history_step_ms(row.tier), minutes = (int64_t)number_of(data + 1, 8) % (INT64_C(3) * 24 * 60);

    row.start_ms = (begin_unix_ms + minutes * 60000) / step * step;
    return row;
}

static void write_rows(const uint8_t *data, size_t size)
{
    const struct history_store_options options = {.path = path, .retention_ms = 7 * day_ms};
    struct history_store *store = NULL;
    struct error notice = {0}, err = {0};

    remove_files();
    LAW(history_store_open(&options, &store, &notice, &err) == 0 && history_store_begin(store, &err) == 0);
    for (size_t at = 0, n = 0; at + ROW_BYTES <= size && n < ROWS_MAX; at += ROW_BYTES, n++) {
        struct history_row row = row_of(data + at);

        LAW(history_store_series(store, SERIES, true, &row.series, &err) == 0);
        LAW(history_store_put(store, &row, &err) == 0);
    }
    LAW(history_store_commit(store, &err) == 0);
    history_store_close(store);
}

struct seen {
    enum history_tier tier;
    int64_t last_ms;
    size_t n;
};

static void law_bucket(void *context, const struct history_row *bucket)
{
    struct seen *seen = context;
    int64_t step = history_step_ms(seen->tier);

    LAW(bucket->start_ms % step == 0 && bucket->start_ms > seen->last_ms);
    LAW(bucket->covered_ms > 0 && bucket->covered_ms <= step);
    LAW(bucket->mean >= 0 && bucket->mean <= HISTORY_VALUE_MAX && bucket->max >= 0 && bucket->max <= HISTORY_VALUE_MAX);
    seen->last_ms = bucket->start_ms;
    seen->n++;
}

static size_t read_tier(struct history *history, enum history_tier tier)
{
    const struct history_range range = {
        .name = SERIES, .tier = tier, .from_unix_ms = begin_unix_ms - day_ms, .to_unix_ms = begin_unix_ms + day_ms};
    struct seen seen = {.tier = tier};
    struct error err = {0};

    LAW(history_read(history, &range, law_bucket, &seen, &err) == 0);
    return seen.n;
}

static void law_hours(struct history *history)
{
    const struct history_range range = {.name = SERIES, .from_unix_ms = begin_unix_ms, .to_unix_ms = begin_unix_ms + 3 * day_ms};
    CLEANUP(series_clear) struct series hours = {0};
    struct error err = {0};

    LAW(history_read_hours(history, &range, &hours, &err) == 0 && hours.len == 72);
    for (size_t i = 0; i < hours.len; i++)
        LAW(isnan(hours.values[i]) || (isfinite(hours.values[i]) && hours.values[i] >= 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct history_options options = {.path = path, .retention_ms = 7 * day_ms};
    struct error err = {0};
    struct history *history;

    if (folder[0] == '\0')
        make_folder();
    write_rows(data, size);
    history = history_open(&options, &err);
    LAW(history && history_is_kept(history));
    for (enum history_tier tier = 0; tier < HISTORY_TIERS; tier++)
        (void)read_tier(history, tier);
    law_hours(history);
    for (int64_t at = begin_unix_ms; at < begin_unix_ms + hour_ms; at += PIECE_MS) {
        const struct history_piece piece = {at, at + PIECE_MS, 1500};

        LAW(history_add(history, SERIES, &piece, &err) == 0);
    }
    LAW(history_flush(history, hour_ms, &err) == 0);
    LAW(read_tier(history, HISTORY_MINUTES) >= 11);
    law_hours(history);
    history_close(history);
    return 0;
}
