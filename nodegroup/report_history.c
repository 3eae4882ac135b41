#include "nodegroup/report_history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/forecast.h"
#include "nodegroup/history.h"

enum { WEEKS = 26, LINES = 4, PLOTS = 2, HOURS_OF_PAST = WEEKS * HOURS_A_WEEK, HORIZON = FORECAST_HORIZON_MAX, DAY_LEAST = 18 };

static const int64_t hour_ms = 3600000;
static const double review_days_usual = 30, coverage_least = 0.5;

static const char *const resources[PLOTS] = {"cpu", "memory"};
static const char *const units[PLOTS] = {"cores", "GiB"};
static const double scales[PLOTS] = {1000, 1024.0 * 1024 * 1024};

/* Of one group and resource. */
struct past {
    struct series use, requests, line;
    struct forecast forecast;
    double values[HORIZON], lower[HORIZON], upper[HORIZON];
    struct report_line lines[LINES];
};

struct group_past {
    struct group_past *next;
    struct past of[PLOTS];
    struct series ready;
    struct report_plot plots[PLOTS];
    struct advice_week weeks[WEEKS];
    struct advice_history history;
    struct report_extra extra;
};

struct report_history {
    struct history *history;
    struct group_past *groups;
    int64_t now_unix_ms;
    double review_days;
};

struct report_history *report_history_of(struct history *take, int64_t now_unix_ms, struct error *err)
{
    struct report_history *out = calloc(1, sizeof(*out));

    if (!out) {
        (void)error_no_memory(err);
        return NULL;
    }
    *out = (struct report_history){.history = take, .now_unix_ms = now_unix_ms, .review_days = review_days_usual};
    return out;
}

struct report_history *report_history_open(const char *path, int64_t now_unix_ms, struct error *err)
{
    struct history_options options = {.path = path, .read_only = true};
    struct history *history = history_open(&options, err);
    struct report_history *out = history ? report_history_of(history, now_unix_ms, err) : NULL;

    if (!out)
        history_close(history);
    return out;
}

void report_history_set_review(struct report_history *history, int64_t review_period_ms)
{
    history->review_days = (double)review_period_ms / (HOURS_A_DAY * (double)hour_ms);
}

static void group_free(struct group_past *group)
{
    for (size_t i = 0; i < PLOTS; i++) {
        series_clear(&group->of[i].use);
        series_clear(&group->of[i].requests);
        series_clear(&group->of[i].line);
        forecast_clear(&group->of[i].forecast);
    }
    series_clear(&group->ready);
    free(group);
}

void report_history_free(struct report_history *history)
{
    if (!history)
        return;
    while (history->groups) {
        struct group_past *next = history->groups->next;

        group_free(history->groups);
        history->groups = next;
    }
    history_close(history->history);
    free(history);
}

/* --- reading --- */

static int read_series(const struct report_history *history, const char *group, const char *what, struct series *out, struct error *err)
{
    int64_t now = history->now_unix_ms / hour_ms;
    char name[HISTORY_NAME_MAX];
    const struct history_range range = {
        .name = name,
        .tier = HISTORY_HOURS,
        .from_unix_ms = (now - HOURS_OF_PAST) * hour_ms,
        .to_unix_ms = now * hour_ms,
        .coverage_least = coverage_least,
    };

    if ((size_t)snprintf(name, sizeof(name), "%s/%s", group, what) >= sizeof(name))
        return 0; /* no such series can have been kept */
    return history_read_hours(history->history, &range, out, err);
}

static int read_past(const struct report_history *history, const char *group, size_t at, struct past *out, struct error *err)
{
    const struct {
        const char *what;
        struct series *to;
    } parts[] = {{"use", &out->use}, {"requests", &out->requests}, {"line", &out->line}};
    struct forecast_input input = {.horizon = HORIZON};
    char what[32];

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        (void)snprintf(what, sizeof(what), "%s/%s", resources[at], parts[i].what);
        if (read_series(history, group, what, parts[i].to, err) < 0)
            return -1;
    }
    if (out->use.len == 0)
        return 0;
    input.values = out->use.values;
    input.len = out->use.len;
    input.first_hour = out->use.first_hour;
    return forecast_make(&input, &out->forecast, err);
}

