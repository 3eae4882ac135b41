#include "nodegroup/history.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static const int64_t day = 24 * HOUR, week = HOUR * 24 * 7;
static const int64_t start = 1764547200000; /* 2025-12-01 00:00 UTC, a whole day */

static char folder[64], path[96];

static void make_folder(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/history-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/history.db", folder);
}

static void remove_folder(void)
{
    static const char *const left[] = {"", "-wal", "-shm", ".corrupt", ".corrupt-wal", ".corrupt-shm"};
    char name[128];

    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        (void)snprintf(name, sizeof(name), "%s%s", path, left[i]);
        (void)unlink(name);
    }
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left behind */
}

static struct history *open_history(const char *at, int64_t retention_ms)
{
    struct history_options options = {.path = at, .retention_ms = retention_ms};
    struct error err = {0};
    struct history *history = history_open(&options, &err);

    ck_assert_msg(history != NULL, "%s", err.text);
    return history;
}

static void add(struct history *history, const char *series, int64_t from, int64_t length, double value)
{
    struct history_piece piece = {from, from + length, value};
    struct error err = {0};

    if (history_add(history, series, &piece, &err) < 0) /* an assertion for each would be slower than what it asserts */
        ck_abort_msg("%s", err.text);
}

struct found {
    size_t n;
    struct history_row first, last;
    int64_t covered_ms;
};

static void take(void *context, const struct history_row *bucket)
{
    struct found *found = context;

    if (found->n++ == 0)
        found->first = *bucket;
    found->last = *bucket;
    found->covered_ms += bucket->covered_ms;
}

static struct found read_back(struct history *history, const char *series, enum history_tier tier, int64_t from, int64_t to)
{
    struct history_range range = {.name = series, .tier = tier, .from_unix_ms = from, .to_unix_ms = to};
    struct found found = {0};
    struct error err = {0};

    ck_assert_msg(history_read(history, &range, take, &found, &err) == 0, "%s", err.text);
    return found;
}

START_TEST(every_tier_averages_over_time)
{
    CLEANUP(history_closep) struct history *history = open_history("", week);
    struct found found;

    add(history, "g/cpu", start, 10 * MINUTE, 100);
    add(history, "g/cpu", start + 10 * MINUTE, 20 * MINUTE, 400); /* then half an hour of nothing */
    found = read_back(history, "g/cpu", HISTORY_MINUTES, start, start + HOUR);
    ck_assert_uint_eq(found.n, 6);
    ck_assert_int_eq(found.first.mean, 100);
    ck_assert_int_eq(found.last.mean, 400);
    found = read_back(history, "g/cpu", HISTORY_HOURS, start, start + HOUR);
    ck_assert_uint_eq(found.n, 1);
    ck_assert_int_eq(found.first.mean, 300); /* of the half hour that is known, not of the hour */
    ck_assert_int_eq(found.first.max, 400);
    ck_assert_int_eq(found.first.covered_ms, 30 * MINUTE);
    ck_assert_int_eq(read_back(history, "g/cpu", HISTORY_DAYS, start, start + day).first.mean, 300);
    ck_assert_uint_eq(read_back(history, "g/memory", HISTORY_DAYS, start, start + day).n, 0);
    ck_assert(!history_is_kept(history));
    ck_assert_ptr_null(history_problem(history));
}
END_TEST

START_TEST(a_restart_goes_on_in_the_same_bucket)
{
    struct history *history;
    struct found found;

    make_folder();
    history = open_history(path, 26 * week);
    add(history, "g/cpu", start, 12 * MINUTE, 100);
    history_close(history);
    history = open_history(path, 26 * week);
    ck_assert(history_is_kept(history));
    add(history, "g/cpu", start + 20 * MINUTE, 12 * MINUTE, 300); /* eight minutes it was down */
    found = read_back(history, "g/cpu", HISTORY_HOURS, start, start + HOUR);
    ck_assert_int_eq(found.first.mean, 200);
    ck_assert_int_eq(found.first.covered_ms, 24 * MINUTE);
    ck_assert_uint_eq(read_back(history, "g/cpu", HISTORY_MINUTES, start, start + HOUR).n, 6);
    history_close(history);
    remove_folder();
}
END_TEST

