#include "adapter/coder_state.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

#define JOB(number, status)                                                                                                        \
    "{\"id\":\"00000000-0000-4000-8000-00000000000" number "\",\"created_at\":\"2026-11-22T09:00:00Z\",\"status\":\"" status "\"," \
    "\"type\":\"workspace_build\",\"tags\":{\"scope\":\"organization\",\"owner\":\"\"}}"
#define ORGANIZATION "{\"id\":\"20b65688-77aa-59a7-b24c-dace09ddbc4c\",\"name\":\"coder\"}"

static struct queue_spec specs[3];
static struct coder_state state;

static void make_spec(struct queue_spec *spec, const char *name, const char *organization, const char *tag)
{
    struct error err = {0};

    *spec = (struct queue_spec){
        .name = strdup(name), .organization = strdup(organization), .name_space = strdup("coder"), .replicas_max = 15};
    ck_assert_int_eq(tags_normalize(&spec->tags, &err), 0);
    if (tag)
        ck_assert_int_eq(tags_set(&spec->tags, tag, "yes", &err), 0);
}

static void set_up(void)
{
    struct error err = {0};

    make_spec(&specs[0], "default", "default", NULL);
    make_spec(&specs[1], "gpu", "coder", "gpu");
    make_spec(&specs[2], "again", "coder", NULL);
    ck_assert_int_eq(coder_state_new(specs, ARRAY_LEN(specs), &state, &err), 0);
}

static void tear_down(void)
{
    coder_state_clear(&state);
    for (size_t i = 0; i < ARRAY_LEN(specs); i++)
        queue_spec_clear(&specs[i]);
}

/* Applies an answer that was asked at the given time. */
static int apply(size_t organization, enum poll_path path, const char *body, int64_t at_ms)
{
    struct coder_reading reading = {.path = path};
    struct error err = {0};

    reading.answer.body = BUFFER_INIT((size_t)1024 * 1024);
    ck_assert_int_eq(buffer_add_text(&reading.answer.body, body), 0);
    reading.answer.asked_unix_ms = at_ms;
    reading.answer.received_unix_ms = at_ms;
    reading.answer.asked_boot_ms = at_ms;
    reading.answer.limit = path == POLL_JOBS ? 100 : 0;
    return coder_state_apply(&state, organization, &reading, &err);
}

static int apply_error(size_t organization, enum poll_path path)
{
    struct coder_reading reading = {.path = path};
    struct error err = {0};

    error_set(&reading.err, ERROR_TIMEOUT, "no answer");
    return coder_state_apply(&state, organization, &reading, &err);
}

static int64_t waiting(size_t organization, size_t queue)
{
    struct error err = {0};

    ck_assert_int_eq(coder_state_model(&state, &err), 0);
    return state.organizations[organization].model.queues[queue].waiting_total;
}

START_TEST(organizations_are_found_once)
{
    ck_assert_uint_eq(state.n_organizations, 2);
    ck_assert_str_eq(state.organizations[0].name, "default");
    ck_assert_uint_eq(state.organizations[1].n_specs, 2);
    ck_assert(!coder_state_settled(&state));
}
END_TEST

START_TEST(a_failed_reading_keeps_the_last_good_one)
{
    ck_assert_int_eq(apply(0, POLL_JOBS, "[" JOB("1", "pending") "]", 1000), 0);
    ck_assert_int_eq(apply(0, POLL_JOBS, "[" JOB("1", "pending") "," JOB("2", "pending"), 2000), -1);
    ck_assert_int_eq(waiting(0, 0), 1);
    ck_assert_int_eq(state.organizations[0].sources[POLL_JOBS].read_boot_ms, 1000);
    ck_assert_ptr_nonnull(strstr(state.organizations[0].sources[POLL_JOBS].err.text, "decode the jobs of organization default"));
    ck_assert_int_eq(apply_error(0, POLL_JOBS), -1);
    ck_assert_int_eq(waiting(0, 0), 1);
    ck_assert_uint_eq(state.organizations[0].sources[POLL_JOBS].failures[ERROR_TIMEOUT], 1);
    ck_assert_uint_eq(state.organizations[0].sources[POLL_JOBS].failures[ERROR_INVALID], 1);
    ck_assert_int_eq(apply(0, POLL_JOBS, "[]", 3000), 0);
    ck_assert_int_eq(waiting(0, 0), 0);
    ck_assert_int_eq(state.organizations[0].sources[POLL_JOBS].err.code, ERROR_NONE);
}
END_TEST

