#include "nodegroup/history_store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nodegroup/history_schema.h"

enum { BUSY_MS = 500, PATH_MAX_BYTES = 1024, URI_MAX_BYTES = 3 * PATH_MAX_BYTES + 32 };

enum statement { BEGIN, COMMIT, ROLLBACK, FIND_SERIES, ADD_SERIES, COUNT_SERIES, EACH_SERIES, PUT, GET, KEEP, KEPT, DROP_KEPT, STATEMENTS };

static const char *const statement_texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [FIND_SERIES] = "SELECT id FROM series WHERE name = ?1",
    [ADD_SERIES] = "INSERT INTO series (name) VALUES (?1)",
    [COUNT_SERIES] = "SELECT count(*) FROM series",
    [EACH_SERIES] = "SELECT name FROM series ORDER BY name",
    [PUT] = "INSERT OR REPLACE INTO bucket (tier, slot, series, step, mean, max, covered_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [GET] = "SELECT mean, max, covered_ms FROM bucket WHERE tier = ?1 AND slot = ?2 AND series = ?3 AND step = ?4",
    [KEEP] = "INSERT OR REPLACE INTO kept (name, written_ms, bytes) VALUES (?1, ?2, ?3)",
    [KEPT] = "SELECT bytes FROM kept WHERE name = ?1",
    [DROP_KEPT] = "DELETE FROM kept WHERE written_ms < ?1",
};

struct history_store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    struct history_layout layout;
    char path[PATH_MAX_BYTES]; /* "" in memory */
    bool damaged;
};

int64_t history_step_ms(enum history_tier tier)
{
    return history_schema_step_ms(tier);
}

/* --- errors --- */

static bool means_damage(int code)
{
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

static int fail(struct history_store *store, const char *doing, struct error *err)
{
    int code = sqlite3_errcode(store->db) & 0xff;

    store->damaged = store->damaged || means_damage(code);
    if (code == SQLITE_NOMEM)
        return error_no_memory(err);
    return error_set(err, ERROR_IO, "history %s: %s: %s", store->path[0] ? store->path : "in memory", doing, sqlite3_errmsg(store->db));
}

bool history_store_is_damaged(const struct history_store *store)
{
    return store->damaged;
}

int64_t history_store_slots(const struct history_store *store, enum history_tier tier)
{
    return store->layout.slots[tier];
}

/* Runs a statement that gives no row. */
static int run(struct history_store *store, enum statement which, const char *doing, struct error *err)
{
    sqlite3_stmt *statement = store->statements[which];
    int code = sqlite3_step(statement);
    int result = code == SQLITE_DONE ? 0 : fail(store, doing, err);

    (void)sqlite3_reset(statement);
    return result;
}

/* --- opening --- */

void history_store_close(struct history_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(store->statements[i]);
    (void)sqlite3_close(store->db);
    free(store);
}

/* How a file is opened. ALONE: in a folder that may not be written SQLite cannot make what it keeps beside the file; where nothing is
 * kept there nobody writes, and the file can be read as it is. */
enum access { WRITE, READ, READ_ALONE };

static bool is_alone(const char *path)
{
    char log[PATH_MAX_BYTES + 8];
    struct stat status;

    (void)snprintf(log, sizeof(log), "%s-wal", path);
    return stat(log, &status) != 0 || status.st_size == 0;
}

/* file:PATH?immutable=1 */
static void print_uri(const char *path, char out[URI_MAX_BYTES])
{
    size_t len = 5;

    memcpy(out, "file:", len);
    for (; *path; path++)
        len += (size_t)snprintf(out + len, URI_MAX_BYTES - len, strchr("%?#", *path) ? "%%%02X" : "%c", (unsigned char)*path);
    (void)snprintf(out + len, URI_MAX_BYTES - len, "?immutable=1");
}

static int open_database(struct history_store *store, enum access access, struct error *err)
{
    int flags = access == WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    const char *path = store->path[0] ? store->path : ":memory:";
    char uri[URI_MAX_BYTES];

    if (access == READ_ALONE) {
        print_uri(store->path, uri);
        path = uri;
        flags |= SQLITE_OPEN_URI;
    }
    if (sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK) {
        if (!store->db)
            return error_no_memory(err);
        return fail(store, "open", err);
    }
    (void)sqlite3_busy_timeout(store->db, BUSY_MS);
    return 0;
}

static int prepare_all(struct history_store *store, struct error *err)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL) != SQLITE_OK)
            return fail(store, "prepare", err);
    return 0;
}

