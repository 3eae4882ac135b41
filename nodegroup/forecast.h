/* forecast.h - where an hourly series goes in the next four weeks, and when it passes a line. Pure.
 *
 * Shape    a model is chosen for each series by a rolling back-test over its last four weeks (forecast_models.h); hours[h] is hour
 *          first_hour + h, days[h] is the mean of the 24 hours that end with it. lower and upper hold nine tenths of the past errors
 *          of an hour and eight tenths of those of a day at that distance; beyond the week that the back-test sees they widen with
 *          the square root of the distance, and they never narrow
 * Units    the series'; *_hour: hours since 1970, UTC; distances in hours
 * Errors   too short or too thin a series is not an error: ready is false and why says what is missing. -1: out of memory, or
 *          horizon out of range
 * Owner    {0} / forecast_clear
 * Source   design: no straight line through a wave (a 24 h line looking 3 days ahead multiplies a daily wave by 6.6); silent
 *          below three weeks */
#ifndef NODEGROUP_FORECAST_H
#define NODEGROUP_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "nodegroup/forecast_models.h"

enum { FORECAST_WEEKS_LEAST = 3, FORECAST_WEEKS_USED = 17 /* 12 for a model, 4 for the back-test, and one */ };

/* The hour on the wall (hours since 1970 as a local clock counts them) at that hour of UTC. */
typedef int64_t forecast_local_hour(int64_t utc_hour);

struct forecast_input {
    const double *values; /* one an hour; NaN or infinite: not known. Only the newest FORECAST_WEEKS_USED weeks are looked at */
    size_t len;
    int64_t first_hour;
    forecast_local_hour *local_hour; /* NULL: UTC */
    size_t horizon;                  /* hours, 1 to FORECAST_HORIZON_MAX */
};

struct forecast_point {
    double value, lower, upper;
};

struct forecast {
    bool ready;
    char why[128]; /* when not ready */
    int64_t first_hour;
    size_t horizon;
    struct forecast_point *hours, *days;
    double day_now; /* the mean of the last 24 hours */
    enum forecast_model model;
    double errors[FORECAST_MODELS]; /* mean absolute error of each in the back-test */
    size_t origins;                 /* of the back-test */
    double trend_per_day;           /* 0: no trend */
};

int forecast_make(const struct forecast_input *input, struct forecast *out, struct error *err) MUST_CHECK;
void forecast_clear(struct forecast *forecast);

enum forecast_outlook {
    FORECAST_BELOW,   /* neither the forecast nor its band passes the line within the horizon */
    FORECAST_MAYBE,   /* only the upper end of the band does */
    FORECAST_CROSSES, /* the forecast itself does */
    FORECAST_ABOVE,   /* the mean of the last 24 hours is above it already */
};

/* When the 24 h mean first exceeds the line, as hours from now; -1: not within the horizon. */
struct forecast_crossing {
    enum forecast_outlook outlook;
    int64_t earliest, likely, latest; /* by the upper end of the band, the forecast, the lower end */
};

struct forecast_crossing forecast_time_to(const struct forecast *forecast, double threshold);
const char *forecast_outlook_name(enum forecast_outlook outlook); /* "below", "maybe", "crosses", "above" */

#endif
