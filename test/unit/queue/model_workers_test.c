/* Which queue an active job counts for. */
#include "queue/model_workers.h"

#include <string.h>

#include "test/unit/queue/model_world.h"
#include "test/unit/queue/suites.h"

static const struct {
    const char *why, *text;
    struct world world;
} cases[] = {
    {"the daemon decides, not the tags",
     "0+0 0+1",
     {.queues = {{"a=1", 9}, {"a=1,b=2", 9}}, .jobs = {{"running", "a=1", 1, 7}}, .daemons = {{"busy", "a=1,b=2", 7, 1}}}},
    {"canceling is active", "0+1", {.queues = {{"", 9}}, .jobs = {{"canceling", "", 1, 7}}, .daemons = {{"busy", "", 7, 1}}}},
    {"also when the daemon is called idle or offline",
     "0+2",
     {.queues = {{"a=1", 9}},
      .jobs = {{"running", "a=1", 1, 7}, {"running", "a=1", 2, 8}},
      .daemons = {{"idle", "a=1", 7}, {"offline", "a=1", 8}}}},
    {"also beyond the queue's maximum",
     "0+2 0+0",
     {.queues = {{"a=1", 1}, {"a=1,b=2", 9}},
      .jobs = {{"running", "a=1", 1, 7}, {"running", "a=1", 2, 8}},
      .daemons = {{"busy", "a=1", 7, 1}, {"busy", "a=1", 8, 2}}}},
    {"a daemon of another pool takes the job away from all queues",
     "0+0",
     {.queues = {{"a=1", 9}}, .jobs = {{"running", "a=1", 1, 7}}, .daemons = {{"busy", "a=1,z=9", 7, 1}}}},
    {"so does a built-in daemon",
     "0+0",
     {.queues = {{"", 9}}, .jobs = {{"running", "", 1, 7}}, .daemons = {{"busy", "", 7, 1, .built_in = true}}}},
    {"and a user's own", "0+0", {.queues = {{"", 9}}, .jobs = {{"running", "", 1, 7}}, .daemons = {{"busy", "scope=user,owner=u1", 7, 1}}}},
    {"even if a queue has that user's tags",
     "0+0",
     {.queues = {{"scope=user,owner=u1", 9}},
      .jobs = {{"running", "scope=user,owner=u1", 1, 7}},
      .daemons = {{"busy", "scope=user,owner=u1", 7, 1}}}},
    {"no worker, but a daemon says that it does the job",
     "0+0 0+1",
     {.queues = {{"a=1", 9}, {"a=1,b=2", 9}}, .jobs = {{"running", "a=1", 1}}, .daemons = {{"busy", "a=1,b=2", 7, 1}}}},
    {"an unknown worker, but a daemon says that it does the job",
     "0+0 0+1",
     {.queues = {{"a=1", 9}, {"a=1,b=2", 9}}, .jobs = {{"running", "a=1", 1, 99}}, .daemons = {{"busy", "a=1,b=2", 7, 1}}}},
    {"the worker's own row counts before what another daemon says",
     "0+1 0+0",
     {.queues = {{"a=1", 9}, {"a=1,b=2", 9}},
      .jobs = {{"running", "a=1", 1, 8}},
      .daemons = {{"busy", "a=1,b=2", 7, 1}, {"idle", "a=1", 8}}}},
    {"nobody knows the worker: the tags decide", "0+1 0+0", {.queues = {{"a=1", 9}, {"a=1,b=2", 9}}, .jobs = {{"running", "a=1", 1, 99}}}},
    {"with the rule of waiting jobs, after the jobs that are sure",
     "0+1 0+1",
     {.queues = {{"a=1", 1}, {"a=1,b=2", 9}},
      .jobs = {{"running", "a=1", 1, 99, .age_s = 99}, {"running", "a=1", 2, 7}},
      .daemons = {{"busy", "a=1", 7, 2}}}},
    {"an active job is never a stray", "0+0", {.queues = {{"a=1", 9}}, .jobs = {{"running", "x=1", 1, 99}}}},
};

START_TEST(worker_case)
{
    CLEANUP(queue_model_clear) struct queue_model model = {0};
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1024);

    world_model(&cases[_i].world, &model);
    world_print(&model, &text);
    ck_assert_msg(strcmp(buffer_text(&text), cases[_i].text) == 0, "%s: '%s', not '%s'", cases[_i].why, buffer_text(&text), cases[_i].text);
}
END_TEST

Suite *model_workers_suite(void)
{
    Suite *suite = suite_create("model_workers");
    TCase *tcase = tcase_create("model_workers");

    tcase_add_loop_test(tcase, worker_case, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
