#include "metric/family.h"

#include <string.h>

#include "base/attributes.h"
#include "test/unit/metric/suites.h"

static const struct metric_family table[] = {{.name = "queue_depth"}, {.name = "queue_depth_total"}, {.name = "demand"}};

static const struct {
    const char *name;
    int found; /* index, -1: none */
} cases[] = {
    {"queue_depth", 0}, {"QUEUE_Depth", 0}, {"queue_depth_total", 1}, {"demand", 2}, {"deman", -1}, {"demands", -1}, {"", -1},
};

START_TEST(find)
{
    const struct metric_family *family = metric_family_find(table, ARRAY_LEN(table), cases[_i].name, strlen(cases[_i].name));

    if (cases[_i].found < 0)
        ck_assert_ptr_null(family);
    else
        ck_assert_ptr_eq(family, &table[cases[_i].found]);
}
END_TEST

Suite *family_suite(void)
{
    Suite *suite = suite_create("family");
    TCase *tcase = tcase_create("family");

    tcase_add_loop_test(tcase, find, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
