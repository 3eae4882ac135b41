/* job_decode.c - the JSON of GET /organizations/{organization}/provisionerjobs. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "queue/coder_json.h"
#include "queue/job.h"

/* Who starts prebuilt workspaces; the same in every deployment of Coder. */
static const char prebuilds_user[] = "c42fdf75-3097-471c-8c33-fb52454d81c0";

static const struct {
    const char *text;
    enum job_status status;
} statuses[] = {
    {"pending", JOB_PENDING},     {"running", JOB_RUNNING}, {"canceling", JOB_CANCELING},
    {"succeeded", JOB_SUCCEEDED}, {"failed", JOB_FAILED},   {"canceled", JOB_CANCELED},
};

static int decode_status(const json_t *object, enum job_status *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_required(object, "status", &text, err) < 0)
        return -1;
    if (text[0] == '\0')
        return error_set(err, ERROR_INVALID, "status: empty");
    *out = JOB_OTHER_STATUS;
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        if (strcmp(statuses[i].text, text) == 0)
            *out = statuses[i].status;
    return 0;
}

static int decode_type(const json_t *object, enum job_type *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, "type", &text, err) < 0)
        return -1;
    *out = JOB_OTHER_TYPE;
    for (int type = 0; type < JOB_OTHER_TYPE; type++)
        if (text && strcmp(job_type_name((enum job_type)type), text) == 0)
            *out = (enum job_type)type;
    return 0;
}

/* Whoever it is, it is a user, unless it is the one of prebuilds. */
static int decode_initiator(const json_t *object, enum job_initiator *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, "initiator_id", &text, err) < 0)
        return -1;
    *out = text && strcasecmp(text, prebuilds_user) == 0 ? JOB_BY_PREBUILD : JOB_BY_USER;
    return 0;
}

/* What Coder's reaper writes into the job; the rest of the text may change. */
static const char *const reaper_texts[] = {"detected as hung for 5 minutes", "detected as pending for 30 minutes"};

static int decode_reaped(const json_t *object, bool *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, "error", &text, err) < 0)
        return -1;
    *out = false;
    for (size_t i = 0; text && i < ARRAY_LEN(reaper_texts); i++)
        if (strstr(text, reaper_texts[i]))
            *out = true;
    return 0;
}

static int decode_stamps(const json_t *object, struct job *job, struct error *err)
{
    if (coder_stamp_required(object, "created_at", &job->created_unix_ms, err) < 0)
        return -1;
    if (coder_stamp_optional(object, "started_at", &job->started_unix_ms, err) < 0)
        return -1;
    return coder_stamp_optional(object, "completed_at", &job->completed_unix_ms, err);
}

static int decode_job(const json_t *object, struct tag_sets *tag_sets, struct job *job, struct error *err)
{
    struct tags tags = {0};

    if (!json_is_object(object))
        return error_set(err, ERROR_INVALID, "expected object, got %s", json_type_name(object));
    if (coder_uuid_required(object, "id", &job->id, err) < 0 || decode_stamps(object, job, err) < 0)
        return -1;
    if (decode_status(object, &job->status, err) < 0 || decode_type(object, &job->type, err) < 0)
        return -1;
    if (coder_uuid_optional(object, "worker_id", &job->worker, err) < 0 || decode_initiator(object, &job->initiator, err) < 0)
        return -1;
    if (decode_reaped(object, &job->reaped, err) < 0 || coder_tags_optional(object, &tags, err) < 0)
        return -1;
    return tag_sets_add(tag_sets, &tags, &job->tag_set, err);
}

static int add_job(struct job_list *jobs, const struct job *job, struct error *err)
{
    if (jobs->len == jobs->capacity) {
        size_t capacity = jobs->capacity ? jobs->capacity * 2 : 64;
        struct job *items = realloc(jobs->items, capacity * sizeof(*items));

        if (!items)
            return error_no_memory(err);
        jobs->items = items;
        jobs->capacity = capacity;
    }
    jobs->items[jobs->len++] = *job;
    return 0;
}

static int by_id_then_place(const void *a, const void *b)
{
    const struct job *const *first = a, *const *second = b;
    int order = uuid_compare(&(*first)->id, &(*second)->id);

    if (order != 0)
        return order;
    return *first < *second ? -1 : 1;
}

/* Coder lists a job once; a page made while rows move might not. The first one stays. */
static int drop_repeated(struct job_list *jobs, struct error *err)
{
    static const struct uuid repeated;
    const struct job **order;
    size_t kept = 0;

    if (jobs->len < 2)
        return 0;
    order = calloc(jobs->len, sizeof(const struct job *));
    if (!order)
        return error_no_memory(err);
    for (size_t i = 0; i < jobs->len; i++)
        order[i] = &jobs->items[i];
    qsort(order, jobs->len, sizeof(const struct job *), by_id_then_place);
    for (size_t i = jobs->len - 1; i > 0; i--)
        if (uuid_equal(&order[i]->id, &order[i - 1]->id))
            jobs->items[order[i] - jobs->items].id = repeated; /* nil: no job has it */
    free(order);
    for (size_t i = 0; i < jobs->len; i++)
        if (!uuid_is_nil(&jobs->items[i].id))
            jobs->items[kept++] = jobs->items[i];
    jobs->len = kept;
    return 0;
}

static int refuse_truncated(size_t limit, struct error *err)
{
    return error_set(err, ERROR_LIMIT,
                     "truncated: Coder sent %zu jobs, as many as were asked for, so there may be more: raise coder.jobLimit", limit);
}

int job_list_decode(const char *body, size_t len, size_t limit, struct job_list *out, struct error *err)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct json_array_reader reader = {.text = body, .len = len};
    json_t *next = NULL;
    int found;

    while ((found = json_array_next(&reader, &next, err)) == 1) {
        CLEANUP(json_decrefp) json_t *element = next;
        struct job job = {0};

        if (decode_job(element, &jobs.tag_sets, &job, err) < 0)
            return error_wrap(err, "element %zu", reader.index - 1);
        if (add_job(&jobs, &job, err) < 0)
            return -1;
        if (limit > 0 && jobs.len >= limit)
            return refuse_truncated(limit, err);
    }
    if (found < 0 || drop_repeated(&jobs, err) < 0)
        return -1;
    *out = job_list_move(&jobs);
    return 0;
}
