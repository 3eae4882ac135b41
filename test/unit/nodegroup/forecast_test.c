#include "nodegroup/forecast.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEEK ((size_t)HOURS_A_WEEK)

enum { WEEKS_MAX = 30, HOURS_MAX = WEEKS_MAX * HOURS_A_WEEK, MONDAY = 464592 /* 2023-01-02 00:00 UTC, in hours */ };

/* A working day's curve: 40 at night, 60 at two in the afternoon, a third of that at the weekend. */
static double working_day(size_t hour)
{
    double at = (double)(hour % 24) - 14.0, day = exp(-0.5 * at * at / 12.0);

    return 40 + 20 * day * (hour / 24 % 7 < 5 ? 1.0 : 0.35);
}

static double noise(void)
{
    double sum = 0;

    for (int i = 0; i < 12; i++)
        sum += (double)rand() / RAND_MAX; /* NOLINT(concurrency-mt-unsafe,cert-msc30-c,cert-msc50-cpp): the same numbers each time */
    return sum - 6;
}

enum shape { SHAPE_FLAT, SHAPE_WAVE, SHAPE_SAW, SHAPE_STAIRS, SHAPE_CLIMB, SHAPE_STEP };

struct made {
    enum shape shape;
    size_t weeks;
    double per_day, noise;
};

static double value_at(const struct made *made, size_t hour)
{
    switch (made->shape) {
    case SHAPE_FLAT: return 50;
    case SHAPE_WAVE: return working_day(hour);
    case SHAPE_SAW: return 50 + 20 * (double)(hour % 24) / 24; /* a volume that is filled each day and emptied at night */
    case SHAPE_STAIRS: return 30 + (double)((hour / 216) * (hour / 216) * 13 % 40); /* another level every nine days */
    case SHAPE_CLIMB: return working_day(hour) + made->per_day * (double)hour / 24;
    case SHAPE_STEP:
    default: return working_day(hour) + (hour > made->weeks * WEEK * 2 / 3 ? 8 : 0);
    }
}

static size_t make_values(const struct made *made, double out[HOURS_MAX])
{
    size_t n = made->weeks * WEEK;

    srand(7); /* NOLINT(cert-msc32-c,cert-msc51-cpp): the same numbers each time */
    for (size_t hour = 0; hour < n; hour++)
        out[hour] = value_at(made, hour) + made->noise * noise();
    return n;
}

static void forecast_values(const double *values, size_t n, struct forecast *out)
{
    struct forecast_input input = {.values = values, .len = n, .first_hour = MONDAY, .horizon = FORECAST_HORIZON_MAX};
    struct error err = {0};

    ck_assert_msg(forecast_make(&input, out, &err) == 0, "%s", err.text);
}

static const struct {
    const char *title;
    struct made made;
    double threshold;
    enum forecast_outlook outlook;
    int64_t within[2]; /* the true crossing in hours lies in the range, which reaches from at least the first to at most the second */
} lines[] = {
    {"a flat line stays", {SHAPE_FLAT, 6, 0, 0}, 51, FORECAST_BELOW, {0}},
    {"a flat line on the line is not above it", {SHAPE_FLAT, 6, 0, 0}, 50, FORECAST_BELOW, {0}},
    {"a flat line above", {SHAPE_FLAT, 6, 0, 0}, 49, FORECAST_ABOVE, {0}},
    {"a daily wave never crosses what its days do not reach", {SHAPE_WAVE, 12, 0, 2}, 55, FORECAST_BELOW, {0}},
    {"a volume that saws 50 to 70 every day has no growth", {SHAPE_SAW, 12, 0, 0}, 65, FORECAST_BELOW, {0}},
    {"a step up is no climb", {SHAPE_STEP, 18, 0, 1}, 62, FORECAST_BELOW, {0}},
    {"a climb of a point in five days crosses", {SHAPE_CLIMB, 20, 0.2, 1}, 75, FORECAST_CROSSES, {1, 672}},
    {"the same, far below", {SHAPE_CLIMB, 20, 0.2, 1}, 95, FORECAST_BELOW, {0}},
    {"a fall never crosses", {SHAPE_CLIMB, 20, -0.1, 1}, 60, FORECAST_BELOW, {0}},
};

