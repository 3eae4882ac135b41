/* The emulator's JSON against the fixtures: the same members, in the same order, of the same types. */
#include "emulator/coder_json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/emulator/suites.h"
#include "test/unit/emulator/world.h"

static const int64_t minute_ms = 60000;

static json_t *load_fixture(const char *name)
{
    char path[512];
    json_error_t why;
    json_t *value;

    (void)snprintf(path, sizeof(path), "%s/coder/%s", FIXTURES, name);
    value = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(value != NULL, "%s: %s", path, why.text);
    return value;
}

static json_t *get(const struct world *w, const char *target)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};
    json_error_t why;
    json_t *value;

    world_get(w, target, &answer);
    ck_assert_msg(answer.status == 200, "%s: %d %s", target, answer.status, buffer_text(&answer.body));
    ck_assert_str_eq(answer.content_type, "application/json; charset=utf-8");
    ck_assert_int_eq(answer.body.data[answer.body.len - 1], '\n');
    value = json_loadb(answer.body.data, answer.body.len, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(value != NULL, "%s: %s", target, why.text);
    return value;
}

static void check_shape(json_t *ours, json_t *fixture, const char *where);

static void check_object(json_t *ours, json_t *fixture, const char *where)
{
    /* Both iterate in the order in which the members were written. */
    void *mine = json_object_iter(ours), *theirs = json_object_iter(fixture);

    for (; mine && theirs; mine = json_object_iter_next(ours, mine), theirs = json_object_iter_next(fixture, theirs)) {
        char path[256];

        ck_assert_msg(strcmp(json_object_iter_key(mine), json_object_iter_key(theirs)) == 0, "%s: %s where Coder has %s", where,
                      json_object_iter_key(mine), json_object_iter_key(theirs));
        (void)snprintf(path, sizeof(path), "%s.%s", where, json_object_iter_key(mine));
        check_shape(json_object_iter_value(mine), json_object_iter_value(theirs), path);
    }
    ck_assert_msg(!mine, "%s: %s, which Coder does not have", where, mine ? json_object_iter_key(mine) : "");
    ck_assert_msg(!theirs, "%s: lacks %s", where, theirs ? json_object_iter_key(theirs) : "");
}

static void check_shape(json_t *ours, json_t *fixture, const char *where)
{
    if (json_is_boolean(fixture)) {
        ck_assert_msg(json_is_boolean(ours), "%s: no boolean", where);
        return;
    }
    ck_assert_msg(json_typeof(ours) == json_typeof(fixture), "%s: another type", where);
    if (json_is_object(fixture) && !strstr(where, ".tags")) /* tags are a map: its keys are nobody's shape */
        check_object(ours, fixture, where);
    else if (json_array_size(fixture) > 0 && json_array_size(ours) > 0)
        check_shape(json_array_get(ours, 0), json_array_get(fixture, 0), where);
}

/* The element that has this status (and, unless NULL, this type). */
static json_t *find(const json_t *list, const char *status, const char *type)
{
    size_t index;
    json_t *element;

    json_array_foreach (list, index, element) {
        const char *its_type = json_string_value(json_object_get(element, "type"));

        if (strcmp(json_string_value(json_object_get(element, "status")), status) == 0 && (!type || strcmp(its_type, type) == 0))
            return element;
    }
    ck_abort_msg("nothing is %s", status);
    return NULL;
}

static const struct {
    const char *fixture, *target;
} document_rows[] = {
    {"organizations.json", "/api/v2/organizations"},
    {"buildinfo.json", "/api/v2/buildinfo"},
    {"user-me.json", "/api/v2/users/me"},
    {"empty-list.json", "/api/v2/organizations/acme/provisionerjobs?status=canceled"},
};

START_TEST(document_case)
{
    CLEANUP(world_clear) struct world w;
    json_auto_t *fixture = load_fixture(document_rows[_i].fixture);
    json_auto_t *ours = NULL;

    world_open(world_yaml, 10000, &w);
    ours = get(&w, document_rows[_i].target);
    check_shape(ours, fixture, document_rows[_i].fixture);
}
END_TEST

