#include "queue/job.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

#define ID "4ea6ae5d-be31-5631-ae1d-ad219cf00a6c"
#define ID_2 "662b5ed1-efbc-53ac-b760-40bde480f4b9"
#define NEEDED "\"id\":\"" ID "\",\"created_at\":\"2026-09-14T08:00:00Z\",\"status\":\"pending\""

static int decode(const char *text, size_t limit, struct job_list *out, struct error *err)
{
    return job_list_decode(text, strlen(text), limit, out, err);
}

/* --- the recorded list --- */

static const struct {
    const char *id, *worker, *created, *started;
    enum job_status status;
    enum job_type type;
    enum job_initiator initiator;
    const char *tags;
} recorded[] = {
    {ID, "", "2026-09-14T08:00:09.551Z", NULL, JOB_PENDING, JOB_WORKSPACE_BUILD, JOB_BY_USER, "cluster=eu-1,gpu=a100"},
    {ID_2, "", "2026-09-14T08:00:05.090Z", NULL, JOB_PENDING, JOB_TEMPLATE_IMPORT, JOB_BY_USER, ""},
    {"a46a88cb-c688-580c-9eda-19b81f229908", "", "2026-09-14T08:00:02.310Z", NULL, JOB_PENDING, JOB_WORKSPACE_BUILD, JOB_BY_PREBUILD, ""},
    {"012c8017-e0b6-53b8-8c84-ed5d7eb8446e", "", "2026-09-14T07:59:58.004Z", NULL, JOB_PENDING, JOB_WORKSPACE_BUILD, JOB_BY_USER,
     "cluster=eu-1"},
    {"7e436f55-35af-523c-bdbf-e2affa1cbcd1", "7ff2158e-f976-5b8a-a10c-9dc9a940abb3", "2026-09-14T07:58:40.710Z", "2026-09-14T07:58:40.933Z",
     JOB_CANCELING, JOB_WORKSPACE_BUILD, JOB_BY_USER, ""},
    {"e6e08c8a-2d67-546b-8948-47d797d10e29", "5edd5dfe-8120-5412-8005-65b19d174e4d", "2026-09-14T07:58:12.400Z", "2026-09-14T07:58:12.911Z",
     JOB_RUNNING, JOB_WORKSPACE_BUILD, JOB_BY_USER, "cluster=eu-1"},
    {"fc430145-b60f-5322-a952-73fb930f344f", "8caea9af-cf36-5fc0-bcdf-ede65015975d", "2026-09-14T07:56:01.200Z", "2026-09-14T07:56:44.018Z",
     JOB_RUNNING, JOB_TEMPLATE_DRY_RUN, JOB_BY_USER, ""},
};

static void read_recorded(const char *name, struct job_list *out)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    struct error err = {0};

    fixture_read(name, &body);
    ck_assert_msg(job_list_decode(body.data, body.len, 1000, out, &err) == 0, "%s", err.text);
}

START_TEST(recorded_case)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    CLEANUP(buffer_clear) struct buffer tags = BUFFER_INIT(256);
    char id[UUID_TEXT_LEN + 1], worker[UUID_TEXT_LEN + 1];
    const struct job *job;

    read_recorded("provisionerjobs-pending-running.json", &jobs);
    ck_assert_uint_eq(jobs.len, ARRAY_LEN(recorded));
    job = &jobs.items[_i];
    uuid_print(&job->id, id);
    uuid_print(&job->worker, worker);
    tags_print(job_tags(&jobs, job), &tags);
    ck_assert_str_eq(id, recorded[_i].id);
    ck_assert_str_eq(uuid_is_nil(&job->worker) ? "" : worker, recorded[_i].worker);
    ck_assert_int_eq(job->created_unix_ms, unix_ms_of(recorded[_i].created));
    ck_assert_int_eq(job->started_unix_ms, recorded[_i].started ? unix_ms_of(recorded[_i].started) : 0);
    ck_assert_int_eq(job->completed_unix_ms, 0);
    ck_assert_int_eq(job->status, recorded[_i].status);
    ck_assert_int_eq(job->type, recorded[_i].type);
    ck_assert_int_eq(job->initiator, recorded[_i].initiator);
    ck_assert_str_eq(buffer_text(&tags), recorded[_i].tags);
}
END_TEST

START_TEST(completed_jobs)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    size_t n[JOB_OTHER_STATUS + 1] = {0};

    read_recorded("provisionerjobs-completed.json", &jobs);
    for (size_t i = 0; i < jobs.len; i++) {
        n[jobs.items[i].status]++;
        ck_assert_int_gt(jobs.items[i].completed_unix_ms, 0);
        ck_assert(!job_is_active(&jobs.items[i]));
    }
    ck_assert_uint_eq(jobs.len, 6);
    ck_assert_uint_eq(n[JOB_SUCCEEDED], 1);
    ck_assert_uint_eq(n[JOB_FAILED], 4);
    ck_assert_uint_eq(n[JOB_CANCELED], 1);
}
END_TEST