/* --- lines --- */

static void add_line(struct report_plot *plot, struct report_line *line, const char *name, struct series *series, double scale)
{
    if (series->n_known == 0)
        return;
    for (size_t i = 0; i < series->len; i++)
        series->values[i] /= scale;
    *line = (struct report_line){
        .name = name, .values = series->values, .n = series->len, .start_unix_ms = series->first_hour * hour_ms, .step_ms = hour_ms};
    plot->n_lines++;
}

static void add_forecast(struct report_plot *plot, struct report_line *line, struct past *past, double scale)
{
    const struct forecast *forecast = &past->forecast;

    if (!forecast->ready)
        return;
    for (size_t i = 0; i < forecast->horizon && i < HORIZON; i++) {
        past->values[i] = forecast->hours[i].value / scale;
        past->lower[i] = forecast->hours[i].lower / scale;
        past->upper[i] = forecast->hours[i].upper / scale;
    }
    *line = (struct report_line){.name = "forecast and its band",
                                 .values = past->values,
                                 .lower = past->lower,
                                 .upper = past->upper,
                                 .n = forecast->horizon,
                                 .start_unix_ms = forecast->first_hour * hour_ms,
                                 .step_ms = hour_ms};
    plot->n_lines++;
}

static void draw(struct past *past, size_t at, struct report_plot *plot)
{
    *plot = (struct report_plot){.title = resources[at], .unit = units[at], .lines = past->lines};
    add_line(plot, &past->lines[plot->n_lines], "in use", &past->use, scales[at]);
    add_line(plot, &past->lines[plot->n_lines], "requested", &past->requests, scales[at]);
    add_line(plot, &past->lines[plot->n_lines], "N-1 line", &past->line, scales[at]);
    add_forecast(plot, &past->lines[plot->n_lines], past, scales[at]);
}

/* --- weeks --- */

static double value_at(const struct series *series, int64_t hour)
{
    int64_t at = hour - series->first_hour;

    return at >= 0 && at < (int64_t)series->len ? series->values[at] : (double)NAN;
}

/* The largest mean over 24 hours that end in the week, of days that are known well enough. 0 when there is none. */
static double peak_of_days(const struct series *series, int64_t first_hour)
{
    double peak = 0;

    for (int64_t end = first_hour + HOURS_A_DAY - 1; end < first_hour + HOURS_A_WEEK; end++) {
        double sum = 0;
        int known = 0;

        for (int64_t hour = end - HOURS_A_DAY + 1; hour <= end; hour++) {
            double value = value_at(series, hour);

            sum += isfinite(value) ? value : 0;
            known += isfinite(value);
        }
        if (known >= DAY_LEAST)
            peak = fmax(peak, sum / known);
    }
    return peak;
}

static double peak_of_hours(const struct series *series, int64_t first_hour)
{
    double peak = 0;

    for (int64_t hour = first_hour; hour < first_hour + HOURS_A_WEEK; hour++)
        peak = fmax(peak, value_at(series, hour)); /* NAN is a gap */
    return peak;
}

static struct advice_week weigh(const struct series *cpu, const struct series *memory, int64_t first_hour)
{
    double known[HOURS_A_WEEK];
    size_t n = 0;

    for (int64_t hour = first_hour; hour < first_hour + HOURS_A_WEEK; hour++) {
        double value = value_at(cpu, hour);

        if (isfinite(value) && isfinite(value_at(memory, hour)))
            known[n++] = value;
    }
    return (struct advice_week){
        .median_cpu = n > 0 ? forecast_median(known, n) : 0,
        .peak_cpu = peak_of_days(cpu, first_hour),
        .peak_memory = peak_of_days(memory, first_hour),
        .hour_cpu = peak_of_hours(cpu, first_hour),
        .hour_memory = peak_of_hours(memory, first_hour),
        .coverage = (double)n / HOURS_A_WEEK,
    };
}