static const char shapes_yaml[] = "organizations: [{name: acme, default: true}]\n"
                                  "token: " WORLD_TOKEN "\n"
                                  "pools: [{name: default, replicas: 4, startDelay: 0s}]\n"
                                  "arrivals:\n"
                                  "  - {at: 0s, count: 1, duration: 10s}\n"
                                  "  - {at: 1s, count: 1, duration: 10s, outcome: failed}\n"
                                  "  - {at: 30s, count: 2, duration: 100s, outcome: canceled}\n"
                                  "  - {at: 31s, count: 1, duration: 1h}\n"
                                  "  - {at: 31s, count: 1, duration: 1h, type: template_version_dry_run}\n"
                                  "  - {at: 32s, count: 1, duration: 1h, type: template_version_import}\n"
                                  "  - {at: 33s, count: 1, duration: 1h}\n"
                                  "  - {at: 34s, count: 1, duration: 1h, tags: {gpu: a100}}\n";

/* A job of ours beside the fixture's job of the same kind. */
static const struct {
    const char *fixture, *status, *type;
    int64_t now_ms;
} job_rows[] = {
    {"provisionerjobs-pending-running.json", "pending", "template_version_import", 40000},
    {"provisionerjobs-pending-running.json", "running", "workspace_build", 40000},
    {"provisionerjobs-pending-running.json", "running", "template_version_dry_run", 40000},
    {"provisionerjobs-pending-running.json", "canceling", "workspace_build", 110000},
    {"provisionerjobs-completed.json", "succeeded", "workspace_build", 40000},
    {"provisionerjobs-completed.json", "failed", "workspace_build", 40000},
};

START_TEST(job_case)
{
    CLEANUP(world_clear) struct world w;
    json_auto_t *fixture = load_fixture(job_rows[_i].fixture);
    json_auto_t *ours = NULL;
    char where[128];

    world_open(shapes_yaml, job_rows[_i].now_ms, &w);
    ours = get(&w, "/api/v2/organizations/acme/provisionerjobs");
    (void)snprintf(where, sizeof(where), "%s %s", job_rows[_i].status, job_rows[_i].type);
    check_shape(find(ours, job_rows[_i].status, job_rows[_i].type), find(fixture, job_rows[_i].status, job_rows[_i].type), where);
}
END_TEST

/* The fixture's first pending job has tags nobody carries: no available_workers; another has them. */
START_TEST(available_workers_are_left_out_when_there_are_none)
{
    CLEANUP(world_clear) struct world w;
    json_auto_t *fixture = load_fixture("provisionerjobs-pending-running.json");
    json_auto_t *ours = NULL;
    const json_t *newest;

    world_open(shapes_yaml, 40000, &w);
    ours = get(&w, "/api/v2/organizations/acme/provisionerjobs?status=pending");
    newest = json_array_get(ours, 0);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(newest, "tags"), "gpu")), "a100");
    ck_assert_ptr_null(json_object_get(newest, "available_workers"));
    ck_assert_uint_eq(json_array_size(json_object_get(json_array_get(ours, 1), "available_workers")), 4);
    ck_assert_ptr_null(json_object_get(json_array_get(fixture, 0), "available_workers"));
}
END_TEST

START_TEST(reaped_jobs_look_reaped)
{
    CLEANUP(world_clear) struct world w;
    json_auto_t *fixture = load_fixture("provisionerjobs-completed.json");
    json_auto_t *ours = NULL;
    json_t *job;

    world_open("token: " WORLD_TOKEN "\narrivals: [{count: 1, duration: 1s}]\n", 31 * minute_ms, &w);
    ours = get(&w, "/api/v2/organizations/default/provisionerjobs");
    job = json_array_get(ours, 0);
    check_shape(job, json_array_get(fixture, 4), "reaped");
    ck_assert_str_eq(json_string_value(json_object_get(job, "error")),
                     json_string_value(json_object_get(json_array_get(fixture, 4), "error")));
    ck_assert_str_eq(json_string_value(json_object_get(job, "started_at")), json_string_value(json_object_get(job, "completed_at")));
}
END_TEST

