/* Routes, errors and filters of the emulated Coder, over whole requests. */
#include "emulator/coder_api.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "test/unit/emulator/suites.h"
#include "test/unit/emulator/world.h"

#define JOBS "/api/v2/organizations/acme/provisionerjobs"
#define DAEMONS "/api/v2/organizations/acme/provisionerdaemons"
#define NOBODY "00000000-0000-0000-0000-000000000000"

static void ask(const struct world *w, struct request request, struct answer *out)
{
    CLEANUP(url_clear) struct url target = {0};
    struct coder_view view = {w->sim, WORLD_START_UNIX_MS};
    struct error err = {0};

    ck_assert_msg(url_parse(request.target, &target, &err) == 0, "%s", err.text);
    coder_api_answer(&view, &request, &target, out);
}

static const struct {
    const char *method, *target, *token;
    int status;
    const char *fixture; /* of the body; NULL: not compared */
} answer_rows[] = {
    {"GET", "/api/v2/buildinfo", NULL, 200, NULL},
    {"GET", "/api/v2/organizations", WORLD_TOKEN, 200, NULL},
    {"HEAD", "/api/v2/organizations", WORLD_TOKEN, 200, NULL},
    {"GET", "/api/v2/organizations/acme", WORLD_TOKEN, 200, NULL},
    {"GET", "/api/v2/organizations/default", WORLD_TOKEN, 200, NULL},
    {"GET", "/api/v2/organizations/20b65688-77aa-59a7-b24c-dace09ddbc4c", WORLD_TOKEN, 200, NULL},
    {"GET", "/api/v2/organizations/platform", WORLD_TOKEN, 200, NULL},
    {"GET", "/api/v2/organizations/nobody", WORLD_TOKEN, 404, "error-404.json"},
    {"GET", "/api/v2/organizations/nobody/provisionerjobs?limit=x", WORLD_TOKEN, 404, "error-404.json"}, /* before the 400 */
    {"GET", "/api/v2/organizations/nobody/provisionerjobs", NULL, 401, NULL},                            /* before the 404 */
    {"GET", "/api/v2/users/me", WORLD_TOKEN, 200, NULL},
    {"GET", "/api/v2/users/me", "wrong", 401, "error-401.json"},
    {"GET", "/api/v2/users/me", "", 401, "error-401.json"},
    {"GET", "/api/v2/users/me", NULL, 401, NULL},
    {"GET", "/api/v2/users/you", WORLD_TOKEN, 404, NULL},
    {"GET", "/api/v2/nothing", WORLD_TOKEN, 404, NULL},
    {"GET", "/api/v2", WORLD_TOKEN, 404, NULL},
    {"GET", "/api/v2/", WORLD_TOKEN, 404, NULL},
    {"POST", JOBS, WORLD_TOKEN, 405, NULL},
    {"DELETE", "/api/v2/organizations/acme", WORLD_TOKEN, 405, NULL},
    {"GET", JOBS "?limit=-1", WORLD_TOKEN, 400, "error-400.json"},
    {"GET", JOBS "/" NOBODY, WORLD_TOKEN, 404, "error-404.json"},
    {"GET", JOBS "/7", WORLD_TOKEN, 400, NULL},
    {"GET", JOBS "?status=pending,%20running", WORLD_TOKEN, 500, NULL}, /* not trimmed: the database refuses it */
};

START_TEST(answer_case)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};
    CLEANUP(buffer_clear) struct buffer expected = BUFFER_INIT(65536);
    json_auto_t *ours = NULL, *theirs = NULL;
    struct error err = {0};
    char path[512];

    world_open(world_yaml, 10000, &w);
    ask(&w, (struct request){answer_rows[_i].method, answer_rows[_i].target, answer_rows[_i].token, "", 0}, &answer);
    ck_assert_msg(answer.status == answer_rows[_i].status, "%s %s: %d", answer_rows[_i].method, answer_rows[_i].target, answer.status);
    if (!answer_rows[_i].fixture)
        return;
    (void)snprintf(path, sizeof(path), "%s/coder/%s", FIXTURES, answer_rows[_i].fixture);
    ck_assert_msg(file_read(path, &expected, &err) == 0, "%s", err.text);
    theirs = json_loadb(expected.data, expected.len, 0, NULL);
    ours = json_loadb(answer.body.data, answer.body.len, 0, NULL);
    ck_assert_msg(json_equal(ours, theirs), "%s: %s", answer_rows[_i].target, buffer_text(&answer.body));
}
END_TEST

START_TEST(challenges_and_methods_have_their_headers)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};

    world_open(world_yaml, 0, &w);
    ask(&w, (struct request){"GET", "/api/v2/users/me", NULL, "", 0}, &answer);
    ck_assert_uint_eq(answer.n_headers, 1);
    ck_assert_str_eq(answer.headers[0].name, "WWW-Authenticate");
}
END_TEST

