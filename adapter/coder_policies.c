#include "adapter/coder_policies.h"

#include <stdlib.h>
#include <string.h>

#include "queue/protection.h"

enum { RATE_WATCHED_MIN_MS = 60000 }; /* less says too little about what comes */

/* Workspace builds alone: imports of a few seconds say nothing about how long a provisioner is taken. */
static struct policy_load load_of(const struct sliding *sliding, int64_t coder_unix_ms)
{
    struct sliding_rate rate = sliding_arrival_rate(sliding, JOB_WORKSPACE_BUILD, coder_unix_ms);
    struct sliding_summary run = {0};
    struct policy_load load = {0};

    if (rate.ms >= RATE_WATCHED_MIN_MS)
        load.arrivals_per_second = (double)rate.jobs * 1e3 / (double)rate.ms;
    if (sliding_summarize(sliding, SLIDING_RUN, JOB_WORKSPACE_BUILD, coder_unix_ms, &run)) {
        load.mean_run_s = (double)run.mean_ms / 1e3;
        load.run_samples = (int64_t)run.count;
    }
    return load;
}

static bool is_configured(const struct queue_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->n_workshops; i++)
        if (strcmp(plan->workshops[i].name, name) == 0)
            return true;
    return false;
}

static int64_t users_of(const struct queue_plan *plan, const char *queue, int64_t now_unix_ms)
{
    int64_t users = workshop_users(plan->workshops, plan->n_workshops, queue, now_unix_ms);

    for (size_t i = 0; i < plan->n_told; i++) {
        int64_t more = workshop_users(&plan->told[i], 1, queue, now_unix_ms);

        if (more > 0 && !is_configured(plan, plan->told[i].name))
            users += more;
    }
    return users;
}

/* Time passes from reading to reading: while Coder cannot be read nothing is learned of the hour. */
static void learn(struct queue_policy *policy, const struct sliding *sliding, const struct policy_load *load, const struct zone *zone,
                  int64_t read_unix_ms)
{
    uint64_t arrivals = sliding->totals.arrivals[JOB_WORKSPACE_BUILD];

    if (!policy->profile)
        policy->profile = calloc(1, sizeof(*policy->profile));
    if (!policy->profile)
        return; /* the next time */
    profile_add(policy->profile, zone, read_unix_ms, (int64_t)(arrivals - policy->arrivals_seen));
    policy->arrivals_seen = arrivals;
    profile_note_run(policy->profile, load);
}

static int64_t learned_floor(const struct queue_policy *policy, const struct queue_spec *spec, const struct queue_plan *plan,
                             int64_t now_unix_ms)
{
    if (!policy->profile)
        return 0;
    return profile_floor(policy->profile, profile_jobs(policy->profile, plan->zone, now_unix_ms), spec->target_wait_ms, spec->replicas_max);
}

/* The crowd that comes by its schedule, as if it were a workshop; never more than one provisioner for each. */
static int64_t autostart_floor(const struct organization_state *organization, size_t queue, const struct queue_plan *plan,
                               int64_t coder_unix_ms)
{
    const struct schedule_view view = {&organization->id, organization->specs, organization->n_specs, queue};
    int64_t crowd = schedule_crowd(plan->schedule, &view, coder_unix_ms);
    int64_t replicas = guideline_replicas(plan->guidelines, plan->n_guidelines, crowd);

    return replicas < crowd ? replicas : crowd;
}

static void decide(struct queue_policy *policy, struct policy_input *input, const struct queue_plan *plan, const struct queue_moment *now)
{
    int64_t users = users_of(plan, input->spec->name, now->unix_ms);

    if (!policy->decided)
        policy->started_boot_ms = now->boot_ms;
    policy->decided = true;
    input->started_ms = policy->started_boot_ms;
    input->now_ms = now->boot_ms;
    input->workshop = guideline_replicas(plan->guidelines, plan->n_guidelines, users);
    policy->answer = policy_decide(input, &policy->state);
}

/* Of a StatefulSet whose busy provisioners are protected: the replicas below which one of them would go. */
static int64_t busy_ordinal(const struct organization_state *organization, size_t queue)
{
    const struct queue_spec *spec = organization->specs[queue];
    const struct protection_view view = {
        .jobs = &organization->jobs, .daemons = &organization->daemons, .model = &organization->model, .queue = (uint32_t)queue};

    if (!spec->protect_busy || spec->workload.kind != WORKLOAD_STATEFULSET)
        return 0;
    return protection_floor(&view, spec->workload.name);
}

static bool was_read(const struct organization_state *organization)
{
    return organization->sources[POLL_JOBS].read_boot_ms != 0 && organization->sources[POLL_DAEMONS].read_boot_ms != 0;
}

static void decide_queue(struct coder_state *state, const struct organization_state *organization, size_t queue,
                         const struct queue_plan *plan, const struct queue_moment *now)
{
    size_t number = (size_t)(organization->specs[queue] - state->specs);
    struct queue_policy *policy = &state->policies[number];
    int64_t coder_unix_ms = now->unix_ms + organization->clock_offset_ms;
    struct policy_input input = {
        .spec = organization->specs[queue],
        .stats = &organization->model.queues[queue],
        .busy_ordinal = busy_ordinal(organization, queue),
        .load = load_of(&state->slidings[number], coder_unix_ms),
    };

    if (input.spec->learned_profile) {
        learn(policy, &state->slidings[number], &input.load, plan->zone, organization->sources[POLL_JOBS].read_unix_ms);
        input.learned_profile = learned_floor(policy, input.spec, plan, now->unix_ms);
    }
    if (input.spec->autostart)
        input.autostart = autostart_floor(organization, queue, plan, coder_unix_ms);
    decide(policy, &input, plan, now);
}

void coder_policies_decide(struct coder_state *state, const struct queue_plan *plan, const struct queue_moment *now)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        const struct organization_state *organization = &state->organizations[i];

        for (size_t j = 0; organization->same_as == i && was_read(organization) && j < organization->n_specs; j++)
            decide_queue(state, organization, j, plan, now);
    }
}

void coder_policies_inherit(struct coder_state *state, struct coder_state *old)
{
    for (size_t i = 0; i < state->n_specs; i++)
        for (size_t j = 0; j < old->n_specs; j++)
            if (queue_spec_is_same(&state->specs[i], &old->specs[j])) {
                free(state->policies[i].profile);
                state->policies[i] = old->policies[j];
                old->policies[j].profile = NULL;
            }
}

void coder_policies_clear(struct coder_state *state)
{
    for (size_t i = 0; state->policies && i < state->n_specs; i++)
        free(state->policies[i].profile);
}
