#include "adapter/coder_state.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/coder_completions.h"
#include "adapter/coder_policies.h"
#include "base/json.h"

/* After a body of this size was decoded, the heap is given back to the system. */
enum { TRIM_FROM_BYTES = 1024 * 1024 };

/* --- organizations and their queues --- */

/* n_organizations when there is none of that name. */
static size_t find_organization(const struct coder_state *state, const char *name)
{
    size_t i = 0;

    while (i < state->n_organizations && strcmp(state->organizations[i].name, name) != 0)
        i++;
    return i;
}

static int add_organization(struct coder_state *state, const char *name, struct error *err)
{
    struct organization_state organization = {.same_as = state->n_organizations};

    if (find_organization(state, name) < state->n_organizations)
        return 0;
    organization.name = strdup(name);
    if (!organization.name)
        return error_no_memory(err);
    organization.specs = calloc(state->n_specs, sizeof(const struct queue_spec *));
    if (!organization.specs) {
        free(organization.name);
        return error_no_memory(err);
    }
    state->organizations[state->n_organizations++] = organization;
    return 0;
}

static bool has_tags(const struct organization_state *organization, const struct tags *tags)
{
    for (size_t i = 0; i < organization->n_specs; i++)
        if (tags_equal(&organization->specs[i]->tags, tags))
            return true;
    return false;
}

static bool has_shared_jobs(const struct organization_state *organization, const struct tags *tags)
{
    for (size_t i = 0; i < organization->n_specs; i++)
        if (tags_share_jobs(&organization->specs[i]->tags, tags))
            return true;
    return false;
}

static void add_queue(struct organization_state *organization, const struct queue_spec *spec)
{
    organization->shares_jobs = organization->shares_jobs || has_shared_jobs(organization, &spec->tags);
    organization->specs[organization->n_specs++] = spec;
}

/* Gives each queue to the organization that its own turned out to be. */
static void assign_queues(struct coder_state *state)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        state->organizations[i].n_specs = 0;
        state->organizations[i].shares_jobs = false;
        state->organizations[i].changed = true;
    }
    for (size_t i = 0; i < state->n_specs; i++) {
        size_t named = find_organization(state, state->specs[i].organization);
        struct organization_state *organization = &state->organizations[state->organizations[named].same_as];

        state->duplicates[i] = has_tags(organization, &state->specs[i].tags);
        if (!state->duplicates[i])
            add_queue(organization, &state->specs[i]);
    }
}

int coder_state_new(const struct queue_spec *specs, size_t n_specs, struct coder_state *out, struct error *err)
{
    struct coder_state state = {.specs = specs, .n_specs = n_specs};
    int status = 0;

    state.organizations = calloc(n_specs + 1, sizeof(*state.organizations));
    state.duplicates = calloc(n_specs + 1, sizeof(*state.duplicates));
    state.slidings = calloc(n_specs + 1, sizeof(*state.slidings));
    state.policies = calloc(n_specs + 1, sizeof(*state.policies));
    if (!state.organizations || !state.duplicates || !state.slidings || !state.policies) {
        coder_state_clear(&state);
        return error_no_memory(err);
    }
    for (size_t i = 0; status == 0 && i < n_specs; i++)
        status = add_organization(&state, specs[i].organization, err);
    if (status < 0) {
        coder_state_clear(&state);
        return -1;
    }
    assign_queues(&state);
    *out = state;
    return 0;
}

void coder_state_clear(struct coder_state *state)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        struct organization_state *organization = &state->organizations[i];

        free(organization->name);
        free(organization->specs);
        job_list_clear(&organization->jobs);
        daemon_list_clear(&organization->daemons);
        queue_model_clear(&organization->model);
        completions_clear(&organization->completions);
    }
    for (size_t i = 0; state->slidings && i < state->n_specs; i++)
        sliding_clear(&state->slidings[i]);
    coder_policies_clear(state);
    free(state->slidings);
    free(state->policies);
    free(state->organizations);
    free(state->duplicates);
    *state = (struct coder_state){0};
}

static size_t first_of_id(const struct coder_state *state, size_t index)
{
    const struct uuid *id = &state->organizations[index].id;

    for (size_t i = 0; i < index && !uuid_is_nil(id); i++)
        if (uuid_equal(&state->organizations[i].id, id))
            return i;
    return index;
}

/* Organizations with the same id are one: the first of them answers for all. */
static void merge_same(struct coder_state *state)
{
    for (size_t i = 0; i < state->n_organizations; i++)
        state->organizations[i].same_as = first_of_id(state, i);
    assign_queues(state);
}

void coder_state_inherit(struct coder_state *state, struct coder_state *old)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        struct organization_state *to = &state->organizations[i];
        size_t known = find_organization(old, to->name);
        struct organization_state *from = &old->organizations[known];

        if (known == old->n_organizations)
            continue;
        to->id = from->id;
        memcpy(to->sources, from->sources, sizeof(to->sources));
        to->jobs = job_list_move(&from->jobs);
        to->daemons = daemon_list_move(&from->daemons);
        to->clock_offset_ms = from->clock_offset_ms;
    }
    coder_completions_inherit(state, old);
    coder_policies_inherit(state, old);
    merge_same(state);
}

/* --- the model --- */

