#include "nodegroup/history_schema.h"

#include <stdlib.h>
#include <string.h>

enum {
    APPLICATION_ID = 0x434d4148, /* "CMAH" */
    VERSION_NOW = 2,
    TEXT_MAX = 512,
};

static const int64_t hour_ms = 3600000, day_ms = 86400000;

/* The ring of hours has room for eight days more than the retention, so that whole weeks can be compared at its far end. */
static const struct {
    int64_t step_ms, slots;
} tiers[HISTORY_TIERS] = {
    [HISTORY_MINUTES] = {300000LL, 312 /* 26 h */},
    [HISTORY_HOURS] = {3600000LL, 0}, /* by the retention */
    [HISTORY_DAYS] = {86400000LL, 800},
};

static const char *const steps[VERSION_NOW] = {
    "CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE ring (tier INTEGER PRIMARY KEY, step_ms INTEGER NOT NULL, slots INTEGER NOT NULL) STRICT;"
    "CREATE TABLE bucket (tier INTEGER NOT NULL, slot INTEGER NOT NULL, series INTEGER NOT NULL, step INTEGER NOT NULL,"
    " mean INTEGER NOT NULL, max INTEGER NOT NULL, covered_ms INTEGER NOT NULL, PRIMARY KEY (tier, slot, series)) STRICT, WITHOUT ROWID;",
    "CREATE TABLE kept (name TEXT PRIMARY KEY, written_ms INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;",
};

struct work {
    sqlite3 *db;
    struct history_layout *layout;
    struct error *err;
};

int64_t history_schema_step_ms(enum history_tier tier)
{
    return tiers[tier].step_ms;
}

static int fail(const struct work *work, const char *doing)
{
    work->layout->code = sqlite3_errcode(work->db);
    return error_set(work->err, ERROR_IO, "%s: %s", doing, sqlite3_errmsg(work->db));
}

