#include "queue/outcome.h"

#include "base/attributes.h"
#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

enum { NOT_ENDED = -1 };

static const struct {
    struct job job;
    int outcome;
    int64_t wait_ms, run_ms;
} cases[] = {
    {{.status = JOB_PENDING, .created_unix_ms = 1000}, NOT_ENDED, -1, -1},
    {{.status = JOB_RUNNING, .created_unix_ms = 1000, .started_unix_ms = 1700}, NOT_ENDED, 700, -1},
    {{.status = JOB_CANCELING, .created_unix_ms = 1000, .started_unix_ms = 1700}, NOT_ENDED, 700, -1},
    {{.status = JOB_OTHER_STATUS, .created_unix_ms = 1000}, NOT_ENDED, -1, -1},
    {{.status = JOB_SUCCEEDED, .created_unix_ms = 1000, .started_unix_ms = 1700, .completed_unix_ms = 9700}, OUTCOME_SUCCEEDED, 700, 8000},
    {{.status = JOB_SUCCEEDED, .created_unix_ms = 1000, .started_unix_ms = 1000, .completed_unix_ms = 1001}, OUTCOME_SUCCEEDED, 0, 1},
    {{.status = JOB_FAILED, .created_unix_ms = 1000, .started_unix_ms = 1700, .completed_unix_ms = 9700}, OUTCOME_FAILED, 700, 8000},
    {{.status = JOB_CANCELED, .created_unix_ms = 1000, .started_unix_ms = 1700, .completed_unix_ms = 9700}, OUTCOME_CANCELED, 700, 8000},
    /* canceled while it waited */
    {{.status = JOB_CANCELED, .created_unix_ms = 1000, .completed_unix_ms = 9700}, OUTCOME_CANCELED, -1, -1},
    /* reaped while it waited: both stamps are the reaper's */
    {{.status = JOB_FAILED, .created_unix_ms = 1000, .started_unix_ms = 9700, .completed_unix_ms = 9700, .reaped = true},
     OUTCOME_REAPED,
     -1,
     -1},
    /* reaped while it ran */
    {{.status = JOB_FAILED, .created_unix_ms = 1000, .started_unix_ms = 1700, .completed_unix_ms = 9700, .reaped = true},
     OUTCOME_REAPED,
     700,
     -1},
    /* stamps that make no sense */
    {{.status = JOB_SUCCEEDED, .created_unix_ms = 1000, .started_unix_ms = 900, .completed_unix_ms = 950}, OUTCOME_SUCCEEDED, -1, 50},
    {{.status = JOB_SUCCEEDED, .created_unix_ms = 1000, .started_unix_ms = 1700, .completed_unix_ms = 1700}, OUTCOME_SUCCEEDED, 700, -1},
    {{.status = JOB_SUCCEEDED, .created_unix_ms = 1000, .started_unix_ms = 1700, .completed_unix_ms = 1600}, OUTCOME_SUCCEEDED, 700, -1},
    {{.status = JOB_FAILED, .created_unix_ms = 1000, .started_unix_ms = 1700}, OUTCOME_FAILED, 700, -1},
};

START_TEST(outcome_case)
{
    const struct job *job = &cases[_i].job;
    enum outcome outcome = OUTCOMES;

    ck_assert(outcome_of(job, &outcome) == (cases[_i].outcome != NOT_ENDED));
    ck_assert_int_eq(outcome, cases[_i].outcome == NOT_ENDED ? (int)OUTCOMES : cases[_i].outcome);
    ck_assert_int_eq(outcome_wait_ms(job), cases[_i].wait_ms);
    ck_assert_int_eq(outcome_run_ms(job), cases[_i].run_ms);
}
END_TEST

/* The recorded jobs, in the order of the file. */
static const struct {
    const char *outcome;
    int64_t wait_ms, run_ms;
} recorded[] = {
    {"succeeded", 904, 96876}, {"failed", 42600, 130650}, {"failed", 229, 17499},
    {"canceled", -1, -1},      {"reaped", -1, -1},        {"reaped", 700, -1},
};

START_TEST(recorded_case)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct error err = {0};
    enum outcome outcome = OUTCOMES;

    fixture_read("provisionerjobs-completed.json", &body);
    ck_assert_msg(job_list_decode(body.data, body.len, 0, &jobs, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(jobs.len, ARRAY_LEN(recorded));
    ck_assert(outcome_of(&jobs.items[_i], &outcome));
    ck_assert_str_eq(outcome_name(outcome), recorded[_i].outcome);
    ck_assert_int_eq(outcome_wait_ms(&jobs.items[_i]), recorded[_i].wait_ms);
    ck_assert_int_eq(outcome_run_ms(&jobs.items[_i]), recorded[_i].run_ms);
}
END_TEST

Suite *outcome_suite(void)
{
    Suite *suite = suite_create("outcome");
    TCase *tcase = tcase_create("outcome");

    tcase_add_loop_test(tcase, outcome_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, recorded_case, 0, ARRAY_LEN(recorded));
    suite_add_tcase(suite, tcase);
    return suite;
}
