#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "nodegroup/report.h"

/* Lines over time as SVG: one scale from 0 to the largest value, gaps stay gaps, and a long past is thinned to what a screen shows. */

enum { WIDTH = 900, HEIGHT = 240, LEFT = 64, RIGHT = 12, TOP = 12, BOTTOM = 28, GRID_LINES = 4, POINTS_MAX = 1200 };

struct scale {
    int64_t from_ms, to_ms;
    double most;
};

static const char *const colours[] = {"#1f6feb", "#8250df", "#cf222e", "#bf8700", "#1a7f37"};

static int64_t end_of(const struct report_line *line)
{
    return line->start_unix_ms + (int64_t)(line->n > 0 ? line->n - 1 : 0) * line->step_ms;
}

static double most_of(const double *values, size_t n, double most)
{
    for (size_t i = 0; values && i < n; i++)
        if (isfinite(values[i]) && values[i] > most)
            most = values[i];
    return most;
}

/* A round number at or above the value: 1, 2, 5 times a power of ten. */
static double round_scale(double value)
{
    static const double steps[] = {1, 2, 5, 10};
    double power = value > 0 ? pow(10, floor(log10(value))) : 1;

    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (steps[i] * power >= value)
            return steps[i] * power;
    return 10 * power;
}

static struct scale scale_of(const struct report_plot *plot)
{
    struct scale scale = {.from_ms = INT64_MAX, .to_ms = INT64_MIN};

    for (size_t i = 0; i < plot->n_lines; i++) {
        const struct report_line *line = &plot->lines[i];

        if (line->n == 0)
            continue;
        if (line->start_unix_ms < scale.from_ms)
            scale.from_ms = line->start_unix_ms;
        if (end_of(line) > scale.to_ms)
            scale.to_ms = end_of(line);
        scale.most = most_of(line->values, line->n, scale.most);
        scale.most = most_of(line->upper, line->n, scale.most);
    }
    scale.most = round_scale(scale.most);
    return scale;
}

static double x_of(const struct scale *scale, const struct report_line *line, size_t i)
{
    double at = (double)(line->start_unix_ms - scale->from_ms) + (double)i * (double)line->step_ms;
    double span = (double)(scale->to_ms - scale->from_ms);

    return LEFT + (span > 0 ? at / span : 0) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct scale *scale, double value)
{
    return TOP + (1 - value / scale->most) * (HEIGHT - TOP - BOTTOM);
}

/* Values per drawn point, so that no line has more than POINTS_MAX. */
static size_t stride_of(const struct report_line *line)
{
    return line->n / POINTS_MAX + 1;
}

/* The largest of a point's values: a peak must not vanish. NAN when all are gaps. */
static double point_of(const double *values, size_t n, size_t at, size_t stride)
{
    double most = (double)NAN;

    for (size_t i = at; i < at + stride && i < n; i++)
        if (isfinite(values[i]) && !(most >= values[i]))
            most = values[i];
    return most;
}

static void add_line(const struct scale *scale, const struct report_line *line, const char *colour, struct buffer *out)
{
    size_t stride = stride_of(line);
    bool pen = false;

    (void)buffer_printf(out, "<path fill='none' stroke='%s' stroke-width='1.5' d='", colour);
    for (size_t i = 0; i < line->n; i += stride) {
        double value = point_of(line->values, line->n, i, stride);

        if (isfinite(value))
            (void)buffer_printf(out, "%c%.1f %.1f", pen ? 'L' : 'M', x_of(scale, line, i), y_of(scale, value));
        pen = isfinite(value);
    }
    (void)buffer_add_text(out, "'/>\n");
}

/* One strip for each step that has both ends: gaps need no care. */
static void add_band(const struct scale *scale, const struct report_line *line, const char *colour, struct buffer *out)
{
    size_t stride = stride_of(line);

    (void)buffer_printf(out, "<path stroke='%s' stroke-width='2' opacity='.25' d='", colour);
    for (size_t i = 0; i < line->n; i += stride)
        if (isfinite(line->lower[i]) && isfinite(line->upper[i]))
            (void)buffer_printf(out, "M%.1f %.1fV%.1f", x_of(scale, line, i), y_of(scale, fmax(0, line->lower[i])),
                                y_of(scale, line->upper[i]));
    (void)buffer_add_text(out, "'/>\n");
}

static void add_grid(const struct scale *scale, struct buffer *out)
{
    char from[TIMESTAMP_TEXT_MAX], to[TIMESTAMP_TEXT_MAX];

    for (int i = 0; i <= GRID_LINES; i++) {
        double value = scale->most * i / GRID_LINES;

        (void)buffer_printf(out, "<path class='grid' d='M%d %.1fH%d'/><text x='%d' y='%.1f' text-anchor='end'>%g</text>\n", LEFT,
                            y_of(scale, value), WIDTH - RIGHT, LEFT - 6, y_of(scale, value) + 4, value);
    }
    timestamp_format(scale->from_ms, from);
    timestamp_format(scale->to_ms, to);
    (void)buffer_printf(out, "<text x='%d' y='%d'>%.10s</text><text x='%d' y='%d' text-anchor='end'>%.10s</text>\n", LEFT, HEIGHT - 8, from,
                        WIDTH - RIGHT, HEIGHT - 8, to);
}

static void add_legend(const struct report_plot *plot, struct buffer *out)
{
    (void)buffer_add_text(out, "<p class='legend'>");
    for (size_t i = 0; i < plot->n_lines; i++) {
        (void)buffer_printf(out, "<span style='color:%s'>&#9644;</span> ", colours[i % ARRAY_LEN(colours)]);
        report_escape_html(out, plot->lines[i].name);
        (void)buffer_add_text(out, " ");
    }
    (void)buffer_add_text(out, "</p>\n");
}

void report_write_plot(const struct report_plot *plot, struct buffer *out)
{
    struct scale scale = scale_of(plot);

    (void)buffer_add_text(out, "<h3>");
    report_escape_html(out, plot->title);
    (void)buffer_add_text(out, ", ");
    report_escape_html(out, plot->unit);
    (void)buffer_add_text(out, "</h3>\n");
    if (scale.from_ms >= scale.to_ms) {
        (void)buffer_add_text(out, "<p>Nothing is known of the past.</p>\n");
        return;
    }
    (void)buffer_printf(out, "<svg viewBox='0 0 %d %d' role='img'>\n", WIDTH, HEIGHT);
    add_grid(&scale, out);
    for (size_t i = 0; i < plot->n_lines; i++) {
        const struct report_line *line = &plot->lines[i];

        if (line->lower && line->upper)
            add_band(&scale, line, colours[i % ARRAY_LEN(colours)], out);
        add_line(&scale, line, colours[i % ARRAY_LEN(colours)], out);
    }
    (void)buffer_add_text(out, "</svg>\n");
    add_legend(plot, out);
}
