/* history_file.c - any bytes as the history's file: reading alone changes nothing; else a history is there in any case, what it says is
 * within its bounds, and what is added to it is found again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "nodegroup/history.h"
#include "test/fuzz/fuzz.h"

enum { PATH_BYTES = 64, FILE_MAX_BYTES = 1024 * 1024, PIECE_MS = 240000 };

static const int64_t day_ms = 86400000, begin_unix_ms = INT64_C(1789344000000); /* the start of a day */
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

    (void)snprintf(folder, sizeof(folder), "%s/fuzz-history-XXXXXX", top && strlen(top) < PATH_BYTES / 2 ? top : "/tmp");
    LAW(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/h.db", folder);
    (void)atexit(remove_folder);
}

static void write_file(const uint8_t *data, size_t size)
{
    FILE *file;

    remove_files();
    file = fopen(path, "wb");
    LAW(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
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
    seen->last_ms = bucket->start_ms;
    seen->n++;
}

static size_t read_tier(struct history *history, const char *name, enum history_tier tier)
{
    const struct history_range range = {
        .name = name, .tier = tier, .from_unix_ms = begin_unix_ms - 3 * day_ms, .to_unix_ms = begin_unix_ms + day_ms};
    struct seen seen = {.tier = tier};
    struct error err = {0};

    if (history_read(history, &range, law_bucket, &seen, &err) < 0)
        law_error_is_told(&err);
    return seen.n;
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
    const struct history_options options = {.path = path, .retention_ms = 7 * day_ms, .read_only = true};
    struct error err = {0};
    struct history *history = history_open(&options, &err);

    if (history)
        law_readable(history);
    else
        law_error_is_told(&err);
    history_close(history);
    LAW(file_read(path, &after, &err) == 0);
    LAW(after.len == size && (size == 0 || memcmp(after.data, data, size) == 0));
}

static void law_takes_what_is_added(void)
{
    const struct history_options options = {.path = path, .retention_ms = 7 * day_ms};
    struct error err = {0};
    struct history *history = history_open(&options, &err);

    LAW(history);
    law_readable(history);
    for (int64_t at = begin_unix_ms; at < begin_unix_ms + 3600000; at += PIECE_MS) {
        const struct history_piece piece = {at, at + PIECE_MS, 1500};

        LAW(history_add(history, "fuzz/cpu/use", &piece, &err) == 0);
    }
    if (history_flush(history, 3600000, &err) < 0)
        law_error_is_told(&err);
    else
        LAW(read_tier(history, "fuzz/cpu/use", HISTORY_MINUTES) >= 11);
    history_close(history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FILE_MAX_BYTES)
        return 0;
    if (folder[0] == '\0')
        make_folder();
    write_file(data, size);
    law_reading_changes_nothing(data, size);
    write_file(data, size);
    law_takes_what_is_added();
    return 0;
}