START_TEST(lines_are_crossed_by_trends_not_by_waves)
{
    static double values[HOURS_MAX];
    CLEANUP(forecast_clear) struct forecast forecast = {0};
    struct forecast_crossing crossing;

    forecast_values(values, make_values(&lines[_i].made, values), &forecast);
    ck_assert_msg(forecast.ready, "%s: %s", lines[_i].title, forecast.why);
    ck_assert_msg((forecast.trend_per_day != 0) == (lines[_i].made.shape == SHAPE_CLIMB || lines[_i].made.shape == SHAPE_STEP),
                  "%s: trend %f", lines[_i].title, forecast.trend_per_day);
    crossing = forecast_time_to(&forecast, lines[_i].threshold);
    ck_assert_msg(crossing.outlook == lines[_i].outlook, "%s: %s, model %s, trend %f", lines[_i].title,
                  forecast_outlook_name(crossing.outlook), forecast_model_name(forecast.model), forecast.trend_per_day);
    if (crossing.outlook == FORECAST_CROSSES) {
        ck_assert_int_ge(crossing.earliest, lines[_i].within[0]);
        ck_assert_int_le(crossing.likely, lines[_i].within[1]);
        ck_assert_int_le(crossing.earliest, crossing.likely);
        ck_assert(crossing.latest == -1 || crossing.latest >= crossing.likely);
    }
    if (crossing.outlook == FORECAST_BELOW)
        ck_assert(crossing.earliest == -1 && crossing.likely == -1 && crossing.latest == -1);
}
END_TEST

/* At twelve distances before the true crossing the range holds it, at least eleven times, and the middle is off by three days at most. */
START_TEST(the_range_holds_the_true_day)
{
    static double values[HOURS_MAX];
    struct made made = {SHAPE_CLIMB, 26, 0.25, 1.5};
    size_t n = make_values(&made, values), cross = 0, held = 0;
    double day = 0;

    for (size_t hour = 23; hour < n && cross == 0; hour++) {
        day = 0;
        for (size_t back = 0; back < 24; back++)
            day += value_at(&made, hour - back) / 24;
        cross = day > 75 ? hour : 0;
    }
    ck_assert_uint_gt(cross, 12 * WEEK);
    for (size_t days = 2; days < 26; days += 2) {
        CLEANUP(forecast_clear) struct forecast forecast = {0};
        struct forecast_crossing crossing;

        forecast_values(values, cross + 1 - days * 24, &forecast);
        crossing = forecast_time_to(&forecast, 75);
        ck_assert_int_eq(crossing.outlook, FORECAST_CROSSES);
        ck_assert_int_le(llabs(crossing.likely - (int64_t)days * 24), 72);
        held += crossing.earliest <= (int64_t)days * 24 && (crossing.latest < 0 || crossing.latest >= (int64_t)days * 24);
    }
    ck_assert_uint_ge(held, 11);
}
END_TEST

static const struct {
    const char *title;
    size_t hours, gap_from, gap_to;
    bool ready;
} amounts[] = {
    {"nothing", 0, 0, 0, false},
    {"an hour", 1, 0, 0, false},
    {"an hour less than three weeks", 3 * WEEK - 1, 0, 0, false},
    {"three weeks", 3 * WEEK, 0, 0, true},
    {"four weeks, of which the first was not measured", 4 * WEEK, 0, WEEK, true},
    {"the same, and an hour more", 4 * WEEK, 0, WEEK + 1, false},
    {"a week of the last three is missing", 6 * WEEK, 4 * WEEK, 5 * WEEK, false},
    {"five days of the last three weeks are missing", 6 * WEEK, 4 * WEEK, 4 * WEEK + 120, true},
    {"the last day is missing", 6 * WEEK, 6 * WEEK - 24, 6 * WEEK, true},
    {"all is missing", 6 * WEEK, 0, 6 * WEEK, false},
    {"half a year", 26 * WEEK, 0, 0, true},
};

