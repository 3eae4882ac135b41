#include "adapter/command_forecast.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "nodegroup/forecast.h"
#include "nodegroup/series.h"

enum { FILE_BYTES_MAX = 64 * 1024 * 1024, REPORT_BYTES_MAX = 1024 * 1024 };

static const int64_t hour_ms = 3600000;

static const char usage[] =
    "Usage: coder-metrics-adapter forecast --from FILE.csv --threshold X [--horizon D] [--format table|json]\n"
    "\n"
    "Says where a series goes and when its 24 h mean passes X. FILE (- for standard input) has two columns, time\n"
    "(RFC 3339, or Unix seconds) and value; a first line of names is skipped; an empty value is a gap. The values of\n"
    "an hour are averaged; hours without a value are gaps.\n"
    "\n"
    "The model is chosen for the series by a back-test over its last four weeks, against the same hour of last week.\n"
    "Below three weeks of hours nothing is forecast, and the answer says so.\n"
    "\n"
    "  --horizon D   how far to look, 1h to 28d (default 28d)\n"
    "  --format F    table (default): a line a day; json: every hour, with the band of nine tenths of past errors\n";

struct request {
    const char *path;
    double threshold;
    size_t horizon; /* hours */
    bool json;
};

/* --- reading --- */

static int read_stdin(struct buffer *out, struct error *err)
{
    char piece[16384], why[128];
    ssize_t len;

    while ((len = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return error_set(err, ERROR_IO, "read standard input: %s", strerror_r(errno, why, sizeof(why)));
        if (buffer_append(out, piece, (size_t)len) < 0)
            return error_set(err, ERROR_LIMIT, "read standard input: larger than %zu bytes", out->limit);
    }
    return 0;
}

static int read_series(const char *path, struct series *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(FILE_BYTES_MAX);

    if ((strcmp(path, "-") == 0 ? read_stdin(&text, err) : file_read(path, &text, err)) < 0)
        return -1;
    if (series_read_csv(buffer_text(&text), text.len, out, err) < 0)
        return error_wrap(err, "%s", path);
    return 0;
}

/* --- writing --- */

static void hour_text(int64_t hour, char out[TIMESTAMP_TEXT_MAX])
{
    timestamp_format(hour * hour_ms, out);
}

static void add_json_number(struct buffer *out, const char *name, double value)
{
    if (isfinite(value))
        (void)buffer_printf(out, "\"%s\":%.10g", name, value);
    else
        (void)buffer_printf(out, "\"%s\":null", name);
}

static void add_json_hour(struct buffer *out, const char *name, int64_t hour)
{
    char text[TIMESTAMP_TEXT_MAX];

    hour_text(hour, text);
    (void)buffer_printf(out, "\"%s\":\"%s\"", name, text);
}

static void add_json_point(struct buffer *out, const char *name, const struct forecast_point *point)
{
    if (name)
        (void)buffer_printf(out, "\"%s\":{", name);
    add_json_number(out, "value", point->value);
    (void)buffer_add_char(out, ',');
    add_json_number(out, "lower", point->lower);
    (void)buffer_add_char(out, ',');
    add_json_number(out, "upper", point->upper);
    if (name)
        (void)buffer_add_char(out, '}');
}

static void add_json_crossing(struct buffer *out, const struct forecast *forecast, double threshold)
{
    struct forecast_crossing crossing = forecast_time_to(forecast, threshold);
    const struct {
        const char *name;
        int64_t hours;
    } ends[] = {{"earliest", crossing.earliest}, {"likely", crossing.likely}, {"latest", crossing.latest}};

    (void)buffer_printf(out, "\"threshold\":{\"value\":%.10g,\"outlook\":\"%s\"", threshold, forecast_outlook_name(crossing.outlook));
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        (void)buffer_add_char(out, ',');
        if (ends[i].hours >= 0) {
            (void)buffer_printf(out, "\"%s\":{\"days\":%.2f,", ends[i].name, (double)ends[i].hours / HOURS_A_DAY);
            add_json_hour(out, "time", forecast->first_hour + ends[i].hours);
            (void)buffer_add_char(out, '}');
        } else {
            (void)buffer_printf(out, "\"%s\":null", ends[i].name);
        }
    }
    (void)buffer_add_text(out, "},\n");
}