/* How often something is recorded. */
static const int64_t record_steps[] = {MINUTE / 2, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE, 5 * MINUTE};

START_TEST(a_crash_loses_at_most_five_minutes)
{
    const int64_t step = record_steps[_i];
    struct history *history, *reader;
    struct error err = {0};
    int64_t now = 0;

    make_folder();
    history = open_history(path, 26 * week);
    for (; now < 3 * HOUR; now += step) {
        struct history_options options = {.path = path, .read_only = true};

        add(history, "g/cpu", start + now, step, 100);
        ck_assert_int_eq(history_flush(history, now, &err), 0);
        if (now < HOUR)
            continue;
        reader = history_open(&options, &err); /* what another process sees is what a crash would leave, until the next call */
        ck_assert_msg(reader != NULL, "%s", err.text);
        ck_assert_int_ge(read_back(reader, "g/cpu", HISTORY_HOURS, start, start + now + step).covered_ms, now + 2 * step - 5 * MINUTE);
        history_close(reader);
    }
    history_close(history);
    remove_folder();
}
END_TEST

/* --- clocks --- */

START_TEST(clocks_that_jump_spoil_nothing)
{
    CLEANUP(history_closep) struct history *history = open_history("", 26 * week);
    struct history_piece jump = {start, start + 5 * day, 900}, none = {start + HOUR, start + HOUR, 1}, back = {start + HOUR, start, 1};
    struct error err = {0};
    struct found found;

    ck_assert_int_eq(history_add(history, "g", &jump, &err), 0); /* a jump is a gap */
    ck_assert_int_eq(history_add(history, "g", &none, &err), 0);
    ck_assert_int_eq(history_add(history, "g", &back, &err), 0);
    ck_assert_uint_eq(read_back(history, "g", HISTORY_DAYS, start, start + 10 * day).n, 0);
    for (int64_t at = 0; at < 2 * HOUR; at += MINUTE)
        add(history, "g", start + at, MINUTE, 100);
    add(history, "g", start + day * 365 * 73, MINUTE, 500); /* the year 2098, for a minute */
    for (int64_t at = HOUR; at < 3 * HOUR; at += MINUTE)
        add(history, "g", start + at, MINUTE, 300); /* and an hour again */
    found = read_back(history, "g", HISTORY_HOURS, start, start + day);
    ck_assert_uint_eq(found.n, 3);
    ck_assert_int_eq(found.covered_ms, 3 * HOUR); /* no hour has more than an hour */
    ck_assert_int_eq(found.first.mean, 100);
    ck_assert_int_eq(found.last.mean, 300);
    ck_assert_int_eq(read_back(history, "g", HISTORY_DAYS, start, start + day).covered_ms, 4 * HOUR);
}
END_TEST

START_TEST(values_that_are_none_are_refused)
{
    CLEANUP(history_closep) struct history *history = open_history("", week);
    static const double values[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e19, -1};
    char name[HISTORY_NAME_MAX + 1];
    struct error err = {0};

    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        ck_assert_int_eq(history_add(history, "g", &(struct history_piece){start, start + MINUTE, values[i]}, &err), -1);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_int_eq(history_add(history, name, &(struct history_piece){start, start + MINUTE, 1}, &err), -1);
    ck_assert_uint_eq(read_back(history, "g", HISTORY_DAYS, start, start + day).n, 0);
}
END_TEST

/* --- size --- */

static int64_t file_size(void)
{
    struct stat status;

    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_size;
}

