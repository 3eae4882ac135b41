#include "queue/model.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/queue/fixture.h"
#include "test/unit/queue/model_world.h"
#include "test/unit/queue/suites.h"

/* --- the recorded organization --- */

static void spec_of(const char *tag, const char *value, struct queue_spec *out)
{
    struct error err = {0};

    out->replicas_max = 15;
    if (tag)
        ck_assert_int_eq(tags_set(&out->tags, tag, value, &err), 0);
    ck_assert_int_eq(tags_normalize(&out->tags, &err), 0);
}

static void model_of_fixtures(const char *daemon_file, struct queue_model *out)
{
    CLEANUP(buffer_clear) struct buffer jobs_body = BUFFER_INIT(65536);
    CLEANUP(buffer_clear) struct buffer daemons_body = BUFFER_INIT(65536);
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    CLEANUP(queue_spec_clear) struct queue_spec untagged = {0};
    CLEANUP(queue_spec_clear) struct queue_spec eu = {0};
    const struct queue_spec *const specs[] = {&untagged, &eu};
    const struct queue_model_input input = {specs, ARRAY_LEN(specs), &jobs, &daemons, unix_ms_of(FIXTURE_CLOCK)};
    struct error err = {0};

    spec_of(NULL, NULL, &untagged);
    spec_of("cluster", "eu-1", &eu);
    fixture_read("provisionerjobs-pending-running.json", &jobs_body);
    fixture_read(daemon_file, &daemons_body);
    ck_assert_int_eq(job_list_decode(jobs_body.data, jobs_body.len, 100, &jobs, &err), 0);
    ck_assert_int_eq(daemon_list_decode(daemons_body.data, daemons_body.len, input.now_unix_ms, &daemons, &err), 0);
    ck_assert_msg(queue_model_make(&input, out, &err) == 0, "%s", err.text);
}

START_TEST(the_recorded_organization)
{
    CLEANUP(queue_model_clear) struct queue_model model = {0};
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(256);
    const struct queue_stats *untagged, *eu;
    int64_t milli = -1;

    model_of_fixtures("provisionerdaemons.json", &model);
    world_print(&model, &text);
    ck_assert_str_eq(buffer_text(&text), "2+2 1+1 unserved cluster=eu-1,gpu=a100:1");
    untagged = &model.queues[0];
    eu = &model.queues[1];
    ck_assert_int_eq(untagged->waiting[JOB_TEMPLATE_IMPORT][JOB_BY_USER], 1);
    ck_assert_int_eq(untagged->waiting[JOB_WORKSPACE_BUILD][JOB_BY_PREBUILD], 1);
    ck_assert_int_eq(untagged->active[JOB_WORKSPACE_BUILD][JOB_BY_USER], 1); /* canceling */
    ck_assert_int_eq(untagged->active[JOB_TEMPLATE_DRY_RUN][JOB_BY_USER], 1);
    ck_assert_int_eq(untagged->oldest_wait_ms, 7690); /* the prebuild, 08:00:02.310 */
    ck_assert_int_eq(eu->oldest_wait_ms, 11996);
    ck_assert_int_eq(queue_demand(untagged), 4);
    ck_assert_int_eq(untagged->daemons[DAEMON_BUSY], 2);
    ck_assert_int_eq(untagged->daemons[DAEMON_IDLE], 0);
    ck_assert_int_eq(eu->daemons[DAEMON_BUSY], 1);
    ck_assert_int_eq(model.other_daemons, 1); /* us-1 */
    ck_assert(queue_utilization_milli(untagged, &milli));
    ck_assert_int_eq(milli, 1000);
    ck_assert_int_eq(model.unserved.items[0].oldest_wait_ms, 449);
}
END_TEST

/* Workers that no list shows: their jobs are told by tags. */
START_TEST(only_offline_daemons)
{
    CLEANUP(queue_model_clear) struct queue_model model = {0};
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(256);
    int64_t milli = -1;

    model_of_fixtures("provisionerdaemons-with-offline.json", &model);
    world_print(&model, &text);
    ck_assert_str_eq(buffer_text(&text), "2+2 1+1 unserved cluster=eu-1,gpu=a100:1");
    ck_assert_int_eq(model.queues[0].daemons[DAEMON_OFFLINE], 2);
    ck_assert(!queue_utilization_milli(&model.queues[0], &milli));
    ck_assert_int_eq(milli, -1);
}
END_TEST

