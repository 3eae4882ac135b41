#include "nodegroup/report_history.h"

#include <check.h>
#include <math.h>

#include "nodegroup/forecast_models.h"
#include "test/unit/nodegroup/suites.h"

enum { HOURS = 20 * HOURS_A_WEEK };

static const int64_t hour_ms = 3600000, now_hour = 496800;

/* A group of three nodes that uses 1,000 milli-cores, with growth so much more each week, for so many hours before now. */
static const struct {
    const char *title;
    int known_hours;     /* how long anything is known */
    int missing_hours;   /* the newest of them are not */
    int changed_hours;   /* before so many hours there were four nodes; 0: never */
    bool crosses;        /* the forecast, or its band, passes the line */
    double growth, line; /* milli-cores; a week, and what the group carries */
    double days_from, days_to, nodes;
    double missing; /* at the end of four weeks; 0: no advice */
} cases[] = {
    {"all is known", HOURS, 0, 0, false, 0, 5000, 140, 182, 3, 0},
    {"a change a week ago", HOURS, 0, HOURS_A_WEEK, false, 0, 5000, 7, 7, 3, 0},
    {"what is not known is no time without a change", 10 * HOURS_A_DAY, 0, 0, false, 0, 5000, 10, 10, 3, 0},
    {"a copy of five hours ago", HOURS, 5, HOURS_A_WEEK, false, 0, 5000, 7, 7, 3, 0},
    {"it grows over the line", HOURS, 0, 0, true, 200, 5500, 140, 182, 3, 285},
    {"it grows over the line, and the last hours are missing", HOURS, 5, 0, true, 200, 5500, 140, 182, 3, 285},
    {"it is over the line", HOURS, 2, 0, true, 0, 900, 140, 182, 3, 100},
    {"nothing is known", 0, 0, 0, false, 0, 5000, 0, 0, 0, 0},
};

static void put(struct history *history, const char *name, int hours_ago, double value)
{
    struct history_row row = {.tier = HISTORY_HOURS, .start_ms = (now_hour - hours_ago) * hour_ms, .covered_ms = hour_ms};
    struct error err = {0};

    row.mean = row.max = llround(value);
    ck_assert_msg(history_put(history, name, &row, &err) == 0, "%s", err.text);
}

START_TEST(what_is_known_of_a_group)
{
    const struct history_options options = {.path = "", .retention_ms = 26 * hour_ms * HOURS_A_WEEK};
    CLEANUP(report_history_freep) struct report_history *report = NULL;
    const struct report_extra *extra = NULL;
    struct error err = {0};
    struct history *history = history_open(&options, &err);

    ck_assert_msg(history, "%s", err.text);
    for (int ago = cases[_i].known_hours; ago > cases[_i].missing_hours; ago--) {
        put(history, "g/cpu/use", ago, 1000 + cases[_i].growth * (double)(HOURS - ago) / HOURS_A_WEEK);
        put(history, "g/memory/use", ago, 1e9);
        put(history, "g/cpu/line", ago, cases[_i].line);
        put(history, "g/nodes/ready", ago, ago > cases[_i].changed_hours && cases[_i].changed_hours > 0 ? 4 : 3);
    }
    report = report_history_of(history, now_hour * hour_ms + hour_ms / 2, &err);
    ck_assert_msg(report, "%s", err.text);
    ck_assert_msg(report_history_extra(report, "g", &extra, &err) == 0, "%s", err.text);
    ck_assert_msg(extra->history->days_since_change >= cases[_i].days_from && extra->history->days_since_change <= cases[_i].days_to,
                  "%s: %g days", cases[_i].title, extra->history->days_since_change);
    ck_assert_msg(extra->history->nodes == cases[_i].nodes, "%s: %g nodes", cases[_i].title, extra->history->nodes);
    ck_assert_msg(extra->history->will_cross == cases[_i].crosses, "%s", cases[_i].title);
    ck_assert_msg(fabs(extra->history->ahead[0].missing - cases[_i].missing) < 60 &&
                      extra->history->ahead[0].crosses == (cases[_i].missing > 0),
                  "%s: %g missing", cases[_i].title, extra->history->ahead[0].missing);
    ck_assert(cases[_i].known_hours == 0 || extra->history->weeks[extra->history->n_weeks - 1].hour_cpu >= 1000);
    ck_assert(!extra->history->ahead[1].crosses); /* no line is known of memory */
}
END_TEST

Suite *report_history_suite(void)
{
    Suite *suite = suite_create("report_history");
    TCase *tcase = tcase_create("report_history");

    tcase_add_loop_test(tcase, what_is_known_of_a_group, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
