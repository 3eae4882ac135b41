/* What plan takes from a running adapter's answers. */
#include "adapter/plan_answers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "test/unit/adapter/suites.h"

static json_t *read_text(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    ck_assert_msg(value != NULL, "%s", text);
    return value;
}

static const struct {
    const char *answer;
    bool good;
} sources[] = {
    {"{\"sources\":[{\"stale\":false},{\"stale\":false}]}", true},
    {"{\"sources\":[{\"stale\":false},{\"stale\":true}]}", false},
    {"{\"sources\":[{\"name\":\"coder/default/jobs\"}]}", true},
    {"{\"sources\":[]}", true},
    {"{}", true},
};

START_TEST(stale_case)
{
    CLEANUP(json_decrefp) json_t *answer = read_text(sources[_i].answer);
    struct error err = {0};

    ck_assert_int_eq(plan_answer_check(answer, "node_group_headroom_cores", &err), sources[_i].good ? 0 : -1);
    ck_assert_int_eq(err.code, sources[_i].good ? ERROR_NONE : ERROR_UNAVAILABLE);
    if (!sources[_i].good)
        ck_assert_str_eq(err.text, "node_group_headroom_cores: what the adapter knows is stale; ask again when it can read its source");
}
END_TEST

#define QUANTILE(quantile, value) "{\"labels\":{\"quantile\":\"" quantile "\"},\"value\":" value "}"
#define ITEMS(items) "{\"items\":[" items "]}"

static const struct {
    const char *answer;
    bool known;
    double job_s; /* where both quantiles are the same it is they */
} builds[] = {
    {ITEMS(QUANTILE("0.5", "30") "," QUANTILE("0.95", "30")), true, 30},
    {ITEMS(QUANTILE("0.99", "90") "," QUANTILE("0.95", "0.5") "," QUANTILE("0.5", "0.5")), true, 0.5},
    {ITEMS(QUANTILE("0.5", "30")), false, 7},
    {ITEMS(QUANTILE("0.95", "30")), false, 7},
    {ITEMS(QUANTILE("0.5", "null") "," QUANTILE("0.95", "30")), false, 7}, /* no number is no 0 */
    {ITEMS(QUANTILE("0.5", "\"30\"") "," QUANTILE("0.95", "\"30\"")), false, 7},
    {ITEMS("7,{\"value\":1},{\"labels\":{\"quantile\":0.5},\"value\":1}"), false, 7},
    {"{}", false, 7},
};

START_TEST(builds_case)
{
    CLEANUP(json_decrefp) json_t *answer = read_text(builds[_i].answer);
    struct plan_crowd crowd = {.users = 1, .job_s = 7};

    ck_assert(plan_answer_builds(answer, &crowd) == builds[_i].known);
    ck_assert_msg(fabs(crowd.job_s - builds[_i].job_s) < 1e-6, "%g", crowd.job_s);
    ck_assert(crowd.varies == builds[_i].known);
}
END_TEST

#define ROOM(group, value) "{\"labels\":{\"node_group\":\"" group "\"},\"value\":" value "}"

START_TEST(rooms_are_of_their_groups)
{
    CLEANUP(json_decrefp)
    json_t *cores = read_text(
        ITEMS(ROOM("workers", "20") "," ROOM("edge", "1.5") "," ROOM("bad", "null") ",{\"labels\":{\"node_group\":\"none\"}}"));
    CLEANUP(json_decrefp) json_t *bytes = read_text(ITEMS(ROOM("db", "1024") "," ROOM("workers", "2048")));
    CLEANUP(plan_rooms_clear) struct plan_rooms rooms = {.items = calloc(PLAN_ROOMS_MAX, sizeof(struct plan_room))};
    static const struct plan_room wanted[] = {{"workers", 20, 2048}, {"edge", 1.5, -1}, {"db", -1, 1024}};

    ck_assert_ptr_nonnull(rooms.items);
    plan_answer_rooms(cores, PLAN_CORES, &rooms);
    plan_answer_rooms(bytes, PLAN_BYTES, &rooms);
    ck_assert_uint_eq(rooms.len, ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        ck_assert_str_eq(rooms.items[i].group, wanted[i].group);
        ck_assert_double_eq(rooms.items[i].cores, wanted[i].cores);
        ck_assert_double_eq(rooms.items[i].bytes, wanted[i].bytes);
    }
}
END_TEST

/* The rooms that are there go on being filled in. */
START_TEST(groups_beyond_the_bound_are_left_out)
{
    CLEANUP(json_decrefp) json_t *answer = json_pack("{s:[]}", "items");
    CLEANUP(plan_rooms_clear) struct plan_rooms rooms = {.items = calloc(PLAN_ROOMS_MAX, sizeof(struct plan_room))};
    json_t *items = json_object_get(answer, "items");

    ck_assert_ptr_nonnull(rooms.items);
    for (int i = 0; i <= PLAN_ROOMS_MAX; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "g%d", i);
        ck_assert_int_eq(json_array_append_new(items, json_pack("{s:{s:s}, s:i}", "labels", "node_group", name, "value", i)), 0);
    }
    plan_answer_rooms(answer, PLAN_CORES, &rooms);
    plan_answer_rooms(answer, PLAN_BYTES, &rooms);
    ck_assert_uint_eq(rooms.len, PLAN_ROOMS_MAX);
    ck_assert_double_eq(rooms.items[PLAN_ROOMS_MAX - 1].bytes, PLAN_ROOMS_MAX - 1);
}
END_TEST

Suite *plan_answers_suite(void)
{
    Suite *suite = suite_create("plan_answers");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, stale_case, 0, ARRAY_LEN(sources));
    tcase_add_loop_test(tcase, builds_case, 0, ARRAY_LEN(builds));
    tcase_add_test(tcase, rooms_are_of_their_groups);
    tcase_add_test(tcase, groups_beyond_the_bound_are_left_out);
    suite_add_tcase(suite, tcase);
    return suite;
}
