#include "emulator/emulator.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/timestamp.h"
#include "test/unit/emulator/suites.h"
#include "test/unit/emulator/world.h"

struct bench {
    struct scenario scenario;
    struct emulator *emulator;
};

static void bench_open(const char *yaml, struct bench *out)
{
    struct error err = {0};

    *out = (struct bench){0};
    ck_assert_msg(scenario_read(yaml, strlen(yaml), &out->scenario, &err) == 0, "%s", err.text);
    out->emulator = emulator_new(&out->scenario, &err);
    ck_assert_msg(out->emulator != NULL, "%s", err.text);
}

static void bench_clear(struct bench *bench)
{
    emulator_free(bench->emulator);
    scenario_clear(&bench->scenario);
}

static void ask(struct bench *bench, const char *method, const char *target, const char *body, struct answer *out)
{
    struct request request = {method, target, WORLD_TOKEN, body, strlen(body)};

    answer_clear(out);
    *out = (struct answer){.body = BUFFER_INIT(ANSWER_BODY_MAX)};
    emulator_answer(bench->emulator, &request, out);
}

static const char *header(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->n_headers; i++)
        if (strcmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    ck_abort_msg("no header %s", name);
    return "";
}

static const char plain_yaml[] = "token: " WORLD_TOKEN "\nrateLimit: 3\npools: [{name: default, replicas: 1}]\n";

START_TEST(the_rate_limit_is_of_user_and_path)
{
    CLEANUP(bench_clear) struct bench bench;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(1)};
    static const char jobs[] = "/api/v2/organizations/coder/provisionerjobs?limit=1";

    bench_open(plain_yaml, &bench);
    for (int i = 2; i >= 0; i--) {
        ask(&bench, "GET", jobs, "", &answer);
        ck_assert_int_eq(answer.status, 200);
        ck_assert_str_eq(header(&answer, "X-Ratelimit-Limit"), "3");
        ck_assert_int_eq(strtol(header(&answer, "X-Ratelimit-Remaining"), NULL, 10), i);
    }
    ask(&bench, "GET", jobs, "", &answer);
    ck_assert_int_eq(answer.status, 429);
    ck_assert_str_eq(header(&answer, "Retry-After"), "60");
    ask(&bench, "GET", "/api/v2/organizations/default/provisionerjobs", "", &answer);
    ck_assert_int_eq(answer.status, 200); /* another path */
    ask(&bench, "GET", "/emulator/state", "", &answer);
    ck_assert_int_eq(answer.status, 200); /* never limited */
}
END_TEST

START_TEST(the_date_is_the_emulated_time)
{
    CLEANUP(bench_clear) struct bench bench;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(1)};
    int64_t date_ms = 0, now_ms;

    bench_open("speed: 1000\n", &bench);
    ask(&bench, "GET", "/emulator/state", "", &answer);
    now_ms = clock_unix_ms();
    ck_assert(timestamp_parse_http_date(header(&answer, "Date"), &date_ms));
    ck_assert_int_ge(date_ms, now_ms - 2000);
    while (clock_unix_ms() - now_ms < 50)
        continue;
    ask(&bench, "GET", "/emulator/state", "", &answer);
    ck_assert(timestamp_parse_http_date(header(&answer, "Date"), &date_ms));
    ck_assert_int_ge(date_ms, now_ms + 40000); /* 50 ms are 50 s */
}
END_TEST

static const struct {
    const char *fault, *target;
    int status; /* 0: dropped */
} fault_rows[] = {
    {"{\"kind\":\"error-500\"}", "/api/v2/buildinfo", 500},
    {"{\"kind\":\"error-500\",\"organization\":\"acme\"}", "/api/v2/organizations/acme", 500},
    {"{\"kind\":\"error-500\",\"organization\":\"acme\"}", "/api/v2/organizations/default", 500},
    {"{\"kind\":\"error-500\",\"organization\":\"acme\"}", "/api/v2/organizations/platform", 200},
    {"{\"kind\":\"error-500\",\"organization\":\"acme\"}", "/api/v2/organizations", 200},
    {"{\"kind\":\"error-500\",\"path\":\"provisionerjobs\"}", "/api/v2/organizations/acme/provisionerjobs", 500},
    {"{\"kind\":\"error-500\",\"path\":\"provisionerjobs\"}", "/api/v2/organizations/acme/provisionerdaemons", 200},
    {"{\"kind\":\"error-500\"}", "/emulator/state", 200}, /* the control API never breaks */
    {"{\"kind\":\"down\"}", "/api/v2/buildinfo", 0},
    {"{\"kind\":\"token-revoked\"}", "/api/v2/users/me", 401},
};

