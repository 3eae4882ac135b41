#include "nodegroup/forecast_models.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/attributes.h"

enum {
    WEEKS = 12,            /* looked at for profile and trend: 66 pairs, and a season still turns within them */
    TREND_WEEKS_LEAST = 4, /* fewer points make any noise a line */
    PAST_HOURS = WEEKS * HOURS_A_WEEK,
    SINGLE_MODELS = FORECAST_MEDIAN,
};

static const double level_noise_factor = 2.0; /* a trend is told apart from noise of the weekly levels beyond this many deviations */
static const double mad_to_deviation = 1.4826;
static const double residual_fading = 0.98; /* an hour: half is gone after 34 hours */
static const double shift_fading = 0.995;   /* an hour: half is gone after six days */

static int by_value(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;

    return (first > second) - (first < second);
}

double forecast_median(double *values, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(values, n, sizeof(*values), by_value);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* The newest known value of each hour of the week before hour end; the middle of them where there is none. */
static void latest_week(const struct forecast_past *past, size_t end, double week[HOURS_A_WEEK])
{
    size_t begin = end > PAST_HOURS ? end - PAST_HOURS : 0;
    double known[HOURS_A_WEEK], middle;
    size_t n = 0;

    for (size_t slot = 0; slot < HOURS_A_WEEK; slot++)
        week[slot] = (double)NAN;
    for (size_t i = begin; i < end; i++)
        if (isfinite(past->values[i]))
            week[past->slots[i]] = past->values[i];
    for (size_t slot = 0; slot < HOURS_A_WEEK; slot++)
        if (isfinite(week[slot]))
            known[n++] = week[slot];
    middle = n > 0 ? forecast_median(known, n) : 0.0;
    for (size_t slot = 0; slot < HOURS_A_WEEK; slot++)
        if (!isfinite(week[slot]))
            week[slot] = middle;
}

static void run_seasonal_naive(const struct forecast_past *past, double *out, size_t horizon)
{
    double week[HOURS_A_WEEK];

    latest_week(past, past->len, week);
    for (size_t h = 0; h < horizon; h++)
        out[h] = week[past->slots[past->len + h]];
}

static void run_shifted_week(const struct forecast_past *past, double *out, size_t horizon)
{
    double week[HOURS_A_WEEK], before[HOURS_A_WEEK], moved[HOURS_A_DAY], shift;
    size_t n = 0;

    latest_week(past, past->len, week);
    latest_week(past, past->len - HOURS_A_DAY, before);
    for (size_t i = past->len - HOURS_A_DAY; i < past->len; i++)
        if (isfinite(past->values[i]))
            moved[n++] = past->values[i] - before[past->slots[i]];
    shift = n > 0 ? forecast_median(moved, n) : 0.0;
    for (size_t h = 0; h < horizon; h++) {
        shift *= shift_fading;
        out[h] = week[past->slots[past->len + h]] + shift;
    }
}

static void run_last_value(const struct forecast_past *past, double *out, size_t horizon)
{
    double last = 0.0;

    for (size_t i = past->len; i > 0; i--) {
        if (isfinite(past->values[i - 1])) {
            last = past->values[i - 1];
            break;
        }
    }
    for (size_t h = 0; h < horizon; h++)
        out[h] = last;
}

/* --- level, trend and profile of the trailing weeks --- */

/* Weeks are counted back from the end; week 0 is the oldest of n_weeks. level + slope * week is the middle of a week. */
struct weekly {
    size_t n_weeks;
    double levels[WEEKS]; /* NaN: less than half of the week is known */
    double level, slope;  /* of the weeks' middles, slope a week; 0: no trend */
};

static double mean_of_week(const double *values)
{
    double sum = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < HOURS_A_WEEK; i++) {
        if (isfinite(values[i])) {
            sum += values[i];
            n++;
        }
    }
    return n > HOURS_A_WEEK / 2 ? sum / (double)n : (double)NAN;
}

/* The median of the slopes of all pairs (Theil and Sen): a third of the weeks may be wrong without moving it. */
static double pairwise_slope(const struct weekly *weekly)
{
    double slopes[WEEKS * (WEEKS - 1) / 2];
    size_t n = 0;

    for (size_t i = 0; i < weekly->n_weeks; i++)
        for (size_t j = i + 1; j < weekly->n_weeks; j++)
            if (isfinite(weekly->levels[i]) && isfinite(weekly->levels[j]))
                slopes[n++] = (weekly->levels[j] - weekly->levels[i]) / (double)(j - i);
    return n > 0 ? forecast_median(slopes, n) : 0.0;
}

/* The median of levels - slope * week from week first on; with deviation, its median absolute deviation as well. */
static double middle_level(const struct weekly *weekly, double slope, size_t first, double *deviation)
{
    double left[WEEKS], middle;
    size_t n = 0;

    for (size_t i = first; i < weekly->n_weeks; i++)
        if (isfinite(weekly->levels[i]))
            left[n++] = weekly->levels[i] - slope * (double)i;
    middle = forecast_median(left, n);
    for (size_t i = 0; i < n; i++)
        left[i] = fabs(left[i] - middle);
    if (deviation)
        *deviation = mad_to_deviation * forecast_median(left, n);
    return middle;
}