static int execute(const struct work *work, const char *doing, const char *text)
{
    return sqlite3_exec(work->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(work, doing);
}

static void finalize(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
}

/* The first column of the first row: as a number in *out, as text in text when that is given. 1 when there was a row. */
static int ask(const struct work *work, const char *question, int64_t *out, char text[TEXT_MAX])
{
    CLEANUP(finalize) sqlite3_stmt *statement = NULL;
    int code;

    if (sqlite3_prepare_v2(work->db, question, -1, &statement, NULL) != SQLITE_OK)
        return fail(work, question);
    code = sqlite3_step(statement);
    if (code == SQLITE_DONE)
        return 0;
    if (code != SQLITE_ROW)
        return fail(work, question);
    *out = sqlite3_column_int64(statement, 0);
    if (text)
        (void)sqlite3_snprintf(TEXT_MAX, text, "%s", sqlite3_column_text(statement, 0));
    return 1;
}

/* SQLite reads damaged pages without a word unless it is asked to look. */
static int check_pages(const struct work *work)
{
    char found[TEXT_MAX] = "";
    int64_t unused = 0;

    if (ask(work, "PRAGMA quick_check(1)", &unused, found) < 0)
        return -1;
    if (strcmp(found, "ok") == 0)
        return 0;
    for (char *newline; (newline = strchr(found, '\n')) != NULL;)
        *newline = ' ';
    work->layout->code = SQLITE_CORRUPT;
    return error_set(work->err, ERROR_IO, "the file is damaged: %s", found);
}

static int refuse_stranger(const struct work *work)
{
    return error_set(work->err, ERROR_INVALID, "the file belongs to another program; name another path in nodeGroups.history.path");
}

/* Whose file it is: *version is 0 for an empty one. */
static int read_version(const struct work *work, int64_t *version)
{
    int64_t application = 0, tables = 0;

    if (ask(work, "PRAGMA application_id", &application, NULL) < 0 || ask(work, "PRAGMA user_version", version, NULL) < 0 ||
        ask(work, "SELECT count(*) FROM sqlite_schema", &tables, NULL) < 0)
        return -1;
    if (application == 0 && *version == 0 && tables == 0)
        return 0;
    if (application != APPLICATION_ID)
        return refuse_stranger(work);
    if (*version > VERSION_NOW)
        return error_set(work->err, ERROR_INVALID,
                         "the file has version %lld of its layout, this program knows %d; start the newer program", (long long)*version,
                         VERSION_NOW);
    return 0;
}

static int renew(const struct work *work, int64_t version)
{
    char mark[TEXT_MAX];

    for (; version < VERSION_NOW; version++) {
        if (execute(work, "make the tables", steps[version]) < 0)
            return -1;
    }
    (void)sqlite3_snprintf(sizeof(mark), mark, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, VERSION_NOW);
    return execute(work, "mark the file", mark);
}

/* --- rings --- */

static int64_t slots_wanted(enum history_tier tier, int64_t retention_ms)
{
    if (tier != HISTORY_HOURS)
        return tiers[tier].slots;
    return (retention_ms + hour_ms - 1) / hour_ms + 8 * (day_ms / hour_ms);
}

/* Buckets move to the slots of a ring of another size; of two that meet there the newer one stays. */
static int resize(const struct work *work, enum history_tier tier, int64_t slots)
{
    char text[TEXT_MAX * 2];

    (void)sqlite3_snprintf(sizeof(text), text,
                           "CREATE TEMP TABLE moved AS SELECT * FROM bucket WHERE tier = %d;"
                           "DELETE FROM bucket WHERE tier = %d;"
                           "INSERT OR REPLACE INTO bucket SELECT tier, ((step %% %lld) + %lld) %% %lld, series, step, mean, max, covered_ms"
                           " FROM moved ORDER BY step;"
                           "DROP TABLE moved;",
                           (int)tier, (int)tier, (long long)slots, (long long)slots, (long long)slots);
    return execute(work, "change the retention", text);
}

static int prepare_ring(const struct work *work, enum history_tier tier, const struct history_schema_options *options)
{
    char text[TEXT_MAX];
    int64_t *slots = &work->layout->slots[tier], has = 0, wants = slots_wanted(tier, options->retention_ms);
    int found;

    (void)sqlite3_snprintf(sizeof(text), text, "SELECT slots FROM ring WHERE tier = %d AND step_ms = %lld AND slots > 0", (int)tier,
                           (long long)tiers[tier].step_ms);
    found = ask(work, text, &has, NULL);
    if (found < 0)
        return -1;
    *slots = has;
    if (found == 1 && (has == wants || options->retention_ms == 0 || options->read_only))
        return 0;
    if (options->read_only)
        return error_set(work->err, ERROR_INVALID, "the file has no ring of tier %d", (int)tier);
    if (found == 1 && resize(work, tier, wants) < 0)
        return -1;
    *slots = wants;
    (void)sqlite3_snprintf(sizeof(text), text, "INSERT OR REPLACE INTO ring (tier, step_ms, slots) VALUES (%d, %lld, %lld)", (int)tier,
                           (long long)tiers[tier].step_ms, (long long)wants);
    return execute(work, "write the layout", text);
}

static int prepare_tables(const struct work *work, const struct history_schema_options *options)
{
    int64_t version = 0;

    if (read_version(work, &version) < 0)
        return -1;
    if (options->read_only && version != VERSION_NOW)
        return error_set(work->err, ERROR_INVALID, "the file holds no history of this version");
    if (!options->read_only && version < VERSION_NOW && renew(work, version) < 0)
        return -1;
    for (enum history_tier tier = HISTORY_MINUTES; tier < HISTORY_TIERS; tier++)
        if (prepare_ring(work, tier, options) < 0)
            return -1;
    return 0;
}

/* A commit is on the disk when it returns; the log stays under a megabyte between flushes. The file is small and read seldom: pages
 * of it stay in the system's cache rather than in ours, which would keep 2 MiB of them for ever. */
static const char log_settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 256;"
                                   "PRAGMA journal_size_limit = 1048576; PRAGMA cache_size = -256";

int history_schema_prepare(sqlite3 *db, const struct history_schema_options *options, struct history_layout *out, struct error *err)
{
    struct work work = {.db = db, .layout = out, .err = err};
    int64_t version = 0;

    /* Before anything is written: another program's file stays as it is. */
    if (check_pages(&work) < 0 || read_version(&work, &version) < 0)
        return -1;
    if (options->read_only)
        return prepare_tables(&work, options);
    if (options->keep_log && execute(&work, "open for writing", log_settings) < 0)
        return -1;
    if (execute(&work, "open for writing", "BEGIN IMMEDIATE") < 0)
        return -1;
    if (prepare_tables(&work, options) < 0) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return -1;
    }
    return execute(&work, "write the tables", "COMMIT");
}

int history_schema_prune(sqlite3 *db, const struct history_layout *layout)
{
    char text[TEXT_MAX];

    /* Measured against the newest bucket of all, not the clock: a clock that jumps ends no series. */
    (void)sqlite3_snprintf(sizeof(text), text,
                           "DELETE FROM series WHERE id NOT IN (SELECT series FROM bucket WHERE tier = %d AND step >"
                           " (SELECT max(step) FROM bucket WHERE tier = %d) - %lld);"
                           "DELETE FROM bucket WHERE series NOT IN (SELECT id FROM series);",
                           (int)HISTORY_HOURS, (int)HISTORY_HOURS, (long long)layout->slots[HISTORY_HOURS]);
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}