START_TEST(fault_case)
{
    CLEANUP(bench_clear) struct bench bench;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(1)};

    bench_open(world_yaml, &bench);
    ask(&bench, "PUT", "/emulator/faults", fault_rows[_i].fault, &answer);
    ck_assert_int_eq(answer.status, 204);
    ask(&bench, "GET", fault_rows[_i].target, "", &answer);
    ck_assert_int_eq(answer.end == ANSWER_DROP ? 0 : answer.status, fault_rows[_i].status);
    ask(&bench, "DELETE", "/emulator/faults", "", &answer);
    ask(&bench, "GET", fault_rows[_i].target, "", &answer);
    ck_assert_int_eq(answer.status, 200);
}
END_TEST

START_TEST(planned_faults_come_and_go)
{
    CLEANUP(bench_clear) struct bench bench;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(1)};

    bench_open("faults: [{at: 0s, for: 10m, kind: html}, {at: 10h, kind: down}]\n", &bench);
    ask(&bench, "GET", "/api/v2/buildinfo", "", &answer);
    ck_assert_str_eq(answer.content_type, "text/html; charset=utf-8");
    ask(&bench, "DELETE", "/emulator/faults", "", &answer);
    ask(&bench, "GET", "/api/v2/buildinfo", "", &answer);
    ck_assert_str_eq(answer.content_type, "application/json; charset=utf-8");
}
END_TEST

static const struct {
    const char *target;
    int status;
} route_rows[] = {{"/", 404}, {"/api/v1/x", 404}, {"/api", 404}, {"nonsense", 400}, {"/%zz", 400}, {"/api/v2/buildinfo", 200}};

START_TEST(route_case)
{
    CLEANUP(bench_clear) struct bench bench;
    CLEANUP(answer_clear) struct answer answer = {.body = BUFFER_INIT(1)};

    bench_open(plain_yaml, &bench);
    ask(&bench, "GET", route_rows[_i].target, "", &answer);
    ck_assert_int_eq(answer.status, route_rows[_i].status);
}
END_TEST

START_TEST(looking_and_scaling)
{
    CLEANUP(bench_clear) struct bench bench;
    struct emulator_view view;
    struct scenario_arrival arrival = {.count = 3, .duration_ms = 3600000};
    struct error err = {0};

    bench_open("pools: [{name: default, replicas: 1, startDelay: 0s}]\n", &bench);
    arrival.tags = bench.scenario.pools[0].tags;
    ck_assert_int_eq(emulator_look(bench.emulator, 0, &view, &err), 0);
    ck_assert(view.done && view.pool.there == 1);
    ck_assert_int_eq(emulator_post(bench.emulator, &arrival, &err), 0);
    ck_assert_int_eq(emulator_scale(bench.emulator, 0, 2, &err), 0);
    ck_assert_int_eq(emulator_look(bench.emulator, 0, &view, &err), 0);
    ck_assert(!view.done);
    ck_assert_int_eq(view.active, 2);
    ck_assert_int_eq(view.pending, 1);
    ck_assert_int_eq(view.pool.replicas, 2);
}
END_TEST

Suite *emulator_suite(void)
{
    Suite *suite = suite_create("emulator");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, the_rate_limit_is_of_user_and_path);
    tcase_add_test(tcase, the_date_is_the_emulated_time);
    tcase_add_loop_test(tcase, fault_case, 0, ARRAY_LEN(fault_rows));
    tcase_add_test(tcase, planned_faults_come_and_go);
    tcase_add_loop_test(tcase, route_case, 0, ARRAY_LEN(route_rows));
    tcase_add_test(tcase, looking_and_scaling);
    suite_add_tcase(suite, tcase);
    return suite;
}
