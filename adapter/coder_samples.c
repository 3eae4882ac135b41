#include "adapter/coder_samples.h"

#include <stdio.h>

#include "adapter/completion_samples.h"
#include "adapter/families.h"
#include "adapter/tags_label.h"
#include "queue/policy_explain.h"

enum { SOURCE_NAME_MAX = 256, EXPLANATION_MAX = 4096 };

/* Where the series of one queue come from, and who may read them. */
struct origin {
    struct metric_builder *builder;
    const char *queue, *organization, *name_space;
    unsigned sources[2]; /* jobs, daemons */
    size_t n_sources;
    bool shares_jobs;     /* how many wait in which queue depends on the daemons too */
    double hpa_tolerance; /* of the queue */
};

static void begin(const struct origin *origin, enum family id)
{
    const struct metric_label identity[] = {{"queue", origin->queue}, {"organization", origin->organization}};
    const struct metric_set_key key = {
        .family = family(id),
        .name_space = origin->name_space,
        .identity = identity,
        .n_identity = ARRAY_LEN(identity),
        .sources = origin->sources,
        .n_sources = origin->n_sources,
    };

    metric_builder_begin(origin->builder, &key);
}

static void add_single(const struct origin *origin, enum family id, int64_t value_milli)
{
    const struct metric_label labels[] = {{"queue", origin->queue}, {"organization", origin->organization}};

    begin(origin, id);
    metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), value_milli);
}

static void add_jobs(const struct origin *origin, enum family id, const int64_t counts[JOB_TYPES][JOB_INITIATORS])
{
    begin(origin, id);
    for (int type = 0; type < (int)JOB_TYPES; type++) {
        for (int initiator = 0; initiator < (int)JOB_INITIATORS; initiator++) {
            const struct metric_label labels[] = {{"queue", origin->queue},
                                                  {"organization", origin->organization},
                                                  {"job_type", job_type_name((enum job_type)type)},
                                                  {"initiator", job_initiator_name((enum job_initiator)initiator)}};

            metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), counts[type][initiator] * 1000);
        }
    }
}

static void add_daemons(const struct origin *origin, const struct queue_stats *stats)
{
    int64_t utilization = 0;

    begin(origin, FAMILY_DAEMONS);
    for (enum daemon_status status = 0; status < DAEMON_STATUSES; status++) {
        const struct metric_label labels[] = {
            {"queue", origin->queue}, {"organization", origin->organization}, {"status", daemon_status_name(status)}};

        metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), stats->daemons[status] * 1000);
    }
    if (queue_utilization_milli(stats, &utilization))
        add_single(origin, FAMILY_UTILIZATION, utilization);
    else
        begin(origin, FAMILY_UTILIZATION); /* no series, but its source still decides about staleness */
}

/* One more member of the policy's object, in place of the brace at its end. */
static void add_grace(const struct queue_grace *grace, struct buffer *why)
{
    if (buffer_failed(why))
        return;
    why->len--;
    (void)buffer_add_text(why, ",\"grace\":");
    grace_json(grace->grace_s, &grace->measured, why);
    (void)buffer_add_char(why, '}');
}

/* What an HPA would set is told for the provisioners that are connected: they stand for the workload's replicas. */
static void add_desired(const struct origin *origin, const struct queue_stats *stats, const struct queue_policy *policy)
{
    CLEANUP(buffer_clear) struct buffer why = BUFFER_INIT(EXPLANATION_MAX);
    int64_t connected = stats->daemons[DAEMON_IDLE] + stats->daemons[DAEMON_BUSY];

    add_single(origin, FAMILY_DESIRED_REPLICAS, policy->answer.served * 1000);
    policy_explain_json(&policy->answer, connected > 0 ? policy_hpa_replicas(&policy->answer, origin->hpa_tolerance, connected) : -1, &why);
    if (policy->grace.known)
        add_grace(&policy->grace, &why);
    if (!buffer_failed(&why)) /* half an object explains nothing */
        metric_builder_explain(origin->builder, buffer_text(&why));
}

static void add_policy_part(const struct origin *origin, const char *part, int64_t replicas)
{
    const struct metric_label labels[] = {{"queue", origin->queue}, {"organization", origin->organization}, {"part", part}};

    metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), replicas * 1000);
}