/* Positions count the deployment: people first, prebuilds last; every row has the size. */
START_TEST(positions_count_the_deployment)
{
    CLEANUP(world_clear) struct world w;
    json_auto_t *ours = NULL;
    static const int positions[] = {3, 0, 2, 5, 1, 0, 0}; /* newest first: gpu, import (runs), person, prebuild, person, two that run */
    size_t index;
    const json_t *job;

    world_open(world_yaml, 10000, &w);
    ours = get(&w, "/api/v2/organizations/acme/provisionerjobs");
    ck_assert_uint_eq(json_array_size(ours), 7);
    json_array_foreach (ours, index, job) {
        ck_assert_int_eq(json_integer_value(json_object_get(job, "queue_size")), 5); /* the one of platform as well */
        ck_assert_int_eq(json_integer_value(json_object_get(job, "queue_position")), positions[index]);
    }
}
END_TEST

START_TEST(daemons_look_like_coders)
{
    CLEANUP(world_clear) struct world w;
    json_auto_t *fixture = load_fixture("provisionerdaemons.json");
    json_auto_t *ours = NULL;

    world_open(shapes_yaml, 40000, &w);
    ours = get(&w, "/api/v2/organizations/acme/provisionerdaemons");
    ck_assert_uint_eq(json_array_size(ours), 4);
    check_shape(json_array_get(ours, 3), json_array_get(fixture, 3), "busy"); /* both have a current and a previous job */
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(ours, 3), "name")), "coder-provisioner-default-0");
    json_decref(ours);
    world_advance(&w, 600 * minute_ms);
    ours = get(&w, "/api/v2/organizations/acme/provisionerdaemons?status=idle");
    ck_assert_uint_eq(json_array_size(ours), 4);
    ck_assert(json_is_null(json_object_get(json_array_get(ours, 0), "current_job")));
}
END_TEST

/* As Go writes times: no zeros at the end of a fraction, no fraction when it is zero. */
START_TEST(times_are_gos)
{
    CLEANUP(world_clear) struct world w;
    json_auto_t *ours = NULL;
    static const char *const times[] = {"2026-09-14T08:00:01Z", "2026-09-14T08:00:00.5Z", "2026-09-14T08:00:00.25Z",
                                        "2026-09-14T08:00:00.125Z"};

    world_open("token: " WORLD_TOKEN "\narrivals: [{at: 125ms, count: 1, duration: 1s}, {at: 250ms, count: 1, duration: 1s},\n"
               "  {at: 500ms, count: 1, duration: 1s}, {at: 1s, count: 1, duration: 1s}]\n",
               5000, &w);
    ours = get(&w, "/api/v2/organizations/default/provisionerjobs");
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        ck_assert_str_eq(json_string_value(json_object_get(json_array_get(ours, i), "created_at")), times[i]);
}
END_TEST

START_TEST(fifty_thousand_jobs)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};

    world_open("token: " WORLD_TOKEN "\npools: [{name: default, replicas: 15}]\narrivals: [{count: 50000, duration: 1h}]\n", 1000, &w);
    world_get(&w, "/api/v2/organizations/default/provisionerjobs?limit=0&status=pending,running,canceling", &answer);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_uint_gt(answer.body.len, 30000000);
    ck_assert_int_eq(memcmp(answer.body.data + answer.body.len - 3, "}]\n", 3), 0);
}
END_TEST

Suite *coder_json_suite(void)
{
    Suite *suite = suite_create("coder_json");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, document_case, 0, ARRAY_LEN(document_rows));
    tcase_add_loop_test(tcase, job_case, 0, ARRAY_LEN(job_rows));
    tcase_add_test(tcase, available_workers_are_left_out_when_there_are_none);
    tcase_add_test(tcase, reaped_jobs_look_reaped);
    tcase_add_test(tcase, positions_count_the_deployment);
    tcase_add_test(tcase, daemons_look_like_coders);
    tcase_add_test(tcase, times_are_gos);
    tcase_add_test(tcase, fifty_thousand_jobs);
    suite_add_tcase(suite, tcase);
    return suite;
}
