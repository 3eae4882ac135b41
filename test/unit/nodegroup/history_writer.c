/* history_writer.c - keeps a history as the service does, with a clock that runs as fast as the disk lets it, until it is killed.
 * For test/integration/history_crash_test.py and test/monitoring.
 *
 *   history-writer write FILE FROM_SECONDS    half a minute a step from there on; says each step's end once it is done
 *   history-writer check FILE FROM_SECONDS    what a start finds: a problem, or for each series how many of the seconds are kept
 *   history-writer fill FILE                  lines of "SERIES FROM_SECONDS TO_SECONDS VALUE" from standard input, oldest first */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/history.h"

enum { STEP_MS = 30000, SERIES = 12, HOUR_MS = 3600000 };

static const int64_t retention_ms = (int64_t)HOUR_MS * 24 * 7 * 26;

static struct history *open_file(const char *path)
{
    struct history_options options = {.path = path, .retention_ms = retention_ms};
    struct error err = {0};
    struct history *history = history_open(&options, &err);

    if (!history)
        (void)printf("problem %s\n", err.text);
    else if (history_problem(history))
        (void)printf("problem %s\n", history_problem(history));
    return history;
}

static int write_steps(const char *path, int64_t from_ms)
{
    CLEANUP(history_closep) struct history *history = open_file(path);
    struct error err = {0};

    for (int64_t at = from_ms; history; at += STEP_MS) {
        struct history_piece piece = {at, at + STEP_MS, (double)at / STEP_MS};

        for (int i = 0; i < SERIES; i++) {
            char name[16];

            (void)snprintf(name, sizeof(name), "series-%d", i);
            if (history_add(history, name, &piece, &err) < 0)
                break;
        }
        if (err.code != ERROR_NONE || history_flush(history, at, &err) < 0) {
            (void)printf("problem %s\n", err.text);
            return EXIT_FAILURE;
        }
        (void)printf("%" PRId64 "\n", (at + STEP_MS) / 1000);
        (void)fflush(stdout);
    }
    return EXIT_FAILURE;
}

static void add_bucket(void *context, const struct history_row *bucket)
{
    int64_t *covered_ms = context;

    *covered_ms += bucket->covered_ms;
}

static int check(const char *path, int64_t from_ms)
{
    CLEANUP(history_closep) struct history *history = open_file(path);
    struct history_range range = {.tier = HISTORY_DAYS, .from_unix_ms = from_ms, .to_unix_ms = from_ms + (int64_t)HOUR_MS * 24 * 700};
    struct error err = {0};

    for (int i = 0; history && i < SERIES; i++) {
        int64_t covered_ms = 0;
        char name[16];

        (void)snprintf(name, sizeof(name), "series-%d", i);
        range.name = name;
        if (history_read(history, &range, add_bucket, &covered_ms, &err) < 0) {
            (void)printf("problem %s\n", err.text);
            return EXIT_FAILURE;
        }
        (void)printf("%s %" PRId64 "\n", name, covered_ms / 1000);
    }
    return EXIT_SUCCESS;
}

static int fill(const char *path)
{
    CLEANUP(history_closep) struct history *history = open_file(path);
    struct history_piece piece = {0};
    struct error err = {0};
    long long from_s = 0, to_s = 0;
    int64_t flushed_ms = 0;
    char name[64];

    while (history && scanf("%63s %lld %lld %lf", name, &from_s, &to_s, &piece.value) == 4) { /* NOLINT(cert-err34-c): the test wrote it */
        piece.from_unix_ms = from_s * 1000;
        piece.to_unix_ms = to_s * 1000;
        if (history_add(history, name, &piece, &err) < 0)
            break;
        if (piece.to_unix_ms < flushed_ms + 6 * (int64_t)HOUR_MS)
            continue;
        flushed_ms = piece.to_unix_ms;
        if (history_flush(history, flushed_ms, &err) < 0)
            break;
    }
    if (!history || err.code != ERROR_NONE || history_flush(history, piece.to_unix_ms, &err) < 0) {
        (void)printf("problem %s\n", err.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "write") == 0)
        return write_steps(argv[2], (int64_t)strtoll(argv[3], NULL, 10) * 1000);
    if (argc == 4 && strcmp(argv[1], "check") == 0)
        return check(argv[2], (int64_t)strtoll(argv[3], NULL, 10) * 1000);
    if (argc == 3 && strcmp(argv[1], "fill") == 0)
        return fill(argv[2]);
    (void)fprintf(stderr, "usage: history-writer write FILE FROM_SECONDS | check FILE FROM_SECONDS | fill FILE\n");
    return 2;
}
