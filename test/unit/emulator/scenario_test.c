#include "emulator/scenario.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "test/unit/emulator/suites.h"

static int read(const char *yaml, struct scenario *out, struct error *err)
{
    return scenario_read(yaml, strlen(yaml), out, err);
}

START_TEST(everything_is_read)
{
    static const char yaml[] =
        "speed: 2.5\n"
        "token: abc-def\n"
        "seed: 7\n"
        "rateLimit: 60\n"
        "faults:\n"
        "  - {at: 60s, for: 30s, kind: bad-gateway, organization: acme, path: jobs}\n"
        "  - {kind: slow, delay: 2s}\n"
        "arrivals:\n"
        "  - {at: 30s, count: 20, over: 10s, organization: other, tags: {b: x, a: \"1\"}, type: template_version_import,\n"
        "     initiator: prebuild, duration: 1m, spread: 20s, outcome: failed}\n"
        "pools:\n"
        "  - {name: gpu, organization: other, tags: {a: \"1\"}, replicas: 3, startDelay: 15s, namePrefix: gpu-pod}\n"
        "  - {name: plain}\n"
        "organizations:\n"
        "  - {name: other}\n"
        "  - {name: acme, default: true, id: 20B65688-77aa-59a7-b24c-dace09ddbc4c}\n";
    CLEANUP(scenario_clear) struct scenario s = {0};
    struct error err = {0};

    ck_assert_msg(read(yaml, &s, &err) == 0, "%s", err.text);
    ck_assert_double_eq(s.speed, 2.5);
    ck_assert_str_eq(s.token, "abc-def");
    ck_assert_int_eq(s.seed, 7);
    ck_assert_int_eq(s.rate_limit, 60);
    ck_assert_uint_eq(s.n_organizations, 2);
    ck_assert(s.organizations[0].has_id && !s.organizations[0].is_default && s.organizations[1].is_default);
    ck_assert_uint_eq(s.organizations[1].id.high, UINT64_C(0x20b6568877aa59a7));

    ck_assert_uint_eq(s.n_pools, 2);
    ck_assert_int_eq(s.pools[0].organization, 0);
    ck_assert_int_eq(s.pools[0].replicas, 3);
    ck_assert_int_eq(s.pools[0].start_delay_ms, 15000);
    ck_assert_str_eq(s.pools[0].name_prefix, "gpu-pod");
    ck_assert_uint_eq(s.pools[0].tags.len, 3);
    ck_assert_int_eq(s.pools[1].organization, 1);
    ck_assert_str_eq(s.pools[1].name_prefix, "coder-provisioner-plain");
    ck_assert_str_eq(tagset_get(&s.pools[1].tags, "scope"), "organization");

    ck_assert_uint_eq(s.n_arrivals, 1);
    ck_assert_int_eq(s.arrivals[0].at_ms, 30000);
    ck_assert_int_eq(s.arrivals[0].over_ms, 10000);
    ck_assert_int_eq(s.arrivals[0].count, 20);
    ck_assert_int_eq(s.arrivals[0].organization, 0);
    ck_assert_int_eq(s.arrivals[0].type, SCENARIO_TEMPLATE_IMPORT);
    ck_assert_int_eq(s.arrivals[0].initiator, SCENARIO_BY_PREBUILD);
    ck_assert_int_eq(s.arrivals[0].outcome, SCENARIO_FAILS);
    ck_assert_int_eq(s.arrivals[0].duration_ms, 60000);
    ck_assert_int_eq(s.arrivals[0].spread_ms, 20000);
    ck_assert_str_eq(tagset_get(&s.arrivals[0].tags, "a"), "1");

    ck_assert_uint_eq(s.faults.len, 2);
    ck_assert_int_eq(s.faults.items[0].kind, FAULT_BAD_GATEWAY);
    ck_assert_int_eq(s.faults.items[0].until_ms, 90000);
    ck_assert_int_eq(s.faults.items[0].organization, 1);
    ck_assert_int_eq(s.faults.items[1].until_ms, FAULT_FOREVER);
    ck_assert_int_eq(s.faults.items[1].organization, FAULT_EVERY_ORGANIZATION);
    ck_assert_int_eq(s.faults.items[1].delay_ms, 2000);
}
END_TEST

START_TEST(little_is_needed)
{
    static const char *const rows[] = {"{}", "speed: 1\n", "organizations: []\npools: []\narrivals: []\nfaults: []\n",
                                       "---\nseed: 3\n...\n"};
    CLEANUP(scenario_clear) struct scenario s = {0};
    struct error err = {0};

    ck_assert_msg(read(rows[_i], &s, &err) == 0, "%s", err.text);
    ck_assert_double_eq(s.speed, 1);
    ck_assert_int_eq(s.rate_limit, 512);
    ck_assert_uint_eq(s.n_organizations, 1);
    ck_assert_int_eq(scenario_find_organization(&s, "default", 7), 0);
    ck_assert_int_eq(scenario_find_organization(&s, "coder", 5), 0);
    ck_assert_str_ne(s.token, "");
}
END_TEST

