/* Jobs, daemons, tags and the queue model when memory runs out. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "queue/model.h"
#include "test/fault/failing.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

#define JOB(n, status, more) \
    "{\"id\":\"4ea6ae5d-be31-5631-ae1d-00000000000" n "\",\"created_at\":\"2026-09-14T08:00:09Z\",\"status\":\"" status "\"" more "}"
#define DAEMON(n, status, more) \
    "{\"id\":\"5ea6ae5d-be31-5631-ae1d-00000000000" n "\",\"name\":\"d" n "\",\"status\":\"" status "\"" more "}"

static const char jobs_body[] =
    "[" JOB("1", "pending", "") "," JOB("2", "pending", ",\"tags\":{\"region\":\"eu\",\"scope\":\"organization\"}") "," JOB(
        "1", "running",
        "") "," JOB("3", "pending",
                    ",\"tags\":{\"gpu\":\"yes\"}") "," JOB("4", "pending",
                                                           ",\"tags\":{\"gpu\":\"no\"}") "," JOB("5", "running",
                                                                                                 ",\"worker_id\":\"5ea6ae5d-be31-5631-ae1d-"
                                                                                                 "000000000001\"") "]";
static const char daemons_body[] = "[" DAEMON("1", "busy", ",\"tags\":{\"region\":\"eu\"}") "," DAEMON(
    "2", "idle", ",\"tags\":{\"gpu\":\"no\"}") "," DAEMON("2", "offline", "") "," DAEMON("3", "idle", "") "]";

static enum fault_outcome decode_jobs(struct error *err)
{
    struct job_list jobs;

    fault_fill(&jobs, sizeof(jobs));
    if (job_list_decode(jobs_body, strlen(jobs_body), 0, &jobs, err) < 0)
        return fault_refused(&jobs, sizeof(jobs));
    job_list_clear(&jobs);
    return FAULT_DONE;
}

static enum fault_outcome decode_daemons(struct error *err)
{
    struct daemon_list daemons;

    fault_fill(&daemons, sizeof(daemons));
    if (daemon_list_decode(daemons_body, strlen(daemons_body), 0, &daemons, err) < 0)
        return fault_refused(&daemons, sizeof(daemons));
    daemon_list_clear(&daemons);
    return FAULT_DONE;
}

/* --- The model of both, for a queue without tags and one with --- */

static struct job_list jobs;
static struct daemon_list daemons;
static struct queue_spec plain, regional;

static void prepare(void)
{
    struct error err = {0};

    ck_assert_msg(job_list_decode(jobs_body, strlen(jobs_body), 0, &jobs, &err) == 0, "%s", err.text);
    ck_assert_msg(daemon_list_decode(daemons_body, strlen(daemons_body), 0, &daemons, &err) == 0, "%s", err.text);
    plain.replicas_max = regional.replicas_max = 1;
    ck_assert_int_eq(tags_normalize(&plain.tags, &err), 0);
    ck_assert_int_eq(tags_set(&regional.tags, "region", "eu", &err), 0);
    ck_assert_int_eq(tags_normalize(&regional.tags, &err), 0);
}

static void tidy(void)
{
    job_list_clear(&jobs);
    daemon_list_clear(&daemons);
    queue_spec_clear(&plain);
    queue_spec_clear(&regional);
}

static enum fault_outcome make_model(struct error *err)
{
    const struct queue_spec *const specs[] = {&plain, &regional};
    const struct queue_model_input input = {.specs = specs, .n_specs = 2, .jobs = &jobs, .daemons = &daemons};
    struct queue_model model;

    fault_fill(&model, sizeof(model));
    if (queue_model_make(&input, &model, err) < 0)
        return fault_refused(&model, sizeof(model));
    if (model.unserved.len != 1 || model.unmanaged.len != 1 || model.queues[0].waiting_total != 1 || model.queues[1].waiting_total != 1) {
        queue_model_clear(&model);
        return FAULT_DAMAGED;
    }
    queue_model_clear(&model);
    return FAULT_DONE;
}

/* --- Tags --- */

static enum fault_outcome decode_tags(struct error *err)
{
    static const char text[] = "{\"region\":\"eu\",\"a\":\"b\",\"owner\":\"\"}";
    CLEANUP(json_decrefp) json_t *object = NULL;
    struct tags tags;

    fault_fill(&tags, sizeof(tags));
    if (json_read(text, strlen(text), &object, err) < 0 || tags_decode(object, &tags, err) < 0)
        return fault_refused(&tags, sizeof(tags));
    tags_clear(&tags);
    return FAULT_DONE;
}

static enum fault_outcome copy_tags(struct error *err)
{
    struct tags tags;

    fault_fill(&tags, sizeof(tags));
    if (tags_copy(&regional.tags, &tags, err) < 0)
        return fault_refused(&tags, sizeof(tags));
    tags_clear(&tags);
    return FAULT_DONE;
}

/* A value that cannot be replaced stays. */
static enum fault_outcome replace_tag(struct error *err)
{
    const char *before = tags_get(&regional.tags, "region");

    if (tags_set(&regional.tags, "region", "eu", err) < 0)
        return tags_get(&regional.tags, "region") == before ? FAULT_REFUSED : FAULT_TOUCHED;
    return FAULT_DONE;
}

static const struct fault_action actions[] = {
    {"decode jobs", decode_jobs, 50},
    {"decode daemons", decode_daemons, 30},
    {"make the queue model", make_model, 15},
    {"decode tags", decode_tags, 10},
    {"copy tags", copy_tags, 6},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

/* Its new block stays, so that it is no action of the table, which frees what it makes. */
START_TEST(tag_is_not_replaced)
{
    struct error err = {0};
    enum fault_outcome outcome;

    failing_arm(1, FAILING_FROM);
    outcome = replace_tag(&err);
    (void)failing_disarm();
    ck_assert_int_eq(outcome, FAULT_REFUSED);
    ck_assert_int_eq(err.code, ERROR_MEMORY);
    ck_assert_str_eq(tags_get(&regional.tags, "region"), "eu");
}
END_TEST

Suite *queue_fault_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, prepare, tidy);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    tcase_add_test(tcase, tag_is_not_replaced);
    suite_add_tcase(suite, tcase);
    return suite;
}