START_TEST(the_file_stops_growing)
{
    struct history *history;
    int64_t retention = 4 * week, full = 0;
    struct error err = {0};
    struct found found;

    make_folder();
    history = open_history(path, retention);
    for (int64_t at = 0; at < 800 * day + 3 * retention; at += 3 * HOUR) {
        for (size_t i = 0; i < 3; i++) {
            static const char *const names[] = {"a/cpu", "a/memory", "b/cpu"};

            add(history, names[i], start + at, HOUR, (double)(1000000 + at % 1000 + (int64_t)i));
        }
        if (history_flush(history, at / 1000, &err) < 0) /* every three days */
            ck_abort_msg("%s", err.text);
        if (at == 800 * day + retention)
            full = file_size(); /* of the file; its log is apart, and bounded */
    }
    ck_assert_int_gt(full, 0);
    ck_assert_int_eq(file_size(), full); /* the rings are full: two retentions later not a page more */
    found = read_back(history, "a/cpu", HISTORY_HOURS, 0, start + 800 * day + 3 * retention);
    ck_assert_uint_ge(found.n, (size_t)(retention / (3 * HOUR))); /* an hour in three was written */
    ck_assert_uint_le(found.n, (size_t)((retention + 8 * day) / (3 * HOUR)));
    history_close(history);
    remove_folder();
}
END_TEST

static const struct {
    int64_t before_weeks, after_weeks;
    size_t hours_left;
} resizes[] = {{4, 8, 4 * 168 + 192}, {8, 2, 2 * 168 + 192}, {4, 4, 4 * 168 + 192}};

START_TEST(another_retention_keeps_what_fits)
{
    struct history *history;
    int64_t length = 12 * week;
    struct found found;

    make_folder();
    history = open_history(path, resizes[_i].before_weeks * week);
    for (int64_t at = 0; at < length; at += HOUR)
        add(history, "g", start + at, HOUR, (double)at / (double)HOUR);
    history_close(history);
    history = open_history(path, resizes[_i].after_weeks * week);
    ck_assert_ptr_null(history_problem(history));
    found = read_back(history, "g", HISTORY_HOURS, 0, start + length);
    ck_assert_uint_eq(found.n, resizes[_i].hours_left);
    ck_assert_int_eq(found.last.mean, length / HOUR - 1);
    ck_assert_int_eq(found.first.mean, length / HOUR - (int64_t)resizes[_i].hours_left);
    ck_assert_uint_eq(read_back(history, "g", HISTORY_DAYS, 0, start + length).n, (size_t)(length / day));
    history_close(history);
    remove_folder();
}
END_TEST

START_TEST(series_that_ended_make_room)
{
    struct history *history;
    struct error err = {0};
    char name[32];

    make_folder();
    history = open_history(path, week);
    for (int i = 0; i < HISTORY_SERIES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "old-%d", i);
        add(history, name, start, MINUTE, i);
    }
    ck_assert_int_eq(history_add(history, "more", &(struct history_piece){start, start + MINUTE, 1}, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    history_close(history);
    history = open_history(path, week);
    add(history, "old-7", start + 20 * week, MINUTE, 70); /* the only one that goes on */
    (void)read_back(history, "old-7", HISTORY_HOURS, start, start + day);
    add(history, "new", start + 20 * week, MINUTE, 1);
    ck_assert_uint_eq(read_back(history, "new", HISTORY_HOURS, start, start + 21 * week).n, 1);
    ck_assert_uint_eq(read_back(history, "old-7", HISTORY_DAYS, start, start + 21 * week).n, 2);
    ck_assert_uint_eq(read_back(history, "old-8", HISTORY_DAYS, start, start + 21 * week).n, 0);
    ck_assert_ptr_null(history_problem(history));
    history_close(history);
    remove_folder();
}
END_TEST

START_TEST(a_series_without_room_takes_nothing_from_the_others)
{
    struct history *history;
    char name[32];

    make_folder();
    history = open_history(path, week);
    for (int i = 0; i < HISTORY_SERIES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "old-%d", i);
        add(history, name, start, MINUTE, i);
    }
    history_close(history);
    history = open_history(path, week);
    add(history, "a-new-one", start + day, MINUTE, 1);
    add(history, "old-7", start + day, MINUTE, 70);
    ck_assert_uint_eq(read_back(history, "old-7", HISTORY_HOURS, start, start + 2 * day).n, 2);
    ck_assert_uint_eq(read_back(history, "a-new-one", HISTORY_HOURS, start, start + 2 * day).n, 0);
    ck_assert_ptr_nonnull(history_problem(history));
    history_close(history);
    remove_folder();
}
END_TEST