#define TEN "0123456789"
#define LONG_TEXT TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "a"
#define FIVE_TAGS(x) x "1: a, " x "2: a, " x "3: a, " x "4: a, " x "5: a, "

/* What is wrong, and what the message must say of it. */
static const struct {
    const char *yaml, *says;
} bad_rows[] = {
    {"", "nothing in it"},
    {"# only a comment\n", "nothing in it"},
    {"[]", "line 1, column 1: expected a mapping"},
    {"a: [", "not YAML"},
    {"speed: 1\n---\nspeed: 2\n", "second document"},
    {"sped: 1\n", "line 1, column 1: an unknown key; known are speed, token"},
    {"speed: 1\nseed: 2\nspeed: 3\n", "line 3, column 1: speed: the same key a second time"},
    {"speed: fast\n", "line 1, column 8: speed: expected a number from 0.01 to 1000"},
    {"speed: \"2\"\n", "expected a number"},
    {"speed: 0\n", "expected a number"},
    {"speed: .nan\n", "expected a number"},
    {"speed: 1e999\n", "expected a number"},
    {"seed: 1.5\n", "seed: expected a whole number"},
    {"seed: -1\n", "seed: expected a whole number"},
    {"rateLimit: 0\n", "rateLimit: expected a whole number from 1"},
    {"token: 12\n", "token: expected a text of 1 to 127 bytes"},
    {"token: true\n", "token: expected a text"},
    {"token: ~\n", "token: expected a text"},
    {"token: \"\"\n", "token: expected a text"},
    {"token: \"a\\0b\"\n", "token: expected a text"},
    {"token: [a]\n", "token: expected a text"},
    {"organizations: {name: a}\n", "organizations: expected a list"},
    {"organizations:\n  - {default: true}\n", "line 2, column 5: organizations[0]: name is missing"},
    {"organizations: [{name: a}, {name: a}]\n", "organizations[1]: the name a is taken"},
    {"organizations: [{name: default}]\n", "default is Coder's word"},
    {"organizations: [{name: a, default: yes}]\n", "default: expected true or false"},
    {"organizations: [{name: a, default: true}, {name: b, default: true}]\n", "only one may be the default"},
    {"organizations: [{name: a, id: 12-34}]\n", "organizations[0].id: expected a"},
    {"organizations: [{name: a, id: 20b65688-77aa-59a7-b24c-dace09ddbc4x}]\n", "organizations[0].id: expected a UUID"},
    {"pools:\n  - name: a\n    replica: 6\n", "line 3, column 5: pools[0]: an unknown key; known are name, namePrefix"},
    {"pools: [{name: a, organization: nobody}]\n", "pools[0].organization: there is no such organization"},
    {"pools: [{name: a, replicas: 1001}]\n", "pools[0].replicas: expected a whole number from 0 to 1000"},
    {"pools: [{name: a, replicas: six}]\n", "pools[0].replicas: expected a whole number"},
    {"pools: [{name: a, startDelay: 15}]\n", "pools[0].startDelay: expected a duration from 0s to 1h"},
    {"pools: [{name: a, startDelay: -1s}]\n", "pools[0].startDelay: expected a duration"},
    {"pools: [{name: a, startDelay: 2h}]\n", "pools[0].startDelay: expected a duration"},
    {"pools: [{name: a, tags: [x]}]\n", "pools[0].tags: expected tags"},
    {"pools: [{name: a, tags: {x: 1}}]\n", "pools[0].tags: expected tags as texts"},
    {"pools: [{name: a, tags: {x: a, x: b}}]\n", "pools[0].tags: the same tag a second time"},
    {"pools: [{name: a}, {name: a}]\n", "pools[1]: the name a is taken"},
    {"arrivals: [{count: 1}]\n", "arrivals[0]: duration is missing"},
    {"arrivals: [{duration: 1s}]\n", "arrivals[0]: count is missing"},
    {"arrivals: [{count: 0, duration: 1s}]\n", "arrivals[0].count: expected a whole number from 1"},
    {"arrivals: [{count: 1, duration: 1s, spread: 2s}]\n", "arrivals[0]: spread is larger than duration"},
    {"arrivals: [{count: 1, duration: 1s, type: build}]\n", "arrivals[0].type: expected one of workspace_build"},
    {"arrivals: [{count: 1, duration: 1s, initiator: me}]\n", "arrivals[0].initiator: expected one of user, prebuild"},
    {"arrivals: [{count: 1, duration: 1s, outcome: lost}]\n", "arrivals[0].outcome: expected one of succeeded"},
    {"arrivals: [{count: 1, duration: 1s, organization: \"\"}]\n", "arrivals[0].organization: there is no such organization"},
    {"arrivals: [{count: 200000, duration: 1s}, {count: 1, duration: 1s}]\n", "arrivals: 200001 jobs together; at most 200000"},
    {"faults: [{kind: broken}]\n", "faults[0].kind: expected one of down, slow"},
    {"faults: [{at: 1s}]\n", "faults[0]: kind is missing"},
    {"faults: [{kind: down, organization: nobody}]\n", "faults[0].organization: there is no such organization"},
    {"faults: [down]\n", "faults[0]: expected a mapping with kind"},
    {"speed: [1]\n", "speed: expected a number"},
    {"speed: 1-2\n", "speed: expected a number"},
    {"speed: \n", "speed: expected a number"},
    {"speed: 1001\n", "speed: expected a number"},
    {"seed: [1]\n", "seed: expected a whole number"},
    {"token: null\n", "token: expected a text"},
    {"token: " LONG_TEXT "\n", "token: expected a text"},
    {"? [a]\n: b\n", "line 1, column 3: an unknown key; known are speed"},
    {"pools: [{name: a, startDelay: [1s]}]\n", "pools[0].startDelay: expected a duration"},
    {"organizations: [{name: a, default: \"true\"}]\n", "default: expected true or false"},
    {"organizations: [{name: a, default: [true]}]\n", "default: expected true or false"},
    {"pools: [{name: a, organization: [a]}]\n", "pools[0].organization: expected the name of an organization"},
    {"pools: [{name: a, tags: {x: [a]}}]\n", "pools[0].tags: expected tags as texts"},
    {"pools: [{name: a, tags: {1: a}}]\n", "pools[0].tags: expected tags as texts"},
    {"pools: [{name: a, tags: {\"\": a}}]\n", "pools[0].tags: a tag's key must have 1 to 63 bytes"},
    {"pools: [{name: a, tags: {" FIVE_TAGS("a") FIVE_TAGS("b") FIVE_TAGS("c") "d: a}}]\n", "pools[0].tags: more than 16 tags"},
    {"pools: [{name: a, tags: {" FIVE_TAGS("a") FIVE_TAGS("b") FIVE_TAGS("c") "d: a, e: a}}]\n", "pools[0].tags: more than 16 tags"},
    {"faults: [{kind: [down]}]\n", "faults[0].kind: expected one of down, slow"},
    {"arrivals: &a [*a]\n", "arrivals[0]: expected a mapping"} /* a list within itself */,
    {"arrivals:\n  - &a {count: 1, duration: 1s, tags: *a}\n", "arrivals[0].tags: expected tags as texts"},
};

