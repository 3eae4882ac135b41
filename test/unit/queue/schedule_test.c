#include "queue/schedule.h"

#include <stdio.h>
#include <stdlib.h>

#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

#define ORGANIZATION "20b65688-77aa-59a7-b24c-dace09ddbc4c"
#define OTHER "4ea6ae5d-be31-5631-ae1d-ad219cf00a6c"
#define NOW "2026-09-14T08:45:00Z"

/* One workspace that starts then, of an organization, after a build with that transition and tags. */
#define WORKSPACE(at, organization, transition, tags)                                                                                    \
    "{\"id\":\"x\",\"next_start_at\":\"" at "\",\"organization_id\":\"" organization "\",\"latest_build\":{\"transition\":\"" transition \
    "\",\"job\":{\"tags\":{\"scope\":\"organization\",\"owner\":\"\"" tags "}}}}"
#define STOPPED(at) WORKSPACE(at, ORGANIZATION, "stop", "")
#define AT_NINE STOPPED("2026-09-14T09:00:00Z")

enum { SPECS = 2 };

static struct queue_spec specs[SPECS]; /* without tags; with cluster=eu */
static const struct queue_spec *order[SPECS] = {&specs[0], &specs[1]};
static struct schedule schedule;

static void set_up(void)
{
    struct error err = {0};

    for (size_t i = 0; i < SPECS; i++)
        ck_assert_int_eq(tags_normalize(&specs[i].tags, &err), 0);
    ck_assert_int_eq(tags_set(&specs[1].tags, "cluster", "eu", &err), 0);
}

static void tear_down(void)
{
    for (size_t i = 0; i < SPECS; i++)
        queue_spec_clear(&specs[i]);
    schedule_clear(&schedule);
}

static int add_page(const char *workspaces, size_t *n, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT((size_t)64 * 1024);

    ck_assert_int_eq(buffer_printf(&body, "{\"workspaces\":[%s],\"count\":99}", workspaces), 0);
    return schedule_add_page(&schedule, &body, unix_ms_of(NOW), n, err);
}

static int64_t crowd(size_t queue, const char *now)
{
    struct uuid organization;
    const struct schedule_view view = {&organization, order, SPECS, queue};

    ck_assert(uuid_parse(ORGANIZATION, &organization));
    return schedule_crowd(&schedule, &view, unix_ms_of(now));
}

static const struct {
    const char *why, *workspaces;
    int64_t crowds[SPECS];
} cases[] = {
    {"nobody", "", {0, 0}},
    {"three at nine", AT_NINE "," AT_NINE "," AT_NINE, {3, 0}},
    {"within five minutes", AT_NINE "," STOPPED("2026-09-14T08:57:00Z") "," STOPPED("2026-09-14T08:55:01Z"), {3, 0}},
    {"one after the other", AT_NINE "," STOPPED("2026-09-14T08:55:00Z") "," STOPPED("2026-09-14T08:50:00Z"), {1, 0}},
    {"the larger crowd counts, in whatever order they come", AT_NINE "," STOPPED("2026-09-14T08:46:00Z") "," AT_NINE, {2, 0}},
    {"too far ahead", STOPPED("2026-09-14T09:00:01Z") "," STOPPED("2026-09-15T09:00:00Z"), {0, 0}},
    {"just now: Coder may try it again", STOPPED("2026-09-14T08:40:00Z"), {1, 0}},
    {"long ago", STOPPED("2026-09-14T08:39:59Z"), {0, 0}},
    {"in another zone", STOPPED("2026-09-14T11:00:00+02:00"), {1, 0}},
    {"one that runs is not started", WORKSPACE("2026-09-14T09:00:00Z", ORGANIZATION, "start", ""), {0, 0}},
    {"another organization's", WORKSPACE("2026-09-14T09:00:00Z", OTHER, "stop", ""), {0, 0}},
    {"by its tags", AT_NINE "," WORKSPACE("2026-09-14T09:00:00Z", ORGANIZATION, "stop", ",\"cluster\":\"eu\""), {1, 1}},
    {"of no queue", WORKSPACE("2026-09-14T09:00:00Z", ORGANIZATION, "stop", ",\"cluster\":\"us\""), {0, 0}},
    {"what cannot be understood is left out",
     "7,null,{},{\"next_start_at\":7},{\"next_start_at\":\"nine\",\"organization_id\":\"" ORGANIZATION
     "\"},{\"next_start_at\":\"2026-09-14T09:00:00Z\",\"organization_id\":\"coder\"},{\"next_start_at\":null,\"organization_id\":"
     "\"" ORGANIZATION "\"},{\"next_start_at\":\"2026-09-14T09:00:00Z\",\"organization_id\":\"" ORGANIZATION
     "\",\"latest_build\":{\"job\":{\"tags\":[]}}}," AT_NINE,
     {1, 0}},
    {"without a build: no tags", "{\"next_start_at\":\"2026-09-14T09:00:00Z\",\"organization_id\":\"" ORGANIZATION "\"}", {1, 0}},
};

