/* The list of jobs, and one of them. */
#include <stdio.h>
#include <stdlib.h>

#include "emulator/coder_json.h"
#include "emulator/coder_names.h"
#include "emulator/go_json.h"

static const char template_version[] = "brave_lovelace7";

static void add(struct buffer *out, const char *text)
{
    (void)buffer_add_text(out, text);
}

static void add_time_if_set(struct buffer *out, const char *before, const struct coder_view *view, int64_t ms)
{
    if (ms != SIM_NEVER)
        go_json_time(out, before, view->start_unix_ms + ms);
}

/* What one answer needs for each of its jobs, worked out once. */
struct job_writer {
    const struct coder_view *view;
    struct buffer *out;
    int *positions; /* by job; 0 unless it waits */
    int queue_size;
    struct buffer workers; /* "available_workers" of the organization and tags below */
    size_t workers_organization, workers_tags;
};

static void job_writer_clear(struct job_writer *writer)
{
    free(writer->positions);
    buffer_clear(&writer->workers);
}

/* Coder's positions count the whole deployment: people before prebuilds, older before newer. */
static int rank_waiting(const struct simulation *sim, enum scenario_initiator initiator, int *positions, int rank)
{
    for (size_t i = 0; i < sim->n_jobs; i++)
        if (sim->jobs[i].state == SIM_PENDING && sim->jobs[i].initiator == initiator)
            positions[i] = ++rank;
    return rank;
}

static bool job_writer_init(struct job_writer *writer, const struct coder_view *view, struct buffer *out)
{
    *writer = (struct job_writer){
        .view = view, .out = out, .workers = BUFFER_INIT(out->limit), .workers_organization = SIZE_MAX, .workers_tags = SIZE_MAX};
    writer->positions = calloc(view->sim->n_jobs + 1, sizeof(*writer->positions));
    if (!writer->positions) {
        out->failed = true;
        return false;
    }
    writer->queue_size = rank_waiting(view->sim, SCENARIO_BY_USER, writer->positions, 0);
    writer->queue_size = rank_waiting(view->sim, SCENARIO_BY_PREBUILD, writer->positions, writer->queue_size);
    return true;
}

/* All daemons that match, the gone ones as well, as Coder counts them. Left out when there is none. */
static void write_workers(struct job_writer *writer, const struct sim_job *job)
{
    const struct simulation *sim = writer->view->sim;
    const char *before = ",\"available_workers\":[\"";

    buffer_reset(&writer->workers);
    for (size_t i = 0; i < sim->n_daemons; i++) {
        const struct scenario_pool *pool = &sim->scenario->pools[sim->daemons[i].pool];

        if (sim->daemons[i].state == SIM_STARTING || (size_t)pool->organization != job->organization ||
            !tagset_contains(&pool->tags, &sim->tagsets[job->tags]))
            continue;
        go_json_id(&writer->workers, before, coder_daemon_id(sim, sim->daemons[i].serial));
        before = ",\"";
    }
    if (writer->workers.len > 0)
        add(&writer->workers, "]");
    writer->workers_organization = job->organization;
    writer->workers_tags = job->tags;
}

static void add_workers(struct job_writer *writer, const struct sim_job *job)
{
    if (job->state != SIM_PENDING)
        return;
    if (writer->workers_organization != job->organization || writer->workers_tags != job->tags)
        write_workers(writer, job);
    (void)buffer_append(writer->out, buffer_text(&writer->workers), writer->workers.len);
    writer->out->failed |= writer->workers.failed;
}

static void add_outcome(struct job_writer *writer, const struct sim_job *job)
{
    struct buffer *out = writer->out;

    add_time_if_set(out, ",\"started_at\":\"", writer->view, job->started_ms);
    add_time_if_set(out, ",\"completed_at\":\"", writer->view, job->completed_ms);
    add_time_if_set(out, ",\"canceled_at\":\"", writer->view, job->canceled_ms);
    if (job->reaped)
        add(out, ",\"error\":\"Coder: Build has been detected as pending for 30 minutes and has been terminated by the reaper.\"");
    else if (job->state == SIM_FAILED)
        add(out, ",\"error\":\"terraform apply: exit status 1: Error: persistentvolumeclaims is forbidden: exceeded quota\"");
    go_json_member(out, ",\"status\":", coder_job_status_name(job->state));
}

