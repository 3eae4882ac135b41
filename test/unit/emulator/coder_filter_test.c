#include "emulator/coder_filter.h"

#include <string.h>

#include "base/buffer.h"
#include "test/unit/emulator/suites.h"

static void parse(const char *raw, struct url *out)
{
    struct error err = {0};

    ck_assert_msg(url_parse(raw, out, &err) == 0, "%s", err.text);
}

START_TEST(nothing_given_filters_nothing)
{
    CLEANUP(url_clear) struct url target = {0};
    struct validations wrong = {0};
    struct job_filter jobs;
    struct daemon_filter daemons;

    parse("/x", &target);
    job_filter_parse(&target, &jobs, &wrong);
    daemon_filter_parse(&target, &daemons, &wrong);
    ck_assert_uint_eq(wrong.len, 0);
    ck_assert_int_eq(jobs.list.limit, 50);
    ck_assert_int_eq(daemons.list.limit, 50);
    ck_assert(jobs.list.statuses == 0 && !jobs.list.has_tags && jobs.list.n_ids == 0 && !jobs.has_initiator);
    ck_assert(!daemons.offline && daemons.max_age_ms == 0);
}
END_TEST

START_TEST(everything_given)
{
    CLEANUP(url_clear) struct url target = {0};
    struct validations wrong = {0};
    struct job_filter jobs;

    parse("/x?limit=7&status=pending,canceling&status=failed&ids=c42fdf75-3097-471c-8c33-fb52454d81c0&tags={%22a%22:%22b%22}&initiator="
          "c42fdf75-3097-471c-8c33-fb52454d81c0",
          &target);
    job_filter_parse(&target, &jobs, &wrong);
    ck_assert_msg(wrong.len == 0, "%s", wrong.items[0].detail);
    ck_assert_int_eq(jobs.list.limit, 7);
    ck_assert_uint_eq(jobs.list.statuses, 1U << SIM_PENDING | 1U << SIM_CANCELING | 1U << SIM_FAILED);
    ck_assert_uint_eq(jobs.list.n_ids, 1);
    ck_assert_str_eq(tagset_get(&jobs.list.tags, "a"), "b");
    ck_assert(jobs.has_initiator && stable_id_equal(jobs.initiator, jobs.list.ids[0]));
    ck_assert_str_eq(jobs.unknown_status, "");
}
END_TEST

START_TEST(status_names_agree)
{
    static const char *const names[] = {"pending", "running", "canceling", "succeeded", "failed", "canceled"};

    for (int state = 0; state < SIM_JOB_STATES; state++)
        ck_assert_str_eq(coder_job_status_name((enum sim_job_state)state), names[state]);
}
END_TEST

START_TEST(bounds_hold)
{
    CLEANUP(buffer_clear) struct buffer raw = BUFFER_INIT(262144);
    CLEANUP(url_clear) struct url target = {0};
    struct validations wrong = {0};
    struct job_filter jobs;

    (void)buffer_add_text(&raw, "/x?ids=");
    for (int i = 0; i <= FILTER_IDS_MAX; i++)
        (void)buffer_add_text(&raw, "c42fdf75-3097-471c-8c33-fb52454d81c0,");
    (void)buffer_add_text(&raw, "&status=");
    for (int i = 0; i < 1000; i++)
        (void)buffer_add_text(&raw, "x");
    for (int i = 0; i < 2 * VALIDATIONS_MAX; i++)
        (void)buffer_printf(&raw, "&unknown-parameter-whose-name-is-longer-than-any-field-of-the-list-%d=1", i);
    parse(buffer_text(&raw), &target);
    job_filter_parse(&target, &jobs, &wrong);
    ck_assert_uint_eq(jobs.list.n_ids, FILTER_IDS_MAX);
    ck_assert_uint_eq(strlen(jobs.unknown_status), 60);
    ck_assert_uint_eq(wrong.len, VALIDATIONS_MAX);
}
END_TEST

Suite *coder_filter_suite(void)
{
    Suite *suite = suite_create("coder_filter");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, nothing_given_filters_nothing);
    tcase_add_test(tcase, everything_given);
    tcase_add_test(tcase, status_names_agree);
    tcase_add_test(tcase, bounds_hold);
    suite_add_tcase(suite, tcase);
    return suite;
}