START_TEST(bad_case)
{
    struct scenario s = {.seed = 99};
    struct error err = {0};

    ck_assert_msg(read(bad_rows[_i].yaml, &s, &err) == -1, "accepted: %s", bad_rows[_i].yaml);
    ck_assert_msg(strstr(err.text, bad_rows[_i].says) != NULL, "%s\nsays: %s\nnot: %s", bad_rows[_i].yaml, err.text, bad_rows[_i].says);
    ck_assert_int_eq(s.seed, 99); /* out is untouched */
}
END_TEST

START_TEST(lists_are_bounded)
{
    CLEANUP(buffer_clear) struct buffer yaml = BUFFER_INIT(SCENARIO_FILE_MAX);
    struct scenario s = {0};
    struct error err = {0};

    (void)buffer_add_text(&yaml, "faults:\n");
    for (int i = 0; i <= FAULTS_MAX; i++)
        (void)buffer_add_text(&yaml, "  - {kind: down}\n");
    ck_assert_int_eq(read(buffer_text(&yaml), &s, &err), -1);
    ck_assert_msg(strstr(err.text, "faults: more than 64") != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
    struct scenario s = {0};
    struct error err = {0};

    ck_assert_int_eq(scenario_read_file("/nonexistent/scenario.yaml", &s, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/scenario.yaml"));
}
END_TEST

static const struct {
    const char *json, *says; /* NULL: right */
} arrival_rows[] = {
    {"{\"at\":\"5s\",\"over\":\"0s\",\"count\":5,\"organization\":\"coder\",\"tags\":{\"a\":\"b\"},\"type\":\"workspace_build\","
     "\"initiator\":\"user\","
     "\"duration\":\"1m0s\",\"spread\":\"0s\"}",
     NULL},
    {"{\"count\":5,\"duration\":\"1m\"}", NULL},
    {" {\n\t\"count\" : 5 , \"duration\":\"1m\"}\n", NULL},
    {"{\"count\":5,\"duration\":\"1m\",\"tags\":{\"path\":\"a\\/b \\u00e9 \\\"q\\\": {\"}}", NULL},
    {"count: 5\nduration: 1m\n", "not JSON"}, /* YAML is for files */
    {"{\"count\":5,\"duration\":\"1m\",\"count\":6}", "not JSON"},
    {"{\"count\":\"5\",\"duration\":\"1m\"}", "count: expected a whole number"},
    {"{\"count\":5,\"duration\":60}", "duration: expected a duration"},
    {"{\"count\":5,\"duration\":null}", "duration: expected a duration"},
    {"{\"count\":5,\"duration\":\"1m\",\"tags\":{\"a\":1}}", "expected tags as texts"},
    {"{\"count\":5,\"duration\":\"1m\",\"extra\":1}", "an unknown key"},
    {"[]", "expected a mapping"},
    {"7", "expected a mapping"},
    {"", "not JSON"},
};

START_TEST(arrival_case)
{
    CLEANUP(scenario_clear) struct scenario s = {0};
    struct scenario_arrival arrival = {0};
    struct error err = {0};
    int result;

    ck_assert_int_eq(read("{}", &s, &err), 0);
    result = scenario_read_arrival(arrival_rows[_i].json, strlen(arrival_rows[_i].json), &s, &arrival, &err);
    if (arrival_rows[_i].says) {
        ck_assert_int_eq(result, -1);
        ck_assert_msg(strstr(err.text, arrival_rows[_i].says) != NULL, "%s: %s", arrival_rows[_i].json, err.text);
        return;
    }
    ck_assert_msg(result == 0, "%s: %s", arrival_rows[_i].json, err.text);
    ck_assert_int_eq(arrival.count, 5);
    ck_assert_int_eq(arrival.duration_ms, 60000);
    ck_assert_str_eq(tagset_get(&arrival.tags, "owner"), "");
}
END_TEST

START_TEST(texts_of_json_arrive_whole)
{
    static const char json[] = "{\"count\":1,\"duration\":\"1s\",\"tags\":{\"t\":\"a\\/b \\u00e9 \\\"q\\\": {\\n# x\"}}";
    CLEANUP(scenario_clear) struct scenario s = {0};
    struct scenario_arrival arrival = {0};
    struct error err = {0};

    ck_assert_int_eq(read("{}", &s, &err), 0);
    ck_assert_msg(scenario_read_arrival(json, strlen(json), &s, &arrival, &err) == 0, "%s", err.text);
    ck_assert_str_eq(tagset_get(&arrival.tags, "t"), "a/b \xc3\xa9 \"q\": {\n# x");
}
END_TEST

START_TEST(faults_of_the_control_api)
{
    static const char for_a_while[] = "{\"kind\":\"html\",\"seconds\":1.5,\"organization\":\"coder\",\"path\":\"jobs\"}";
    static const char until_deleted[] = "{\"kind\":\"down\",\"seconds\":0,\"organization\":\"\"}";
    CLEANUP(scenario_clear) struct scenario s = {0};
    struct fault fault = {0};
    struct error err = {0};

    ck_assert_int_eq(read("speed: 10\n", &s, &err), 0);
    ck_assert_int_eq(scenario_read_fault(for_a_while, strlen(for_a_while), &s, &fault, &err), 0);
    fault_shift(&fault, 1000);
    ck_assert_int_eq(fault.at_ms, 1000);
    ck_assert_int_eq(fault.until_ms, 16000); /* real seconds: ten times as many emulated ones */
    ck_assert_int_eq(fault.organization, 0);
    ck_assert_int_eq(scenario_read_fault(until_deleted, strlen(until_deleted), &s, &fault, &err), 0);
    fault_shift(&fault, 1000);
    ck_assert_int_eq(fault.until_ms, FAULT_FOREVER);
    ck_assert_int_eq(fault.organization, FAULT_EVERY_ORGANIZATION);
    ck_assert_int_eq(scenario_read_fault("{\"seconds\":1}", 13, &s, &fault, &err), -1);
}
END_TEST

Suite *scenario_suite(void)
{
    Suite *suite = suite_create("scenario");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, everything_is_read);
    tcase_add_loop_test(tcase, little_is_needed, 0, 4);
    tcase_add_loop_test(tcase, bad_case, 0, ARRAY_LEN(bad_rows));
    tcase_add_test(tcase, lists_are_bounded);
    tcase_add_test(tcase, a_missing_file_is_named);
    tcase_add_loop_test(tcase, arrival_case, 0, ARRAY_LEN(arrival_rows));
    tcase_add_test(tcase, texts_of_json_arrive_whole);
    tcase_add_test(tcase, faults_of_the_control_api);
    suite_add_tcase(suite, tcase);
    return suite;
}
