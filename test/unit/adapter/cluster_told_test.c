/* What the cluster tells besides the configuration: the newest comes into force with the next snapshot, and not before. */
#include "adapter/cluster_told.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

enum { QUEUES = 2 };

static struct cluster_told told;
static char default_name[] = "default", gpu_name[] = "gpu";
static struct queue_spec specs[QUEUES];
static struct queue_policy policies[QUEUES];
static struct coder_state state;

static void set_up(void)
{
    told = (struct cluster_told){0};
    specs[0] = (struct queue_spec){.name = default_name, .protect_busy = true};
    specs[1] = (struct queue_spec){.name = gpu_name};
    memset(policies, 0, sizeof(policies));
    state = (struct coder_state){.specs = specs, .n_specs = QUEUES, .policies = policies};
}

static void tear_down(void)
{
    cluster_told_clear(&told);
}

static struct workshop_list workshops_of(const char *name)
{
    struct workshop_list list = {.items = calloc(1, sizeof(*list.items)), .len = 1};

    ck_assert_ptr_nonnull(list.items);
    list.items[0].name = strdup(name);
    list.items[0].queue = strdup("default");
    return list;
}

static struct schedule schedule_of(int64_t at_unix_ms)
{
    struct schedule schedule = {.items = calloc(1, sizeof(*schedule.items)), .len = 1, .capacity = 1};

    ck_assert_ptr_nonnull(schedule.items);
    schedule.items[0].at_unix_ms = at_unix_ms;
    return schedule;
}

START_TEST(workshops_wait_for_the_snapshot)
{
    cluster_told_set_workshops(&told, workshops_of("first"));
    ck_assert_uint_eq(told.workshops.len, 0);
    cluster_told_apply(&told, &state);
    cluster_told_set_workshops(&told, workshops_of("dropped")); /* never in force: one that is newer comes first */
    cluster_told_set_workshops(&told, workshops_of("second"));
    ck_assert_str_eq(told.workshops.items[0].name, "first");
    cluster_told_apply(&told, &state);
    ck_assert_uint_eq(told.workshops.len, 1);
    ck_assert_str_eq(told.workshops.items[0].name, "second");
    cluster_told_apply(&told, &state); /* nothing new */
    ck_assert_str_eq(told.workshops.items[0].name, "second");
    cluster_told_set_workshops(&told, (struct workshop_list){0}); /* the last ConfigMap has gone */
    cluster_told_apply(&told, &state);
    ck_assert_uint_eq(told.workshops.len, 0);
}
END_TEST

START_TEST(the_schedule_waits_for_the_snapshot)
{
    cluster_told_set_schedule(&told, schedule_of(1));
    ck_assert_uint_eq(told.schedule.len, 0);
    cluster_told_apply(&told, &state);
    cluster_told_set_schedule(&told, schedule_of(2));
    cluster_told_set_schedule(&told, schedule_of(3));
    ck_assert_int_eq(told.schedule.items[0].at_unix_ms, 1);
    cluster_told_apply(&told, &state);
    ck_assert_int_eq(told.schedule.items[0].at_unix_ms, 3);
    cluster_told_apply(&told, &state);
    ck_assert_uint_eq(told.schedule.len, 1);
}
END_TEST

/* Known of a queue whose provisioners are protected, and after a reload still. */
START_TEST(a_grace_is_its_queues)
{
    cluster_told_set_grace(&told, "default", 30);
    cluster_told_set_grace(&told, "gpu", 40);
    cluster_told_set_grace(&told, "gone", 50);
    cluster_told_set_grace(&told, "default", 600);
    ck_assert(!policies[0].grace.known);
    cluster_told_apply(&told, &state);
    ck_assert(policies[0].grace.known && !policies[1].grace.known);
    ck_assert_int_eq(policies[0].grace.grace_s, 600);
    ck_assert_int_eq(policies[1].grace.grace_s, 40);
    memset(policies, 0, sizeof(policies));
    cluster_told_apply(&told, &state);
    ck_assert_int_eq(policies[0].grace.grace_s, 600);
}
END_TEST

Suite *cluster_told_suite(void)
{
    Suite *suite = suite_create("cluster_told");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, workshops_wait_for_the_snapshot);
    tcase_add_test(tcase, the_schedule_waits_for_the_snapshot);
    tcase_add_test(tcase, a_grace_is_its_queues);
    suite_add_tcase(suite, tcase);
    return suite;
}
