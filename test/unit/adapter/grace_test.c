#include "adapter/grace.h"

#include "base/attributes.h"
#include "test/unit/adapter/suites.h"

static const struct {
    int64_t grace_s, p99_ms, longest_ms;
    bool is_short;
    int64_t wanted_s;
    const char *json;
} cases[] = {
    {600, 0, 0, false, 30,
     "{\"terminationGracePeriodSeconds\":600,\"p99Seconds\":null,\"longestSeconds\":null,\"tooShort\":false,\"wantedSeconds\":null}"},
    {60, 59000, 60000, false, 90,
     "{\"terminationGracePeriodSeconds\":60,\"p99Seconds\":59.000,\"longestSeconds\":60.000,\"tooShort\":false,\"wantedSeconds\":null}"},
    {60, 59000, 60001, true, 90,
     "{\"terminationGracePeriodSeconds\":60,\"p99Seconds\":59.000,\"longestSeconds\":60.001,\"tooShort\":true,\"wantedSeconds\":90}"},
    {30, 179000, 180000, true, 210,
     "{\"terminationGracePeriodSeconds\":30,\"p99Seconds\":179.000,\"longestSeconds\":180.000,\"tooShort\":true,\"wantedSeconds\":210}"},
    {30, 45000, 0, true, 60,
     "{\"terminationGracePeriodSeconds\":30,\"p99Seconds\":45.000,\"longestSeconds\":null,\"tooShort\":true,\"wantedSeconds\":60}"},
    {-1, 45000, 50000, false, 60,
     "{\"terminationGracePeriodSeconds\":null,\"p99Seconds\":45.000,\"longestSeconds\":50.000,\"tooShort\":false,\"wantedSeconds\":null}"},
    {INT64_MAX, 45000, 50000, false, 60,
     "{\"terminationGracePeriodSeconds\":9223372036854775807,\"p99Seconds\":45.000,\"longestSeconds\":50.000,\"tooShort\":false,"
     "\"wantedSeconds\":null}"},
};

START_TEST(grace_case)
{
    CLEANUP(buffer_clear) struct buffer json = BUFFER_INIT(1000);
    const struct grace_measured measured = {cases[_i].p99_ms, cases[_i].longest_ms};

    ck_assert(grace_is_short(cases[_i].grace_s, &measured) == cases[_i].is_short);
    ck_assert_int_eq(grace_wanted_s(&measured), cases[_i].wanted_s);
    grace_json(cases[_i].grace_s, &measured, &json);
    ck_assert_str_eq(buffer_text(&json), cases[_i].json);
}
END_TEST

static const struct {
    const char *workload;
    int64_t grace_s;
} workloads[] = {
    {"{\"spec\":{\"template\":{\"spec\":{\"terminationGracePeriodSeconds\":600}}}}", 600},
    {"{\"spec\":{\"template\":{\"spec\":{\"terminationGracePeriodSeconds\":0}}}}", 0},
    {"{\"spec\":{\"template\":{\"spec\":{}}}}", 30},
    {"{\"spec\":{\"template\":{\"spec\":{\"terminationGracePeriodSeconds\":-5}}}}", 30},
    {"{\"spec\":{\"template\":{\"spec\":{\"terminationGracePeriodSeconds\":\"600\"}}}}", 30},
    {"{\"spec\":{\"template\":7}}", -1},
    {"{}", -1},
};

START_TEST(workload_case)
{
    CLEANUP(json_decrefp) json_t *workload = json_loads(workloads[_i].workload, 0, NULL);

    ck_assert_ptr_nonnull(workload);
    ck_assert_int_eq(grace_of_workload(workload), workloads[_i].grace_s);
}
END_TEST

Suite *grace_suite(void)
{
    Suite *suite = suite_create("grace");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, grace_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, workload_case, 0, ARRAY_LEN(workloads));
    suite_add_tcase(suite, tcase);
    return suite;
}
