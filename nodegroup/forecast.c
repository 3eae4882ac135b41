#include "nodegroup/forecast.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BACKTEST_WEEKS = 4,
    BACKTEST_STEP = HOURS_A_DAY,
    BACKTEST_DAYS = HOURS_A_WEEK / HOURS_A_DAY, /* distances at which errors are gathered */
    LEAST_BEHIND = 2 * HOURS_A_WEEK,            /* what a model must have seen */
    ORIGINS_MAX = BACKTEST_WEEKS * HOURS_A_WEEK / BACKTEST_STEP,
    KNOWN_PERCENT_LEAST = 75, /* of the last three weeks */
};

/* Of past errors at a distance: the shares below the band's ends. */
static const double hour_band[2] = {0.05, 0.95}, day_band[2] = {0.10, 0.90};

/* The newest weeks of the input with their slots, which reach to the end of the horizon (and of a week, for the back-test). */
struct workspace {
    struct forecast_past past;
    uint8_t *slots;
    double *predicted;   /* FORECAST_HORIZON_MAX */
    double *hour_errors; /* BACKTEST_DAYS rows of ORIGINS_MAX * HOURS_A_DAY */
    double *day_errors;  /* the same */
    size_t n_hour_errors[BACKTEST_DAYS], n_day_errors[BACKTEST_DAYS];
};

enum { ERRORS_A_DAY = ORIGINS_MAX * HOURS_A_DAY };

static void workspace_clear(struct workspace *work)
{
    free(work->slots);
    free(work->predicted);
    free(work->hour_errors);
    free(work->day_errors);
}

void forecast_clear(struct forecast *forecast)
{
    free(forecast->hours);
    free(forecast->days);
    *forecast = (struct forecast){0};
}

static int64_t floor_mod(int64_t value, int64_t by)
{
    return ((value % by) + by) % by;
}

static int workspace_fill(const struct forecast_input *input, struct workspace *work, struct error *err)
{
    size_t most = (size_t)FORECAST_WEEKS_USED * HOURS_A_WEEK, begin = input->len > most ? input->len - most : 0, len, n_slots;

    while (begin < input->len && !isfinite(input->values[begin])) /* the time before the first known value is no history */
        begin++;
    len = input->len - begin;
    n_slots = len + FORECAST_HORIZON_MAX;
    work->slots = calloc(n_slots, sizeof(*work->slots));
    work->predicted = calloc(FORECAST_HORIZON_MAX, sizeof(*work->predicted));
    work->hour_errors = calloc((size_t)BACKTEST_DAYS * ERRORS_A_DAY, sizeof(*work->hour_errors));
    work->day_errors = calloc((size_t)BACKTEST_DAYS * ERRORS_A_DAY, sizeof(*work->day_errors));
    if (!work->slots || !work->predicted || !work->hour_errors || !work->day_errors)
        return error_no_memory(err);
    for (size_t i = 0; i < n_slots; i++) {
        int64_t hour = input->first_hour + (int64_t)(begin + i);

        work->slots[i] = (uint8_t)floor_mod(input->local_hour ? input->local_hour(hour) : hour, HOURS_A_WEEK);
    }
    work->past = (struct forecast_past){.values = input->values + begin, .len = len, .slots = work->slots};
    return 0;
}

/* --- the back-test --- */

static struct forecast_past past_until(const struct workspace *work, size_t origin)
{
    return (struct forecast_past){.values = work->past.values, .len = origin, .slots = work->slots};
}

static size_t first_origin(size_t len)
{
    size_t window = (size_t)BACKTEST_WEEKS * HOURS_A_WEEK;

    return len >= window + LEAST_BEHIND ? len - window : LEAST_BEHIND;
}

/* Origins go back from a day before the end, so that each has at least a day of truth behind it. 0: there are no more. */
static size_t next_origin(size_t len, size_t origin)
{
    size_t next = (origin == 0 ? len : origin) - BACKTEST_STEP;

    return next >= first_origin(len) ? next : 0;
}

