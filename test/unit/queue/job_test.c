#include "queue/job.h"

#include "test/unit/queue/suites.h"

START_TEST(names_are_coders)
{
    ck_assert_str_eq(job_type_name(JOB_WORKSPACE_BUILD), "workspace_build");
    ck_assert_str_eq(job_type_name(JOB_TEMPLATE_IMPORT), "template_version_import");
    ck_assert_str_eq(job_type_name(JOB_TEMPLATE_DRY_RUN), "template_version_dry_run");
    ck_assert_str_eq(job_type_name(JOB_OTHER_TYPE), "other");
    ck_assert_str_eq(job_initiator_name(JOB_BY_USER), "user");
    ck_assert_str_eq(job_initiator_name(JOB_BY_PREBUILD), "prebuild");
}
END_TEST

START_TEST(canceling_is_active)
{
    static const bool active[] = {
        [JOB_PENDING] = false, [JOB_RUNNING] = true,   [JOB_CANCELING] = true,     [JOB_SUCCEEDED] = false,
        [JOB_FAILED] = false,  [JOB_CANCELED] = false, [JOB_OTHER_STATUS] = false,
    };
    const struct job job = {.status = (enum job_status)_i};

    ck_assert(job_is_active(&job) == active[_i]);
}
END_TEST

START_TEST(a_job_is_small)
{
    ck_assert_uint_le(sizeof(struct job), 72);
}
END_TEST

Suite *job_suite(void)
{
    Suite *suite = suite_create("job");
    TCase *tcase = tcase_create("job");

    tcase_add_test(tcase, names_are_coders);
    tcase_add_loop_test(tcase, canceling_is_active, 0, JOB_OTHER_STATUS + 1);
    tcase_add_test(tcase, a_job_is_small);
    suite_add_tcase(suite, tcase);
    return suite;
}