static int try_open(const struct history_store_options *options, enum access access, struct history_store **out, bool *damaged,
                    struct error *err)
{
    CLEANUP(history_store_closep) struct history_store *store = calloc(1, sizeof(*store));
    struct history_schema_options schema = {.retention_ms = options->retention_ms, .read_only = options->read_only};

    if (!store)
        return error_no_memory(err);
    (void)snprintf(store->path, sizeof(store->path), "%s", options->path);
    if (open_database(store, access, err) < 0) {
        *damaged = store->damaged;
        return -1;
    }
    schema.keep_log = store->path[0] != '\0';
    if (history_schema_prepare(store->db, &schema, &store->layout, err) < 0) {
        *damaged = means_damage(store->layout.code & 0xff);
        return error_wrap(err, "history %s", store->path[0] ? store->path : "in memory");
    }
    if (prepare_all(store, err) < 0) {
        *damaged = store->damaged;
        return -1;
    }
    *out = store;
    store = NULL;
    return 0;
}

/* The file and what SQLite keeps beside it; an earlier one moved aside is replaced, so that this cannot fill the disk. */
static bool move_aside(const char *path)
{
    static const char *const beside[] = {"", "-wal", "-shm"};
    char from[PATH_MAX_BYTES + 16], to[PATH_MAX_BYTES + 32];

    for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
        (void)snprintf(from, sizeof(from), "%s%s", path, beside[i]);
        (void)snprintf(to, sizeof(to), "%s.corrupt%s", path, beside[i]);
        (void)unlink(to);
        if (rename(from, to) != 0 && i == 0)
            return false;
    }
    return true;
}

int history_store_open(const struct history_store_options *options, struct history_store **out, struct error *notice, struct error *err)
{
    struct error why = {0};
    bool damaged = false;

    *notice = (struct error){0};
    if (strlen(options->path) >= PATH_MAX_BYTES)
        return error_set(err, ERROR_INVALID, "history: the path is longer than %d bytes", PATH_MAX_BYTES - 1);
    if (try_open(options, options->read_only ? READ : WRITE, out, &damaged, &why) == 0)
        return 0;
    if (options->read_only && !damaged && is_alone(options->path))
        return try_open(options, READ_ALONE, out, &damaged, err);
    if (!damaged || options->read_only || !move_aside(options->path)) {
        *err = why;
        return -1;
    }
    if (try_open(options, WRITE, out, &damaged, err) < 0)
        return -1;
    (void)error_set(notice, ERROR_IO, "%s; it is kept as %s.corrupt and a fresh one was begun", why.text, options->path);
    return 0;
}

/* --- transactions --- */

int history_store_begin(struct history_store *store, struct error *err)
{
    return run(store, BEGIN, "begin to write", err);
}

void history_store_rollback(struct history_store *store)
{
    struct error ignored;

    if (!sqlite3_get_autocommit(store->db)) /* some errors have rolled back already */
        (void)run(store, ROLLBACK, "roll back", &ignored);
}

int history_store_commit(struct history_store *store, struct error *err)
{
    if (run(store, COMMIT, "write", err) == 0)
        return 0;
    history_store_rollback(store);
    return -1;
}

/* --- series --- */

/* 1: *out is its id; 0: there is none. */
static int find_series(struct history_store *store, const char *name, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement = store->statements[FIND_SERIES];
    int found = 0, code;

    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *out = sqlite3_column_int64(statement, 0);
        found = 1;
    } else if (code != SQLITE_DONE) {
        found = fail(store, "find a series", err);
    }
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return found;
}

static int count_series(struct history_store *store, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement = store->statements[COUNT_SERIES];
    int result = 0;

    if (sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else
        result = fail(store, "count the series", err);
    (void)sqlite3_reset(statement);
    return result;
}

static int make_room(struct history_store *store, struct error *err)
{
    int64_t n = 0;

    if (count_series(store, &n, err) < 0)
        return -1;
    if (n < HISTORY_SERIES_MAX)
        return 0;
    if (history_schema_prune(store->db, &store->layout) != SQLITE_OK)
        return fail(store, "remove series that ended", err);
    if (count_series(store, &n, err) < 0)
        return -1;
    if (n >= HISTORY_SERIES_MAX)
        return error_set(err, ERROR_LIMIT, "history %s: more than %d series; fewer node groups can be kept", store->path,
                         HISTORY_SERIES_MAX);
    return 0;
}

int history_store_series(struct history_store *store, const char *name, bool create, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement = store->statements[ADD_SERIES];
    int found = find_series(store, name, out, err);

    if (found != 0)
        return found < 0 ? -1 : 0;
    if (!create)
        return error_set(err, ERROR_NOT_FOUND, "history: no series %s", name);
    if (strlen(name) >= HISTORY_NAME_MAX)
        return error_set(err, ERROR_INVALID, "history: the name of a series is longer than %d bytes", HISTORY_NAME_MAX - 1);
    if (make_room(store, err) < 0)
        return -1;
    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (run(store, ADD_SERIES, "add a series", err) < 0)
        return -1;
    (void)sqlite3_clear_bindings(statement);
    *out = sqlite3_last_insert_rowid(store->db);
    return 0;
}

int history_store_each_series(struct history_store *store, void (*visit)(void *context, const char *name), void *context, struct error *err)
{
    sqlite3_stmt *statement = store->statements[EACH_SERIES];
    int code, result = 0;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const unsigned char *name = sqlite3_column_text(statement, 0);

        if (name)
            visit(context, (const char *)name);
    }
    if (code != SQLITE_DONE)
        result = fail(store, "list the series", err);
    (void)sqlite3_reset(statement);
    return result;
}