static void add_policy(const struct origin *origin, const struct policy_answer *answer)
{
    begin(origin, FAMILY_POLICY_REPLICAS);
    for (enum policy_part part = 0; part < POLICY_PARTS; part++)
        add_policy_part(origin, policy_part_name(part), answer->parts[part]);
    add_policy_part(origin, "wanted", answer->wanted);
}

static void add_queue(const struct origin *origin, const struct queue_stats *stats, const struct queue_policy *policy)
{
    struct origin jobs = *origin, daemons = *origin;

    jobs.n_sources = origin->shares_jobs ? 2 : 1;
    daemons.sources[0] = origin->sources[1];
    daemons.n_sources = 1;
    add_jobs(&jobs, FAMILY_QUEUE_DEPTH, stats->waiting);
    add_single(&jobs, FAMILY_OLDEST_PENDING, stats->oldest_wait_ms);
    add_jobs(origin, FAMILY_ACTIVE_JOBS, stats->active);
    add_single(origin, FAMILY_DEMAND, queue_demand(stats) * 1000);
    add_desired(origin, stats, policy);
    add_policy(origin, &policy->answer);
    add_daemons(&daemons, stats);
}

static void add_strays(const struct origin *origin, enum family id, const struct stray_list *strays)
{
    const struct metric_label identity[] = {{"organization", origin->organization}};
    const struct metric_set_key key = {.family = family(id),
                                       .name_space = "*",
                                       .identity = identity,
                                       .n_identity = ARRAY_LEN(identity),
                                       .sources = origin->sources,
                                       .n_sources = origin->n_sources};

    metric_builder_begin(origin->builder, &key);
    for (size_t i = 0; i < strays->len; i++) {
        CLEANUP(buffer_clear) struct buffer tags = BUFFER_INIT(TAGS_LABEL_MAX);
        struct metric_label labels[] = {{"organization", origin->organization}, {"tags", ""}};

        if (tags_label_write(&strays->items[i].tags, &tags) < 0) {
            metric_builder_fail(origin->builder);
            return;
        }
        labels[1].value = buffer_text(&tags);
        metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), strays->items[i].count * 1000);
    }
}

/* --- the adapter's own view of its sources --- */

static void begin_local(struct metric_builder *builder, enum family id)
{
    const struct metric_set_key key = {.family = family(id), .name_space = "*"};

    metric_builder_begin(builder, &key);
}

static void source_name(const struct organization_state *organization, enum poll_path path, char out[SOURCE_NAME_MAX])
{
    (void)snprintf(out, SOURCE_NAME_MAX, "coder/%s/%s", organization->name, poll_path_name(path));
}

static void add_source_errors(struct metric_builder *builder, const char *name, const struct coder_source *source)
{
    for (size_t code = ERROR_NONE + 1; code < ERROR_CODES; code++) {
        const struct metric_label labels[] = {{"source", name}, {"reason", error_code_name((enum error_code)code)}};

        if (source->failures[code] > 0)
            metric_builder_sample(builder, labels, ARRAY_LEN(labels), (int64_t)source->failures[code] * 1000);
    }
}

static void add_outside_daemons(struct metric_builder *builder, const struct organization_state *organization)
{
    const struct {
        const char *reason;
        int64_t count;
    } rows[] = {
        {"built_in", organization->model.built_in_daemons},
        {"user_scoped", organization->model.user_scoped_daemons},
        {"other_tags", organization->model.other_daemons},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct metric_label labels[] = {{"organization", organization->name}, {"reason", rows[i].reason}};

        metric_builder_sample(builder, labels, ARRAY_LEN(labels), rows[i].count * 1000);
    }
}

static void add_own_view(const struct coder_state *state, struct metric_builder *builder)
{
    char name[SOURCE_NAME_MAX];

    begin_local(builder, FAMILY_SOURCE_ERRORS);
    for (size_t i = 0; i < state->n_organizations; i++) {
        for (enum poll_path path = 0; path < POLL_PATHS; path++) {
            source_name(&state->organizations[i], path, name);
            add_source_errors(builder, name, &state->organizations[i].sources[path]);
        }
    }
    begin_local(builder, FAMILY_POLL_DURATION);
    for (size_t i = 0; i < state->n_organizations; i++) {
        for (enum poll_path path = POLL_DAEMONS; path < POLL_PATHS; path++) {
            const struct metric_label label = {"source", name};

            source_name(&state->organizations[i], path, name);
            metric_builder_sample(builder, &label, 1, state->organizations[i].sources[path].duration_ms);
        }
    }
    begin_local(builder, FAMILY_OUTSIDE_DAEMONS);
    for (size_t i = 0; i < state->n_organizations; i++)
        add_outside_daemons(builder, &state->organizations[i]);
}

