/* daemons.c - the list of provisioner daemons: each daemon once, with what the most telling of its elements says, or nothing. */
#include <string.h>

#include "queue/daemon.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/reference.h"

static const int64_t now_unix_ms = INT64_C(1789372800000);

static enum daemon_status expected_status(const char *text, const struct daemon_row *row)
{
    bool seen = row->last_seen_unix_ms != 0 && now_unix_ms - row->last_seen_unix_ms <= 90000;

    if (strcmp(text, "idle") == 0)
        return DAEMON_IDLE;
    if (strcmp(text, "busy") == 0)
        return DAEMON_BUSY;
    if (strcmp(text, "offline") == 0 || !seen)
        return DAEMON_OFFLINE;
    return uuid_is_nil(&row->current_job) ? DAEMON_IDLE : DAEMON_BUSY;
}

/* The most whole characters that fit. */
static void cut_name(const char *name, char out[DAEMON_NAME_MAX + 1])
{
    size_t len = strlen(name);

    if (len > DAEMON_NAME_MAX)
        for (len = DAEMON_NAME_MAX; ((unsigned char)name[len] & 0xc0) == 0x80; len--) {
        }
    memcpy(out, name, len);
    out[len] = '\0';
}

/* All but the tags. False: no list with this element may be accepted. */
static bool read_reference(const json_t *element, struct daemon_row *out)
{
    const json_t *job = json_object_get(element, "current_job");
    const char *name, *status, *key_name, *key_id;

    memset(out, 0, sizeof(*out));
    if (!json_is_object(element) || !reference_uuid_member(element, "id", &out->id) || uuid_is_nil(&out->id))
        return false;
    if (!reference_text(element, "name", &name) || !reference_stamp_member(element, "last_seen_at", &out->last_seen_unix_ms))
        return false;
    if (job && !json_is_null(job) && !json_is_object(job))
        return false;
    if (!reference_uuid_member(job, "id", &out->current_job) || !reference_text(element, "status", &status))
        return false;
    if (!reference_text(element, "key_name", &key_name) || !reference_text(element, "key_id", &key_id))
        return false;
    out->status = expected_status(status, out);
    out->built_in = strcmp(key_name, "built-in") == 0 || strcmp(key_id, "00000000-0000-0000-0000-000000000001") == 0;
    cut_name(name, out->name);
    return reference_tags_are_valid(element);
}

static bool is_valid(const json_t *whole)
{
    const json_t *element;
    struct daemon_row row;
    size_t i;

    json_array_foreach (whole, i, element)
        if (!read_reference(element, &row))
            return false;
    return whole != NULL;
}

/* Busy tells more than idle, idle more than offline. */
static bool tells_more(enum daemon_status a, enum daemon_status b)
{
    return (a == DAEMON_BUSY && b != DAEMON_BUSY) || (a == DAEMON_IDLE && b == DAEMON_OFFLINE);
}

static bool is_row_of(const struct daemon_row *row, const json_t *element)
{
    const json_t *tags = json_object_get(element, "tags");
    const char *scope = json_string_value(json_object_get(tags, "scope"));
    struct daemon_row expected;

    LAW(read_reference(element, &expected));
    return uuid_equal(&row->id, &expected.id) && uuid_equal(&row->current_job, &expected.current_job) &&
           strcmp(row->name, expected.name) == 0 && row->last_seen_unix_ms == expected.last_seen_unix_ms &&
           row->status == expected.status && row->built_in == expected.built_in && reference_tags_are(element, &row->tags) &&
           row->user_scoped == (scope && strcmp(scope, "user") == 0);
}

static void law_row(const struct daemon_row *row, const json_t *whole)
{
    const json_t *element;
    struct daemon_row other;
    bool found = false;
    size_t i;

    json_array_foreach (whole, i, element) {
        LAW(read_reference(element, &other));
        LAW(!uuid_equal(&row->id, &other.id) || !tells_more(other.status, row->status));
        found = found || is_row_of(row, element);
    }
    LAW(found);
}

static void law_same_daemons(const struct daemon_list *daemons, const json_t *whole)
{
    const json_t *element;
    struct daemon_row row;
    size_t i;

    for (i = 0; i < daemons->len; i++) {
        LAW(i == 0 || uuid_compare(&daemons->items[i - 1].id, &daemons->items[i].id) < 0);
        LAW(daemon_list_find(daemons, &daemons->items[i].id) == &daemons->items[i]);
        law_row(&daemons->items[i], whole);
    }
    json_array_foreach (whole, i, element) {
        LAW(read_reference(element, &row));
        LAW(daemon_list_find(daemons, &row.id));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *whole = reference_array(data, size);
    struct daemon_list daemons;
    struct error err = {0};

    fill(&daemons, sizeof(daemons));
    if (daemon_list_decode((const char *)data, size, now_unix_ms, &daemons, &err) < 0) {
        LAW(!is_valid(whole));
        LAW(is_filled(&daemons, sizeof(daemons)));
        law_error_is_told(&err);
    } else {
        LAW(is_valid(whole));
        law_same_daemons(&daemons, whole);
        daemon_list_clear(&daemons);
    }
    json_decref(whole);
    return 0;
}