/* --- files that are not as they should be --- */

static void fill_file(int64_t days)
{
    struct history *history = open_history(path, 26 * week);

    for (int64_t at = 0; at < days * day; at += 5 * MINUTE)
        add(history, at % 2 ? "a" : "b", start + at, 5 * MINUTE, (double)at);
    history_close(history);
}

static void overwrite(off_t at, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
    (void)close(fd);
}

enum damage { DAMAGE_HEADER, DAMAGE_PAGES, DAMAGE_CUT, DAMAGE_TEXT };

static void damage_file(enum damage damage)
{
    char garbage[4096];

    memset(garbage, 0xa5, sizeof(garbage));
    switch (damage) {
    case DAMAGE_HEADER: overwrite(0, garbage, 100); break;
    case DAMAGE_PAGES:
        for (off_t page = 1; page < 12; page++)
            overwrite(page * 4096, garbage, sizeof(garbage));
        break;
    case DAMAGE_CUT: ck_assert_int_eq(truncate(path, file_size() / 2), 0); break;
    case DAMAGE_TEXT:
    default:
        overwrite(0, "this is not a database, and longer than its header is at all, which SQLite would look at: it is not one.", 100);
        break;
    }
}

START_TEST(a_damaged_file_is_moved_aside)
{
    char aside[128];
    struct history *history;

    make_folder();
    (void)snprintf(aside, sizeof(aside), "%s.corrupt", path);
    fill_file(2);
    damage_file((enum damage)_i);
    history = open_history(path, 26 * week);
    ck_assert_msg(history_is_kept(history), "%s", history_problem(history));
    ck_assert_ptr_nonnull(history_problem(history));
    ck_assert_msg(strstr(history_problem(history), "history.db.corrupt and a fresh one was begun") != NULL, "%s", history_problem(history));
    ck_assert_int_eq(access(aside, F_OK), 0);
    add(history, "a", start, HOUR, 5);
    ck_assert_uint_eq(read_back(history, "a", HISTORY_HOURS, start, start + day).n, 1);
    history_close(history);
    history = open_history(path, 26 * week); /* and the fresh one is sound */
    ck_assert_ptr_null(history_problem(history));
    history_close(history);
    remove_folder();
}
END_TEST

/* More than SQLite keeps in memory, so that it has to look at the file again. */
static void fill_file_with_much(void)
{
    struct history *history = open_history(path, 26 * week);
    struct history_row row = {.tier = HISTORY_HOURS, .mean = 123456, .max = 234567, .covered_ms = HOUR};
    struct error err = {0};

    for (row.start_ms = start; row.start_ms < start + 180 * day; row.start_ms += HOUR)
        for (char name[] = "a"; name[0] <= 'z'; name[0]++)
            if (history_put(history, name, &row, &err) < 0)
                ck_abort_msg("%s", err.text);
    history_close(history);
}

