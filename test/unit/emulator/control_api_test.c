#include "emulator/control_api.h"

#include <jansson.h>
#include <string.h>

#include "test/unit/emulator/suites.h"
#include "test/unit/emulator/world.h"

static void ask(struct world *w, const char *method, const char *path, const char *body, struct answer *out)
{
    CLEANUP(url_clear) struct url target = {0};
    struct control_subject subject = {w->sim, &w->scenario.faults};
    struct request request = {method, path, NULL, body, strlen(body)};
    struct error err = {0};

    ck_assert_int_eq(url_parse(path, &target, &err), 0);
    ck_assert(control_api_owns(&target));
    control_api_answer(&subject, &request, &target, out);
}

static const struct {
    const char *method, *path, *body;
    int status;
    const char *says;
} rows[] = {
    {"GET", "/emulator/state", "", 200, "\"nowSeconds\":10.000"},
    {"PUT", "/emulator/pools/default/replicas", "{\"replicas\":15}", 204, ""},
    {"PUT", "/emulator/pools/nobody/replicas", "{\"replicas\":15}", 404, "no pool of that name"},
    {"PUT", "/emulator/pools/default/replicas", "{\"replicas\":-1}", 400, "expected a whole number from 0 to 1000"},
    {"PUT", "/emulator/pools/default/replicas", "{\"replicas\":\"6\"}", 400, "expected a whole number"},
    {"PUT", "/emulator/pools/default/replicas", "{\"replicas\":6.5}", 400, "expected a whole number"},
    {"PUT", "/emulator/pools/default/replicas", "{}", 400, "replicas is missing"},
    {"PUT", "/emulator/pools/default/replicas", "", 400, "not JSON"},
    {"PUT", "/emulator/pools/default/replicas", "{\"replicas\":6,\"now\":true}", 400, "an unknown key"},
    {"POST", "/emulator/arrivals", "{\"count\":3,\"duration\":\"1m0s\"}", 204, ""},
    {"POST", "/emulator/arrivals", "{\"count\":3,\"duration\":\"1m0s\",\"organization\":\"nobody\"}", 400, "no such organization"},
    {"POST", "/emulator/arrivals", "{\"count\":200000,\"duration\":\"1s\"}", 400, "more than 200000 jobs"},
    {"PUT", "/emulator/faults", "{\"kind\":\"down\",\"seconds\":0,\"organization\":\"\"}", 204, ""},
    {"PUT", "/emulator/faults", "{\"kind\":\"gone\"}", 400, "expected one of down"},
    {"DELETE", "/emulator/faults", "", 204, ""},
    {"GET", "/emulator/faults", "", 405, "wrong method"},
    {"GET", "/emulator", "", 404, "no such path"},
    {"GET", "/emulator/other", "", 404, "no such path"},
};

START_TEST(row_case)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};

    world_open(world_yaml, 10000, &w);
    ask(&w, rows[_i].method, rows[_i].path, rows[_i].body, &answer);
    ck_assert_msg(answer.status == rows[_i].status, "%s %s %s: %d %s", rows[_i].method, rows[_i].path, rows[_i].body, answer.status,
                  buffer_text(&answer.body));
    ck_assert_msg(strstr(buffer_text(&answer.body), rows[_i].says) != NULL, "%s", buffer_text(&answer.body));
}
END_TEST

static int64_t number(const json_t *object, const char *first, const char *second)
{
    const json_t *value = json_object_get(json_object_get(object, first), second);

    ck_assert_msg(json_is_integer(value), "%s.%s", first, second);
    return json_integer_value(value);
}

START_TEST(the_state_has_its_members)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};
    json_auto_t *state = NULL;
    const json_t *pool;

    world_open(world_yaml, 70000, &w);
    ask(&w, "GET", "/emulator/state", "", &answer);
    state = json_loadb(answer.body.data, answer.body.len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_int_eq(number(state, "jobs", "pending"), 3); /* prebuild, gpu, platform */
    ck_assert_int_eq(number(state, "jobs", "active"), 2);
    ck_assert_int_eq(number(state, "jobs", "succeeded"), 2);
    ck_assert_int_eq(number(state, "jobs", "failed"), 1);
    ck_assert_int_eq(number(state, "jobs", "canceled"), 0);
    ck_assert_int_eq(number(state, "waits", "count"), 5);
    ck_assert_double_eq(json_number_value(json_object_get(json_object_get(state, "waits"), "longestSeconds")), 60);
    pool = json_array_get(json_object_get(state, "pools"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(pool, "name")), "default");
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "replicas")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "busy")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "idle")), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(pool, "draining")), 0);
}
END_TEST

START_TEST(the_knobs_turn)
{
    CLEANUP(world_clear) struct world w;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(65536)};

    world_open(world_yaml, 10000, &w);
    ask(&w, "PUT", "/emulator/pools/eu/replicas", "{\"replicas\":4}", &answer);
    ck_assert_int_eq(w.sim->pools[1].replicas, 4);
    ask(&w, "POST", "/emulator/arrivals", "{\"count\":3,\"duration\":\"1s\"}", &answer);
    ck_assert_uint_eq(w.sim->n_jobs, 11); /* at once, since at is 0 */
    ask(&w, "PUT", "/emulator/faults", "{\"kind\":\"down\",\"seconds\":5}", &answer);
    ck_assert_uint_eq(w.scenario.faults.len, 1);
    ck_assert_int_eq(w.scenario.faults.items[0].until_ms, 15000);
    ask(&w, "DELETE", "/emulator/faults", "", &answer);
    ck_assert_uint_eq(w.scenario.faults.len, 0);
}
END_TEST

Suite *control_api_suite(void)
{
    Suite *suite = suite_create("control_api");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, row_case, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, the_state_has_its_members);
    tcase_add_test(tcase, the_knobs_turn);
    suite_add_tcase(suite, tcase);
    return suite;
}
