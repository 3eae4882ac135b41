/* forecast_models.h - the forecasters between which the back-test chooses. Pure.
 *
 * Shape    one value an hour, NaN where nothing is known; slots names the hour of the week (0 to 167, local time) of every hour of
 *          the past and of the horizon behind it, so that summer time moves office hours with the clock on the wall
 * Errors   none: a model that knows nothing of a slot falls back on the middle of what it knows
 * Source   Hyndman and Athanasopoulos, Forecasting: Principles and Practice (seasonal naive); Sen 1968 (slope) */
#ifndef NODEGROUP_FORECAST_MODELS_H
#define NODEGROUP_FORECAST_MODELS_H

#include <stddef.h>
#include <stdint.h>

enum { HOURS_A_DAY = 24, HOURS_A_WEEK = 168, FORECAST_HORIZON_MAX = 4 * HOURS_A_WEEK };

enum forecast_model {
    FORECAST_SEASONAL_NAIVE, /* the same hour of last week: the baseline */
    FORECAST_SHIFTED_WEEK,   /* that, moved by how the last day differs from the same day of the week before; the move fades */
    FORECAST_PROFILE,        /* median profile of the week, robust trend, fading residual of the last day */
    FORECAST_LAST_VALUE,     /* for what has no week in it: a river, a disk */
    FORECAST_MEDIAN,         /* the median of the four at every hour: one of them may go astray */
    FORECAST_MODELS
};

struct forecast_past {
    const double *values;
    size_t len;           /* at least two weeks */
    const uint8_t *slots; /* len + horizon of them */
};

/* out gets horizon values (at most FORECAST_HORIZON_MAX), all finite when the past has one finite value. */
void forecast_run(enum forecast_model model, const struct forecast_past *past, double *out, size_t horizon);
const char *forecast_model_name(enum forecast_model model); /* "seasonal-naive", "shifted-week", ... */

/* The robust slope of the weekly levels, per day; 0 when it does not stand out of their noise. */
double forecast_trend_per_day(const struct forecast_past *past);

/* Sorts values. NaN when there is none. */
double forecast_median(double *values, size_t n);

#endif