size_t report_weeks(const struct series *cpu, const struct series *memory, struct advice_week *out, size_t most)
{
    size_t n = cpu->len / HOURS_A_WEEK < most ? cpu->len / HOURS_A_WEEK : most;

    for (size_t i = 0; i < n; i++)
        out[i] = weigh(cpu, memory, cpu->first_hour + (int64_t)cpu->len - (int64_t)(n - i) * HOURS_A_WEEK);
    return n;
}

/* The newest value that is known: the last hours may be missing, after a restart or in a copy of the file. */
static double newest_of(const struct series *series)
{
    for (size_t i = series->len; i > 0; i--)
        if (isfinite(series->values[i - 1]))
            return series->values[i - 1];
    return (double)NAN;
}

/* Days in which the number of nodes is known to have been the same; 0 when nothing is known, so that nothing is advised on a guess. */
static double days_since_change(const struct series *ready)
{
    double now = newest_of(ready);
    size_t first = ready->len; /* of the hours in which it was that */

    for (size_t i = ready->len; i > 0; i--) {
        if (!isfinite(ready->values[i - 1]))
            continue;
        if (fabs(ready->values[i - 1] - now) >= 0.5)
            break;
        first = i - 1;
    }
    return (double)(ready->len - first) / HOURS_A_DAY;
}

/* The highest mean of a day to come. */
static double peak_ahead(const struct forecast *forecast)
{
    double peak = forecast->day_now;

    for (size_t h = 0; h < forecast->horizon; h++)
        peak = fmax(peak, forecast->days[h].value);
    return peak;
}

/* Against what the group can carry. True: the forecast, or the upper end of its band, passes it within the horizon. */
static bool look_ahead(const struct past *past, struct advice_outlook *out)
{
    double line = newest_of(&past->line);
    struct forecast_crossing crossing;

    if (!past->forecast.ready || !isfinite(line))
        return false;
    crossing = forecast_time_to(&past->forecast, line);
    if (crossing.outlook == FORECAST_CROSSES || crossing.outlook == FORECAST_ABOVE)
        *out = (struct advice_outlook){.crosses = true,
                                       .earliest_days = (double)crossing.earliest / HOURS_A_DAY,
                                       .latest_days = crossing.latest < 0 ? -1 : (double)crossing.latest / HOURS_A_DAY,
                                       .missing = peak_ahead(&past->forecast) - line};
    return crossing.outlook != FORECAST_BELOW;
}

static int read_group(const struct report_history *history, const char *name, struct group_past *out, struct error *err)
{
    for (size_t i = 0; i < PLOTS; i++)
        if (read_past(history, name, i, &out->of[i], err) < 0)
            return -1;
    if (read_series(history, name, "nodes/ready", &out->ready, err) < 0)
        return -1;
    out->history = (struct advice_history){
        .weeks = out->weeks,
        .n_weeks = report_weeks(&out->of[0].use, &out->of[1].use, out->weeks, WEEKS),
        .days_since_change = days_since_change(&out->ready),
        .days_since_review = days_since_change(&out->ready), /* the last advice that was followed: it is not followed up before the next */
        .nodes = out->ready.len > 0 ? fmax(0, newest_of(&out->ready)) : 0,
        .review_period_days = history->review_days,
    };
    for (size_t i = 0; i < PLOTS; i++)
        if (look_ahead(&out->of[i], &out->history.ahead[i]))
            out->history.will_cross = true;
    for (size_t i = 0; i < PLOTS; i++)
        draw(&out->of[i], i, &out->plots[i]);
    out->extra = (struct report_extra){.plots = out->plots, .n_plots = PLOTS, .history = &out->history};
    return 0;
}

int report_history_extra(void *context, const char *group, const struct report_extra **out, struct error *err)
{
    struct report_history *history = context;
    struct group_past *past = calloc(1, sizeof(*past));

    if (!past)
        return error_no_memory(err);
    if (read_group(history, group, past, err) < 0) {
        group_free(past);
        return -1;
    }
    past->next = history->groups;
    history->groups = past;
    *out = &past->extra;
    return 0;
}
