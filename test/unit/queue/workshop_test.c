#include "queue/workshop.h"

#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

static const struct guideline rows[] = {{0, 6, 6}, {10, 8, 8}, {15, 10, 10}, {20, 15, 12}};

/* row: the index of the row, -1: none */
static const struct {
    int64_t users;
    int row;
    int64_t replicas;
} cases[] = {
    {0, 0, 0},   {1, 0, 6},   {9, 0, 6},    {10, 1, 8},   {14, 1, 8},    {15, 2, 10},         {19, 2, 10},
    {20, 3, 15}, {30, 3, 15}, {31, -1, 16}, {32, -1, 16}, {100, -1, 50}, {100000, -1, 50000},
};

START_TEST(guideline_case)
{
    const struct guideline *row = guideline_for(rows, ARRAY_LEN(rows), cases[_i].users);

    ck_assert_ptr_eq(row, cases[_i].row >= 0 ? &rows[cases[_i].row] : NULL);
    ck_assert_int_eq(guideline_replicas(rows, ARRAY_LEN(rows), cases[_i].users), cases[_i].replicas);
}
END_TEST

/* Tables of other people: a first row that does not begin at 0, a last row that is not enough for its own people, no rows. */
START_TEST(other_tables)
{
    static const struct guideline late[] = {{10, 4, 4}}, generous[] = {{0, 3, 3}, {50, 10, 10}};

    ck_assert_ptr_null(guideline_for(late, 1, 9));
    ck_assert_int_eq(guideline_replicas(late, 1, 9), 5);
    ck_assert_ptr_eq(guideline_for(late, 1, 10), &late[0]);
    ck_assert_ptr_eq(guideline_for(generous, 2, 50), &generous[1]);
    ck_assert_ptr_null(guideline_for(generous, 2, 51));
    ck_assert_ptr_null(guideline_for(NULL, 0, 5));
    ck_assert_int_eq(guideline_replicas(NULL, 0, 5), 3);
}
END_TEST

START_TEST(more_people_never_get_less)
{
    int64_t before = 0;

    for (int64_t users = 0; users < 500; users++) {
        int64_t replicas = guideline_replicas(rows, ARRAY_LEN(rows), users);

        ck_assert_int_ge(replicas, before);
        before = replicas;
    }
}
END_TEST

static char autumn[] = "autumn", late_autumn[] = "late", other[] = "other", queue_a[] = "a", queue_b[] = "b";

static const struct {
    const char *queue, *stamp;
    int64_t users;
} moments[] = {
    {"a", "2026-11-25T08:44:59Z", 0},  {"a", "2026-11-25T08:45:00Z", 25}, {"a", "2026-11-25T09:00:00Z", 25},
    {"a", "2026-11-25T15:59:59Z", 25}, {"a", "2026-11-25T16:00:00Z", 35}, /* both */
    {"a", "2026-11-25T17:00:00Z", 10}, {"a", "2026-11-25T18:00:00Z", 0},  {"b", "2026-11-25T09:00:00Z", 7},
    {"c", "2026-11-25T09:00:00Z", 0},
};

START_TEST(moment_case)
{
    struct workshop workshops[] = {
        {autumn, queue_a, unix_ms_of("2026-11-25T09:00:00Z"), unix_ms_of("2026-11-25T17:00:00Z"), 900000, 25},
        {late_autumn, queue_a, unix_ms_of("2026-11-25T16:00:00Z"), unix_ms_of("2026-11-25T18:00:00Z"), 0, 10},
        {other, queue_b, unix_ms_of("2026-11-25T09:00:00Z"), unix_ms_of("2026-11-25T17:00:00Z"), 0, 7},
    };

    ck_assert_int_eq(workshop_users(workshops, ARRAY_LEN(workshops), moments[_i].queue, unix_ms_of(moments[_i].stamp)), moments[_i].users);
}
END_TEST

Suite *workshop_suite(void)
{
    Suite *suite = suite_create("workshop");
    TCase *tcase = tcase_create("workshop");

    tcase_add_loop_test(tcase, guideline_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, other_tables);
    tcase_add_test(tcase, more_people_never_get_less);
    tcase_add_loop_test(tcase, moment_case, 0, ARRAY_LEN(moments));
    suite_add_tcase(suite, tcase);
    return suite;
}
