/* Bytes under a name, and how a file is opened; the rings are tested through history.h (history_test.c). */
#include "nodegroup/history_store.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/nodegroup/suites.h"

#define HOUR INT64_C(3600000)
#define WEEK (HOUR * 24 * 7)

static const int64_t start = 1764547200000; /* 2025-12-01 00:00 UTC */

static char path[64];

static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char file[80];

        (void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
        (void)unlink(file);
    }
}

static void set_up(void)
{
    (void)snprintf(path, sizeof(path), "/tmp/history-store-test-%d.db", (int)getpid());
    remove_files();
}

static struct history_store *open_store(void)
{
    const struct history_store_options options = {.path = path, .retention_ms = WEEK};
    struct history_store *store = NULL;
    struct error notice = {0}, err = {0};

    ck_assert_msg(history_store_open(&options, &store, &notice, &err) == 0, "%s", err.text);
    ck_assert_int_eq(notice.code, ERROR_NONE);
    return store;
}

static void keep_text(struct history_store *store, const char *name, const char *text, int64_t at_ms)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(64);
    struct error err = {0};

    (void)buffer_append(&bytes, text, strlen(text) + 1); /* with its end, a zero */
    ck_assert_msg(history_store_keep(store, name, &bytes, at_ms, &err) == 0, "%s", err.text);
}

static int kept_text(struct history_store *store, const char *name, char out[64])
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(64);
    struct error err = {0};
    int found = history_store_kept(store, name, &bytes, &err);

    (void)snprintf(out, 64, "%s", found == 1 ? bytes.data : "");
    return found;
}

START_TEST(bytes_are_kept_until_they_are_old)
{
    struct history_store *store;
    struct error err = {0};
    char text[64];

    store = open_store();
    keep_text(store, "a", "one", start);
    keep_text(store, "b", "two", start + HOUR);
    keep_text(store, "b", "three", start + 2 * HOUR);
    history_store_close(store);
    store = open_store();
    ck_assert_int_eq(kept_text(store, "a", text), 1);
    ck_assert_str_eq(text, "one");
    ck_assert_int_eq(kept_text(store, "b", text), 1);
    ck_assert_str_eq(text, "three");
    ck_assert_int_eq(kept_text(store, "c", text), 0);
    ck_assert_int_eq(history_store_drop_kept(store, start + HOUR, &err), 0);
    ck_assert_int_eq(kept_text(store, "a", text), 0);
    ck_assert_int_eq(kept_text(store, "b", text), 1);
    history_store_close(store);
}
END_TEST

START_TEST(too_many_bytes_are_refused)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(2 * (size_t)HISTORY_KEPT_MAX_BYTES);
    struct history_store *store;
    struct error err = {0};

    store = open_store();
    for (int i = 0; i <= HISTORY_KEPT_MAX_BYTES; i++)
        (void)buffer_add_char(&bytes, 'x');
    ck_assert_int_eq(history_store_keep(store, "a", &bytes, start, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    history_store_close(store);
}
END_TEST

/* What the first version left is read, and gets what is new. */
/* As another hand or a damaged page may leave them. */
static const struct {
    int64_t mean, max, covered_ms;
    int found;
} rows[] = {
    {0, 0, 1, 1},
    {1500, 2000, HOUR, 1},
    {HISTORY_VALUE_MAX, HISTORY_VALUE_MAX, HOUR, 1},
    {1500, 2000, HOUR + 1, 0},
    {1500, 2000, 0, 0},
    {1500, 2000, -1, 0},
    {1500, 2000, INT64_MIN, 0},
    {-1, 2000, HOUR, 0},
    {1500, -1, HOUR, 0},
    {HISTORY_VALUE_MAX + 1, 2000, HOUR, 0},
    {1500, INT64_MAX, HOUR, 0},
};

START_TEST(a_row_out_of_its_bounds_is_none)
{
    CLEANUP(history_store_closep) struct history_store *store = open_store();
    struct history_row row = {.tier = HISTORY_HOURS, .start_ms = start}, read = row;
    struct error err = {0};

    row.mean = rows[_i].mean;
    row.max = rows[_i].max;
    row.covered_ms = rows[_i].covered_ms;
    ck_assert_int_eq(history_store_series(store, "workers/cpu/use", true, &row.series, &err), 0);
    ck_assert_int_eq(history_store_put(store, &row, &err), 0);
    read.series = row.series;
    ck_assert_int_eq(history_store_get(store, &read, &err), rows[_i].found);
}
END_TEST

START_TEST(a_file_of_the_first_version_goes_on)
{
    struct history_store *store = open_store();
    struct error err = {0};
    sqlite3 *db = NULL;
    char text[64];
    int64_t series = 0;

    ck_assert_int_eq(history_store_series(store, "a", true, &series, &err), 0);
    history_store_close(store);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "DROP TABLE kept; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    store = open_store();
    ck_assert_int_eq(history_store_series(store, "a", false, &series, &err), 0);
    keep_text(store, "a", "one", start);
    ck_assert_int_eq(kept_text(store, "a", text), 1);
    history_store_close(store);
}
END_TEST

/* A folder in which nothing can be made; root could, so it is somebody else for a while. */
static const struct {
    const char *title, *name, *log; /* what the file is called, and what is in its log */
    bool reads;
} locked[] = {
    {"a file alone", "history.db", NULL, true},
    {"a name that a URI would understand otherwise", "a?b%20#c.db", NULL, true},
    {"an empty log", "history.db", "", true},
    {"a log that was not written back", "history.db", "what the file lacks is in here, or was", false},
};

static void write_log(const char *text)
{
    char name[80];
    FILE *file;

    (void)snprintf(name, sizeof(name), "%s-wal", path);
    file = text ? fopen(name, "w") : NULL;
    if (!file)
        return;
    (void)fputs(text, file);
    (void)fclose(file);
}

START_TEST(a_folder_that_may_not_be_written_is_read)
{
    const struct history_store_options options = {.path = path, .read_only = true};
    char folder[] = "/tmp/history-store-XXXXXX";
    struct history_store *store;
    struct error notice = {0}, err = {0};
    bool is_root = geteuid() == 0;
    char text[64];

    ck_assert_int_eq(is_root ? seteuid(65534) : 0, 0);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/%s", folder, locked[_i].name);
    store = open_store();
    keep_text(store, "a", "one", start);
    history_store_close(store);
    store = NULL;
    write_log(locked[_i].log);
    ck_assert_int_eq(chmod(folder, 0500), 0);
    ck_assert_msg((history_store_open(&options, &store, &notice, &err) == 0) == locked[_i].reads, "%s: %s", locked[_i].title, err.text);
    if (store) {
        ck_assert_int_eq(kept_text(store, "a", text), 1);
        ck_assert_str_eq(text, "one");
    }
    history_store_close(store);
    ck_assert_int_eq(chmod(folder, 0700), 0);
    remove_files();
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(is_root ? seteuid(0) : 0, 0);
}
END_TEST

Suite *history_store_suite(void)
{
    Suite *suite = suite_create("history_store");
    TCase *tcase = tcase_create("history_store");

    tcase_add_checked_fixture(tcase, set_up, remove_files);
    tcase_add_test(tcase, bytes_are_kept_until_they_are_old);
    tcase_add_test(tcase, too_many_bytes_are_refused);
    tcase_add_loop_test(tcase, a_row_out_of_its_bounds_is_none, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, a_file_of_the_first_version_goes_on);
    tcase_add_loop_test(tcase, a_folder_that_may_not_be_written_is_read, 0, ARRAY_LEN(locked));
    suite_add_tcase(suite, tcase);
    return suite;
}
