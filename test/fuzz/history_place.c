#include "test/fuzz/history_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "test/fuzz/fuzz.h"

enum { PATH_BYTES = 64, HOUR_MS = 3600000 };

static const char *const endings[] = {"", "-wal", "-shm", "-journal", ".corrupt", ".corrupt-wal", ".corrupt-shm"};
static char folder[PATH_BYTES], path[PATH_BYTES + 16];

/* --- the place --- */

void history_place_clear(void)
{
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        char name[PATH_BYTES + 32];

        (void)snprintf(name, sizeof(name), "%s%s", history_place_path(), endings[i]);
        (void)unlink(name);
    }
}

static void remove_folder(void)
{
    history_place_clear();
    (void)rmdir(folder);
}

const char *history_place_path(void)
{
    const char *top = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): one thread */

    if (path[0] != '\0')
        return path;
    (void)snprintf(folder, sizeof(folder), "%s/fuzz-history-XXXXXX", top && strlen(top) < PATH_BYTES / 2 ? top : "/tmp");
    LAW(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/h.db", folder);
    (void)atexit(remove_folder);
    return path;
}

/* --- its content --- */

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

int history_place_read(struct history *history, const char *series, enum history_tier tier, size_t *n, struct error *err)
{
    const struct history_range range = {
        .name = series,
        .tier = tier,
        .from_unix_ms = HISTORY_PLACE_BEGIN_UNIX_MS - 3 * HISTORY_PLACE_DAY_MS,
        .to_unix_ms = HISTORY_PLACE_BEGIN_UNIX_MS + HISTORY_PLACE_DAY_MS,
    };
    struct seen seen = {.tier = tier};

    if (history_read(history, &range, law_bucket, &seen, err) < 0)
        return -1;
    *n = seen.n;
    return 0;
}

void history_place_add_hour(struct history *history, const char *series)
{
    struct error err = {0};

    for (int64_t at = HISTORY_PLACE_BEGIN_UNIX_MS; at < HISTORY_PLACE_BEGIN_UNIX_MS + HOUR_MS; at += HISTORY_PLACE_PIECE_MS) {
        const struct history_piece piece = {at, at + HISTORY_PLACE_PIECE_MS, 1500};

        LAW(history_add(history, series, &piece, &err) == 0);
    }
}