/* How many elements a list has. At 10 s, of acme: 4 pending (one of them a prebuild, one gpu), 3 running. */
static const struct {
    const char *target;
    size_t len;
} list_rows[] = {
    {JOBS, 7},
    {JOBS "?limit=2", 2},
    {JOBS "?limit=0", 7},
    {JOBS "?limit=%2B3", 3},
    {JOBS "?status=pending", 4},
    {JOBS "?status=pending,running,canceling&limit=10000", 7},
    {JOBS "?status=pending&status=running", 7},
    {JOBS "?status=running&limit=2", 2},
    {JOBS "?status=", 7},
    {JOBS "?status=unknown", 0},
    {JOBS "?status=succeeded,failed,canceled", 0},
    {JOBS "?tags={}", 7},
    {JOBS "?tags=%7B%22cluster%22%3A%22eu%22%7D", 1},
    {JOBS "?tags={\"scope\":\"organization\",\"owner\":\"\"}", 5}, /* exactly the untagged ones */
    {JOBS "?tags={\"scope\":\"organization\"}", 7},
    {JOBS "?tags={\"cluster\":\"us\"}", 0},
    {JOBS "?initiator=c42fdf75-3097-471c-8c33-fb52454d81c0", 1},
    {JOBS "?initiator=" NOBODY, 0},
    {JOBS "?ids=" NOBODY, 0},
    {JOBS "?ids=", 7},
    {"/api/v2/organizations/platform/provisionerjobs", 1},
    {"/api/v2/organizations/default/provisionerjobs", 7},
    {DAEMONS, 3},
    {DAEMONS "?limit=1", 1},
    {DAEMONS "?limit=0", 3},
    {DAEMONS "?status=busy", 3},
    {DAEMONS "?status=idle", 0},
    {DAEMONS "?status=busy,idle&offline=true", 3},
    {DAEMONS "?offline=true", 3},
    {DAEMONS "?offline=false", 3},
    {DAEMONS "?max_age=5s", 0},
    {DAEMONS "?max_age=1m", 3},
    {DAEMONS "?tags={\"cluster\":\"eu\"}", 1},
    {DAEMONS "?tags={\"scope\":\"organization\",\"owner\":\"\"}", 2},
    {DAEMONS "?ids=" NOBODY, 0},
    {"/api/v2/organizations/platform/provisionerdaemons", 0},
};

START_TEST(list_case)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};
    json_auto_t *list = NULL;

    world_open(world_yaml, 10000, &w);
    world_get(&w, list_rows[_i].target, &answer);
    ck_assert_msg(answer.status == 200, "%s: %d %s", list_rows[_i].target, answer.status, buffer_text(&answer.body));
    list = json_loadb(answer.body.data, answer.body.len, 0, NULL);
    ck_assert_msg(json_is_array(list) && json_array_size(list) == list_rows[_i].len, "%s: %zu", list_rows[_i].target,
                  json_array_size(list));
}
END_TEST

/* What Coder says against a parameter: the field and the start of the detail. */
static const struct {
    const char *target, *field, *detail;
} wrong_rows[] = {
    {JOBS "?limit=x", "limit",
     "Query param \"limit\" must be a valid 32-bit positive integer: strconv.ParseInt: parsing \"x\": invalid syntax"},
    {JOBS "?limit=%205", "limit", "Query param \"limit\" must be a valid"},
    {JOBS "?limit=5000000000", "limit",
     "Query param \"limit\" must be a valid 32-bit positive integer: strconv.ParseInt: parsing \"5000000000\": value out"},
    {JOBS "?limit=99999999999999999999", "limit", "Query param \"limit\" must be a valid"},
    {JOBS "?limit=1&limit=2", "limit", "Query param \"limit\" provided more than once, found 2 times."},
    {JOBS "?offset=1", "offset", "\"offset\" is not a valid query param"},
    {JOBS "?offline=true", "offline", "\"offline\" is not a valid query param"},
    {JOBS "?ids=7", "ids", "Query param \"ids\" has invalid values"},
    {JOBS "?ids=" NOBODY ",x", "ids", "Query param \"ids\" has invalid values: \"x\""},
    {JOBS "?tags=x", "tags", "Query param \"tags\" must be a valid JSON object"},
    {JOBS "?tags=[]", "tags", "Query param \"tags\" must be a valid JSON object"},
    {JOBS "?tags={\"a\":1}", "tags", "Query param \"tags\" must be a valid JSON object"},
    {JOBS "?initiator=me", "initiator", "Query param \"initiator\" must be a valid uuid"},
    {DAEMONS "?status=running", "status", "Query param \"status\" has invalid values: \"running\""},
    {DAEMONS "?offline=maybe", "offline", "Query param \"offline\" must be a valid boolean"},
    {DAEMONS "?max_age=old", "max_age", "Query param \"max_age\" must be a valid duration"},
    {DAEMONS "?initiator=" NOBODY, "initiator", "\"initiator\" is not a valid query param"},
};

