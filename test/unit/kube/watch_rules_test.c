/* watch_rules_test.c - what a list-and-watch does after each end. */
#include <check.h>

#include "base/attributes.h"
#include "kube/watch_rules.h"
#include "test/unit/kube/suites.h"

#define L WATCH_LISTING
#define W WATCH_WATCHING
#define WELL WATCH_END_WELL
#define SILENT WATCH_END_SILENT
#define LOST WATCH_END_LOST
#define STATUS WATCH_END_STATUS
#define GARBLED WATCH_END_GARBLED

static const struct {
    struct watch_outcome outcome;
    int failures;
    struct watch_next next; /* delay_ms: at unit 0 */
    int64_t delay_most_ms;  /* at unit just below 1 */
} cases[] = {
    {{L, WELL, 0, -1, 0, false}, 0, {W, 0, 0}, 0},
    {{L, WELL, 0, -1, 0, false}, 3, {W, 0, 3}, 0},
    {{L, LOST, 0, -1, 0, false}, 0, {L, 400, 1}, 800},
    {{L, LOST, 0, -1, 0, false}, 1, {L, 800, 2}, 1600},
    {{L, LOST, 0, -1, 0, false}, 5, {L, 12800, 6}, 25600},
    {{L, LOST, 0, -1, 0, false}, 6, {L, 15000, 7}, 30000},
    {{L, LOST, 0, -1, 0, false}, 1000, {L, 15000, 1001}, 30000},
    {{L, STATUS, 410, -1, 0, false}, 0, {L, 400, 1}, 800},
    {{L, STATUS, 403, -1, 0, false}, 0, {L, 400, 1}, 800},
    {{L, STATUS, 429, 5000, 0, false}, 0, {L, 5000, 1}, 6000},
    {{L, STATUS, 503, 100, 0, false}, 0, {L, 400, 1}, 1100},
    {{L, GARBLED, 0, -1, 0, false}, 0, {L, 400, 1}, 800},
    {{W, WELL, 0, -1, 400000, true}, 4, {W, 0, 0}, 0},
    {{W, WELL, 0, -1, 400000, false}, 4, {W, 0, 0}, 0},
    {{W, WELL, 0, -1, 500, true}, 0, {W, 0, 0}, 0},
    {{W, WELL, 0, -1, 10, false}, 0, {W, 400, 1}, 800}, /* else a server that ends at once would be asked without end */
    {{W, WELL, 0, -1, 10, false}, 2, {W, 1600, 3}, 3200},
    {{W, SILENT, 0, -1, 90000, false}, 5, {L, 0, 0}, 0},
    {{W, LOST, 0, -1, 100, false}, 1, {W, 800, 2}, 1600},
    {{W, LOST, 0, -1, 100, true}, 9, {W, 400, 1}, 800},
    {{W, LOST, 0, -1, 60000, false}, 9, {W, 400, 1}, 800},
    {{W, STATUS, 410, -1, 100, false}, 0, {L, 400, 1}, 800},
    {{W, STATUS, 410, -1, 100, false}, 2, {L, 1600, 3}, 3200}, /* lists that are too old at once, in a row */
    {{W, STATUS, 400, -1, 100, false}, 0, {L, 400, 1}, 800},
    {{W, STATUS, 404, -1, 100, false}, 0, {L, 400, 1}, 800},
    {{W, STATUS, 401, -1, 100, false}, 0, {W, 400, 1}, 800},
    {{W, STATUS, 403, -1, 100, false}, 0, {W, 400, 1}, 800},
    {{W, STATUS, 429, 2000, 100, false}, 0, {W, 2000, 1}, 3000},
    {{W, STATUS, 500, -1, 100, false}, 0, {W, 400, 1}, 800},
    {{W, STATUS, 504, -1, 100, false}, 0, {W, 400, 1}, 800},
    {{W, GARBLED, 0, -1, 100, true}, 0, {L, 400, 1}, 800},
};

START_TEST(watch_rules_case)
{
    struct watch_next next = watch_rules_next(&cases[_i].outcome, cases[_i].failures, 0.0);
    struct watch_next slow = watch_rules_next(&cases[_i].outcome, cases[_i].failures, 0.999999);

    ck_assert_int_eq(next.phase, cases[_i].next.phase);
    ck_assert_int_eq(next.failures, cases[_i].next.failures);
    ck_assert_int_eq(next.delay_ms, cases[_i].next.delay_ms);
    ck_assert_int_eq(slow.phase, cases[_i].next.phase);
    ck_assert_int_le(slow.delay_ms, cases[_i].delay_most_ms);
    ck_assert_int_ge(slow.delay_ms, cases[_i].delay_most_ms - 1);
}
END_TEST

START_TEST(timeout_is_5_to_10_minutes)
{
    ck_assert_int_eq(watch_rules_timeout_s(0.0), 300);
    ck_assert_int_eq(watch_rules_timeout_s(0.999999), 599);
}
END_TEST

Suite *watch_rules_suite(void)
{
    Suite *suite = suite_create("kube/watch_rules");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, watch_rules_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, timeout_is_5_to_10_minutes);
    suite_add_tcase(suite, tcase);
    return suite;
}