/* --- buckets --- */

static void bind_place(const struct history_store *store, sqlite3_stmt *statement, const struct history_row *row)
{
    int64_t step = row->start_ms / history_step_ms(row->tier), slots = store->layout.slots[row->tier];

    (void)sqlite3_bind_int(statement, 1, (int)row->tier);
    (void)sqlite3_bind_int64(statement, 2, ((step % slots) + slots) % slots);
    (void)sqlite3_bind_int64(statement, 3, row->series);
    (void)sqlite3_bind_int64(statement, 4, step);
}

int history_store_put(struct history_store *store, const struct history_row *row, struct error *err)
{
    sqlite3_stmt *statement = store->statements[PUT];

    bind_place(store, statement, row);
    (void)sqlite3_bind_int64(statement, 5, row->mean);
    (void)sqlite3_bind_int64(statement, 6, row->max);
    (void)sqlite3_bind_int64(statement, 7, row->covered_ms);
    return run(store, PUT, "write", err);
}

/* Not written by us otherwise: it would cover more time than there is, or say what nothing can use. */
static bool is_sound(const struct history_row *row)
{
    return row->covered_ms > 0 && row->covered_ms <= history_step_ms(row->tier) && row->mean >= 0 && row->mean <= HISTORY_VALUE_MAX &&
           row->max >= 0 && row->max <= HISTORY_VALUE_MAX;
}

int history_store_get(struct history_store *store, struct history_row *row, struct error *err)
{
    sqlite3_stmt *statement = store->statements[GET];
    int found = 0, code;

    bind_place(store, statement, row);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        row->mean = sqlite3_column_int64(statement, 0);
        row->max = sqlite3_column_int64(statement, 1);
        row->covered_ms = sqlite3_column_int64(statement, 2);
        found = is_sound(row);
    } else if (code != SQLITE_DONE) {
        found = fail(store, "read", err);
    }
    (void)sqlite3_reset(statement);
    return found;
}

/* --- bytes under a name --- */

int history_store_keep(struct history_store *store, const char *name, const struct buffer *bytes, int64_t written_unix_ms,
                       struct error *err)
{
    sqlite3_stmt *statement = store->statements[KEEP];
    int result;

    if (bytes->len > HISTORY_KEPT_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "history: %s is larger than %d bytes", name, HISTORY_KEPT_MAX_BYTES);
    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, written_unix_ms);
    (void)sqlite3_bind_blob(statement, 3, buffer_text(bytes), (int)bytes->len, SQLITE_STATIC);
    result = run(store, KEEP, "write", err);
    (void)sqlite3_clear_bindings(statement);
    return result;
}

/* 1: the bytes of the row that the statement is at are in *out. */
static int copy_bytes(sqlite3_stmt *statement, struct buffer *out, struct error *err)
{
    const void *bytes = sqlite3_column_blob(statement, 0);
    int len = sqlite3_column_bytes(statement, 0);

    if (len > 0 && (!bytes || buffer_append(out, bytes, (size_t)len) < 0))
        return error_no_memory(err);
    return 1;
}

int history_store_kept(struct history_store *store, const char *name, struct buffer *out, struct error *err)
{
    sqlite3_stmt *statement = store->statements[KEPT];
    int found = 0, code;

    (void)sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        found = copy_bytes(statement, out, err);
    else if (code != SQLITE_DONE)
        found = fail(store, "read", err);
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return found;
}

int history_store_drop_kept(struct history_store *store, int64_t before_unix_ms, struct error *err)
{
    (void)sqlite3_bind_int64(store->statements[DROP_KEPT], 1, before_unix_ms);
    return run(store, DROP_KEPT, "remove what is old", err);
}
