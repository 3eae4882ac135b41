/* history_rows.c - any numbers as rows of a history's file that is otherwise whole, as another hand or a damaged page may leave them:
 * what is read of them is within its bounds, and what is added beside them is found again.
 *
 * Input    33 bytes a row: the tier, then start, mean, max and covered time, each of eight bytes; the start is a distance in minutes from
 *          the beginning of a day */
#include <math.h>

#include "nodegroup/history.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/history_place.h"

enum { ROW_BYTES = 33, ROWS_MAX = 64 };

#define SERIES "workers/cpu/use"

static const int64_t hour_ms = 3600000, day_ms = HISTORY_PLACE_DAY_MS, begin_unix_ms = HISTORY_PLACE_BEGIN_UNIX_MS;

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
    const struct history_store_options options = {.path = history_place_path(), .retention_ms = 7 * day_ms};
    struct history_store *store = NULL;
    struct error notice = {0}, err = {0};

    history_place_clear();
    LAW(history_store_open(&options, &store, &notice, &err) == 0 && history_store_begin(store, &err) == 0);
    for (size_t at = 0, n = 0; at + ROW_BYTES <= size && n < ROWS_MAX; at += ROW_BYTES, n++) {
        struct history_row row = row_of(data + at);

        LAW(history_store_series(store, SERIES, true, &row.series, &err) == 0);
        LAW(history_store_put(store, &row, &err) == 0);
    }
    LAW(history_store_commit(store, &err) == 0);
    history_store_close(store);
}

static size_t read_tier(struct history *history, enum history_tier tier)
{
    struct error err = {0};
    size_t n = 0;

    LAW(history_place_read(history, SERIES, tier, &n, &err) == 0);
    return n;
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
    const struct history_options options = {.path = history_place_path(), .retention_ms = 7 * day_ms};
    struct error err = {0};
    struct history *history;

    write_rows(data, size);
    history = history_open(&options, &err);
    LAW(history && history_is_kept(history));
    for (enum history_tier tier = 0; tier < HISTORY_TIERS; tier++)
        (void)read_tier(history, tier);
    law_hours(history);
    history_place_add_hour(history, SERIES);
    LAW(history_flush(history, hour_ms, &err) == 0);
    LAW(read_tier(history, HISTORY_MINUTES) >= 11);
    law_hours(history);
    history_close(history);
    return 0;
}
