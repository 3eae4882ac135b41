#include "queue/job_scan.h"

#include <string.h>

#include "base/timestamp.h"
#include "queue/coder_json.h"

enum { VALUE_MAX = 64 };

enum field { ID, CREATED_AT, STARTED_AT, COMPLETED_AT, STATUS, TYPE, WORKER_ID, INITIATOR_ID, ERROR_TEXT, TAGS, FIELDS };

static const struct {
    const char *name;
    size_t len;
} names[FIELDS] = {
#define NAME(text)             \
    {                          \
        text, sizeof(text) - 1 \
    }
    [ID] = NAME("id"),
    [CREATED_AT] = NAME("created_at"),
    [STARTED_AT] = NAME("started_at"),
    [COMPLETED_AT] = NAME("completed_at"),
    [STATUS] = NAME("status"),
    [TYPE] = NAME("type"),
    [WORKER_ID] = NAME("worker_id"),
    [INITIATOR_ID] = NAME("initiator_id"),
    [ERROR_TEXT] = NAME("error"),
    [TAGS] = NAME("tags"),
#undef NAME
};

/* What is empty, null or absent has no text. */
struct fields {
    struct json_slice values[FIELDS];
};

static bool take_member(void *context, const struct json_scan_member *member)
{
    struct fields *fields = context;

    for (size_t i = 0; i < FIELDS; i++) {
        if (names[i].len != member->key.len || memcmp(names[i].name, member->key.text, member->key.len) != 0)
            continue;
        if (member->kind == JSON_SCAN_NULL)
            return true;
        fields->values[i] = member->value;
        return member->kind == (i == TAGS ? JSON_SCAN_OBJECT : JSON_SCAN_TEXT) && (i == TAGS || member->value.len < VALUE_MAX);
    }
    return true;
}

/* The value as a C string in place; "" when there is none. */
static const char *text_of(const struct fields *fields, enum field field, char text[VALUE_MAX])
{
    struct json_slice value = fields->values[field];

    if (value.len > 0)
        memcpy(text, value.text, value.len);
    text[value.len] = '\0';
    return text;
}

static bool read_uuid(const struct fields *fields, enum field field, struct uuid *out)
{
    char text[VALUE_MAX];

    return fields->values[field].len == 0 || uuid_parse(text_of(fields, field, text), out);
}

static bool read_stamp(const struct fields *fields, enum field field, int64_t *out_unix_ms)
{
    char text[VALUE_MAX];

    return coder_stamp_is_zero(text_of(fields, field, text)) || timestamp_parse(text, out_unix_ms);
}

size_t job_scan(const char *text, size_t len, struct job *job, struct json_slice *tags)
{
    struct fields fields = {0};
    char value[VALUE_MAX];
    size_t scanned = json_scan_object(text, len, take_member, &fields);

    if (scanned == 0 || fields.values[STATUS].len == 0 || fields.values[TAGS].len == 0 || fields.values[ERROR_TEXT].len > 0)
        return 0;
    if (!read_uuid(&fields, ID, &job->id) || uuid_is_nil(&job->id) || !read_uuid(&fields, WORKER_ID, &job->worker))
        return 0;
    if (!timestamp_parse(text_of(&fields, CREATED_AT, value), &job->created_unix_ms))
        return 0;
    if (!read_stamp(&fields, STARTED_AT, &job->started_unix_ms) || !read_stamp(&fields, COMPLETED_AT, &job->completed_unix_ms))
        return 0;
    job->status = job_status_of(text_of(&fields, STATUS, value));
    job->type = job_type_of(text_of(&fields, TYPE, value));
    job->initiator = job_initiator_of(text_of(&fields, INITIATOR_ID, value));
    *tags = fields.values[TAGS];
    return scanned;
}
