/* The policy of queues over days: what is learned and what is told in advance. */
#include "adapter/coder_policies.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

static const int64_t monday_ms = INT64_C(1788739200000); /* 2026-09-07, 00:00 UTC */
static const int64_t minute_ms = 60000, hour_ms = 3600000, week_ms = INT64_C(7) * 24 * 3600000;

static struct queue_spec spec;
static struct coder_state state;
static const struct zone utc;
static const struct queue_plan plan = {.zone = &utc};

static void set_up(void)
{
    struct error err = {0};

    spec = (struct queue_spec){.name = strdup("default"),
                               .organization = strdup("default"),
                               .replicas_min = 2,
                               .replicas_max = 15,
                               .scale_down_after_ms = 10 * minute_ms,
                               .prebuild_weight = 1};
    ck_assert_int_eq(tags_normalize(&spec.tags, &err), 0);
    ck_assert_int_eq(coder_state_new(&spec, 1, &state, &err), 0);
    ck_assert_int_eq(coder_state_model(&state, &err), 0);
}

static void tear_down(void)
{
    coder_state_clear(&state);
    queue_spec_clear(&spec);
}

/* One reading, with so many new builds, each of two minutes. */
static const struct policy_answer *decide(int64_t unix_ms, int jobs)
{
    const struct queue_moment now = {.boot_ms = unix_ms, .unix_ms = unix_ms};
    struct organization_state *organization = &state.organizations[0];

    organization->sources[POLL_JOBS].read_unix_ms = unix_ms;
    organization->sources[POLL_JOBS].read_boot_ms = unix_ms;
    organization->sources[POLL_DAEMONS].read_boot_ms = unix_ms;
    for (int i = 0; i < jobs; i++) {
        const struct sliding_sample run = {SLIDING_RUN, JOB_WORKSPACE_BUILD, 2 * minute_ms, unix_ms};

        sliding_add_arrival(&state.slidings[0], JOB_WORKSPACE_BUILD, unix_ms);
        ck_assert_int_eq(sliding_add(&state.slidings[0], &run), 0);
    }
    coder_policies_decide(&state, &plan, &now);
    return &state.policies[0].answer;
}

/* Twenty people come within the minute after nine on each Monday. */
static void live_weeks(int weeks)
{
    for (int64_t at_ms = monday_ms; at_ms < monday_ms + weeks * week_ms; at_ms += minute_ms)
        (void)decide(at_ms, (at_ms - monday_ms) % week_ms == 9 * hour_ms ? 20 : 0);
}

START_TEST(a_learned_morning_raises_ahead)
{
    int64_t monday = monday_ms + 2 * week_ms;

    spec.learned_profile = true;
    live_weeks(2);
    ck_assert_int_eq(decide(monday + 8 * hour_ms, 0)->wanted, 2);
    ck_assert_int_eq(decide(monday + 8 * hour_ms + 45 * minute_ms, 0)->wanted, 11);
    ck_assert_int_eq(state.policies[0].answer.decided_by, POLICY_LEARNED_PROFILE);
    ck_assert_int_eq(decide(monday + 9 * hour_ms + 30 * minute_ms, 0)->wanted, 11);
    ck_assert_int_eq(decide(monday + 10 * hour_ms + 30 * minute_ms, 0)->wanted, 2);
    spec.learned_profile = false;
    ck_assert_int_eq(decide(monday + week_ms + 9 * hour_ms, 0)->wanted, 2);
}
END_TEST

START_TEST(nothing_is_learned_unasked)
{
    live_weeks(3);
    ck_assert_ptr_null(state.policies[0].profile);
    ck_assert_int_eq(decide(monday_ms + 3 * week_ms + 9 * hour_ms, 0)->wanted, 2);
}
END_TEST