START_TEST(an_empty_list_is_good)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};

    read_recorded("empty-list.json", &jobs);
    ck_assert_uint_eq(jobs.len, 0);
}
END_TEST

/* --- one job, read leniently --- */

static const struct {
    const char *members; /* behind NEEDED */
    enum job_type type;
    enum job_initiator initiator;
    bool has_worker;
    int64_t started;
    const char *tags;
} lenient[] = {
    {"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"type\":\"workspace_build\"", JOB_WORKSPACE_BUILD, JOB_BY_USER, false, 0, ""},
    {",\"type\":\"brand_new\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"type\":\"other\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"type\":null,\"tags\":null,\"worker_id\":null,\"initiator_id\":null,\"started_at\":null", JOB_OTHER_TYPE, JOB_BY_USER, false, 0,
     ""},
    {",\"type\":\"\",\"worker_id\":\"\",\"initiator_id\":\"\",\"started_at\":\"\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"worker_id\":\"00000000-0000-0000-0000-000000000000\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"worker_id\":\"8CAEA9AF-CF36-5FC0-BCDF-EDE65015975D\"", JOB_OTHER_TYPE, JOB_BY_USER, true, 0, ""},
    {",\"started_at\":\"1970-01-01T02:00:05+02:00\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 5000, ""},
    {",\"started_at\":\"1970-01-01T00:00:05.123456789Z\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 5123, ""},
    {",\"started_at\":\"0001-01-01T00:00:00Z\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"tags\":{}", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"tags\":{\"k\":\"\\u00e9\"}", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, "k=\xc3\xa9"},
    {",\"initiator_id\":\"C42FDF75-3097-471C-8C33-FB52454D81C0\"", JOB_OTHER_TYPE, JOB_BY_PREBUILD, false, 0, ""},
    {",\"new\":{\"deep\":[1,2,{\"x\":null}]},\"queue_size\":\"many\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
    {",\"organization_id\":\"883793e6-b227-5cc8-b9da-cd07be848a67\"", JOB_OTHER_TYPE, JOB_BY_USER, false, 0, ""},
};

START_TEST(lenient_case)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    CLEANUP(buffer_clear) struct buffer tags = BUFFER_INIT(256);
    struct error err = {0};
    char text[1024];

    (void)snprintf(text, sizeof(text), "[{" NEEDED "%s}]", lenient[_i].members);
    ck_assert_msg(decode(text, 10, &jobs, &err) == 0, "%s: %s", text, err.text);
    ck_assert_uint_eq(jobs.len, 1);
    ck_assert_int_eq(jobs.items[0].type, lenient[_i].type);
    ck_assert_int_eq(jobs.items[0].initiator, lenient[_i].initiator);
    ck_assert_int_eq(jobs.items[0].started_unix_ms, lenient[_i].started);
    ck_assert(uuid_is_nil(&jobs.items[0].worker) != lenient[_i].has_worker);
    tags_print(job_tags(&jobs, &jobs.items[0]), &tags);
    ck_assert_str_eq(buffer_text(&tags), lenient[_i].tags);
    ck_assert_str_eq(tags_get(job_tags(&jobs, &jobs.items[0]), "scope"), "organization");
}
END_TEST

static const struct {
    const char *error;
    bool reaped;
} errors[] = {
    {"\"\"", false},
    {"null", false},
    {"\"terraform apply: exit status 1\"", false},
    {"\"Coder: Build has been detected as hung for 5 minutes and has been terminated by the reaper.\"", true},
    {"\"Build has been detected as pending for 30 minutes and will be terminated.\"", true},
    {"\"terraform: the node was detected as hung\"", false},
};

START_TEST(error_case)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct error err = {0};
    char text[1024];

    (void)snprintf(text, sizeof(text), "[{" NEEDED ",\"error\":%s}]", errors[_i].error);
    ck_assert_msg(decode(text, 10, &jobs, &err) == 0, "%s: %s", text, err.text);
    ck_assert_msg(jobs.items[0].reaped == errors[_i].reaped, "%s", errors[_i].error);
}
END_TEST

START_TEST(unknown_status_is_other)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct error err = {0};

    ck_assert_int_eq(decode("[{\"id\":\"" ID "\",\"created_at\":\"2026-09-14T08:00:00Z\",\"status\":\"unknown\"}]", 10, &jobs, &err), 0);
    ck_assert_int_eq(jobs.items[0].status, JOB_OTHER_STATUS);
    ck_assert(!job_is_active(&jobs.items[0]));
}
END_TEST

