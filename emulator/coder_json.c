#include "emulator/coder_json.h"

#include <stdlib.h>

#include "emulator/coder_names.h"
#include "emulator/go_json.h"

static void add(struct buffer *out, const char *text)
{
    (void)buffer_add_text(out, text);
}

static void add_daemon_job(const struct coder_view *view, const char *before, size_t index, struct buffer *out)
{
    const struct sim_job *job = index == SIM_NO_JOB ? NULL : &view->sim->jobs[index];
    struct coder_template template;

    add(out, before);
    if (!job) {
        add(out, "null");
        return;
    }
    template = coder_template_of(view->sim, job);
    go_json_id(out, "{\"id\":\"", job->id);
    go_json_member(out, ",\"status\":", coder_job_status_name(job->state));
    go_json_member(out, ",\"template_name\":", template.name);
    go_json_member(out, ",\"template_icon\":", template.icon);
    go_json_member(out, ",\"template_display_name\":", template.display_name);
    add(out, "}");
}

static void write_daemon(const struct coder_view *view, const struct sim_daemon *daemon, struct buffer *out)
{
    const struct simulation *sim = view->sim;
    const struct scenario_pool *pool = &sim->scenario->pools[daemon->pool];
    char name[CODER_DAEMON_NAME_MAX];

    go_json_id(out, "{\"id\":\"", coder_daemon_id(sim, daemon->serial));
    go_json_id(out, ",\"organization_id\":\"", sim->scenario->organizations[pool->organization].id);
    go_json_id(out, ",\"key_id\":\"", coder_id(view->sim, STABLE_KEY, daemon->pool));
    go_json_time(out, ",\"created_at\":\"", view->start_unix_ms + daemon->registered_ms);
    go_json_time(out, ",\"last_seen_at\":\"", view->start_unix_ms + sim_daemon_last_seen_ms(daemon, sim->now_ms));
    coder_daemon_name(sim, daemon, name);
    go_json_member(out, ",\"name\":", name);
    add(out, ",\"version\":\"" CODER_VERSION "\",\"api_version\":\"1.20\",\"provisioners\":[\"terraform\"],\"tags\":");
    go_json_tags(out, &pool->tags);
    go_json_member(out, ",\"key_name\":", pool->name);
    go_json_member(out, ",\"status\":", coder_daemon_status_name(coder_daemon_status_of(daemon, sim->now_ms)));
    add_daemon_job(view, ",\"current_job\":", daemon->job, out);
    add_daemon_job(view, ",\"previous_job\":", daemon->previous_job, out);
    add(out, "}");
}

static int compare_daemons(const void *left, const void *right)
{
    const struct sim_daemon *a = left, *b = right;

    if (a->registered_ms != b->registered_ms)
        return a->registered_ms < b->registered_ms ? 1 : -1;
    return (a->serial < b->serial) - (a->serial > b->serial);
}

/* The organization's rows that the filter wants, newest first. */
static size_t select_daemons(const struct simulation *sim, const struct daemon_filter *filter, size_t organization, struct sim_daemon *out)
{
    size_t n = 0;

    for (size_t i = 0; i < sim->n_daemons; i++) {
        const struct sim_daemon *daemon = &sim->daemons[i];

        if (daemon->state != SIM_STARTING && (size_t)sim->scenario->pools[daemon->pool].organization == organization &&
            daemon_filter_matches(filter, sim, daemon))
            out[n++] = *daemon;
    }
    qsort(out, n, sizeof(*out), compare_daemons);
    return filter->list.limit > 0 && n > (size_t)filter->list.limit ? (size_t)filter->list.limit : n;
}

void coder_write_daemons(const struct coder_view *view, const struct daemon_filter *filter, size_t organization, struct buffer *out)
{
    struct sim_daemon *rows = calloc(view->sim->n_daemons + 1, sizeof(*rows));
    size_t n;

    if (!rows) {
        out->failed = true;
        return;
    }
    n = select_daemons(view->sim, filter, organization, rows);
    add(out, "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            add(out, ",");
        write_daemon(view, &rows[i], out);
    }
    add(out, "]\n");
    free(rows);
}

static void add_organization(const struct coder_view *view, size_t index, struct buffer *out)
{
    const struct scenario_organization *organization = &view->sim->scenario->organizations[index];

    go_json_id(out, "{\"id\":\"", organization->id);
    go_json_member(out, ",\"name\":", organization->name);
    go_json_member(out, ",\"display_name\":", organization->name);
    add(out, ",\"icon\":\"\",\"description\":\"\"");
    go_json_time(out, ",\"created_at\":\"", view->start_unix_ms + 0);
    go_json_time(out, ",\"updated_at\":\"", view->start_unix_ms + 0);
    add(out, organization->is_default ? ",\"is_default\":true" : ",\"is_default\":false");
    add(out, ",\"default_org_member_roles\":[\"organization-workspace-access\"]}");
}

void coder_write_organizations(const struct coder_view *view, struct buffer *out)
{
    add(out, "[");
    for (size_t i = 0; i < view->sim->scenario->n_organizations; i++) {
        add(out, i > 0 ? "," : "");
        add_organization(view, i, out);
    }
    add(out, "]\n");
}

void coder_write_organization(const struct coder_view *view, size_t organization, struct buffer *out)
{
    add_organization(view, organization, out);
    add(out, "\n");
}

void coder_write_buildinfo(const struct coder_view *view, struct buffer *out)
{
    add(out, "{\"external_url\":\"https://github.com/coder/coder/releases/tag/v2.37.3\",\"version\":\"" CODER_VERSION "\","
             "\"dashboard_url\":\"https://coder.example.com\",\"telemetry\":false,\"workspace_proxy\":false,"
             "\"agent_api_version\":\"2.9\",\"provisioner_api_version\":\"1.20\",\"upgrade_message\":\"\"");
    go_json_id(out, ",\"deployment_id\":\"", coder_id(view->sim, STABLE_DEPLOYMENT, 0));
    add(out, ",\"webpush_public_key\":\"\"}\n");
}

void coder_write_user(const struct coder_view *view, struct buffer *out)
{
    const struct scenario *scenario = view->sim->scenario;

    go_json_id(out, "{\"id\":\"", coder_id(view->sim, STABLE_USER, UINT64_MAX));
    add(out, ",\"username\":\"provisioner-scaler\",\"avatar_url\":\"\",\"name\":\"Provisioner scaler\","
             "\"email\":\"provisioner-scaler@example.com\"");
    go_json_time(out, ",\"created_at\":\"", view->start_unix_ms + 0);
    go_json_time(out, ",\"updated_at\":\"", view->start_unix_ms + 0);
    go_json_time(out, ",\"last_seen_at\":\"", view->start_unix_ms + view->sim->now_ms);
    add(out, ",\"status\":\"active\",\"login_type\":\"none\",\"theme_preference\":\"\",\"organization_ids\":[");
    for (size_t i = 0; i < scenario->n_organizations; i++)
        go_json_id(out, i > 0 ? ",\"" : "\"", scenario->organizations[i].id);
    add(out, "],\"roles\":[]}\n");
}

void coder_write_validations(const struct validations *wrong, struct buffer *out)
{
    add(out, "{\"message\":\"Invalid query parameters.\",\"validations\":[");
    for (size_t i = 0; i < wrong->len; i++) {
        go_json_member(out, i > 0 ? ",{\"field\":" : "{\"field\":", wrong->items[i].field);
        go_json_member(out, ",\"detail\":", wrong->items[i].detail);
        add(out, "}");
    }
    add(out, "]}\n");
}
