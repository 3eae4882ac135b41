#include "queue/policy_explain.h"

#include "base/attributes.h"
#include "base/json.h"
#include "test/unit/queue/suites.h"

static struct policy_answer answer_of(enum policy_part by, int64_t wanted)
{
    struct policy_answer answer = {
        .wanted = wanted, .served = policy_serve(wanted, 0.1), .decided_by = by, .now_ms = 1000, .waiting = 7, .active = 3, .headroom = 1};

    answer.parts[POLICY_DEMAND] = 10;
    answer.parts[POLICY_HEADROOM] = 11;
    answer.parts[POLICY_ACTIVE] = 3;
    answer.parts[POLICY_MIN] = 6;
    answer.parts[POLICY_MAX] = 15;
    answer.parts[by] = wanted;
    if (by == POLICY_SCALE_DOWN_AFTER || by == POLICY_START)
        answer.held_until_ms = 251000;
    return answer;
}

static const struct {
    enum policy_part by;
    int64_t wanted, current;
    const char *text;
} cases[] = {
    {POLICY_HEADROOM, 11, -1, "7 waiting, 3 running, headroom 1 -> 11, served as 12"},
    {POLICY_HEADROOM, 11, 6, "7 waiting, 3 running, headroom 1 -> 11, served as 12; HPA would set 12"},
    {POLICY_HEADROOM, 11, 11, "7 waiting, 3 running, headroom 1 -> 11, served as 12; HPA would set 11"},
    {POLICY_SCALE_DOWN_AFTER, 13, 13, "7 waiting, 3 running, headroom 1 -> 11; held at 13 for 4m10s more; served as 14; HPA would set 13"},
    {POLICY_START, 13, -1,
     "7 waiting, 3 running, headroom 1 -> 11; held at the 13 that are connected since the start, for 4m10s more; served as 14"},
    {POLICY_BUSY_ORDINAL, 13, -1, "7 waiting, 3 running, headroom 1 -> 11; held at 13 while the StatefulSet's pod 12 works; served as 14"},
    {POLICY_WORKSHOP, 12, -1, "7 waiting, 3 running, headroom 1 -> 11; workshop wants 12; served as 13"},
    {POLICY_TARGET_WAIT, 12, -1, "7 waiting, 3 running, headroom 1 -> 11; targetWait wants 12; served as 13"},
    {POLICY_MAX, 10, 30, "7 waiting, 3 running, headroom 1 -> 11; cut to the maximum, 10; served as 10; HPA would set 10"},
    {POLICY_MIN, 12, 0, "7 waiting, 3 running, headroom 1 -> 11; raised to the minimum, 12; served as 13; HPA would set 0"},
    {POLICY_DEMAND, 9, -1, "7 waiting, 3 running (9 with prebuilds weighted), headroom 1 -> 11; served as 9"},
};

START_TEST(text_case)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1000);
    struct policy_answer answer = answer_of(cases[_i].by, cases[_i].wanted);

    policy_explain(&answer, cases[_i].current < 0 ? -1 : policy_hpa_replicas(&answer, 0.1, cases[_i].current), &text);
    ck_assert_str_eq(buffer_text(&text), cases[_i].text);
}
END_TEST

START_TEST(json_has_all_parts)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1000);
    struct policy_answer answer = answer_of(POLICY_SCALE_DOWN_AFTER, 13);
    struct error err = {0};
    json_t *root = NULL, *parts;

    policy_explain_json(&answer, 13, &text);
    ck_assert_msg(json_read(buffer_text(&text), text.len, &root, &err) == 0, "%s", err.text);
    parts = json_object_get(root, "parts");
    ck_assert_int_eq(json_integer_value(json_object_get(root, "wanted")), 13);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "served")), 14);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "hpaWouldSet")), 13);
    ck_assert_str_eq(json_string_value(json_object_get(root, "summary")),
                     "7 waiting, 3 running, headroom 1 -> 11; held at 13 for 4m10s more; served as 14; HPA would set 13");
    ck_assert_str_eq(json_string_value(json_object_get(root, "decidedBy")), "scaleDownAfter");
    ck_assert_int_eq(json_integer_value(json_object_get(root, "heldForSeconds")), 250);
    ck_assert_uint_eq(json_object_size(parts), POLICY_PARTS);
    for (enum policy_part part = 0; part < POLICY_PARTS; part++)
        ck_assert_int_eq(json_integer_value(json_object_get(parts, policy_part_name(part))), answer.parts[part]);
    json_decref(root);
}
END_TEST

START_TEST(nothing_held_is_null)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1000);
    struct policy_answer answer = answer_of(POLICY_HEADROOM, 11);
    struct error err = {0};
    json_t *root = NULL;

    policy_explain_json(&answer, -1, &text);
    ck_assert_msg(json_read(buffer_text(&text), text.len, &root, &err) == 0, "%s", err.text);
    ck_assert(json_is_null(json_object_get(root, "heldForSeconds")));
    ck_assert(json_is_null(json_object_get(root, "hpaWouldSet")));
    json_decref(root);
}
END_TEST

Suite *policy_explain_suite(void)
{
    Suite *suite = suite_create("policy_explain");
    TCase *tcase = tcase_create("policy_explain");

    tcase_add_loop_test(tcase, text_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, json_has_all_parts);
    tcase_add_test(tcase, nothing_held_is_null);
    suite_add_tcase(suite, tcase);
    return suite;
}