static int model_organization(struct organization_state *organization, struct error *err)
{
    const struct coder_source *jobs = &organization->sources[POLL_JOBS];
    struct queue_model model = {0};
    const struct queue_model_input input = {
        .specs = organization->specs,
        .n_specs = organization->n_specs,
        .jobs = &organization->jobs,
        .daemons = &organization->daemons,
        .now_unix_ms = jobs->read_unix_ms + organization->clock_offset_ms,
    };

    if (queue_model_make(&input, &model, err) < 0)
        return error_wrap(err, "model the queues of organization %s", organization->name);
    queue_model_clear(&organization->model);
    organization->model = model;
    organization->changed = false;
    return 0;
}

int coder_state_model(struct coder_state *state, struct error *err)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        struct organization_state *organization = &state->organizations[i];

        if (organization->same_as == i && organization->changed && model_organization(organization, err) < 0)
            return -1;
    }
    return 0;
}

/* --- readings --- */

static int take_organization(struct coder_state *state, struct organization_state *organization, const struct buffer *body,
                             struct error *err)
{
    CLEANUP(json_decrefp) json_t *document = NULL;
    const char *id = NULL;

    if (json_read(buffer_text(body), body->len, &document, err) < 0 || json_text_required(document, "id", &id, err) < 0)
        return -1;
    if (!uuid_parse(id, &organization->id))
        return error_set(err, ERROR_INVALID, "id: expected a UUID");
    merge_same(state);
    return 0;
}

static int take_jobs(struct organization_state *organization, const struct coder_answer *answer, struct error *err)
{
    struct job_list jobs = {0};

    if (job_list_decode(buffer_text(&answer->body), answer->body.len, answer->limit, &jobs, err) < 0)
        return -1;
    job_list_clear(&organization->jobs);
    organization->jobs = job_list_move(&jobs);
    return 0;
}

static int take_daemons(struct organization_state *organization, const struct coder_answer *answer, struct error *err)
{
    struct daemon_list daemons = {0};
    int64_t coder_now = answer->received_unix_ms + answer->clock_offset_ms;

    if (daemon_list_decode(buffer_text(&answer->body), answer->body.len, coder_now, &daemons, err) < 0)
        return -1;
    daemon_list_clear(&organization->daemons);
    organization->daemons = daemon_list_move(&daemons);
    return 0;
}

/* The model tells which queue the daemons are of that ran the jobs. */
static int take_completions(struct coder_state *state, size_t index, const struct coder_answer *answer, struct error *err)
{
    struct organization_state *organization = &state->organizations[index];

    if (organization->changed && model_organization(organization, err) < 0)
        return -1;
    return coder_completions_take(state, index, answer, err);
}

static int decode(struct coder_state *state, size_t index, const struct coder_reading *reading, struct error *err)
{
    struct organization_state *organization = &state->organizations[index];

    switch (reading->path) {
    case POLL_ORGANIZATION: return take_organization(state, organization, &reading->answer.body, err);
    case POLL_DAEMONS: return take_daemons(organization, &reading->answer, err);
    case POLL_JOBS: return take_jobs(organization, &reading->answer, err);
    case POLL_COMPLETIONS: return take_completions(state, index, &reading->answer, err);
    case POLL_PATHS:
    default: return error_set(err, ERROR_INVALID, "unknown path");
    }
}

static void note_times(struct organization_state *organization, const struct coder_reading *reading)
{
    struct coder_source *source = &organization->sources[reading->path];

    source->read_unix_ms = reading->answer.asked_unix_ms;
    source->read_boot_ms = reading->answer.asked_boot_ms;
    source->duration_ms = reading->answer.duration_ms;
    organization->clock_offset_ms = reading->answer.clock_offset_ms;
    if (reading->path != POLL_COMPLETIONS)
        organization->changed = true;
}

/* Jobs that left the list are noticed now: the next list would be compared with this one. */
static int find_ended_jobs(struct coder_state *state, size_t index, struct error *err)
{
    struct organization_state *organization = &state->organizations[index];

    if (organization->same_as != index)
        return 0;
    if (model_organization(organization, err) < 0)
        return -1;
    return coder_completions_observe(state, index, err);
}

static int take(struct coder_state *state, size_t index, const struct coder_reading *reading, struct error *err)
{
    struct organization_state *organization = &state->organizations[index];

    if (reading->err.code != ERROR_NONE) {
        *err = reading->err;
        return -1;
    }
    if (decode(state, index, reading, err) < 0)
        return error_wrap(err, "decode the %s of organization %s", poll_path_name(reading->path), organization->name);
    note_times(organization, reading);
    return reading->path == POLL_JOBS ? find_ended_jobs(state, index, err) : 0;
}

int coder_state_apply(struct coder_state *state, size_t index, struct coder_reading *reading, struct error *err)
{
    struct coder_source *source = &state->organizations[index].sources[reading->path];
    size_t size = reading->answer.body.len;
    int result;

    source->settled = true;
    source->err = (struct error){0};
    result = take(state, index, reading, &source->err);
    buffer_clear(&reading->answer.body);
    if (size >= TRIM_FROM_BYTES)
        (void)malloc_trim(0);
    if (result == 0)
        return 0;
    source->failures[source->err.code]++;
    if (reading->path == POLL_COMPLETIONS)
        coder_completions_put_off(state, index);
    *err = source->err;
    return -1;
}

bool coder_state_settled(const struct coder_state *state)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        const struct organization_state *organization = &state->organizations[i];

        if (organization->same_as != i)
            continue;
        if (!organization->sources[POLL_JOBS].settled || !organization->sources[POLL_DAEMONS].settled)
            return false;
    }
    return true;
}