/* --- what is refused, and how it is told --- */

#define GOOD "{" NEEDED "}"
#define JOB_OF(id, created, more) \
    "{\"id\":\"" id "\",\"created_at\":\"" created "\",\"status\":\"pending\",\"tags\":{\"scope\":\"organization\",\"owner\":\"\"}" more "}"
#define WITHOUT_ID "\"created_at\":\"2026-09-14T08:00:00Z\",\"status\":\"pending\""

static const struct {
    const char *body, *error;
    enum error_code code;
} refused[] = {
    {"", "expected a JSON array", ERROR_INVALID},
    {"{}", "expected a JSON array", ERROR_INVALID},
    {"null", "expected a JSON array", ERROR_INVALID},
    {"<html>", "expected a JSON array", ERROR_INVALID},
    {"[", "truncated", ERROR_INVALID},
    {"[" GOOD, "truncated", ERROR_INVALID},
    {"[" GOOD ",", "truncated", ERROR_INVALID},
    {"[" GOOD ",{\"id\":\"66", "truncated", ERROR_INVALID},
    {"[" GOOD "] []", "after the array", ERROR_INVALID},
    {"[" GOOD " " GOOD "]", "not JSON", ERROR_INVALID},
    {"[7]", "element 0: expected object, got integer", ERROR_INVALID},
    {"[" GOOD ",null]", "element 1: expected object, got null", ERROR_INVALID},
    {"[{}]", "element 0: id: expected string, got nothing", ERROR_INVALID},
    {"[{" WITHOUT_ID "}]", "element 0: id: expected string, got nothing", ERROR_INVALID},
    {"[{\"id\":null," WITHOUT_ID "}]", "element 0: id: expected string, got null", ERROR_INVALID},
    {"[{\"id\":\"\"," WITHOUT_ID "}]", "element 0: id: empty", ERROR_INVALID},
    {"[{\"id\":17," WITHOUT_ID "}]", "element 0: id: expected string, got integer", ERROR_INVALID},
    {"[{\"id\":\"job-1\"," WITHOUT_ID "}]", "element 0: id: expected UUID", ERROR_INVALID},
    {"[{\"id\":\"00000000-0000-0000-0000-000000000000\"," WITHOUT_ID "}]", "element 0: id: the nil UUID", ERROR_INVALID},
    {"[" GOOD ",{\"id\":\"" ID_2 "\",\"status\":\"pending\"}]", "element 1: created_at: expected string, got nothing", ERROR_INVALID},
    {"[{\"id\":\"" ID "\",\"created_at\":\"\",\"status\":\"pending\"}]", "element 0: created_at: empty", ERROR_INVALID},
    {"[{\"id\":\"" ID "\",\"created_at\":\"yesterday\",\"status\":\"pending\"}]", "element 0: created_at: expected RFC 3339",
     ERROR_INVALID},
    {"[{\"id\":\"" ID "\",\"created_at\":1789372800,\"status\":\"pending\"}]", "created_at: expected string, got integer", ERROR_INVALID},
    {"[{\"id\":\"" ID "\",\"created_at\":\"2026-09-14T08:00:00Z\"}]", "element 0: status: expected string, got nothing", ERROR_INVALID},
    {"[{\"id\":\"" ID "\",\"created_at\":\"2026-09-14T08:00:00Z\",\"status\":\"\"}]", "element 0: status: empty", ERROR_INVALID},
    {"[{\"id\":\"" ID "\",\"created_at\":\"2026-09-14T08:00:00Z\",\"status\":3}]", "status: expected string, got integer", ERROR_INVALID},
    {"[{" NEEDED ",\"tags\":[]}]", "element 0: tags: expected object of strings, got array", ERROR_INVALID},
    {"[{" NEEDED ",\"tags\":{\"a\":1}}]", "element 0: tags: expected strings, got integer", ERROR_INVALID},
    {"[{" NEEDED ",\"type\":1}]", "element 0: type: expected string, got integer", ERROR_INVALID},
    /* as Coder writes them, with tags: by the way of the scanner */
    {"[" JOB_OF("x", "2026-09-14T08:00:00Z", "") "]", "element 0: id: expected UUID, got other text", ERROR_INVALID},
    {"[" JOB_OF("", "2026-09-14T08:00:00Z", "") "]", "element 0: id: empty", ERROR_INVALID},
    {"[" JOB_OF("00000000-0000-0000-0000-000000000000", "2026-09-14T08:00:00Z", "") "]", "element 0: id: the nil UUID", ERROR_INVALID},
    {"[" JOB_OF(ID, "yesterday", "") "]", "element 0: created_at: expected RFC 3339", ERROR_INVALID},
    {"[" JOB_OF(ID, "", "") "]", "element 0: created_at: empty", ERROR_INVALID},
    {"[" JOB_OF(ID, "2026-09-14T08:00:00Z", ",\"worker_id\":\"pod-7\"") "]", "element 0: worker_id: expected UUID", ERROR_INVALID},
    {"[" JOB_OF(ID, "2026-09-14T08:00:00Z", ",\"started_at\":\"soon\"") "]", "element 0: started_at: expected RFC 3339", ERROR_INVALID},
    {"[" JOB_OF(ID, "2026-09-14T08:00:00Z", ",\"completed_at\":\"soon\"") "]", "element 0: completed_at: expected RFC 3339", ERROR_INVALID},
    {"[{" NEEDED ",\"worker_id\":[]}]", "element 0: worker_id: expected string, got array", ERROR_INVALID},
    {"[{" NEEDED ",\"worker_id\":\"pod-7\"}]", "element 0: worker_id: expected UUID", ERROR_INVALID},
    {"[{" NEEDED ",\"initiator_id\":true}]", "element 0: initiator_id: expected string, got boolean", ERROR_INVALID},
    {"[{" NEEDED ",\"started_at\":\"08:00\"}]", "element 0: started_at: expected RFC 3339", ERROR_INVALID},
    {"[{" NEEDED ",\"completed_at\":0}]", "element 0: completed_at: expected string, got integer", ERROR_INVALID},
    {"[{" NEEDED ",\"error\":{}}]", "element 0: error: expected string, got object", ERROR_INVALID},
    {"[{" NEEDED ",\"status\":\"running\"}]", "element 0", ERROR_INVALID}, /* a key twice: which one is meant? */
    {"[{" NEEDED ",\"x\":\"\xff\"}]", "element 0", ERROR_INVALID},
    {"[{" NEEDED ",\"x\":NaN}]", "element 0", ERROR_INVALID},
};

