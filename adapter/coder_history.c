#include "adapter/coder_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "nodegroup/history_store.h"
#include "queue/sliding_bytes.h"

enum { KEEP_EVERY_MS = 60000, KEY_MAX = 16 * 1024 };

struct coder_history {
    char *path;
    int64_t retention_ms;
    struct history_store *store; /* NULL: not open */
    int64_t kept_boot_ms;        /* when it was last tried; 0: never */
    bool restored;               /* nothing is written before: it would replace what was not read */
    bool failing;
};

struct coder_history *coder_history_new(const char *path, int64_t retention_ms)
{
    struct coder_history *history = calloc(1, sizeof(*history));

    if (!history)
        return NULL;
    history->retention_ms = retention_ms;
    history->path = strdup(path);
    if (history->path)
        return history;
    free(history);
    return NULL;
}

void coder_history_free(struct coder_history *history)
{
    if (!history)
        return;
    history_store_close(history->store);
    free(history->path);
    free(history);
}

static void note_outcome(struct coder_history *history, const struct error *err)
{
    if (err && !history->failing)
        log_warn("durations of the queues are not kept over a restart; it is tried again", "file", history->path, "error", err->text, NULL);
    else if (!err && history->failing)
        log_info("durations of the queues are kept again", "file", history->path, NULL);
    history->failing = err != NULL;
    if (err && history->store && history_store_is_damaged(history->store)) {
        history_store_close(history->store); /* opening it moves it aside */
        history->store = NULL;
    }
}

static int open_store(struct coder_history *history, struct error *err)
{
    const struct history_store_options options = {.path = history->path, .retention_ms = history->retention_ms};
    struct error notice = {0};

    if (history->store)
        return 0;
    if (history_store_open(&options, &history->store, &notice, err) < 0)
        return -1;
    if (notice.code != ERROR_NONE)
        log_warn("the history was damaged", "file", history->path, "error", notice.text, NULL);
    return 0;
}

/* "durations default@acme a=1,b=2": names hold neither space nor "@". */
static int make_key(const char *what, const struct queue_spec *spec, struct buffer *out, struct error *err)
{
    buffer_reset(out);
    (void)buffer_printf(out, "%s %s@%s ", what, spec->name, spec->organization);
    tags_print(&spec->tags, out);
    return buffer_failed(out) ? error_no_memory(err) : 0;
}

/* --- reading --- */

/* 1: there is something in bytes. What cannot be understood is told and left: it will be written anew. */
static int look_up(struct coder_history *history, const char *what, const struct queue_spec *spec, struct buffer *bytes, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer key = BUFFER_INIT(KEY_MAX);

    buffer_reset(bytes);
    if (make_key(what, spec, &key, err) < 0)
        return -1;
    return history_store_kept(history->store, buffer_text(&key), bytes, err);
}

static void tell_refused(const struct queue_spec *spec, const struct error *why)
{
    log_info("what was kept of a queue is left out", "queue", spec->name, "error", why->text, NULL);
}

static int restore_profile(struct coder_history *history, const struct queue_spec *spec, struct queue_policy *policy, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(HISTORY_KEPT_MAX_BYTES);
    struct profile profile;
    struct error why = {0};
    int found = spec->learned_profile ? look_up(history, "profile", spec, &bytes, err) : 0;

    if (found <= 0)
        return found;
    if (profile_read(bytes.data, bytes.len, &profile, &why) < 0) {
        tell_refused(spec, &why);
        return 0;
    }
    if (policy->profile && profile_weeks(policy->profile) >= profile_weeks(&profile))
        return 0;
    if (!policy->profile)
        policy->profile = malloc(sizeof(profile));
    if (!policy->profile)
        return error_no_memory(err);
    *policy->profile = profile;
    return 0;
}