START_TEST(settled_after_one_reading_of_each_good_or_bad)
{
    ck_assert_int_eq(apply(0, POLL_JOBS, "[]", 1), 0);
    ck_assert_int_eq(apply(0, POLL_DAEMONS, "[]", 1), 0);
    ck_assert_int_eq(apply_error(1, POLL_JOBS), -1);
    ck_assert(!coder_state_settled(&state));
    ck_assert_int_eq(apply_error(1, POLL_DAEMONS), -1);
    ck_assert(coder_state_settled(&state));
}
END_TEST

START_TEST(two_names_of_one_organization_become_one)
{
    ck_assert_int_eq(apply(0, POLL_ORGANIZATION, ORGANIZATION, 1), 0);
    ck_assert_int_eq(apply(1, POLL_ORGANIZATION, ORGANIZATION, 1), 0);
    ck_assert_uint_eq(state.organizations[1].same_as, 0);
    ck_assert_uint_eq(state.organizations[0].n_specs, 2); /* default and gpu; again has the tags of default */
    ck_assert_uint_eq(state.organizations[1].n_specs, 0);
    ck_assert(!state.duplicates[0] && !state.duplicates[1] && state.duplicates[2]);
}
END_TEST

START_TEST(a_reload_keeps_what_is_known)
{
    struct coder_state next = {0};
    struct error err = {0};

    ck_assert_int_eq(apply(1, POLL_JOBS, "[" JOB("1", "pending") "]", 1000), 0);
    ck_assert_int_eq(coder_state_new(&specs[2], 1, &next, &err), 0);
    coder_state_inherit(&next, &state);
    coder_state_clear(&state);
    state = next;
    ck_assert_uint_eq(state.n_organizations, 1);
    ck_assert_int_eq(waiting(0, 0), 1);
    ck_assert_int_eq(state.organizations[0].sources[POLL_JOBS].read_boot_ms, 1000);
}
END_TEST

/* --- jobs that end --- */

#define DAEMON                                                                                                       \
    "[{\"id\":\"00000000-0000-4000-8000-0000000000d1\",\"created_at\":\"2026-11-22T08:00:00Z\",\"status\":\"idle\"," \
    "\"tags\":{\"scope\":\"organization\",\"owner\":\"\",\"gpu\":\"yes\"}}]"
#define ENDED(number, more)                                                                                       \
    "{\"id\":\"00000000-0000-4000-8000-00000000000" number "\",\"created_at\":\"2026-11-22T09:00:00Z\","          \
    "\"started_at\":\"2026-11-22T09:00:02Z\",\"completed_at\":\"2026-11-22T09:01:02Z\",\"status\":\"succeeded\"," \
    "\"type\":\"workspace_build\"" more "}"

static const int64_t asked_ms = INT64_C(1795338070000); /* 2026-11-22T09:01:10Z */

static uint64_t succeeded(size_t spec)
{
    return state.slidings[spec].totals.outcomes[JOB_WORKSPACE_BUILD][OUTCOME_SUCCEEDED];
}

/* Of organization 1, as refresh does it. */
static size_t next_ids(void)
{
    struct uuid ids[COMPLETION_BATCH_MAX];

    return completions_next(&state.organizations[1].completions, ids);
}

/* The first is the queue's that its tags tell, the second the queue's whose daemon ran it. */
START_TEST(ended_jobs_are_asked_for_and_counted)
{
    const struct coder_source *source = &state.organizations[1].sources[POLL_COMPLETIONS];

    ck_assert_int_eq(apply(1, POLL_JOBS, "[" JOB("1", "running") "," JOB("2", "running") "]", asked_ms), 0);
    ck_assert_int_eq(source->read_unix_ms, asked_ms); /* nothing is left to ask for */
    ck_assert_uint_eq(next_ids(), 0);
    ck_assert_int_eq(apply(1, POLL_JOBS, "[]", asked_ms + 1), 0);
    ck_assert_int_eq(source->read_unix_ms, asked_ms);
    ck_assert_uint_eq(next_ids(), 2);
    ck_assert_int_eq(apply(1, POLL_DAEMONS, DAEMON, asked_ms + 2), 0);
    ck_assert_int_eq(apply_error(1, POLL_COMPLETIONS), -1);
    ck_assert_int_eq(source->read_unix_ms, asked_ms);
    ck_assert_uint_eq(next_ids(), 2);
    ck_assert_int_eq(apply(1, POLL_COMPLETIONS,
                           "[" ENDED("1", "") "," ENDED("2", ",\"worker_id\":\"00000000-0000-4000-8000-0000000000d1\"") "]", asked_ms + 3),
                     0);
    ck_assert_int_eq(source->read_unix_ms, asked_ms + 3);
    ck_assert_uint_eq(next_ids(), 0);
    ck_assert_uint_eq(succeeded(2), 1);
    ck_assert_uint_eq(succeeded(1), 1);
    ck_assert_int_eq(state.slidings[2].totals.sum_ms[SLIDING_RUN][JOB_WORKSPACE_BUILD], 60000);
    ck_assert_int_eq(state.slidings[2].totals.sum_ms[SLIDING_WAIT][JOB_WORKSPACE_BUILD], 2000);
}
END_TEST