static void add_json_backtest(struct buffer *out, const struct forecast *forecast)
{
    (void)buffer_printf(out, "\"model\":\"%s\",\"backtest\":{\"origins\":%zu,\"meanAbsoluteError\":{", forecast_model_name(forecast->model),
                        forecast->origins);
    for (enum forecast_model model = 0; model < FORECAST_MODELS; model++) {
        if (model > 0)
            (void)buffer_add_char(out, ',');
        add_json_number(out, forecast_model_name(model), forecast->errors[model]);
    }
    (void)buffer_add_text(out, "}},\n");
}

static void add_json_points(struct buffer *out, const struct forecast *forecast)
{
    (void)buffer_add_text(out, "\"points\":[");
    for (size_t h = 0; h < forecast->horizon; h++) {
        (void)buffer_add_text(out, h > 0 ? ",\n{" : "\n{");
        add_json_hour(out, "time", forecast->first_hour + (int64_t)h);
        (void)buffer_add_char(out, ',');
        add_json_point(out, NULL, &forecast->hours[h]);
        (void)buffer_add_char(out, ',');
        add_json_point(out, "mean24h", &forecast->days[h]);
        (void)buffer_add_char(out, '}');
    }
    (void)buffer_add_text(out, "]}\n");
}

static void write_json(const struct series *series, const struct forecast *forecast, double threshold, struct buffer *out)
{
    (void)buffer_printf(out, "{\"kind\":\"Forecast\",\"state\":\"%s\",\n\"series\":{", forecast->ready ? "ready" : "insufficient-data");
    add_json_hour(out, "from", series->first_hour);
    (void)buffer_add_char(out, ',');
    add_json_hour(out, "to", forecast->first_hour);
    (void)buffer_printf(out, ",\"hours\":%zu,\"known\":%zu},\n", series->len, series->n_known);
    if (!forecast->ready) {
        (void)buffer_printf(out, "\"reason\":\"%s\",\"points\":[]}\n", forecast->why);
        return;
    }
    add_json_backtest(out, forecast);
    add_json_number(out, "mean24h", forecast->day_now);
    (void)buffer_add_char(out, ',');
    add_json_number(out, "trendPerDay", forecast->trend_per_day);
    (void)buffer_add_text(out, ",\n");
    add_json_crossing(out, forecast, threshold);
    add_json_points(out, forecast);
}

/* "in 9 to 16 days, most likely 12": whole days, rounded up, because a line passed within a day is passed tomorrow. */
static void write_outlook(const struct forecast *forecast, double threshold, struct buffer *out)
{
    struct forecast_crossing crossing = forecast_time_to(forecast, threshold);
    int64_t earliest = (crossing.earliest + HOURS_A_DAY - 1) / HOURS_A_DAY, likely = (crossing.likely + HOURS_A_DAY - 1) / HOURS_A_DAY;
    size_t days = (forecast->horizon + HOURS_A_DAY - 1) / HOURS_A_DAY;

    (void)buffer_printf(out, "Threshold %.6g: ", threshold);
    switch (crossing.outlook) {
    case FORECAST_ABOVE: (void)buffer_printf(out, "the mean of the last 24 h, %.6g, is above it already\n", forecast->day_now); return;
    case FORECAST_BELOW: (void)buffer_printf(out, "the 24 h mean stays below it for %zu days, with its band\n", days); return;
    case FORECAST_MAYBE:
        (void)buffer_printf(out, "the 24 h mean stays below it for %zu days; the upper end of its band passes it in %lld days\n", days,
                            (long long)earliest);
        return;
    case FORECAST_CROSSES:
    default: break;
    }
    (void)buffer_printf(out, "the 24 h mean passes it in %lld to ", (long long)earliest);
    if (crossing.latest >= 0)
        (void)buffer_printf(out, "%lld", (long long)(crossing.latest + HOURS_A_DAY - 1) / HOURS_A_DAY);
    else
        (void)buffer_printf(out, "more than %zu", days);
    (void)buffer_printf(out, " days, most likely in %lld\n", (long long)likely);
}

static void write_days(const struct forecast *forecast, struct buffer *out)
{
    (void)buffer_printf(out, "\n%4s  %-20s  %12s  %12s  %12s\n", "DAY", "24 H MEAN UNTIL", "FORECAST", "LOWER", "UPPER");
    for (size_t h = HOURS_A_DAY - 1; h < forecast->horizon; h += HOURS_A_DAY) {
        const struct forecast_point *day = &forecast->days[h];
        char until[TIMESTAMP_TEXT_MAX];

        hour_text(forecast->first_hour + (int64_t)h + 1, until);
        (void)buffer_printf(out, "%4zu  %-20s  %12.6g  %12.6g  %12.6g\n", (h + 1) / HOURS_A_DAY, until, day->value, day->lower, day->upper);
    }
}

