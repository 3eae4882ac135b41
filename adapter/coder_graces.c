#include "adapter/coder_graces.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"

enum { NUMBER_SIZE = 24 };

static void warn(const struct queue_spec *spec, const struct queue_grace *grace)
{
    char now[NUMBER_SIZE], wanted[NUMBER_SIZE], longest[NUMBER_SIZE];

    (void)snprintf(now, sizeof(now), "%" PRId64, grace->grace_s);
    (void)snprintf(wanted, sizeof(wanted), "%" PRId64, grace->warned_s);
    (void)snprintf(longest, sizeof(longest), "%" PRId64, grace->measured.longest_ms / 1000);
    log_warn("builds run longer than the grace period of the pods: a scale-down can cut them; raise terminationGracePeriodSeconds", "queue",
             spec->name, "workload", spec->workload.name, "now", now, "longest_s", longest, "set_to", wanted, NULL);
}

static void check(const struct queue_spec *spec, const struct sliding *sliding, int64_t coder_unix_ms, struct queue_grace *grace)
{
    struct sliding_summary run = {0};
    int64_t wanted_s;

    grace->measured = (struct grace_measured){0};
    if (sliding_summarize(sliding, SLIDING_RUN, JOB_WORKSPACE_BUILD, coder_unix_ms, &run))
        grace->measured = (struct grace_measured){.p99_ms = run.p99_ms, .longest_ms = run.longest_ms};
    if (!grace_is_short(grace->grace_s, &grace->measured)) {
        grace->warned_s = 0;
        return;
    }
    wanted_s = grace_wanted_s(&grace->measured);
    if (wanted_s <= grace->warned_s)
        return;
    grace->warned_s = wanted_s;
    warn(spec, grace);
}

void coder_graces_check(struct coder_state *state, int64_t now_unix_ms)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        const struct organization_state *organization = &state->organizations[i];

        for (size_t j = 0; organization->same_as == i && j < organization->n_specs; j++) {
            size_t number = (size_t)(organization->specs[j] - state->specs);

            if (state->policies[number].grace.known)
                check(organization->specs[j], &state->slidings[number], now_unix_ms + organization->clock_offset_ms,
                      &state->policies[number].grace);
        }
    }
}
