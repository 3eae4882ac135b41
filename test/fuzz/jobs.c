/* jobs.c - the list of provisioner jobs: element by element we read what a tree of the whole document says, or nothing at all. */
#include <string.h>

#include "queue/job.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/reference.h"

static const char *const status_names[] = {"pending", "running", "canceling", "succeeded", "failed", "canceled"};

static enum job_status expected_status(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(status_names); i++)
        if (strcmp(text, status_names[i]) == 0)
            return (enum job_status)i;
    return JOB_OTHER_STATUS;
}

static enum job_type expected_type(const char *text)
{
    if (strcmp(text, "workspace_build") == 0)
        return JOB_WORKSPACE_BUILD;
    if (strcmp(text, "template_version_import") == 0)
        return JOB_TEMPLATE_IMPORT;
    return strcmp(text, "template_version_dry_run") == 0 ? JOB_TEMPLATE_DRY_RUN : JOB_OTHER_TYPE;
}

/* False: no list with this element may be accepted. */
static bool read_reference(const json_t *element, struct job *out)
{
    static const struct uuid nil;
    const char *created, *status, *type, *initiator, *reason;
    struct uuid by = {0}, prebuilds = {0};

    memset(out, 0, sizeof(*out));
    if (!json_is_object(element) || !reference_uuid_member(element, "id", &out->id) || uuid_equal(&out->id, &nil))
        return false;
    if (!reference_text(element, "created_at", &created) || !reference_stamp(created, &out->created_unix_ms))
        return false;
    if (!reference_stamp_member(element, "started_at", &out->started_unix_ms) ||
        !reference_stamp_member(element, "completed_at", &out->completed_unix_ms))
        return false;
    if (!reference_text(element, "status", &status) || status[0] == '\0' || !reference_text(element, "type", &type))
        return false;
    if (!reference_uuid_member(element, "worker_id", &out->worker) || !reference_text(element, "initiator_id", &initiator))
        return false;
    out->status = expected_status(status);
    out->type = expected_type(type);
    LAW(reference_uuid("c42fdf75-3097-471c-8c33-fb52454d81c0", &prebuilds));
    out->initiator = reference_uuid(initiator, &by) && uuid_equal(&by, &prebuilds) ? JOB_BY_PREBUILD : JOB_BY_USER;
    if (!reference_text(element, "error", &reason))
        return false;
    out->reaped = strstr(reason, "detected as hung for 5 minutes") || strstr(reason, "detected as pending for 30 minutes");
    return reference_tags_are_valid(element);
}

static bool is_valid(const json_t *whole)
{
    const json_t *element;
    struct job job;
    size_t i;

    json_array_foreach (whole, i, element)
        if (!read_reference(element, &job))
            return false;
    return whole != NULL;
}

static void law_same_job(const struct job_list *jobs, const struct job *job, const json_t *element)
{
    struct job expected;

    LAW(read_reference(element, &expected));
    LAW(uuid_equal(&job->id, &expected.id) && uuid_equal(&job->worker, &expected.worker));
    LAW(job->created_unix_ms == expected.created_unix_ms);
    LAW(job->started_unix_ms == expected.started_unix_ms);
    LAW(job->completed_unix_ms == expected.completed_unix_ms);
    LAW(job->status == expected.status && job->type == expected.type);
    LAW(job->initiator == expected.initiator && job->reaped == expected.reaped);
    LAW(job->tag_set < jobs->tag_sets.len);
    LAW(reference_tags_are(element, job_tags(jobs, job)));
}

/* Of several jobs of one id the first counts. */
static bool is_repeated(const json_t *whole, size_t index)
{
    struct job job, earlier;

    LAW(read_reference(json_array_get(whole, index), &job));
    for (size_t i = 0; i < index; i++)
        if (read_reference(json_array_get(whole, i), &earlier) && uuid_equal(&job.id, &earlier.id))
            return true;
    return false;
}

static void law_same_jobs(const struct job_list *jobs, const json_t *whole)
{
    const json_t *element;
    size_t i, n = 0;

    json_array_foreach (whole, i, element) {
        if (is_repeated(whole, i))
            continue;
        LAW(n < jobs->len);
        law_same_job(jobs, &jobs->items[n++], element);
    }
    LAW(n == jobs->len);
    for (uint32_t a = 0; a < jobs->tag_sets.len; a++) /* each set is kept once */
        for (uint32_t b = 0; b < a; b++)
            LAW(!tags_equal(&jobs->tag_sets.items[a], &jobs->tag_sets.items[b]));
}

/* As many elements as were asked for may be a cut page; one less is not. */
static void law_limit(const uint8_t *data, size_t size, size_t elements)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct job_list none;
    struct error err = {0};

    fill(&none, sizeof(none));
    LAW(elements == 0 || job_list_decode((const char *)data, size, elements, &none, &err) < 0);
    LAW(is_filled(&none, sizeof(none)));
    LAW(elements == 0 || err.code == ERROR_LIMIT);
    LAW(job_list_decode((const char *)data, size, elements + 1, &jobs, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *whole = reference_array(data, size);
    struct job_list jobs;
    struct error err = {0};

    fill(&jobs, sizeof(jobs));
    if (job_list_decode((const char *)data, size, 0, &jobs, &err) < 0) {
        LAW(!is_valid(whole));
        LAW(is_filled(&jobs, sizeof(jobs)));
        law_error_is_told(&err);
    } else {
        LAW(is_valid(whole));
        law_same_jobs(&jobs, whole);
        law_limit(data, size, json_array_size(whole));
        job_list_clear(&jobs);
    }
    json_decref(whole);
    return 0;
}
