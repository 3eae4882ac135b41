#include "emulator/fault.h"

#include "base/attributes.h"
#include "test/unit/emulator/suites.h"

static const struct fault_list planned = {
    .items =
        {
            {.at_ms = 100, .until_ms = 200, .organization = 1, .kind = FAULT_DOWN},
            {.at_ms = 150, .until_ms = FAULT_FOREVER, .organization = FAULT_EVERY_ORGANIZATION, .kind = FAULT_SLOW, .path = "daemons"},
        },
    .len = 2,
};

static const struct {
    int64_t now_ms, organization;
    const char *path;
    int kind; /* -1: none */
} find_rows[] = {
    {99, 1, "/jobs", -1},
    {100, 1, "/jobs", FAULT_DOWN},
    {199, 1, "/jobs", FAULT_DOWN},
    {200, 1, "/jobs", -1},
    {150, 0, "/jobs", -1},
    {150, FAULT_EVERY_ORGANIZATION, "/jobs", -1},
    {150, 0, "/daemons?x", FAULT_SLOW},
    {1 << 30, FAULT_EVERY_ORGANIZATION, "/daemons", FAULT_SLOW},
    {150, 1, "/daemons", FAULT_DOWN}, /* the first one that hits */
};

START_TEST(find_case)
{
    const struct fault *found = fault_list_find(&planned, find_rows[_i].now_ms, find_rows[_i].organization, find_rows[_i].path);

    ck_assert_int_eq(found ? found->kind : -1, find_rows[_i].kind);
}
END_TEST

START_TEST(names_and_kinds_agree)
{
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        int parsed = -1;

        ck_assert(fault_kind_parse(fault_kind_name((enum fault_kind)kind), &parsed));
        ck_assert_int_eq(parsed, kind);
    }
    ck_assert(!fault_kind_parse("unknown", &(int){0}));
}
END_TEST

START_TEST(put_replaces_the_same_aim)
{
    struct fault_list faults = {0};
    struct fault fault = {.until_ms = 10, .organization = 0, .kind = FAULT_HTML};

    ck_assert(fault_list_put(&faults, &fault));
    fault.until_ms = 20;
    ck_assert(fault_list_put(&faults, &fault));
    ck_assert_uint_eq(faults.len, 1);
    ck_assert_int_eq(faults.items[0].until_ms, 20);
    while (faults.len < FAULTS_MAX) {
        fault.organization++;
        ck_assert(fault_list_put(&faults, &fault));
    }
    fault.organization++;
    ck_assert(!fault_list_put(&faults, &fault));
}
END_TEST

START_TEST(end_leaves_the_future)
{
    struct fault_list faults = planned;

    fault_list_end(&faults, 100);
    ck_assert_uint_eq(faults.len, 1);
    ck_assert_int_eq(faults.items[0].kind, FAULT_SLOW);
}
END_TEST

Suite *fault_suite(void)
{
    Suite *suite = suite_create("fault");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, find_case, 0, ARRAY_LEN(find_rows));
    tcase_add_test(tcase, names_and_kinds_agree);
    tcase_add_test(tcase, put_replaces_the_same_aim);
    tcase_add_test(tcase, end_leaves_the_future);
    suite_add_tcase(suite, tcase);
    return suite;
}