/* Readings that fail are no quiet hours. */
START_TEST(an_outage_teaches_nothing)
{
    const struct queue_moment now = {.boot_ms = monday_ms + 2 * week_ms + 11 * hour_ms, .unix_ms = monday_ms + 2 * week_ms + 11 * hour_ms};

    spec.learned_profile = true;
    live_weeks(2);
    for (int i = 0; i < 100; i++)
        coder_policies_decide(&state, &plan, &now); /* whatever the time is, the last reading was at midnight */
    ck_assert_int_eq(state.policies[0].profile->weeks[9], 2);
    ck_assert_int_eq(decide(monday_ms + 3 * week_ms + 9 * hour_ms, 0)->wanted, 11);
}
END_TEST

/* Twelve workspaces start at nine: two waves of the guidelines, and never more provisioners than workspaces. */
START_TEST(scheduled_starts_raise_ahead)
{
    static const struct guideline rows[] = {{0, 6, 6}, {10, 8, 8}};
    struct schedule_start starts[12];
    struct tags tags = {0};
    struct schedule schedule = {.items = starts, .len = ARRAY_LEN(starts), .tag_sets = {.items = &tags, .len = 1}};
    const struct queue_plan with = {.zone = &utc, .guidelines = rows, .n_guidelines = ARRAY_LEN(rows), .schedule = &schedule};
    struct queue_moment now = {.boot_ms = monday_ms, .unix_ms = monday_ms};
    struct error err = {0};

    ck_assert_int_eq(tags_normalize(&tags, &err), 0);
    state.organizations[0].id.bytes[0] = 1;
    for (size_t i = 0; i < ARRAY_LEN(starts); i++)
        starts[i] = (struct schedule_start){.at_unix_ms = monday_ms + 9 * hour_ms, .organization = state.organizations[0].id};
    (void)decide(monday_ms, 0);
    now.unix_ms = monday_ms + 8 * hour_ms + 45 * minute_ms;
    now.boot_ms = now.unix_ms;
    coder_policies_decide(&state, &with, &now);
    ck_assert_int_eq(state.policies[0].answer.wanted, 2); /* unasked */
    spec.autostart = true;
    coder_policies_decide(&state, &with, &now);
    ck_assert_int_eq(state.policies[0].answer.wanted, 8);
    ck_assert_int_eq(state.policies[0].answer.decided_by, POLICY_AUTOSTART);
    schedule.len = 3;
    now.boot_ms += hour_ms;
    coder_policies_decide(&state, &with, &now);
    ck_assert_int_eq(state.policies[0].answer.wanted, 3);
    tags_clear(&tags);
}
END_TEST

START_TEST(a_reload_keeps_what_was_learned)
{
    struct coder_state next = {0};
    struct error err = {0};

    spec.learned_profile = true;
    live_weeks(2);
    ck_assert_int_eq(coder_state_new(&spec, 1, &next, &err), 0);
    coder_state_inherit(&next, &state);
    coder_state_clear(&state);
    state = next;
    ck_assert_int_eq(coder_state_model(&state, &err), 0);
    ck_assert_int_eq(decide(monday_ms + 2 * week_ms + 9 * hour_ms, 0)->wanted, 11);
}
END_TEST

/* The state of Coder at that moment, decided with a plan. */
static const struct policy_answer *decide_with(const struct queue_plan *with, int64_t unix_ms)
{
    const struct queue_moment now = {.boot_ms = unix_ms, .unix_ms = unix_ms};

    coder_policies_decide(&state, with, &now);
    return &state.policies[0].answer;
}

/* People of workshops that ConfigMaps tell come on top, but not those of one that the configuration has, too. */
START_TEST(told_workshops_add_up)
{
    static const struct guideline rows[] = {{0, 6, 6}, {10, 8, 8}, {20, 12, 12}};
    char autumn[] = "autumn", winter[] = "winter", ours[] = "default", other[] = "gpu";
    int64_t nine = monday_ms + 9 * hour_ms, ten = monday_ms + 10 * hour_ms;
    const struct workshop configured = {autumn, ours, nine, ten, 0, 5};
    const struct workshop told[] = {
        {autumn, ours, nine, ten, 0, 500}, {winter, ours, nine, ten, 0, 15}, {winter, other, nine, ten, 0, 500}};
    struct queue_plan with = {
        .zone = &utc, .workshops = &configured, .n_workshops = 1, .guidelines = rows, .n_guidelines = ARRAY_LEN(rows)};

    (void)decide(monday_ms, 0);
    ck_assert_int_eq(decide_with(&with, nine)->parts[POLICY_WORKSHOP], 6);
    with.told = told;
    with.n_told = ARRAY_LEN(told);
    ck_assert_int_eq(decide_with(&with, nine)->parts[POLICY_WORKSHOP], 12); /* 5 and 15 */
    ck_assert_int_eq(decide_with(&with, ten + hour_ms)->parts[POLICY_WORKSHOP], 0);
    with.n_workshops = 0;
    ck_assert_int_gt(decide_with(&with, nine)->parts[POLICY_WORKSHOP], 12); /* now it is the 500 */
}
END_TEST