static struct weekly read_weeks(const struct forecast_past *past)
{
    struct weekly weekly = {.n_weeks = past->len / HOURS_A_WEEK};
    const double *end = past->values + past->len;
    double slope, deviation = 0.0;
    size_t last_month;

    if (weekly.n_weeks > WEEKS)
        weekly.n_weeks = WEEKS;
    for (size_t i = 0; i < weekly.n_weeks; i++)
        weekly.levels[i] = mean_of_week(end - (weekly.n_weeks - i) * HOURS_A_WEEK);
    slope = pairwise_slope(&weekly);
    weekly.level = middle_level(&weekly, slope, 0, &deviation);
    if (weekly.n_weeks >= TREND_WEEKS_LEAST && fabs(slope) * (double)(weekly.n_weeks - 1) >= level_noise_factor * deviation) {
        weekly.slope = slope;
        return weekly;
    }
    last_month = weekly.n_weeks > 4 ? weekly.n_weeks - 4 : 0;
    weekly.level = middle_level(&weekly, 0.0, last_month, NULL);
    return weekly;
}

/* What week and hour alone say, without the profile. hour 0 is the first of week 0; the middle of a week has its level. */
static double trend_at(const struct weekly *weekly, double hour)
{
    return weekly->level + weekly->slope * (hour - (HOURS_A_WEEK - 1) / 2.0) / HOURS_A_WEEK;
}

/* For each hour of the week the median distance from its own week's level. */
static void read_profile(const struct forecast_past *past, const struct weekly *weekly, double profile[HOURS_A_WEEK])
{
    enum { MOST = WEEKS + 2 }; /* an hour that summer time repeats may come once more */
    double found[HOURS_A_WEEK][MOST];
    size_t n[HOURS_A_WEEK] = {0}, begin = past->len - weekly->n_weeks * HOURS_A_WEEK;

    for (size_t i = begin; i < past->len; i++) {
        size_t in_week = (i - begin) % HOURS_A_WEEK, slot = past->slots[i];
        double level = weekly->levels[(i - begin) / HOURS_A_WEEK];
        double within = weekly->slope * ((double)in_week - (HOURS_A_WEEK - 1) / 2.0) / HOURS_A_WEEK;

        if (isfinite(past->values[i]) && isfinite(level) && n[slot] < MOST)
            found[slot][n[slot]++] = past->values[i] - level - within;
    }
    for (size_t slot = 0; slot < HOURS_A_WEEK; slot++)
        profile[slot] = n[slot] > 0 ? forecast_median(found[slot], n[slot]) : 0.0;
}

static void run_profile(const struct forecast_past *past, double *out, size_t horizon)
{
    struct weekly weekly = read_weeks(past);
    double profile[HOURS_A_WEEK], residuals[HOURS_A_DAY], residual, now = (double)(weekly.n_weeks * HOURS_A_WEEK);
    size_t n = 0;

    if (!isfinite(weekly.level)) { /* no week is half known */
        run_seasonal_naive(past, out, horizon);
        return;
    }
    read_profile(past, &weekly, profile);
    for (size_t back = HOURS_A_DAY; back > 0; back--) {
        size_t i = past->len - back;

        if (isfinite(past->values[i]))
            residuals[n++] = past->values[i] - trend_at(&weekly, now - (double)back) - profile[past->slots[i]];
    }
    residual = n > 0 ? forecast_median(residuals, n) : 0.0;
    for (size_t h = 0; h < horizon; h++) {
        residual *= residual_fading;
        out[h] = trend_at(&weekly, now + (double)h) + profile[past->slots[past->len + h]] + residual;
    }
}

double forecast_trend_per_day(const struct forecast_past *past)
{
    return read_weeks(past).slope / 7.0;
}

/* --- all of them --- */

static const struct {
    const char *name;
    void (*run)(const struct forecast_past *past, double *out, size_t horizon);
} models[FORECAST_MODELS] = {
    [FORECAST_SEASONAL_NAIVE] = {"seasonal-naive", run_seasonal_naive},
    [FORECAST_SHIFTED_WEEK] = {"shifted-week", run_shifted_week},
    [FORECAST_PROFILE] = {"profile", run_profile},
    [FORECAST_LAST_VALUE] = {"last-value", run_last_value},
    [FORECAST_MEDIAN] = {"median", NULL},
};

static void run_median(const struct forecast_past *past, double *out, size_t horizon)
{
    double single[SINGLE_MODELS][FORECAST_HORIZON_MAX], at_hour[SINGLE_MODELS];

    for (size_t m = 0; m < SINGLE_MODELS; m++)
        models[m].run(past, single[m], horizon);
    for (size_t h = 0; h < horizon; h++) {
        for (size_t m = 0; m < SINGLE_MODELS; m++)
            at_hour[m] = single[m][h];
        out[h] = forecast_median(at_hour, SINGLE_MODELS);
    }
}

void forecast_run(enum forecast_model model, const struct forecast_past *past, double *out, size_t horizon)
{
    assert(horizon <= FORECAST_HORIZON_MAX && past->len >= (size_t)2 * HOURS_A_WEEK);
    if (model == FORECAST_MEDIAN)
        run_median(past, out, horizon);
    else
        models[model].run(past, out, horizon);
}

const char *forecast_model_name(enum forecast_model model)
{
    return (size_t)model < ARRAY_LEN(models) ? models[model].name : "unknown";
}
