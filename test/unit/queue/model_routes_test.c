/* Which queue a waiting job counts for. */
#include "queue/model_routes.h"

#include <string.h>

#include "test/unit/queue/model_world.h"
#include "test/unit/queue/suites.h"

static const struct {
    const char *why, *text;
    struct world world;
} cases[] = {
    {"nothing anywhere", "", {.queues = {{0}}}},
    {"an idle queue", "0+0", {.queues = {{"", 15}}}},
    {"an untagged job is for an untagged queue only", "0+0 1+0", {.queues = {{"cluster=eu", 15}, {"", 15}}, .jobs = {{"pending", "", 1}}}},
    {"the most specific queue: fewest tags beyond the job's",
     "0+0 1+0 0+0",
     {.queues = {{"a=1,b=2,c=3", 15}, {"a=1,b=2", 15}, {"a=1,c=3,d=4", 15}}, .jobs = {{"pending", "a=1", 1}}}},
    {"among equals configuration order",
     "0+0 1+0 0+0",
     {.queues = {{"", 15}, {"a=1,c=3", 15}, {"a=1,b=2", 15}}, .jobs = {{"pending", "a=1", 1}}}},
    {"when it is full, the rest goes to the next",
     "2+0 3+0",
     {.queues = {{"a=1", 2}, {"a=1,b=2", 15}},
      .jobs = {{"pending", "a=1", 1}, {"pending", "a=1", 2}, {"pending", "a=1", 3}, {"pending", "a=1", 4}, {"pending", "a=1", 5}}}},
    {"and to the one after that",
     "1+0 1+0 2+0",
     {.queues = {{"a=1", 1}, {"a=1,b=2", 1}, {"a=1,b=2,c=3", 15}},
      .jobs = {{"pending", "a=1", 1}, {"pending", "a=1", 2}, {"pending", "a=1", 3}, {"pending", "a=1", 4}}}},
    {"when all are full it stays with the first",
     "3+0 1+0",
     {.queues = {{"a=1", 1}, {"a=1,b=2", 1}},
      .jobs = {{"pending", "a=1", 1}, {"pending", "a=1", 2}, {"pending", "a=1", 3}, {"pending", "a=1", 4}}}},
    {"active jobs make a queue full, too",
     "0+2 1+0",
     {.queues = {{"a=1", 2}, {"a=1,b=2", 15}},
      .jobs = {{"pending", "a=1", 1}, {"running", "a=1", 2, 7}, {"canceling", "a=1", 3, 8}},
      .daemons = {{"busy", "a=1", 7, 2}, {"busy", "a=1", 8, 3}}}},
    {"a queue without replicas is full from the start",
     "0+0 1+0",
     {.queues = {{"a=1", 0}, {"a=1,b=2", 15}}, .jobs = {{"pending", "a=1", 1}}}},
    {"a queue that one kind of jobs fills is full for another kind",
     "1+0 1+0",
     {.queues = {{"a=1,b=2", 1}, {"a=1,b=2,c=3", 9}}, .jobs = {{"pending", "a=1", 1, .age_s = 9}, {"pending", "b=2", 2, .age_s = 5}}}},
    {"a job that only the larger queue can run does not go to the smaller",
     "0+0 1+0",
     {.queues = {{"a=1", 9}, {"a=1,b=2", 9}}, .jobs = {{"pending", "b=2", 1}}}},
    {"all wait for a queue that can run them, however full",
     "5+0",
     {.queues = {{"", 1}}, .jobs = {{"pending", "", 1}, {"pending", "", 2}, {"pending", "", 3}, {"pending", "", 4}, {"pending", "", 5}}}},
    {"two queues with the same tags (a mistake): the first",
     "1+0 0+0",
     {.queues = {{"a=1", 9}, {"a=1", 9}}, .jobs = {{"pending", "a=1", 1}}}},
    {"a job counts once however often it is listed", "1+0", {.queues = {{"", 9}}, .jobs = {{"pending", "", 1}, {"pending", "", 1}}}},
    {"finished and unknown ones count nowhere",
     "0+0",
     {.queues = {{"", 9}},
      .jobs = {{"succeeded", "", 1}, {"failed", "", 2}, {"canceled", "", 3}, {"unknown", "", 4}, {"hibernating", "x=1", 5}}}},
};

START_TEST(route_case)
{
    CLEANUP(queue_model_clear) struct queue_model model = {0};
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1024);

    world_model(&cases[_i].world, &model);
    world_print(&model, &text);
    ck_assert_msg(strcmp(buffer_text(&text), cases[_i].text) == 0, "%s: '%s', not '%s'", cases[_i].why, buffer_text(&text), cases[_i].text);
}
END_TEST

/* Coder gives the older ones out first, and prebuilds last: they are the ones that overflow. */
START_TEST(the_youngest_and_prebuilds_overflow)
{
    static const struct world world = {
        .queues = {{"a=1", 2}, {"a=1,b=2", 15}},
        .jobs = {{"pending", "a=1", 1, .age_s = 100, .prebuild = true},
                 {"pending", "a=1", 2, .age_s = 10},
                 {"pending", "a=1", 3, .age_s = 30},
                 {"pending", "a=1", 4, .age_s = 20}},
    };
    CLEANUP(queue_model_clear) struct queue_model model = {0};

    world_model(&world, &model);
    ck_assert_int_eq(model.queues[0].waiting[JOB_WORKSPACE_BUILD][JOB_BY_USER], 2);
    ck_assert_int_eq(model.queues[0].waiting[JOB_WORKSPACE_BUILD][JOB_BY_PREBUILD], 0);
    ck_assert_int_eq(model.queues[0].oldest_wait_ms, 30000);
    ck_assert_int_eq(model.queues[1].waiting[JOB_WORKSPACE_BUILD][JOB_BY_USER], 1);
    ck_assert_int_eq(model.queues[1].waiting[JOB_WORKSPACE_BUILD][JOB_BY_PREBUILD], 1);
    ck_assert_int_eq(model.queues[1].oldest_wait_ms, 100000);
}
END_TEST

Suite *model_routes_suite(void)
{
    Suite *suite = suite_create("model_routes");
    TCase *tcase = tcase_create("model_routes");

    tcase_add_loop_test(tcase, route_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, the_youngest_and_prebuilds_overflow);
    suite_add_tcase(suite, tcase);
    return suite;
}
