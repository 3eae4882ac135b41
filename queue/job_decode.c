/* job_decode.c - the JSON of GET /organizations/{organization}/provisionerjobs. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "queue/coder_json.h"
#include "queue/job.h"
#include "queue/job_scan.h"

static int decode_status(const json_t *object, enum job_status *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_required(object, "status", &text, err) < 0)
        return -1;
    if (text[0] == '\0')
        return error_set(err, ERROR_INVALID, "status: empty");
    *out = job_status_of(text);
    return 0;
}

static int decode_type(const json_t *object, enum job_type *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, "type", &text, err) < 0)
        return -1;
    *out = job_type_of(text ? text : "");
    return 0;
}

static int decode_initiator(const json_t *object, enum job_initiator *out, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(object, "initiator_id", &text, err) < 0)
        return -1;
    *out = job_initiator_of(text ? text : "");
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

/* --- the elements --- */

/* The tags of the newest elements as they stand in the body, and the set that each is: thousands of jobs repeat a few. */
struct tag_texts {
    struct json_slice texts[16];
    uint32_t sets[16];
    size_t n; /* as many came so far */
};

static bool find_tags(const struct tag_texts *seen, struct json_slice text, uint32_t *out)
{
    for (size_t i = 0; i < seen->n && i < ARRAY_LEN(seen->texts); i++) {
        if (!json_slice_equal(seen->texts[i], text))
            continue;
        *out = seen->sets[i];
        return true;
    }
    return false;
}

/* 1: *out is the set; 0: they are wrong, and the element's tree says how; -1: no memory. */
static int add_tags(struct tag_texts *seen, struct json_slice text, struct tag_sets *tag_sets, uint32_t *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *object = NULL;
    struct tags tags = {0};
    struct error why = {0};

    if (json_read(text.text, text.len, &object, &why) < 0 || tags_decode(object, &tags, &why) < 0 ||
        tag_sets_add(tag_sets, &tags, out, &why) < 0) {
        if (why.code != ERROR_MEMORY)
            return 0;
        *err = why;
        return -1;
    }
    seen->texts[seen->n % ARRAY_LEN(seen->texts)] = text;
    seen->sets[seen->n % ARRAY_LEN(seen->sets)] = *out;
    seen->n++;
    return 1;
}

/* 1: past the element; 0: nothing was done, its tree is wanted; -1: err. */
static int scan_element(struct json_array_reader *reader, struct tag_texts *seen, struct tag_sets *tag_sets, struct job *out,
                        struct error *err)
{
    struct json_slice tags;
    struct job job = {0};
    size_t len = job_scan(reader->text + reader->at, reader->len - reader->at, &job, &tags);
    int found = 1;

    if (len == 0)
        return 0;
    if (!find_tags(seen, tags, &job.tag_set))
        found = add_tags(seen, tags, tag_sets, &job.tag_set, err);
    if (found <= 0 || !json_array_skip(reader, len))
        return found < 0 ? -1 : 0;
    *out = job;
    return 1;
}

static int take_element(struct json_array_reader *reader, struct tag_sets *tag_sets, struct job *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *element = NULL;
    struct job job = {0};

    if (json_array_take(reader, &element, err) < 0)
        return -1;
    if (decode_job(element, tag_sets, &job, err) < 0)
        return error_wrap(err, "element %zu", reader->index - 1);
    *out = job;
    return 0;
}

int job_list_decode(const char *body, size_t len, size_t limit, struct job_list *out, struct error *err)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct json_array_reader reader = {.text = body, .len = len};
    struct tag_texts seen = {.n = 0};
    int found;

    while ((found = json_array_find(&reader, err)) == 1) {
        struct job job;
        int scanned = scan_element(&reader, &seen, &jobs.tag_sets, &job, err);

        if (scanned < 0 || (scanned == 0 && take_element(&reader, &jobs.tag_sets, &job, err) < 0))
            return -1;
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