static void add_worker(struct job_writer *writer, const struct sim_job *job)
{
    const struct sim_daemon *daemon = simulation_daemon(writer->view->sim, job->worker);
    char name[CODER_DAEMON_NAME_MAX];

    if (job->worker == 0)
        return;
    go_json_id(writer->out, ",\"worker_id\":\"", coder_daemon_id(writer->view->sim, job->worker));
    if (!daemon)
        return; /* its row is gone: Coder's left join finds no name */
    coder_daemon_name(writer->view->sim, daemon, name);
    go_json_member(writer->out, ",\"worker_name\":", name);
}

static void add_metadata(struct job_writer *writer, const struct sim_job *job, size_t index)
{
    struct coder_template template = coder_template_of(writer->view->sim, job);
    struct buffer *out = writer->out;
    char name[40];

    go_json_member(out, ",\"metadata\":{\"template_version_name\":", template_version);
    go_json_id(out, ",\"template_id\":\"", template.id);
    go_json_member(out, ",\"template_name\":", template.name);
    go_json_member(out, ",\"template_display_name\":", template.display_name);
    go_json_member(out, ",\"template_icon\":", template.icon);
    if (job->type == SCENARIO_WORKSPACE_BUILD) {
        (void)snprintf(name, sizeof(name), "%s-%zu", job->initiator == SCENARIO_BY_PREBUILD ? "prebuild" : "workspace", index);
        go_json_id(out, ",\"workspace_id\":\"", coder_id(writer->view->sim, STABLE_WORKSPACE, index));
        go_json_member(out, ",\"workspace_name\":", name);
        add(out, ",\"workspace_build_transition\":\"start\"");
    }
    add(out, "},\"logs_overflowed\":false}");
}

static void write_job(struct job_writer *writer, size_t index)
{
    const struct simulation *sim = writer->view->sim;
    const struct sim_job *job = &sim->jobs[index];
    struct buffer *out = writer->out;
    char queue[80];

    go_json_id(out, "{\"id\":\"", job->id);
    go_json_time(out, ",\"created_at\":\"", writer->view->start_unix_ms + job->created_ms);
    add_outcome(writer, job);
    add_worker(writer, job);
    go_json_id(out, ",\"file_id\":\"", coder_id(writer->view->sim, STABLE_FILE, job->tags));
    add(out, ",\"tags\":");
    go_json_tags(out, &sim->tagsets[job->tags]);
    (void)snprintf(queue, sizeof(queue), ",\"queue_position\":%d,\"queue_size\":%d", writer->positions[index], writer->queue_size);
    add(out, queue);
    go_json_id(out, ",\"organization_id\":\"", sim->scenario->organizations[job->organization].id);
    go_json_id(out, ",\"initiator_id\":\"", coder_initiator_id(sim, index));
    if (job->type == SCENARIO_WORKSPACE_BUILD)
        go_json_id(out, ",\"input\":{\"workspace_build_id\":\"", coder_id(writer->view->sim, STABLE_BUILD, index));
    else
        go_json_id(out, ",\"input\":{\"template_version_id\":\"", coder_id(writer->view->sim, STABLE_TEMPLATE_VERSION, index));
    go_json_member(out, "},\"type\":", scenario_job_type_name(job->type));
    add_workers(writer, job);
    add_metadata(writer, job, index);
}

size_t coder_write_jobs(const struct coder_view *view, const struct job_filter *filter, size_t organization, struct buffer *out)
{
    CLEANUP(job_writer_clear) struct job_writer writer;
    const struct simulation *sim = view->sim;
    size_t written = 0;

    if (!job_writer_init(&writer, view, out))
        return 0;
    add(out, "[");
    for (size_t i = sim->n_jobs; i-- > 0 && (filter->list.limit == 0 || (int64_t)written < filter->list.limit);) {
        if (sim->jobs[i].organization != organization || !job_filter_matches(filter, sim, i))
            continue;
        if (written++ > 0)
            add(out, ",");
        write_job(&writer, i);
    }
    add(out, "]\n");
    return written;
}

void coder_write_job(const struct coder_view *view, size_t job, struct buffer *out)
{
    CLEANUP(job_writer_clear) struct job_writer writer;

    if (!job_writer_init(&writer, view, out))
        return;
    write_job(&writer, job);
    add(out, "\n");
}