START_TEST(refused_case)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct error err = {0};

    ck_assert_msg(decode(refused[_i].body, 10, &jobs, &err) == -1, "%s", refused[_i].body);
    ck_assert_msg(strstr(err.text, refused[_i].error), "'%s' is not in: %s", refused[_i].error, err.text);
    ck_assert_int_eq(err.code, refused[_i].code);
    ck_assert_ptr_null(jobs.items);
}
END_TEST

/* --- the list as a whole --- */

/* Three jobs; the second and the third have the same id. */
static const char twice[] = "[" GOOD ",{\"id\":\"" ID_2 "\",\"created_at\":\"2026-09-14T08:00:01Z\",\"status\":\"running\"},"
                            "{\"id\":\"" ID_2 "\",\"created_at\":\"2026-09-14T08:00:02Z\",\"status\":\"pending\"}]";

START_TEST(a_job_counts_once)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct error err = {0};

    ck_assert_int_eq(decode(twice, 10, &jobs, &err), 0);
    ck_assert_uint_eq(jobs.len, 2);
    ck_assert_int_eq(jobs.items[0].status, JOB_PENDING);
    ck_assert_int_eq(jobs.items[1].status, JOB_RUNNING); /* the first one stays */
}
END_TEST

static const struct {
    size_t limit;
    bool truncated;
} limits[] = {{0, false}, {1, true}, {2, true}, {3, true}, {4, false}, {10000, false}};

START_TEST(limit_case)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    struct error err = {0};

    ck_assert_int_eq(decode(twice, limits[_i].limit, &jobs, &err), limits[_i].truncated ? -1 : 0);
    if (!limits[_i].truncated)
        return;
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_msg(strstr(err.text, "truncated") && strstr(err.text, "coder.jobLimit"), "%s", err.text);
}
END_TEST

Suite *job_decode_suite(void)
{
    Suite *suite = suite_create("job_decode");
    TCase *tcase = tcase_create("job_decode");

    tcase_add_loop_test(tcase, recorded_case, 0, ARRAY_LEN(recorded));
    tcase_add_test(tcase, completed_jobs);
    tcase_add_test(tcase, an_empty_list_is_good);
    tcase_add_loop_test(tcase, lenient_case, 0, ARRAY_LEN(lenient));
    tcase_add_loop_test(tcase, error_case, 0, ARRAY_LEN(errors));
    tcase_add_test(tcase, unknown_status_is_other);
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, a_job_counts_once);
    tcase_add_loop_test(tcase, limit_case, 0, ARRAY_LEN(limits));
    suite_add_tcase(suite, tcase);
    return suite;
}
