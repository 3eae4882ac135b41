/* history_schema.h - the tables of the history's file, and what an older file becomes.
 *
 * Shape    application_id and user_version name whose file it is and which version; steps[v] takes a file from version v to v + 1
 * Errors   code is SQLite's, so that the caller can tell damage from a full disk. A file of another program or of a newer version
 *          is refused and left as it is */
#ifndef NODEGROUP_HISTORY_SCHEMA_H
#define NODEGROUP_HISTORY_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#include "nodegroup/history_store.h"

int64_t history_schema_step_ms(enum history_tier tier);

struct history_schema_options {
    int64_t retention_ms; /* 0: as the file has it */
    bool read_only;
    bool keep_log; /* a file: write-ahead log, synced */
};

struct history_layout {
    int64_t slots[HISTORY_TIERS]; /* of each ring */
    int code;                     /* when it failed */
};

/* Checks the file, and makes or renews the tables. */
int history_schema_prepare(sqlite3 *db, const struct history_schema_options *options, struct history_layout *out, struct error *err)
    MUST_CHECK;
/* Removes the series of which the ring of hours holds nothing but what newer series have passed by. */
int history_schema_prune(sqlite3 *db, const struct history_layout *layout) MUST_CHECK;

#endif