/* Mean absolute error of one forecast against what came; NaN when nothing of it is known. */
static double error_at(const struct workspace *work, enum forecast_model model, size_t origin)
{
    struct forecast_past past = past_until(work, origin);
    size_t left = work->past.len - origin, horizon = left < HOURS_A_WEEK ? left : HOURS_A_WEEK, n = 0;
    double sum = 0.0;

    forecast_run(model, &past, work->predicted, horizon);
    for (size_t h = 0; h < horizon; h++) {
        double truth = work->past.values[origin + h];

        if (isfinite(truth)) {
            sum += fabs(truth - work->predicted[h]);
            n++;
        }
    }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* The mean over all origins, each as heavy as another; *n_origins: those of which anything is known. */
static double mean_error(const struct workspace *work, enum forecast_model model, size_t *n_origins)
{
    double sum = 0.0;
    size_t n = 0;

    for (size_t origin = next_origin(work->past.len, 0); origin > 0; origin = next_origin(work->past.len, origin)) {
        double mean = error_at(work, model, origin);

        if (isfinite(mean)) {
            sum += mean;
            n++;
        }
    }
    *n_origins = n;
    return n > 0 ? sum / (double)n : (double)INFINITY;
}

/* The model with the least mean error; the first of equals, which is the simpler one. */
static void choose_model(const struct workspace *work, struct forecast *out)
{
    for (enum forecast_model model = 0; model < FORECAST_MODELS; model++) {
        out->errors[model] = mean_error(work, model, &out->origins);
        if (out->errors[model] < out->errors[out->model])
            out->model = model;
    }
}

/* --- the band --- */

/* The mean of the known ones of 24 hours that end with values[last]; NaN when less than three quarters are known. */
static double mean_of_day(const double *values, size_t last)
{
    double sum = 0.0;
    size_t n = 0;

    for (size_t i = last + 1 - HOURS_A_DAY; i <= last; i++) {
        if (isfinite(values[i])) {
            sum += values[i];
            n++;
        }
    }
    return n * 100 >= (size_t)HOURS_A_DAY * KNOWN_PERCENT_LEAST ? sum / (double)n : (double)NAN;
}

static void add_error(double *errors, size_t *n, size_t day, double error)
{
    if (isfinite(error) && n[day] < ERRORS_A_DAY)
        errors[day * ERRORS_A_DAY + n[day]++] = error;
}

static void gather_errors_at(struct workspace *work, enum forecast_model model, size_t origin)
{
    struct forecast_past past = past_until(work, origin);
    size_t left = work->past.len - origin, horizon = left < HOURS_A_WEEK ? left : HOURS_A_WEEK;
    const double *truth = work->past.values + origin;

    forecast_run(model, &past, work->predicted, horizon);
    for (size_t h = 0; h < horizon; h++)
        add_error(work->hour_errors, work->n_hour_errors, h / HOURS_A_DAY, truth[h] - work->predicted[h]);
    for (size_t last = HOURS_A_DAY - 1; last < horizon; last += HOURS_A_DAY)
        add_error(work->day_errors, work->n_day_errors, last / HOURS_A_DAY, mean_of_day(truth, last) - mean_of_day(work->predicted, last));
}

static double quantile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1), below = floor(at);
    size_t i = (size_t)below;

    return i + 1 < n ? sorted[i] + (at - below) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

/* ends[day]: what to add to a forecast of that day. They hold zero and never narrow with the distance. */
static void read_band(double *errors, const size_t *n, const double shares[2], double ends[BACKTEST_DAYS][2])
{
    double low = 0.0, high = 0.0;

    for (size_t day = 0; day < BACKTEST_DAYS; day++) {
        double *row = errors + day * ERRORS_A_DAY;

        if (n[day] > 0) {
            (void)forecast_median(row, n[day]); /* sorts */
            low = fmin(low, quantile(row, n[day], shares[0]));
            high = fmax(high, quantile(row, n[day], shares[1]));
        }
        ends[day][0] = low;
        ends[day][1] = high;
    }
}

static struct forecast_point point_with_band(double value, size_t hour, double ends[BACKTEST_DAYS][2])
{
    size_t day = hour / HOURS_A_DAY;
    double wider = day < BACKTEST_DAYS ? 1.0 : sqrt((double)(day + 1) / BACKTEST_DAYS);

    if (day >= BACKTEST_DAYS)
        day = BACKTEST_DAYS - 1;
    return (struct forecast_point){.value = value, .lower = value + ends[day][0] * wider, .upper = value + ends[day][1] * wider};
}

/* --- the whole --- */

static void tell_not_ready(struct forecast *out, const char *why, size_t has, size_t wants, const char *unit)
{
    (void)snprintf(out->why, sizeof(out->why), "%s: %zu of %zu %s", why, has, wants, unit);
}