/* A StatefulSet goes down from its end: what works there holds it. */
START_TEST(a_busy_ordinal_holds_a_stateful_set)
{
    static const struct {
        bool protect_busy;
        enum workload_kind kind;
        int64_t part;
    } rows[] = {{true, WORKLOAD_STATEFULSET, 8}, {false, WORKLOAD_STATEFULSET, 0}, {true, WORKLOAD_DEPLOYMENT, 0}};
    struct organization_state *organization = &state.organizations[0];
    char workload[] = "prov";
    struct error err = {0};

    organization->daemons.items = calloc(1, sizeof(*organization->daemons.items));
    ck_assert_ptr_nonnull(organization->daemons.items);
    organization->daemons.len = 1;
    organization->daemons.items[0] = (struct daemon_row){.name = "prov-7", .status = DAEMON_BUSY};
    ck_assert_int_eq(tags_normalize(&organization->daemons.items[0].tags, &err), 0);
    organization->changed = true;
    ck_assert_int_eq(coder_state_model(&state, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        spec.protect_busy = rows[i].protect_busy;
        spec.workload.kind = rows[i].kind;
        spec.workload.name = workload;
        ck_assert_int_eq(decide(monday_ms, 0)->parts[POLICY_BUSY_ORDINAL], rows[i].part);
    }
    spec.workload.name = NULL;
}
END_TEST

/* What it remembers would be false. */
START_TEST(nothing_is_decided_before_both_were_read)
{
    struct organization_state *organization = &state.organizations[0];

    (void)decide_with(&plan, monday_ms);
    ck_assert(!state.policies[0].decided);
    organization->sources[POLL_JOBS].read_boot_ms = 1;
    (void)decide_with(&plan, monday_ms);
    ck_assert(!state.policies[0].decided);
    organization->sources[POLL_DAEMONS].read_boot_ms = 1;
    (void)decide_with(&plan, monday_ms);
    ck_assert(state.policies[0].decided);
}
END_TEST

/* One job a second, each of two minutes: the rate counts once it was watched for a minute. */
START_TEST(arrivals_are_a_rate_after_a_minute)
{
    spec.target_wait_ms = 1000;
    state.slidings[0].watched_from_unix_ms = monday_ms;
    ck_assert_int_eq(decide(monday_ms + minute_ms - 1, 30)->parts[POLICY_TARGET_WAIT], 0);
    ck_assert_int_eq(decide(monday_ms + minute_ms, 30)->parts[POLICY_TARGET_WAIT], 15); /* as many as there may be */
}
END_TEST

Suite *coder_policies_suite(void)
{
    Suite *suite = suite_create("coder_policies");
    TCase *tcase = tcase_create("coder_policies");

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_learned_morning_raises_ahead);
    tcase_add_test(tcase, nothing_is_learned_unasked);
    tcase_add_test(tcase, an_outage_teaches_nothing);
    tcase_add_test(tcase, scheduled_starts_raise_ahead);
    tcase_add_test(tcase, a_reload_keeps_what_was_learned);
    tcase_add_test(tcase, told_workshops_add_up);
    tcase_add_test(tcase, a_busy_ordinal_holds_a_stateful_set);
    tcase_add_test(tcase, nothing_is_decided_before_both_were_read);
    tcase_add_test(tcase, arrivals_are_a_rate_after_a_minute);
    suite_add_tcase(suite, tcase);
    return suite;
}
