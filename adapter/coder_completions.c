#include "adapter/coder_completions.h"

#include <stdlib.h>
#include <string.h>

static int64_t coder_now_ms(const struct organization_state *organization)
{
    return organization->sources[POLL_JOBS].read_unix_ms + organization->clock_offset_ms;
}

/* From the index of a queue in the organization to its number, its place in the configuration. */
static uint32_t number_of(const struct coder_state *state, const struct organization_state *organization, uint32_t queue)
{
    return queue == MODEL_NO_QUEUE ? COMPLETION_NO_QUEUE : (uint32_t)(organization->specs[queue] - state->specs);
}

static void free_numbers(uint32_t **numbers)
{
    free(*numbers);
}

static uint32_t *new_numbers(size_t n, struct error *err)
{
    uint32_t *numbers = calloc(n + 1, sizeof(*numbers));

    if (!numbers)
        (void)error_no_memory(err);
    return numbers;
}

/* Arrivals are counted from now on; what the window has left is given back. */
static void watch_queues(struct coder_state *state, const struct organization_state *organization, int64_t now_unix_ms)
{
    for (size_t i = 0; i < organization->n_specs; i++) {
        struct sliding *sliding = &state->slidings[organization->specs[i] - state->specs];

        if (sliding->watched_from_unix_ms == 0)
            sliding->watched_from_unix_ms = now_unix_ms;
        sliding_expire(sliding, now_unix_ms);
    }
}

static uint32_t *numbers_of(const struct coder_state *state, const struct organization_state *organization, const uint32_t *queues,
                            size_t n, struct error *err)
{
    uint32_t *numbers = new_numbers(n, err);

    for (size_t i = 0; numbers && i < n; i++)
        numbers[i] = number_of(state, organization, queues[i]);
    return numbers;
}

int coder_completions_observe(struct coder_state *state, size_t index, struct error *err)
{
    struct organization_state *organization = &state->organizations[index];
    struct coder_source *source = &organization->sources[POLL_COMPLETIONS];
    const struct coder_source *jobs = &organization->sources[POLL_JOBS], *daemons = &organization->sources[POLL_DAEMONS];
    const struct queue_model *model = &organization->model;
    CLEANUP(free_numbers) uint32_t *job_queues = numbers_of(state, organization, model->job_queues, organization->jobs.len, err);
    CLEANUP(free_numbers) uint32_t *daemon_queues = numbers_of(state, organization, model->daemon_queues, organization->daemons.len, err);
    const struct completion_reading reading = {
        .jobs = &organization->jobs,
        .queues = job_queues,
        .now_unix_ms = coder_now_ms(organization),
        .daemons = daemons->read_boot_ms != 0 ? &organization->daemons : NULL,
        .daemon_queues = daemon_queues,
        .daemons_read_ms = daemons->read_boot_ms,
    };

    if (!job_queues || !daemon_queues)
        return -1;
    watch_queues(state, organization, reading.now_unix_ms);
    if (completions_observe(&organization->completions, &reading, state->slidings, err) < 0)
        return -1;
    if (organization->completions.n_pending > 0)
        return 0;
    source->read_unix_ms = jobs->read_unix_ms;
    source->read_boot_ms = jobs->read_boot_ms;
    source->err = (struct error){0};
    return 0;
}

/* The queue of the daemon that ran the job; unknown once Coder has forgotten the daemon. */
static uint32_t queue_of_worker(const struct organization_state *organization, const struct job *job)
{
    const struct daemon_row *row = daemon_list_find(&organization->daemons, &job->worker);

    return row ? organization->model.daemon_queues[row - organization->daemons.items] : MODEL_NO_QUEUE;
}

int coder_completions_take(struct coder_state *state, size_t index, const struct coder_answer *answer, struct error *err)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct organization_state *organization = &state->organizations[index];
    struct completion_reading reading = {.jobs = &jobs, .now_unix_ms = answer->received_unix_ms + answer->clock_offset_ms};
    uint32_t *numbers;

    if (job_list_decode(buffer_text(&answer->body), answer->body.len, answer->limit, &jobs, err) < 0)
        return -1;
    numbers = new_numbers(jobs.len, err);
    if (!numbers)
        return -1;
    for (size_t i = 0; i < jobs.len; i++)
        numbers[i] = number_of(state, organization, queue_of_worker(organization, &jobs.items[i]));
    reading.queues = numbers;
    completions_take(&organization->completions, &reading, state->slidings);
    free(numbers);
    return 0;
}

void coder_completions_put_off(struct coder_state *state, size_t index)
{
    struct organization_state *organization = &state->organizations[index];

    completions_put_off(&organization->completions, coder_now_ms(organization), state->slidings);
}

/* --- a new configuration --- */

static uint32_t find_same(const struct coder_state *state, const struct queue_spec *spec)
{
    for (size_t i = 0; i < state->n_specs; i++)
        if (queue_spec_is_same(&state->specs[i], spec))
            return (uint32_t)i;
    return COMPLETION_NO_QUEUE;
}

static void inherit_jobs(struct organization_state *to, struct organization_state *from, const uint32_t *numbers)
{
    completions_clear(&to->completions);
    to->completions = completions_move(&from->completions);
    completions_renumber(&to->completions, numbers);
}

void coder_completions_inherit(struct coder_state *state, struct coder_state *old)
{
    struct error err = {0};
    uint32_t *numbers = new_numbers(old->n_specs, &err);

    if (!numbers)
        return; /* they begin anew */
    for (size_t i = 0; i < old->n_specs; i++) {
        numbers[i] = find_same(state, &old->specs[i]);
        if (numbers[i] == COMPLETION_NO_QUEUE)
            continue;
        sliding_clear(&state->slidings[numbers[i]]);
        state->slidings[numbers[i]] = old->slidings[i];
        old->slidings[i] = (struct sliding){0};
    }
    for (size_t i = 0; i < state->n_organizations; i++)
        for (size_t j = 0; j < old->n_organizations; j++)
            if (strcmp(state->organizations[i].name, old->organizations[j].name) == 0)
                inherit_jobs(&state->organizations[i], &old->organizations[j], numbers);
    free(numbers);
}