static int restore_durations(struct coder_history *history, const struct queue_spec *spec, struct sliding *sliding, int64_t now_unix_ms,
                             struct error *err)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(HISTORY_KEPT_MAX_BYTES);
    struct error why = {0};
    int found = sliding->watched_from_unix_ms != 0 ? 0 : look_up(history, "durations", spec, &bytes, err);

    if (found > 0 && sliding_read(bytes.data, bytes.len, now_unix_ms, sliding, &why) < 0)
        tell_refused(spec, &why);
    return found < 0 ? -1 : 0;
}

/* All queues, or it is tried again: with all of them, because those that were read stay as they are. */
static int restore_once(struct coder_history *history, struct coder_state *state, int64_t now_unix_ms, struct error *err)
{
    if (history->restored)
        return 0;
    if (open_store(history, err) < 0)
        return -1;
    for (size_t i = 0; i < state->n_specs; i++)
        if (restore_durations(history, &state->specs[i], &state->slidings[i], now_unix_ms, err) < 0 ||
            restore_profile(history, &state->specs[i], &state->policies[i], err) < 0)
            return -1;
    history->restored = true;
    return 0;
}

void coder_history_restore(struct coder_history *history, struct coder_state *state, int64_t now_unix_ms)
{
    struct error err = {0};
    int status = restore_once(history, state, now_unix_ms, &err);

    note_outcome(history, status < 0 ? &err : NULL);
}

/* --- writing --- */

struct writing {
    const struct coder_history *history;
    int64_t now_unix_ms;
};

static int keep_bytes(const struct writing *writing, const char *what, const struct queue_spec *spec, const struct buffer *bytes,
                      struct error *err)
{
    CLEANUP(buffer_clear) struct buffer key = BUFFER_INIT(KEY_MAX);

    if (buffer_failed(bytes))
        return error_no_memory(err);
    if (make_key(what, spec, &key, err) < 0)
        return -1;
    return history_store_keep(writing->history->store, buffer_text(&key), bytes, writing->now_unix_ms, err);
}

static int keep_queue(const struct writing *writing, const struct coder_state *state, size_t i, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(HISTORY_KEPT_MAX_BYTES);
    const struct queue_spec *spec = &state->specs[i];

    if (state->slidings[i].watched_from_unix_ms != 0 && (sliding_write(&state->slidings[i], writing->now_unix_ms, &bytes, err) < 0 ||
                                                         keep_bytes(writing, "durations", spec, &bytes, err) < 0))
        return -1;
    if (!state->policies[i].profile)
        return 0;
    buffer_reset(&bytes);
    profile_write(state->policies[i].profile, &bytes);
    return keep_bytes(writing, "profile", spec, &bytes, err);
}

static int keep_all(const struct coder_history *history, const struct coder_state *state, int64_t now_unix_ms, struct error *err)
{
    const struct writing writing = {history, now_unix_ms};

    if (history_store_begin(history->store, err) < 0)
        return -1;
    for (size_t i = 0; i < state->n_specs; i++)
        if (keep_queue(&writing, state, i, err) < 0) {
            history_store_rollback(history->store);
            return -1;
        }
    if (history_store_drop_kept(history->store, now_unix_ms - history->retention_ms, err) < 0) {
        history_store_rollback(history->store);
        return -1;
    }
    return history_store_commit(history->store, err);
}

void coder_history_finish(struct coder_history *history, struct coder_state *state, int64_t now_unix_ms)
{
    struct error err = {0};
    int status = restore_once(history, state, now_unix_ms, &err);

    if (status == 0)
        status = open_store(history, &err);
    if (status == 0)
        status = keep_all(history, state, now_unix_ms, &err);
    note_outcome(history, status < 0 ? &err : NULL);
}

void coder_history_keep(struct coder_history *history, struct coder_state *state, const struct queue_moment *now)
{
    if (history->kept_boot_ms != 0 && now->boot_ms - history->kept_boot_ms < KEEP_EVERY_MS)
        return;
    history->kept_boot_ms = now->boot_ms;
    coder_history_finish(history, state, now->unix_ms);
}

bool coder_history_is_failing(const struct coder_history *history)
{
    return history->failing;
}
