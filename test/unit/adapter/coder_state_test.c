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
static int apply(size_t organization, enum poll_path path, const char *body, int64_t asked_ms)
{
    struct coder_reading reading = {.path = path};
    struct error err = {0};

    reading.answer.body = BUFFER_INIT(1024 * 1024);
    ck_assert_int_eq(buffer_add_text(&reading.answer.body, body), 0);
    reading.answer.asked_unix_ms = asked_ms;
    reading.answer.asked_boot_ms = asked_ms;
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
    suite_add_tcase(suite, tcase);
    return suite;
}