START_TEST(nothing_is_said_without_three_weeks)
{
    static double values[HOURS_MAX];
    CLEANUP(forecast_clear) struct forecast forecast = {0};
    struct made made = {SHAPE_WAVE, 26, 0, 1};

    (void)make_values(&made, values);
    for (size_t i = amounts[_i].gap_from; i < amounts[_i].gap_to; i++)
        values[i] = i % 2 ? (double)NAN : (double)INFINITY;
    forecast_values(values, amounts[_i].hours, &forecast);
    ck_assert_msg(forecast.ready == amounts[_i].ready, "%s: %s", amounts[_i].title, forecast.why);
    if (forecast.ready) {
        for (size_t h = 0; h < forecast.horizon; h++)
            ck_assert_msg(fabs(forecast.hours[h].value - working_day(amounts[_i].hours + h)) < 12 &&
                              forecast.hours[h].lower <= forecast.hours[h].value && forecast.hours[h].value <= forecast.hours[h].upper,
                          "%s: hour %zu: %f", amounts[_i].title, h, forecast.hours[h].value);
    } else {
        ck_assert_uint_gt(strlen(forecast.why), 0);
        ck_assert_int_eq(forecast_time_to(&forecast, 0).outlook, FORECAST_BELOW);
    }
}
END_TEST

static const struct {
    const char *title;
    struct made made;
    bool better; /* than the same hour of last week, in the back-test */
    enum forecast_model model;
} choices[] = {
    {"noise around a week: its median profile", {SHAPE_WAVE, 16, 0, 3}, true, FORECAST_PROFILE},
    {"no week in it: the last value", {SHAPE_STAIRS, 16, 0, 0}, true, FORECAST_LAST_VALUE},
    {"the same each week: the simplest", {SHAPE_WAVE, 16, 0, 0}, false, FORECAST_SEASONAL_NAIVE},
    {"a climb: the trend", {SHAPE_CLIMB, 16, 0.5, 0.5}, true, FORECAST_PROFILE},
};

START_TEST(the_model_fits_the_series)
{
    static double values[HOURS_MAX];
    CLEANUP(forecast_clear) struct forecast forecast = {0};

    forecast_values(values, make_values(&choices[_i].made, values), &forecast);
    ck_assert_msg(forecast.model == choices[_i].model, "%s: %s", choices[_i].title, forecast_model_name(forecast.model));
    for (enum forecast_model model = 0; model < FORECAST_MODELS; model++)
        ck_assert_double_ge(forecast.errors[model], forecast.errors[forecast.model]);
    ck_assert((forecast.errors[forecast.model] < forecast.errors[FORECAST_SEASONAL_NAIVE]) == choices[_i].better);
    ck_assert_uint_eq(forecast.origins, 28);
}
END_TEST

/* A day that is 20 too high moves what the next hours are expected to be, and not what the next weeks are. */
START_TEST(an_odd_day_fades)
{
    static double values[HOURS_MAX], out[FORECAST_HORIZON_MAX];
    static uint8_t slots[HOURS_MAX + FORECAST_HORIZON_MAX];
    struct made made = {SHAPE_WAVE, 12, 0, 0};
    struct forecast_past past = {.values = values, .len = make_values(&made, values), .slots = slots};

    for (size_t i = 0; i < ARRAY_LEN(slots); i++)
        slots[i] = (uint8_t)(i % WEEK);
    for (size_t i = past.len - 24; i < past.len; i++)
        values[i] += 20;
    forecast_run(FORECAST_PROFILE, &past, out, FORECAST_HORIZON_MAX);
    ck_assert_double_gt(out[0], working_day(past.len) + 10);
    ck_assert_double_eq_tol(out[FORECAST_HORIZON_MAX - 1], working_day(past.len + FORECAST_HORIZON_MAX - 1), 1);
    forecast_run(FORECAST_SHIFTED_WEEK, &past, out, FORECAST_HORIZON_MAX);
    ck_assert_double_gt(out[0], working_day(past.len) + 15);
    ck_assert_double_eq_tol(out[600], working_day(past.len + 600), 2);
    forecast_run(FORECAST_LAST_VALUE, &past, out, FORECAST_HORIZON_MAX);
    ck_assert_double_eq(out[600], values[past.len - 1]);
}
END_TEST

/* Nine tenths of the hours to come lie in the band, over many origins. */
START_TEST(the_band_holds_what_it_says)
{
    static double values[HOURS_MAX];
    struct made made = {SHAPE_WAVE, 30, 0, 3};
    size_t n = make_values(&made, values), inside = 0, all = 0;

    for (size_t origin = 17 * WEEK; origin + WEEK <= n; origin += 61) {
        CLEANUP(forecast_clear) struct forecast forecast = {0};

        forecast_values(values, origin, &forecast);
        for (size_t h = 0; h < WEEK; h++) {
            inside += values[origin + h] >= forecast.hours[h].lower && values[origin + h] <= forecast.hours[h].upper;
            all++;
        }
        for (size_t h = 1; h < forecast.horizon; h++) /* and it never narrows */
            ck_assert_double_ge(forecast.hours[h].upper - forecast.hours[h].lower + 1e-9,
                                forecast.hours[h - 1].upper - forecast.hours[h - 1].lower);
    }
    ck_assert_uint_ge(inside * 100, all * 86);
    ck_assert_uint_le(inside * 100, all * 96);
}
END_TEST