/* --- organizations --- */

static unsigned add_source(const struct organization_state *organization, enum poll_path path, int64_t stale_after_ms,
                           struct metric_builder *builder)
{
    const struct coder_source *source = &organization->sources[path];
    char name[SOURCE_NAME_MAX];
    const struct metric_source row = {
        .name = name,
        .read_unix_ms = source->read_unix_ms,
        .read_boot_ms = source->read_boot_ms,
        .stale_after_ms = stale_after_ms,
        .last_error = source->err.text,
    };

    source_name(organization, path, name);
    return metric_builder_source(builder, &row);
}

/* The ended jobs of the queue that origin is about. */
static void add_completions(const struct origin *origin, unsigned source, const struct sliding *sliding, int64_t now_unix_ms)
{
    const struct completion_samples samples = {
        .builder = origin->builder,
        .queue = origin->queue,
        .organization = origin->organization,
        .name_space = origin->name_space,
        .source = source,
        .sliding = sliding,
        .now_unix_ms = now_unix_ms,
    };

    completion_samples_add(&samples);
}

static void add_organization(const struct coder_state *state, const struct organization_state *organization, int64_t stale_after_ms,
                             struct metric_builder *builder)
{
    struct origin origin = {.builder = builder, .n_sources = 2, .shares_jobs = organization->shares_jobs};
    int64_t now_unix_ms = organization->sources[POLL_JOBS].read_unix_ms + organization->clock_offset_ms;
    unsigned completions;
    size_t number;

    origin.sources[0] = add_source(organization, POLL_JOBS, stale_after_ms, builder);
    origin.sources[1] = add_source(organization, POLL_DAEMONS, stale_after_ms, builder);
    completions = add_source(organization, POLL_COMPLETIONS, stale_after_ms, builder);
    for (size_t i = 0; i < organization->n_specs; i++) {
        origin.queue = organization->specs[i]->name;
        origin.organization = organization->specs[i]->organization;
        origin.name_space = organization->specs[i]->name_space;
        origin.hpa_tolerance = organization->specs[i]->hpa_tolerance;
        number = (size_t)(organization->specs[i] - state->specs);
        add_queue(&origin, &organization->model.queues[i], &state->policies[number]);
        add_completions(&origin, completions, &state->slidings[number], now_unix_ms);
    }
    origin.organization = organization->name;
    add_strays(&origin, FAMILY_UNSERVED_JOBS, &organization->model.unserved);
    add_strays(&origin, FAMILY_UNMANAGED_JOBS, &organization->model.unmanaged);
}

/* Two organizations of the configuration turned out to be one, and with it two of its queues: the later one has no value. */
static void add_duplicate(const struct queue_spec *spec, struct metric_builder *builder)
{
    static const struct queue_stats nothing;
    static const struct queue_policy undecided;
    static const struct sliding no_jobs;
    char name[SOURCE_NAME_MAX];
    const struct metric_source row = {
        .name = name,
        .last_error = "another queue has the same organization (under another name) and the same tags: remove one of the two",
    };
    struct origin origin = {
        .builder = builder, .n_sources = 2, .queue = spec->name, .organization = spec->organization, .name_space = spec->name_space};

    (void)snprintf(name, sizeof(name), "configuration/queues/%s", spec->name);
    origin.sources[0] = metric_builder_source(builder, &row);
    origin.sources[1] = origin.sources[0];
    add_queue(&origin, &nothing, &undecided);
    add_completions(&origin, origin.sources[0], &no_jobs, 0);
}

void coder_samples_add(const struct coder_state *state, int64_t stale_after_ms, struct metric_builder *builder)
{
    for (size_t i = 0; i < state->n_organizations; i++)
        if (state->organizations[i].same_as == i)
            add_organization(state, &state->organizations[i], stale_after_ms, builder);
    for (size_t i = 0; i < state->n_specs; i++)
        if (state->duplicates[i])
            add_duplicate(&state->specs[i], builder);
    add_own_view(state, builder);
}