/* --- daemons --- */

START_TEST(daemons_by_queue)
{
    static const struct world world = {
        .queues = {{"", 9}, {"a=1", 9}},
        .daemons = {{"idle", "", 1},
                    {"busy", "", 2, 9},
                    {"offline", "", 3},
                    {"idle", "", 4, .built_in = true},
                    {"offline", "", 5, .built_in = true},
                    {"busy", "scope=user,owner=u", 6, 8},
                    {"idle", "a=1,b=2", 7},
                    {"offline", "a=1,b=2", 8},
                    {"idle", "a=1", 9}},
    };
    static const uint32_t queues[] = {0, 0, 0, MODEL_NO_QUEUE, MODEL_NO_QUEUE, MODEL_NO_QUEUE, MODEL_NO_QUEUE, MODEL_NO_QUEUE, 1};
    CLEANUP(queue_model_clear) struct queue_model model = {0};

    world_model(&world, &model);
    for (int i = 0; i < DAEMON_STATUSES; i++)
        ck_assert_int_eq(model.queues[0].daemons[i], 1);
    ck_assert_int_eq(model.queues[1].daemons[DAEMON_IDLE], 1);
    ck_assert_int_eq(model.queues[1].daemons[DAEMON_BUSY], 0);
    ck_assert_int_eq(model.built_in_daemons, 1);
    ck_assert_int_eq(model.user_scoped_daemons, 1);
    for (size_t i = 0; i < ARRAY_LEN(queues); i++)
        ck_assert_uint_eq(model.daemon_queues[i], queues[i]);
    ck_assert_int_eq(model.other_daemons, 1);
}
END_TEST

static const struct {
    int64_t idle, busy, offline, milli; /* -1: absent */
} utilizations[] = {
    {0, 0, 0, -1}, {0, 0, 3, -1}, {5, 0, 0, 0}, {0, 5, 9, 1000}, {3, 1, 0, 250}, {2, 1, 0, 333}, {1, 2, 0, 666},
};

START_TEST(utilization_case)
{
    const struct queue_stats stats = {
        .daemons =
            {[DAEMON_IDLE] = utilizations[_i].idle, [DAEMON_BUSY] = utilizations[_i].busy, [DAEMON_OFFLINE] = utilizations[_i].offline},
    };
    int64_t milli = -1;

    ck_assert(queue_utilization_milli(&stats, &milli) == (utilizations[_i].milli >= 0));
    ck_assert_int_eq(milli, utilizations[_i].milli);
}
END_TEST

START_TEST(a_wait_is_never_negative)
{
    static const struct world world = {.queues = {{"", 9}}, .jobs = {{"pending", "", 1, .age_s = -3}}};
    CLEANUP(queue_model_clear) struct queue_model model = {0};

    world_model(&world, &model);
    ck_assert_int_eq(model.queues[0].waiting_total, 1);
    ck_assert_int_eq(model.queues[0].oldest_wait_ms, 0);
}
END_TEST

/* --- laws, on random organizations --- */

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245U + 12345U;
    return *state >> 16;
}

static const char *const some_tags[] = {"", "a=1", "b=2", "a=1,b=2", "a=1,b=2,c=3", "c=3", "scope=user,owner=u"};
static const char *const some_statuses[] = {"pending", "pending", "running", "canceling", "succeeded"};
static const char *const some_daemon_statuses[] = {"idle", "busy", "offline"};

static void random_world(unsigned *state, struct world *out)
{
    unsigned n_queues = next_random(state) % 4, n_jobs = next_random(state) % (WORLD_MAX - 1), n_daemons = next_random(state) % 6;

    *out = (struct world){0};
    for (unsigned i = 0; i < n_queues; i++)
        out->queues[i] = (struct world_queue){some_tags[next_random(state) % 6], next_random(state) % 4};
    for (unsigned i = 0; i < n_jobs; i++)
        out->jobs[i] = (struct world_job){
            .status = some_statuses[next_random(state) % ARRAY_LEN(some_statuses)],
            .tags = some_tags[next_random(state) % ARRAY_LEN(some_tags)],
            .id = (int)i + 1,
            .worker = (int)(next_random(state) % 8),
            .age_s = (int)(next_random(state) % 100),
            .prebuild = next_random(state) % 2,
        };
    for (unsigned i = 0; i < n_daemons; i++)
        out->daemons[i] = (struct world_daemon){
            .status = some_daemon_statuses[next_random(state) % ARRAY_LEN(some_daemon_statuses)],
            .tags = some_tags[next_random(state) % ARRAY_LEN(some_tags)],
            .id = (int)i + 1,
            .job = (int)(next_random(state) % 6),
            .built_in = next_random(state) % 5 == 0,
        };
}