START_TEST(damage_while_in_use_is_noticed_and_what_is_new_goes_on)
{
    struct history *history;
    struct error err = {0};
    char garbage[4096];

    make_folder();
    fill_file_with_much();
    history = open_history(path, 26 * week);
    memset(garbage, 0xa5, sizeof(garbage));
    for (off_t at = 4096; at < file_size(); at += 4096)
        overwrite(at, garbage, sizeof(garbage));
    for (int64_t at = 190; at < 370; at += 5) /* all around the ring */
        add(history, "a", start + at * day, MINUTE, 1);
    ck_assert_int_eq(history_flush(history, 0, &err), 0);
    ck_assert_msg(history_flush(history, HOUR, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(history_problem(history));
    ck_assert_msg(strstr(history_problem(history), "a fresh one was begun") != NULL, "%s", history_problem(history));
    ck_assert(history_is_kept(history));
    ck_assert_uint_eq(read_back(history, "a", HISTORY_HOURS, start + 300 * day, start + 301 * day).n, 1);
    history_close(history);
    remove_folder();
}
END_TEST

static void run_sql(const char *text)
{
    sqlite3 *db = NULL;

    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

static const struct {
    const char *title, *sql, *expect;
} strangers[] = {
    {"another program's", "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7)", "belongs to another program"},
    {"another program's, with its mark", "PRAGMA application_id = 77; CREATE TABLE theirs (x)", "belongs to another program"},
    {"a newer version's", "PRAGMA application_id = 1129136456; PRAGMA user_version = 3; CREATE TABLE theirs (x)",
     "version 3 of its layout, this program knows 2"},
};

START_TEST(a_file_of_others_is_left_alone)
{
    CLEANUP(history_closep) struct history *history = NULL;
    struct history_options reader = {.path = path, .read_only = true};
    struct error err = {0};
    int64_t before;

    make_folder();
    run_sql(strangers[_i].sql);
    before = file_size();
    history = open_history(path, 26 * week);
    ck_assert(!history_is_kept(history));
    ck_assert_msg(strstr(history_problem(history), strangers[_i].expect) != NULL, "%s: %s", strangers[_i].title, history_problem(history));
    ck_assert_ptr_nonnull(strstr(history_problem(history), "in memory only"));
    add(history, "a", start, HOUR, 5); /* the service goes on */
    ck_assert_uint_eq(read_back(history, "a", HISTORY_HOURS, start, start + day).n, 1);
    ck_assert_ptr_nonnull(history_problem(history));
    ck_assert_int_eq(file_size(), before);
    ck_assert_ptr_null(history_open(&reader, &err));
    remove_folder();
}
END_TEST

START_TEST(a_path_that_cannot_be_opened_is_told)
{
    static const char *const paths[] = {"/proc/history.db", "/tmp/no/such/folder/history.db", "/tmp"};
    CLEANUP(history_closep) struct history *history = open_history(paths[_i], week);
    struct history_options reader = {.path = paths[_i], .read_only = true};
    struct error err = {0};

    ck_assert(!history_is_kept(history));
    ck_assert_msg(strstr(history_problem(history), paths[_i]) != NULL, "%s", history_problem(history));
    add(history, "a", start, HOUR, 5);
    ck_assert_int_eq(history_flush(history, 0, &err), 0);
    ck_assert_int_eq(history_flush(history, HOUR, &err), 0);
    ck_assert_uint_eq(read_back(history, "a", HISTORY_HOURS, start, start + day).n, 1);
    ck_assert_ptr_null(history_open(&reader, &err));
}
END_TEST

/* No file may grow beyond what it has: what a full disk is to SQLite. Afterwards there is room again. */
START_TEST(a_full_disk_keeps_the_service_and_later_the_data)
{
    struct rlimit before, full;
    struct history *history;
    struct error err = {0};
    int64_t at = 0, boot = 0;
    int failed = 0;

    make_folder();
    fill_file(1);
    history = open_history(path, 26 * week);
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    full = (struct rlimit){.rlim_cur = (rlim_t)file_size() + 8192, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
    for (; at < 6 * HOUR; at += MINUTE, boot += MINUTE) {
        for (char name[] = "a"; name[0] <= 'z'; name[0]++)
            add(history, name, start + 40 * day + at, MINUTE, 100);
        failed += history_flush(history, boot, &err) < 0;
    }
    ck_assert_int_gt(failed, 0);
    ck_assert_ptr_nonnull(history_problem(history));
    ck_assert_msg(strstr(history_problem(history), path) != NULL, "%s", history_problem(history));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_msg(history_flush(history, boot + HOUR, &err) == 0, "%s", err.text);
    ck_assert_msg(history_problem(history) == NULL, "%s", history_problem(history));
    ck_assert_uint_eq(read_back(history, "z", HISTORY_MINUTES, start + 40 * day, start + 41 * day).n, 72); /* all of the six hours */
    history_close(history);
    remove_folder();
}
END_TEST

/* --- backfill and the forecast's series --- */

START_TEST(a_backfill_fills_gaps_only)
{
    CLEANUP(history_closep) struct history *history = open_history("", 26 * week);
    struct history_row row = {.tier = HISTORY_HOURS, .mean = 7, .max = 9};
    struct history_range range = {.name = "g", .from_unix_ms = start - 2 * HOUR, .to_unix_ms = start + 6 * HOUR + 5, .coverage_least = 0.5};
    struct error err = {0};
    struct series series = {0};

    add(history, "g", start + 2 * HOUR, HOUR, 100);
    add(history, "g", start + 3 * HOUR, 10 * MINUTE, 100);
    add(history, "g", start + 5 * HOUR, 10 * MINUTE, 100);
    for (row.start_ms = start; row.start_ms < start + 6 * HOUR; row.start_ms += HOUR) {
        row.covered_ms = row.start_ms == start ? 20 * MINUTE : HOUR;
        ck_assert_int_eq(history_put(history, "g", &row, &err), 0);
    }
    ck_assert_int_eq(history_read_hours(history, &range, &series, &err), 0);
    ck_assert_uint_eq(series.len, 8);
    ck_assert_int_eq(series.first_hour, start / HOUR - 2);
    ck_assert(isnan(series.values[1])); /* before */
    ck_assert(isnan(series.values[2])); /* a third of it is no hour */
    ck_assert_double_eq(series.values[3], 7);
    ck_assert_double_eq(series.values[4], 100); /* known already */
    ck_assert_double_eq(series.values[5], 7);   /* was thin */
    ck_assert(isnan(series.values[7]));         /* grows now: stays as it is */
    ck_assert_uint_eq(series.n_known, 4);
    series_clear(&series);
    row.start_ms = start + 1;
    ck_assert_int_eq(history_put(history, "g", &row, &err), -1);
    row.start_ms = start;
    row.covered_ms = HOUR + 1;
    ck_assert_int_eq(history_put(history, "g", &row, &err), -1);
}
END_TEST

static void join_names(void *context, const char *name)
{
    char *names = context;
    size_t used = strlen(names);

    (void)snprintf(names + used, 64 - used, "%s;", name);
}

START_TEST(series_are_listed)
{
    CLEANUP(history_closep) struct history *history = open_history("", week);
    char names[64] = "";
    struct error err = {0};

    add(history, "b", start, MINUTE, 1);
    add(history, "a", start, MINUTE, 1);
    ck_assert_int_eq(history_each_series(history, join_names, names, &err), 0);
    ck_assert_str_eq(names, "a;b;");
}
END_TEST

Suite *history_suite(void);

Suite *history_suite(void)
{
    Suite *suite = suite_create("history");
    TCase *tcase = tcase_create("history");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, every_tier_averages_over_time);
    tcase_add_test(tcase, a_restart_goes_on_in_the_same_bucket);
    tcase_add_loop_test(tcase, a_crash_loses_at_most_five_minutes, 0, ARRAY_LEN(record_steps));
    tcase_add_test(tcase, clocks_that_jump_spoil_nothing);
    tcase_add_test(tcase, values_that_are_none_are_refused);
    tcase_add_test(tcase, the_file_stops_growing);
    tcase_add_loop_test(tcase, another_retention_keeps_what_fits, 0, ARRAY_LEN(resizes));
    tcase_add_test(tcase, series_that_ended_make_room);
    tcase_add_test(tcase, a_series_without_room_takes_nothing_from_the_others);
    tcase_add_loop_test(tcase, a_damaged_file_is_moved_aside, 0, DAMAGE_TEXT + 1);
    tcase_add_test(tcase, damage_while_in_use_is_noticed_and_what_is_new_goes_on);
    tcase_add_loop_test(tcase, a_file_of_others_is_left_alone, 0, ARRAY_LEN(strangers));
    tcase_add_loop_test(tcase, a_path_that_cannot_be_opened_is_told, 0, 3);
    tcase_add_test(tcase, a_full_disk_keeps_the_service_and_later_the_data);
    tcase_add_test(tcase, a_backfill_fills_gaps_only);
    tcase_add_test(tcase, series_are_listed);
    suite_add_tcase(suite, tcase);
    return suite;
}
