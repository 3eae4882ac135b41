/* Waiting jobs that no configured queue can run. */
#include "queue/model_strays.h"

#include <string.h>

#include "test/unit/queue/model_world.h"
#include "test/unit/queue/suites.h"

static const struct {
    const char *why, *text;
    struct world world;
} cases[] = {
    {"nothing can run it", "0+0 unserved gpu=a100:1", {.queues = {{"", 9}}, .jobs = {{"pending", "gpu=a100", 1}}}},
    {"a pool outside the configuration can",
     "0+0 unmanaged gpu=a100:1",
     {.queues = {{"", 9}}, .jobs = {{"pending", "gpu=a100", 1}}, .daemons = {{"idle", "gpu=a100,cluster=eu", 7}}}},
    {"a busy one is online, too",
     "0+0 unmanaged gpu=a100:1",
     {.queues = {{"", 9}}, .jobs = {{"pending", "gpu=a100", 1}}, .daemons = {{"busy", "gpu=a100", 7, 5}}}},
    {"an offline one does not help",
     "0+0 unserved gpu=a100:1",
     {.queues = {{"", 9}}, .jobs = {{"pending", "gpu=a100", 1}}, .daemons = {{"offline", "gpu=a100", 7}}}},
    {"built-in daemons run untagged jobs",
     "0+0 unmanaged :1",
     {.queues = {{"a=1", 9}}, .jobs = {{"pending", "", 1}}, .daemons = {{"idle", "", 7, .built_in = true}}}},
    {"a user's jobs need that user's daemon",
     "0+0 unserved :1",
     {.queues = {{"", 9}},
      .jobs = {{"pending", "scope=user,owner=u1", 1}},
      .daemons = {{"idle", "scope=user,owner=u2", 7}, {"idle", "", 8}}}},
    {"and find it",
     "0+0 unmanaged :1",
     {.queues = {{"", 9}}, .jobs = {{"pending", "scope=user,owner=u1", 1}}, .daemons = {{"idle", "scope=user,owner=u1", 7}}}},
    {"counted by tags, in the order of what they print",
     "unserved :1 a=1:2 a=1,b=2:1 b=2:1",
     {.jobs = {{"pending", "b=2", 1}, {"pending", "a=1", 2}, {"pending", "", 3}, {"pending", "a=1,b=2", 4}, {"pending", "a=1", 5}}}},
    {"tags that print alike are one row, or one series would be there twice",
     "unserved :3",
     {.jobs = {{"pending", "scope=user,owner=u1", 1}, {"pending", "scope=user,owner=u2", 2}, {"pending", "", 3}}}},
    {"the same label may be unserved for one and unmanaged for another",
     "unserved :1 unmanaged :2",
     {.jobs = {{"pending", "scope=user,owner=u1", 1}, {"pending", "scope=user,owner=u2", 2}, {"pending", "", 3}},
      .daemons = {{"idle", "scope=user,owner=u2", 7}, {"idle", "", 8}}}},
};

START_TEST(stray_case)
{
    CLEANUP(queue_model_clear) struct queue_model model = {0};
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1024);
    const char *got;

    world_model(&cases[_i].world, &model);
    world_print(&model, &text);
    got = buffer_text(&text);
    got += *got == ' ';
    ck_assert_msg(strcmp(got, cases[_i].text) == 0, "%s: '%s', not '%s'", cases[_i].why, got, cases[_i].text);
}
END_TEST

START_TEST(the_oldest_wait_of_a_row)
{
    static const struct world world = {
        .jobs = {{"pending", "a=1", 1, .age_s = 10},
                 {"pending", "a=1,scope=user,owner=u1", 2, .age_s = 70},
                 {"pending", "b=2", 3, .age_s = -5}},
    };
    CLEANUP(queue_model_clear) struct queue_model model = {0};

    world_model(&world, &model);
    ck_assert_uint_eq(model.unserved.len, 2);
    ck_assert_int_eq(model.unserved.items[0].oldest_wait_ms, 70000);
    ck_assert_int_eq(model.unserved.items[1].oldest_wait_ms, 0);
}
END_TEST

Suite *model_strays_suite(void)
{
    Suite *suite = suite_create("model_strays");
    TCase *tcase = tcase_create("model_strays");

    tcase_add_loop_test(tcase, stray_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, the_oldest_wait_of_a_row);
    suite_add_tcase(suite, tcase);
    return suite;
}
