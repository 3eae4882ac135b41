/* daemon_decode.c - the JSON of GET /organizations/{organization}/provisionerdaemons. */
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "queue/coder_json.h"
#include "queue/daemon.h"

/* Coder's reserved key of the daemons inside its own server. */
static const char built_in_key_id[] = "00000000-0000-0000-0000-000000000001";

/* Coder calls a daemon offline when it was not seen for this long; its heartbeat comes every 60 s. */
static const int64_t offline_after_ms = 90000;

static bool read_status(const char *text, enum daemon_status *out)
{
    for (enum daemon_status status = DAEMON_IDLE; status < DAEMON_STATUSES; status++) {
        if (text && strcmp(daemon_status_name(status), text) == 0) {
            *out = status;
            return true;
        }
    }
    return false;
}

static enum daemon_status work_out_status(const struct daemon_row *row, int64_t now_unix_ms)
{
    if (row->last_seen_unix_ms == 0 || now_unix_ms - row->last_seen_unix_ms > offline_after_ms)
        return DAEMON_OFFLINE;
    return uuid_is_nil(&row->current_job) ? DAEMON_IDLE : DAEMON_BUSY;
}

static int decode_current_job(const json_t *object, struct uuid *out, struct error *err)
{
    const json_t *job = NULL;

    *out = (struct uuid){0};
    if (json_object_optional(object, "current_job", &job, err) < 0)
        return -1;
    if (job && coder_uuid_optional(job, "id", out, err) < 0)
        return error_wrap(err, "current_job");
    return 0;
}

/* Whatever is there instead of a job with an id: none. */
static void decode_previous_job(const json_t *object, struct uuid *out)
{
    const char *id = json_string_value(json_object_get(json_object_get(object, "previous_job"), "id"));

    if (!id || !uuid_parse(id, out))
        *out = (struct uuid){0};
}

/* Cuts between characters, not inside one. */
static void copy_name(const char *name, char out[DAEMON_NAME_MAX + 1])
{
    size_t len = strlen(name), used = 0, step;

    while (used < len && (step = utf8_sequence_len(name + used, len - used)) > 0 && used + step <= DAEMON_NAME_MAX)
        used += step;
    memcpy(out, name, used);
    out[used] = '\0';
}

static int decode_key(const json_t *object, bool *built_in, struct error *err)
{
    const char *key_name = NULL, *key_id = NULL;

    if (json_text_optional(object, "key_name", &key_name, err) < 0 || json_text_optional(object, "key_id", &key_id, err) < 0)
        return -1;
    *built_in = (key_name && strcmp(key_name, "built-in") == 0) || (key_id && strcmp(key_id, built_in_key_id) == 0);
    return 0;
}

static int decode_daemon(const json_t *object, int64_t now_unix_ms, struct daemon_row *row, struct error *err)
{
    const char *name = NULL, *status = NULL;

    if (!json_is_object(object))
        return error_set(err, ERROR_INVALID, "expected object, got %s", json_type_name(object));
    if (coder_uuid_required(object, "id", &row->id, err) < 0 || json_text_optional(object, "name", &name, err) < 0)
        return -1;
    if (coder_stamp_optional(object, "last_seen_at", &row->last_seen_unix_ms, err) < 0 ||
        decode_current_job(object, &row->current_job, err) < 0)
        return -1;
    if (json_text_optional(object, "status", &status, err) < 0 || decode_key(object, &row->built_in, err) < 0)
        return -1;
    if (!read_status(status, &row->status))
        row->status = work_out_status(row, now_unix_ms);
    decode_previous_job(object, &row->previous_job);
    copy_name(name ? name : "", row->name);
    if (coder_tags_optional(object, &row->tags, err) < 0)
        return -1;
    row->user_scoped = tags_are_user_scoped(&row->tags);
    return 0;
}

/* Room for one more row, zeroed; the list's len is not yet changed. */
static struct daemon_row *next_row(struct daemon_list *daemons)
{
    if (daemons->len == daemons->capacity) {
        size_t capacity = daemons->capacity ? daemons->capacity * 2 : 64;
        struct daemon_row *items = realloc(daemons->items, capacity * sizeof(*items));

        if (!items)
            return NULL;
        daemons->items = items;
        daemons->capacity = capacity;
    }
    daemons->items[daemons->len] = (struct daemon_row){0};
    return &daemons->items[daemons->len];
}

/* By id; of the rows of one daemon the one that tells most comes first. */
static int by_id_then_status(const void *a, const void *b)
{
    static const int rank[DAEMON_STATUSES] = {[DAEMON_BUSY] = 0, [DAEMON_IDLE] = 1, [DAEMON_OFFLINE] = 2};
    const struct daemon_row *first = a, *second = b;
    int order = uuid_compare(&first->id, &second->id);

    if (order == 0)
        order = rank[first->status] - rank[second->status];
    /* two unfinished jobs make two busy rows: any fixed choice will do */
    return order != 0 ? order : uuid_compare(&first->current_job, &second->current_job);
}

static void sort_and_drop_repeated(struct daemon_list *daemons)
{
    size_t kept = 0;

    if (daemons->len == 0)
        return;
    qsort(daemons->items, daemons->len, sizeof(*daemons->items), by_id_then_status);
    for (size_t i = 1; i < daemons->len; i++) {
        if (uuid_equal(&daemons->items[kept].id, &daemons->items[i].id))
            tags_clear(&daemons->items[i].tags);
        else
            daemons->items[++kept] = daemons->items[i];
    }
    daemons->len = kept + 1;
}

int daemon_list_decode(const char *body, size_t len, int64_t now_unix_ms, struct daemon_list *out, struct error *err)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct json_array_reader reader = {.text = body, .len = len};
    json_t *next = NULL;
    int found;

    while ((found = json_array_next(&reader, &next, err)) == 1) {
        CLEANUP(json_decrefp) json_t *element = next;
        struct daemon_row *row = next_row(&daemons);

        if (!row)
            return error_no_memory(err);
        if (decode_daemon(element, now_unix_ms, row, err) < 0)
            return error_wrap(err, "element %zu", reader.index - 1);
        daemons.len++;
        if (daemons.len >= DAEMON_LIST_MAX)
            return error_set(err, ERROR_LIMIT, "truncated: %d daemons, as many as were asked for, so there may be more", DAEMON_LIST_MAX);
    }
    if (found < 0)
        return -1;
    sort_and_drop_repeated(&daemons);
    *out = daemon_list_move(&daemons);
    return 0;
}