START_TEST(wrong_case)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};
    json_auto_t *body = NULL;
    const json_t *first;

    world_open(world_yaml, 10000, &w);
    world_get(&w, wrong_rows[_i].target, &answer);
    ck_assert_msg(answer.status == 400, "%s: %d", wrong_rows[_i].target, answer.status);
    body = json_loadb(answer.body.data, answer.body.len, 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(body, "message")), "Invalid query parameters.");
    first = json_array_get(json_object_get(body, "validations"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(first, "field")), wrong_rows[_i].field);
    ck_assert_msg(strncmp(json_string_value(json_object_get(first, "detail")), wrong_rows[_i].detail, strlen(wrong_rows[_i].detail)) == 0,
                  "%s", json_string_value(json_object_get(first, "detail")));
}
END_TEST

static json_t *get_list(const struct world *w, const char *target)
{
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};

    world_get(w, target, &answer);
    ck_assert_int_eq(answer.status, 200);
    return json_loadb(answer.body.data, answer.body.len, 0, NULL);
}

START_TEST(one_job_by_its_id)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(ANSWER_BODY_MAX)};
    json_auto_t *job = NULL, *list = NULL;
    char id[STABLE_ID_TEXT], target[256];

    world_open(world_yaml, 10000, &w);
    stable_id_format(w.sim->jobs[3].id, id);
    (void)snprintf(target, sizeof(target), JOBS "/%s", id);
    job = get_list(&w, target);
    ck_assert_str_eq(json_string_value(json_object_get(job, "id")), id);
    (void)snprintf(target, sizeof(target), JOBS "?ids=%s," NOBODY, id);
    list = get_list(&w, target);
    ck_assert_uint_eq(json_array_size(list), 1);
    ck_assert(json_equal(json_array_get(list, 0), job));
    (void)snprintf(target, sizeof(target), "/api/v2/organizations/platform/provisionerjobs/%s", id);
    world_get(&w, target, &answer);
    ck_assert_int_eq(answer.status, 404); /* it belongs to another organization */
}
END_TEST

START_TEST(jobs_and_daemons_come_newest_first)
{
    CLEANUP(world_clear) struct world w;
    static const char *const lists[] = {JOBS, DAEMONS "?offline=true"};
    struct error err = {0};

    world_open(world_yaml, 10000, &w);
    ck_assert_int_eq(simulation_set_replicas(w.sim, 0, 5, &err), 0);
    world_advance(&w, 30000);
    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        json_auto_t *list = get_list(&w, lists[l]);

        ck_assert_uint_ge(json_array_size(list), 6);
        for (size_t i = 1; i < json_array_size(list); i++) /* stamps with the same form compare as texts, cut before the fraction */
            ck_assert_int_ge(strncmp(json_string_value(json_object_get(json_array_get(list, i - 1), "created_at")),
                                     json_string_value(json_object_get(json_array_get(list, i), "created_at")), 19),
                             0);
    }
}
END_TEST

/* A daemon that has gone looks idle until it has not been seen for 90 s; then it is offline and hidden. */
START_TEST(the_gone_turn_offline)
{
    CLEANUP(world_clear) struct world w;
    static const struct {
        int64_t now_ms;
        size_t seen, with_offline, offline;
    } rows[] = {{0, 2, 2, 0}, {90000, 2, 2, 0}, {91000, 1, 2, 1}};
    struct error err = {0};

    world_open("token: " WORLD_TOKEN "\norganizations: [{name: acme}]\npools: [{name: p, replicas: 2}]\n", 0, &w);
    ck_assert_int_eq(simulation_set_replicas(w.sim, 0, 1, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_auto_t *seen = NULL, *all = NULL, *offline = NULL;

        world_advance(&w, rows[i].now_ms);
        seen = get_list(&w, DAEMONS);
        all = get_list(&w, DAEMONS "?offline=true");
        offline = get_list(&w, DAEMONS "?status=offline");
        ck_assert_uint_eq(json_array_size(seen), rows[i].seen);
        ck_assert_uint_eq(json_array_size(all), rows[i].with_offline);
        ck_assert_uint_eq(json_array_size(offline), rows[i].offline);
    }
}
END_TEST

Suite *coder_api_suite(void)
{
    Suite *suite = suite_create("coder_api");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, answer_case, 0, ARRAY_LEN(answer_rows));
    tcase_add_test(tcase, challenges_and_methods_have_their_headers);
    tcase_add_loop_test(tcase, list_case, 0, ARRAY_LEN(list_rows));
    tcase_add_loop_test(tcase, wrong_case, 0, ARRAY_LEN(wrong_rows));
    tcase_add_test(tcase, one_job_by_its_id);
    tcase_add_test(tcase, jobs_and_daemons_come_newest_first);
    tcase_add_test(tcase, the_gone_turn_offline);
    suite_add_tcase(suite, tcase);
    return suite;
}
