#include "queue/policy.h"

#include <math.h>

#include "base/attributes.h"
#include "queue/erlang.h"

/* Weights and tolerances are decimals of a few digits. As millionths they are whole numbers: 0.1 of 10 is 1 and not a little more. */
static const int64_t millionths = 1000000;

static int64_t in_millionths(double ratio)
{
    return llround(ratio * (double)millionths);
}

const char *policy_part_name(enum policy_part part)
{
    static const char *const names[] = {
        [POLICY_DEMAND] = "demand",
        [POLICY_HEADROOM] = "headroom",
        [POLICY_WORKSHOP] = "workshop",
        [POLICY_TARGET_WAIT] = "targetWait",
        [POLICY_LEARNED_PROFILE] = "learnedProfile",
        [POLICY_AUTOSTART] = "autostart",
        [POLICY_ACTIVE] = "active",
        [POLICY_SCALE_DOWN_AFTER] = "scaleDownAfter",
        [POLICY_START] = "start",
        [POLICY_BUSY_ORDINAL] = "busyOrdinal",
        [POLICY_MIN] = "min",
        [POLICY_MAX] = "max",
    };

    _Static_assert(ARRAY_LEN(names) == POLICY_PARTS, "each part has a name");
    return names[part];
}

int64_t policy_serve(int64_t wanted, double hpa_tolerance)
{
    if (wanted <= 0)
        return 0;
    return wanted + in_millionths(hpa_tolerance) * (wanted - 1) / millionths;
}

int64_t policy_target_wait_floor(const struct policy_load *load, int64_t target_wait_ms, int64_t most)
{
    if (target_wait_ms <= 0 || load->run_samples < POLICY_SAMPLES_MIN)
        return 0;
    return erlang_servers(load->arrivals_per_second * load->mean_run_s, load->mean_run_s, (double)target_wait_ms / 1000, most);
}

/* A prebuild job counts prebuildWeight, any other counts whole; the sum is rounded up. */
static int64_t weighted_demand(const struct queue_stats *stats, double prebuild_weight)
{
    int64_t prebuilds = 0;

    for (size_t type = 0; type < JOB_TYPES; type++)
        prebuilds += stats->waiting[type][JOB_BY_PREBUILD] + stats->active[type][JOB_BY_PREBUILD];
    return queue_demand(stats) - prebuilds + (in_millionths(prebuild_weight) * prebuilds + millionths - 1) / millionths;
}

/* The part that asks for the most, of first to last; the first of those that ask for as much. */
static enum policy_part most_of(const int64_t *parts, enum policy_part first, enum policy_part last)
{
    enum policy_part most = first;

    for (enum policy_part part = first; part <= last; part++)
        if (parts[part] > parts[most])
            most = part;
    return most;
}

static void fill_wishes(const struct policy_input *input, int64_t *parts)
{
    const struct queue_spec *spec = input->spec;

    parts[POLICY_DEMAND] = weighted_demand(input->stats, spec->prebuild_weight);
    parts[POLICY_HEADROOM] = parts[POLICY_DEMAND] + spec->headroom;
    parts[POLICY_WORKSHOP] = input->workshop;
    parts[POLICY_TARGET_WAIT] = policy_target_wait_floor(&input->load, spec->target_wait_ms, spec->replicas_max);
    parts[POLICY_LEARNED_PROFILE] = input->learned_profile;
    parts[POLICY_AUTOSTART] = input->autostart;
    parts[POLICY_ACTIVE] = input->stats->active_total;
    parts[POLICY_BUSY_ORDINAL] = input->busy_ordinal;
    parts[POLICY_MIN] = spec->replicas_min;
    parts[POLICY_MAX] = spec->replicas_max;
}

/* After a start nothing is known of the time before, so what is there stands as if it had been wished. */
static int64_t start_floor(const struct policy_input *input)
{
    if (input->now_ms - input->started_ms >= input->spec->scale_down_after_ms)
        return 0;
    return input->stats->daemons[DAEMON_IDLE] + input->stats->daemons[DAEMON_BUSY];
}

static void clamp(struct policy_answer *answer)
{
    answer->wanted = answer->parts[answer->decided_by];
    if (answer->wanted < answer->parts[POLICY_MIN])
        answer->decided_by = POLICY_MIN;
    if (answer->wanted > answer->parts[POLICY_MAX])
        answer->decided_by = POLICY_MAX;
    answer->wanted = answer->parts[answer->decided_by];
}

static int64_t held_until(const struct policy_input *input, const struct policy_answer *answer, struct policy_wish highest)
{
    if (answer->decided_by == POLICY_SCALE_DOWN_AFTER)
        return highest.at_ms + input->spec->scale_down_after_ms;
    if (answer->decided_by == POLICY_START)
        return input->started_ms + input->spec->scale_down_after_ms;
    return 0;
}

struct policy_answer policy_decide(const struct policy_input *input, struct policy_state *state)
{
    const struct queue_spec *spec = input->spec;
    struct policy_answer answer = {
        .now_ms = input->now_ms,
        .waiting = input->stats->waiting_total,
        .active = input->stats->active_total,
        .headroom = spec->headroom,
    };
    struct policy_wish highest;
    int64_t wish;

    fill_wishes(input, answer.parts);
    wish = answer.parts[most_of(answer.parts, POLICY_DEMAND, POLICY_ACTIVE)];
    /* What is above the range is not remembered: it must not come back when a new configuration widens the range. */
    policy_history_add(&state->history, input->now_ms, wish < spec->replicas_max ? wish : spec->replicas_max, spec->scale_down_after_ms);
    highest = policy_history_highest(&state->history);
    answer.parts[POLICY_SCALE_DOWN_AFTER] = highest.replicas;
    answer.parts[POLICY_START] = start_floor(input);
    answer.decided_by = most_of(answer.parts, POLICY_DEMAND, POLICY_BUSY_ORDINAL);
    clamp(&answer);
    answer.held_until_ms = held_until(input, &answer, highest);
    answer.served = policy_serve(answer.wanted, spec->hpa_tolerance);
    return answer;
}