static bool is_enough(const struct forecast_past *past, struct forecast *out)
{
    size_t wants = (size_t)FORECAST_WEEKS_LEAST * HOURS_A_WEEK, known = 0;

    if (past->len < wants) {
        tell_not_ready(out, "three full weeks are needed", past->len, wants, "hours are there");
        return false;
    }
    for (size_t i = past->len - wants; i < past->len; i++)
        known += isfinite(past->values[i]) != 0;
    if (known * 100 < wants * KNOWN_PERCENT_LEAST) {
        tell_not_ready(out, "too many gaps in the last three weeks", known, wants, "hours are known, three quarters are needed");
        return false;
    }
    return true;
}

static void fill_points(struct workspace *work, struct forecast *out)
{
    double hour_ends[BACKTEST_DAYS][2], day_ends[BACKTEST_DAYS][2], past_day[2 * HOURS_A_DAY];

    assert(work->past.values);
    for (size_t origin = next_origin(work->past.len, 0); origin > 0; origin = next_origin(work->past.len, origin))
        gather_errors_at(work, out->model, origin);
    read_band(work->hour_errors, work->n_hour_errors, hour_band, hour_ends);
    read_band(work->day_errors, work->n_day_errors, day_band, day_ends);
    forecast_run(out->model, &work->past, work->predicted, out->horizon);
    memcpy(past_day, work->past.values + work->past.len - HOURS_A_DAY, HOURS_A_DAY * sizeof(*past_day));
    for (size_t h = 0; h < out->horizon; h++) {
        double mean;

        if (h < HOURS_A_DAY) { /* the day still reaches into the past, where hours may be missing */
            past_day[HOURS_A_DAY + h] = work->predicted[h];
            mean = mean_of_day(past_day, HOURS_A_DAY + h);
        } else {
            mean = mean_of_day(work->predicted, h);
        }
        out->hours[h] = point_with_band(work->predicted[h], h, hour_ends);
        out->days[h] = point_with_band(mean, h, day_ends);
    }
}

int forecast_make(const struct forecast_input *input, struct forecast *out, struct error *err)
{
    CLEANUP(workspace_clear) struct workspace work = {0};
    CLEANUP(forecast_clear) struct forecast made = {.first_hour = input->first_hour + (int64_t)input->len, .horizon = input->horizon};

    if (input->horizon < 1 || input->horizon > FORECAST_HORIZON_MAX)
        return error_set(err, ERROR_INVALID, "a forecast looks 1 to %d hours ahead, not %zu", FORECAST_HORIZON_MAX, input->horizon);
    if (workspace_fill(input, &work, err) < 0)
        return -1;
    made.hours = calloc(made.horizon, sizeof(*made.hours));
    made.days = calloc(made.horizon, sizeof(*made.days));
    if (!made.hours || !made.days)
        return error_no_memory(err);
    made.ready = is_enough(&work.past, &made);
    if (made.ready) {
        made.day_now = mean_of_day(work.past.values, work.past.len - 1);
        made.trend_per_day = forecast_trend_per_day(&work.past);
        choose_model(&work, &made);
        fill_points(&work, &made);
    }
    *out = made;
    made = (struct forecast){0};
    return 0;
}

/* --- time to a line --- */

struct forecast_crossing forecast_time_to(const struct forecast *forecast, double threshold)
{
    struct forecast_crossing crossing = {.outlook = FORECAST_BELOW, .earliest = -1, .likely = -1, .latest = -1};

    if (!forecast->ready)
        return crossing;
    if (forecast->day_now > threshold)
        return (struct forecast_crossing){.outlook = FORECAST_ABOVE};
    for (size_t h = forecast->horizon; h > 0; h--) {
        const struct forecast_point *day = &forecast->days[h - 1];

        if (day->upper > threshold)
            crossing.earliest = (int64_t)h;
        if (day->value > threshold)
            crossing.likely = (int64_t)h;
        if (day->lower > threshold)
            crossing.latest = (int64_t)h;
    }
    if (crossing.likely > 0)
        crossing.outlook = FORECAST_CROSSES;
    else if (crossing.earliest > 0)
        crossing.outlook = FORECAST_MAYBE;
    return crossing;
}

const char *forecast_outlook_name(enum forecast_outlook outlook)
{
    static const char *const names[] = {
        [FORECAST_BELOW] = "below", [FORECAST_MAYBE] = "maybe", [FORECAST_CROSSES] = "crosses", [FORECAST_ABOVE] = "above"};

    return (size_t)outlook < ARRAY_LEN(names) ? names[outlook] : "unknown";
}