/* Summer time begins in the middle of the tenth week: the office opens an hour earlier by UTC. */
static int64_t local_hour(int64_t utc_hour)
{
    return utc_hour + (utc_hour >= MONDAY + (int64_t)(10 * WEEK) ? 1 : 0);
}

START_TEST(office_hours_move_with_summer_time)
{
    static double values[HOURS_MAX];
    CLEANUP(forecast_clear) struct forecast local = {0}, utc = {0};
    size_t n = 10 * WEEK + 24;
    struct forecast_input input = {.values = values, .len = n, .first_hour = MONDAY, .horizon = WEEK - 24, .local_hour = local_hour};
    struct error err = {0};
    double with = 0, without = 0;

    for (size_t i = 0; i < n; i++)
        values[i] = working_day((size_t)(local_hour(MONDAY + (int64_t)i) - MONDAY));
    ck_assert_int_eq(forecast_make(&input, &local, &err), 0);
    input.local_hour = NULL;
    ck_assert_int_eq(forecast_make(&input, &utc, &err), 0);
    for (size_t h = 0; h < input.horizon; h++) {
        double truth = working_day((size_t)(local_hour(MONDAY + (int64_t)(n + h)) - MONDAY));

        with += fabs(local.hours[h].value - truth);
        without += fabs(utc.hours[h].value - truth);
    }
    ck_assert_double_lt(with, without / 4);
}
END_TEST

START_TEST(the_past_is_looked_at_as_far_as_it_helps)
{
    static double values[HOURS_MAX];
    CLEANUP(forecast_clear) struct forecast all = {0}, newest = {0};
    struct made made = {SHAPE_WAVE, 30, 0, 2};
    size_t n = make_values(&made, values), skip = n - FORECAST_WEEKS_USED * WEEK;
    struct forecast_input input = {
        .values = values + skip, .len = n - skip, .first_hour = MONDAY + (int64_t)skip, .horizon = FORECAST_HORIZON_MAX};
    struct error err = {0};

    forecast_values(values, n, &all);
    ck_assert_int_eq(forecast_make(&input, &newest, &err), 0);
    ck_assert_int_eq(all.first_hour, newest.first_hour);
    for (size_t h = 0; h < all.horizon; h++)
        ck_assert_double_eq(all.hours[h].value, newest.hours[h].value);
}
END_TEST

START_TEST(a_horizon_out_of_range_is_refused)
{
    static double values[HOURS_MAX];
    struct forecast forecast = {.origins = 3};
    struct forecast_input input = {.values = values, .len = 600, .horizon = _i ? FORECAST_HORIZON_MAX + 1 : 0};
    struct error err = {0};

    ck_assert_int_eq(forecast_make(&input, &forecast, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "1 to 672 hours"));
    ck_assert_uint_eq(forecast.origins, 3);
}
END_TEST

Suite *forecast_suite(void);

Suite *forecast_suite(void)
{
    Suite *suite = suite_create("forecast");
    TCase *tcase = tcase_create("forecast");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, lines_are_crossed_by_trends_not_by_waves, 0, ARRAY_LEN(lines));
    tcase_add_test(tcase, the_range_holds_the_true_day);
    tcase_add_loop_test(tcase, nothing_is_said_without_three_weeks, 0, ARRAY_LEN(amounts));
    tcase_add_loop_test(tcase, the_model_fits_the_series, 0, ARRAY_LEN(choices));
    tcase_add_test(tcase, an_odd_day_fades);
    tcase_add_test(tcase, the_band_holds_what_it_says);
    tcase_add_test(tcase, office_hours_move_with_summer_time);
    tcase_add_test(tcase, the_past_is_looked_at_as_far_as_it_helps);
    tcase_add_loop_test(tcase, a_horizon_out_of_range_is_refused, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