START_TEST(an_answer_that_cannot_be_read_is_asked_for_again)
{
    ck_assert_int_eq(apply(1, POLL_JOBS, "[" JOB("1", "running") "]", asked_ms), 0);
    ck_assert_int_eq(apply(1, POLL_JOBS, "[]", asked_ms + 1), 0);
    ck_assert_uint_eq(next_ids(), 1);
    ck_assert_int_eq(apply(1, POLL_COMPLETIONS, "[" ENDED("1", "") ",", asked_ms + 2), -1);
    ck_assert_ptr_nonnull(
        strstr(state.organizations[1].sources[POLL_COMPLETIONS].err.text, "decode the completions of organization coder"));
    ck_assert_uint_eq(next_ids(), 1);
    ck_assert_uint_eq(succeeded(2), 0);
}
END_TEST

/* The queue "again" stays, its number changes; the queue "gpu" goes. */
START_TEST(a_reload_keeps_what_ended_and_what_runs)
{
    struct coder_state next = {0};
    struct error err = {0};

    ck_assert_int_eq(apply(1, POLL_JOBS, "[" JOB("1", "running") "," JOB("2", "running") "," JOB("3", "running") "]", asked_ms), 0);
    ck_assert_int_eq(apply(1, POLL_JOBS, "[" JOB("2", "running") "," JOB("3", "running") "]", asked_ms), 0);
    ck_assert_uint_eq(next_ids(), 1);
    ck_assert_int_eq(apply(1, POLL_COMPLETIONS, "[" ENDED("1", "") "]", asked_ms), 0);
    ck_assert_int_eq(apply(1, POLL_JOBS, "[" JOB("3", "running") "]", asked_ms), 0);
    ck_assert_int_eq(coder_state_new(&specs[2], 1, &next, &err), 0);
    coder_state_inherit(&next, &state);
    coder_state_clear(&state);
    state = next;
    ck_assert_uint_eq(succeeded(0), 1);
    ck_assert_uint_eq(state.organizations[0].completions.asked, 0); /* nobody asked for it yet */
    ck_assert_uint_eq(state.organizations[0].completions.n_pending, 1);
    ck_assert_int_eq(apply(0, POLL_JOBS, "[]", asked_ms), 0);
    ck_assert_uint_eq(completions_next(&state.organizations[0].completions, (struct uuid[COMPLETION_BATCH_MAX]){0}), 2);
    ck_assert_int_eq(apply(0, POLL_COMPLETIONS, "[" ENDED("2", "") "," ENDED("3", "") "]", asked_ms), 0);
    ck_assert_uint_eq(succeeded(0), 3);
}
END_TEST

Suite *coder_state_suite(void)
{
    Suite *suite = suite_create("coder_state");
    TCase *tcase = tcase_create("coder_state");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, organizations_are_found_once);
    tcase_add_test(tcase, a_failed_reading_keeps_the_last_good_one);
    tcase_add_test(tcase, settled_after_one_reading_of_each_good_or_bad);
    tcase_add_test(tcase, two_names_of_one_organization_become_one);
    tcase_add_test(tcase, a_reload_keeps_what_is_known);
    tcase_add_test(tcase, ended_jobs_are_asked_for_and_counted);
    tcase_add_test(tcase, an_answer_that_cannot_be_read_is_asked_for_again);
    tcase_add_test(tcase, a_reload_keeps_what_ended_and_what_runs);
    suite_add_tcase(suite, tcase);
    return suite;
}