static void write_table(const struct series *series, const struct forecast *forecast, double threshold, struct buffer *out)
{
    double naive = forecast->errors[FORECAST_SEASONAL_NAIVE], chosen = forecast->errors[forecast->model];
    char from[TIMESTAMP_TEXT_MAX], to[TIMESTAMP_TEXT_MAX];

    hour_text(series->first_hour, from);
    hour_text(forecast->first_hour, to);
    (void)buffer_printf(out, "Series: %zu hours from %s to %s, %zu of them known\n", series->len, from, to, series->n_known);
    if (!forecast->ready) {
        (void)buffer_printf(out, "No forecast: %s\n", forecast->why);
        return;
    }
    (void)buffer_printf(out, "Model: %s; mean error in the back-test %.4g (same hour of last week: %.4g), %zu origins\n",
                        forecast_model_name(forecast->model), chosen, naive, forecast->origins);
    if (forecast->trend_per_day != 0.0)
        (void)buffer_printf(out, "Trend: %+.4g a day\n", forecast->trend_per_day);
    else
        (void)buffer_add_text(out, "Trend: none that stands out of the noise\n");
    write_outlook(forecast, threshold, out);
    write_days(forecast, out);
}

/* --- the command --- */

static bool parse_threshold(const char *text, double *out)
{
    char *end = NULL;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

static bool parse_horizon(const char *text, size_t *out)
{
    int64_t ms = 0;

    if (!duration_parse(text, &ms) || ms < hour_ms || ms > FORECAST_HORIZON_MAX * hour_ms)
        return false;
    *out = (size_t)((ms + hour_ms - 1) / hour_ms);
    return true;
}

static int wrong_value(const char *option, const char *got, const char *expected)
{
    command_complain("forecast: --%s %s: expected %s", option, got, expected);
    return EXIT_USAGE;
}

/* -1: go on; else the exit code. */
static int read_request(int argc, char **argv, struct request *request)
{
    const char *threshold = NULL, *horizon = NULL, *format = "table";
    const struct command_option options[] = {
        {.name = "from", .value = &request->path},
        {.name = "threshold", .value = &threshold},
        {.name = "horizon", .value = &horizon},
        {.name = "format", .value = &format},
    };
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options)};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    if (!request->path || !threshold) {
        command_complain("forecast: --from and --threshold are needed; see coder-metrics-adapter forecast --help");
        return EXIT_USAGE;
    }
    if (!parse_threshold(threshold, &request->threshold))
        return wrong_value("threshold", threshold, "a number");
    if (horizon && !parse_horizon(horizon, &request->horizon))
        return wrong_value("horizon", horizon, "a duration from 1h to 28d");
    if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
        return wrong_value("format", format, "table or json");
    request->json = strcmp(format, "json") == 0;
    return -1;
}

static int run_request(const struct request *request, struct buffer *out, struct error *err)
{
    CLEANUP(series_clear) struct series series = {0};
    CLEANUP(forecast_clear) struct forecast forecast = {0};
    struct forecast_input input = {.horizon = request->horizon};

    if (read_series(request->path, &series, err) < 0)
        return -1;
    input.values = series.values;
    input.len = series.len;
    input.first_hour = series.first_hour;
    if (forecast_make(&input, &forecast, err) < 0)
        return -1;
    if (request->json)
        write_json(&series, &forecast, request->threshold, out);
    else
        write_table(&series, &forecast, request->threshold, out);
    return buffer_failed(out) ? error_no_memory(err) : 0;
}

int command_forecast(int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer report = BUFFER_INIT(REPORT_BYTES_MAX);
    struct request request = {.horizon = FORECAST_HORIZON_MAX};
    struct error err = {0};
    int code = read_request(argc, argv, &request);

    if (code >= 0)
        return code;
    if (run_request(&request, &report, &err) < 0) {
        command_complain("forecast: %s", err.text);
        return EXIT_FAILED;
    }
    (void)fputs(buffer_text(&report), stdout);
    if (fflush(stdout) != 0) {
        command_complain("forecast: write the answer: %s", strerror(errno)); /* NOLINT(concurrency-mt-unsafe): one thread */
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
