#include "queue/coder_clock.h"

#include <stdbool.h>

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

static const int64_t ours = 1789372800000; /* a whole second */

static const struct {
    int64_t date_after_ours_ms, duration_ms, offset_ms;
    bool no_date;
} cases[] = {
    {0, 0, 0, true},
    {0, 0, 0, false},
    {-1000, 100, 0, false}, /* the second was cut */
    {1000, 0, 0, false},    /* 1.5 s: still noise */
    {2000, 0, 2500, false},
    {-2000, 0, 0, false},
    {-3000, 0, -2500, false},
    {300000, 20, 300510, false},
    {-86400000, 0, -86399500, false},
    {0, 10000, 0, false}, /* slow: the header may have been written any time during these 10 s */
    {-6000, 10000, 0, false},
    {60000, 10000, 65500, false},
};

START_TEST(offset_case)
{
    int64_t date = cases[_i].no_date ? 0 : ours + cases[_i].date_after_ours_ms;

    ck_assert_int_eq(coder_clock_offset_ms(date, ours, cases[_i].duration_ms), cases[_i].offset_ms);
}
END_TEST

Suite *coder_clock_suite(void)
{
    Suite *suite = suite_create("coder_clock");
    TCase *tcase = tcase_create("coder_clock");

    tcase_add_loop_test(tcase, offset_case, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
