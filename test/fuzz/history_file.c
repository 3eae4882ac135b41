/* history_file.c - any bytes as the history's file: reading alone changes nothing; else a history is there in any case, what it says is
 * within its bounds, and what is added to it is found again. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "nodegroup/history.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/history_place.h"

enum { FILE_MAX_BYTES = 1024 * 1024 };

static const int64_t hour_ms = 3600000, day_ms = HISTORY_PLACE_DAY_MS;

static void write_file(const uint8_t *data, size_t size)
{
    FILE *file;

    history_place_clear();
    file = fopen(history_place_path(), "wb");
    LAW(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

static size_t read_tier(struct history *history, const char *name, enum history_tier tier)
{
    struct error err = {0};
    size_t n = 0;

    if (history_place_read(history, name, tier, &n, &err) < 0)
        law_error_is_told(&err);
    return n;
}

static void law_series(void *context, const char *name)
{
    char kept[HISTORY_NAME_MAX];

    LAW(strlen(name) < sizeof(kept));
    (void)context;
}

static void law_readable(struct history *history)
{
    struct error err = {0};

    for (enum history_tier tier = 0; tier < HISTORY_TIERS; tier++)
        (void)read_tier(history, "workers/cpu/use", tier);
    if (history_each_series(history, law_series, NULL, &err) < 0)
        law_error_is_told(&err);
}

static void law_reading_changes_nothing(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer after = BUFFER_INIT(FILE_MAX_BYTES);
    const struct history_options options = {.path = history_place_path(), .retention_ms = 7 * day_ms, .read_only = true};
    struct error err = {0};
    struct history *history = history_open(&options, &err);

    if (history)
        law_readable(history);
    else
        law_error_is_told(&err);
    history_close(history);
    LAW(file_read(history_place_path(), &after, &err) == 0);
    LAW(after.len == size && (size == 0 || memcmp(after.data, data, size) == 0));
}

static void law_takes_what_is_added(void)
{
    const struct history_options options = {.path = history_place_path(), .retention_ms = 7 * day_ms};
    struct error err = {0};
    struct history *history = history_open(&options, &err);

    LAW(history);
    law_readable(history);
    history_place_add_hour(history, "fuzz/cpu/use");
    if (history_flush(history, hour_ms, &err) < 0)
        law_error_is_told(&err);
    else
        LAW(read_tier(history, "fuzz/cpu/use", HISTORY_MINUTES) >= 11);
    history_close(history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FILE_MAX_BYTES)
        return 0;
    write_file(data, size);
    law_reading_changes_nothing(data, size);
    write_file(data, size);
    law_takes_what_is_added();
    return 0;
}