START_TEST(crowd_case)
{
    struct error err = {0};
    size_t n = 0;

    ck_assert_msg(add_page(cases[_i].workspaces, &n, &err) == 0, "%s: %s", cases[_i].why, err.text);
    schedule_sort(&schedule);
    for (size_t queue = 0; queue < SPECS; queue++)
        ck_assert_msg(crowd(queue, NOW) == cases[_i].crowds[queue], "%s: queue %zu has %lld", cases[_i].why, queue,
                      (long long)crowd(queue, NOW));
}
END_TEST

START_TEST(time_goes_on)
{
    struct error err = {0};
    size_t n = 0;

    ck_assert_int_eq(add_page(AT_NINE "," AT_NINE "," STOPPED("2026-09-14T09:20:00Z"), &n, &err), 0);
    ck_assert_uint_eq(n, 3);
    schedule_sort(&schedule);
    ck_assert_int_eq(crowd(0, "2026-09-14T08:44:59Z"), 0);
    ck_assert_int_eq(crowd(0, "2026-09-14T08:45:00Z"), 2);
    ck_assert_int_eq(crowd(0, "2026-09-14T09:05:00Z"), 2);
    ck_assert_int_eq(crowd(0, "2026-09-14T09:05:01Z"), 1);
    ck_assert_int_eq(crowd(0, "2026-09-14T09:25:01Z"), 0);
}
END_TEST

START_TEST(pages_add_up)
{
    struct error err = {0};
    size_t n = 0;

    ck_assert_int_eq(add_page(AT_NINE "," STOPPED("2026-09-14T08:46:00Z"), &n, &err), 0);
    ck_assert_int_eq(add_page(AT_NINE "," AT_NINE, &n, &err), 0);
    schedule_sort(&schedule);
    ck_assert_int_eq(crowd(0, NOW), 3);
    ck_assert_uint_eq(schedule.tag_sets.len, 1);
}
END_TEST

START_TEST(no_page)
{
    static const char *const bodies[] = {"", "[]", "{}", "{\"workspaces\":null}", "{\"workspaces\":{}}", "{\"workspaces\":["};
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(64);
    struct error err = {0};
    size_t n = 0;

    ck_assert_int_eq(buffer_add_text(&body, bodies[_i]), 0);
    ck_assert_int_eq(schedule_add_page(&schedule, &body, unix_ms_of(NOW), &n, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_uint_eq(schedule.len, 0);
}
END_TEST

START_TEST(it_is_bounded)
{
    struct error err = {0};
    size_t n = 0;

    for (int i = 0; i <= SCHEDULE_STARTS_MAX / 4; i++)
        ck_assert_int_eq(add_page(AT_NINE "," AT_NINE "," AT_NINE "," AT_NINE, &n, &err), 0);
    ck_assert_uint_eq(schedule.len, SCHEDULE_STARTS_MAX);
    ck_assert_uint_le(sizeof(struct schedule_start), 32); /* as the header says */
}
END_TEST

Suite *schedule_suite(void)
{
    Suite *suite = suite_create("schedule");
    TCase *tcase = tcase_create("schedule");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, crowd_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, time_goes_on);
    tcase_add_test(tcase, pages_add_up);
    tcase_add_loop_test(tcase, no_page, 0, 6);
    tcase_add_test(tcase, it_is_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