static int64_t sum_of(const struct stray_list *strays)
{
    int64_t sum = 0;

    for (size_t i = 0; i < strays->len; i++)
        sum += strays->items[i].count;
    return sum;
}

/* The totals are the sums of their parts. */
static void check_totals(const struct queue_stats *stats)
{
    int64_t waiting = 0, active = 0;

    for (int type = 0; type < JOB_TYPES; type++) {
        for (int initiator = 0; initiator < JOB_INITIATORS; initiator++) {
            waiting += stats->waiting[type][initiator];
            active += stats->active[type][initiator];
        }
    }
    ck_assert_int_eq(waiting, stats->waiting_total);
    ck_assert_int_eq(active, stats->active_total);
    ck_assert(stats->oldest_wait_ms >= 0 && (waiting > 0 || stats->oldest_wait_ms == 0));
}

/* Each job is told to be where it was counted. */
static void check_job_queues(const struct world *world, const struct queue_model *model)
{
    int64_t counts[WORLD_MAX] = {0};

    for (size_t i = 0; world->jobs[i].status; i++) {
        ck_assert(model->job_queues[i] == MODEL_NO_QUEUE || model->job_queues[i] < model->n_queues);
        if (model->job_queues[i] != MODEL_NO_QUEUE)
            counts[model->job_queues[i]]++;
    }
    for (size_t i = 0; i < model->n_queues; i++)
        ck_assert_int_eq(counts[i], queue_demand(&model->queues[i]));
}

static void reverse_jobs(struct world *world)
{
    size_t n = 0;

    while (world->jobs[n].status)
        n++;
    for (size_t i = 0; i < n / 2; i++) {
        struct world_job swap = world->jobs[i];

        world->jobs[i] = world->jobs[n - 1 - i];
        world->jobs[n - 1 - i] = swap;
    }
}

START_TEST(every_job_counts_once)
{
    unsigned state = (unsigned)_i * 7919 + 1;
    CLEANUP(queue_model_clear) struct queue_model model = {0};
    CLEANUP(queue_model_clear) struct queue_model again = {0};
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(4096);
    CLEANUP(buffer_clear) struct buffer text_again = BUFFER_INIT(4096);
    struct world world;
    int64_t pending = 0, running = 0, waiting = 0, active = 0;

    random_world(&state, &world);
    world_model(&world, &model);
    for (const struct world_job *job = world.jobs; job->status; job++) {
        pending += strcmp(job->status, "pending") == 0;
        running += strcmp(job->status, "running") == 0 || strcmp(job->status, "canceling") == 0;
    }
    for (size_t i = 0; i < model.n_queues; i++) {
        check_totals(&model.queues[i]);
        waiting += model.queues[i].waiting_total;
        active += model.queues[i].active_total;
    }
    ck_assert_int_eq(waiting + sum_of(&model.unserved) + sum_of(&model.unmanaged), pending);
    ck_assert_int_le(active, running);
    check_job_queues(&world, &model);

    reverse_jobs(&world); /* the order of the list says nothing */
    world_model(&world, &again);
    world_print(&model, &text);
    world_print(&again, &text_again);
    ck_assert_str_eq(buffer_text(&text), buffer_text(&text_again));
    ck_assert_int_eq(memcmp(model.queues, again.queues, model.n_queues * sizeof(*model.queues)), 0);
}
END_TEST

Suite *model_suite(void)
{
    Suite *suite = suite_create("model");
    TCase *tcase = tcase_create("model");

    tcase_add_test(tcase, the_recorded_organization);
    tcase_add_test(tcase, only_offline_daemons);
    tcase_add_test(tcase, daemons_by_queue);
    tcase_add_loop_test(tcase, utilization_case, 0, ARRAY_LEN(utilizations));
    tcase_add_test(tcase, a_wait_is_never_negative);
    tcase_add_loop_test(tcase, every_job_counts_once, 0, 200);
    suite_add_tcase(suite, tcase);
    return suite;
}
