#include "nodegroup/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

static const struct {
    const char *name;
    int64_t ms;
    double coverage_least;
} spans[WINDOW_SPANS] = {
    [WINDOW_NOW] = {"now", 0, 0.80},
    [WINDOW_HOUR] = {"1h", HOUR_MS, 0.80},
    [WINDOW_DAY] = {"24h", DAY_MS, 0.75},
};

static const double float_noise = 1e-6; /* the last digits of sums of floats: what is enough to the second stays enough */

int64_t window_span_ms(enum window_span span)
{
    return spans[span].ms;
}

const char *window_span_name(enum window_span span)
{
    return spans[span].name;
}

double window_coverage_least(enum window_span span)
{
    return spans[span].coverage_least;
}

/* --- rings --- */

/* One bucket more than the span has steps: the oldest is cut by the start of the window. */
static int ring_init(struct window_ring *ring, int64_t span_ms, int64_t step_ms, struct error *err)
{
    ring->n = span_ms / step_ms + 1;
    ring->step_ms = step_ms;
    ring->newest = INT64_MIN;
    ring->buckets = calloc((size_t)ring->n, sizeof(*ring->buckets));
    return ring->buckets ? 0 : error_no_memory(err);
}

int window_init(struct window *window, enum window_detail detail, struct error *err)
{
    struct window made = {0};

    if (ring_init(&made.hour, HOUR_MS, detail == WINDOW_FINE ? MINUTE_MS : 5 * MINUTE_MS, err) < 0 ||
        ring_init(&made.day, DAY_MS, detail == WINDOW_FINE ? 5 * MINUTE_MS : HOUR_MS, err) < 0) {
        window_clear(&made);
        return -1;
    }
    *window = made;
    return 0;
}

void window_clear(struct window *window)
{
    free(window->hour.buckets);
    free(window->day.buckets);
    *window = (struct window){0};
}

/* Time may be negative: before the machine was started. */
static int64_t step_of(const struct window_ring *ring, int64_t at_ms)
{
    return at_ms / ring->step_ms - (at_ms % ring->step_ms < 0);
}

static struct window_bucket *bucket_at(const struct window_ring *ring, int64_t step)
{
    return &ring->buckets[((step % ring->n) + ring->n) % ring->n];
}

static void move_on(struct window_ring *ring, int64_t step)
{
    int64_t first = ring->newest + 1;

    if (ring->newest == INT64_MIN || step - ring->newest >= ring->n)
        first = step - ring->n + 1;
    for (int64_t i = first; i <= step; i++)
        *bucket_at(ring, i) = (struct window_bucket){0};
    ring->newest = step;
}

static void add_to_bucket(struct window_bucket *bucket, const struct window_piece *piece, int64_t ms)
{
    bucket->use += (float)(piece->use * (double)ms);
    bucket->capacity += (float)(piece->capacity * (double)ms);
    bucket->expected += (float)(piece->expected * (double)ms);
    bucket->watched_ms += piece->watched ? (uint32_t)ms : 0;
}

static void ring_add(struct window_ring *ring, const struct window_piece *piece)
{
    int64_t first = step_of(ring, piece->from_ms), last = step_of(ring, piece->to_ms - 1);

    if (last > ring->newest)
        move_on(ring, last);
    if (first <= ring->newest - ring->n)
        first = ring->newest - ring->n + 1;
    for (int64_t step = first; step <= last; step++) {
        int64_t from = step * ring->step_ms, to = from + ring->step_ms;

        from = from > piece->from_ms ? from : piece->from_ms;
        to = to < piece->to_ms ? to : piece->to_ms;
        add_to_bucket(bucket_at(ring, step), piece, to - from);
    }
}

void window_add(struct window *window, const struct window_piece *piece)
{
    if (piece->to_ms <= piece->from_ms)
        return;
    ring_add(&window->hour, piece);
    ring_add(&window->day, piece);
}

/* The share of the bucket's time that lies behind the start of the window. */
static double share_after(const struct window_ring *ring, int64_t step, int64_t from_ms)
{
    int64_t begin = step * ring->step_ms, end = begin + ring->step_ms;

    return begin >= from_ms ? 1.0 : (double)(end - from_ms) / (double)ring->step_ms;
}

struct window_sum window_read(const struct window *window, enum window_span span, int64_t now_ms)
{
    const struct window_ring *ring = span == WINDOW_DAY ? &window->day : &window->hour;
    int64_t from = now_ms - spans[span].ms, step = step_of(ring, from);
    struct window_sum sum = {0};

    if (ring->newest == INT64_MIN)
        return sum;
    if (step <= ring->newest - ring->n)
        step = ring->newest - ring->n + 1;
    for (; step <= ring->newest; step++) {
        const struct window_bucket *bucket = bucket_at(ring, step);
        double share = share_after(ring, step, from);

        sum.use += share * (double)bucket->use;
        sum.capacity += share * (double)bucket->capacity;
        sum.expected += share * (double)bucket->expected;
        sum.watched_ms += share * (double)bucket->watched_ms;
    }
    return sum;
}

/* --- figures --- */

static double at_most_one(double share)
{
    return share < 1.0 ? share : 1.0;
}

struct window_figure window_figure_of(const struct window_sum *sum, enum window_span span)
{
    struct window_figure figure = {.ratio = (double)NAN, .high = 1.0};

    if (sum->capacity <= 0.0 || sum->expected <= 0.0)
        return figure;
    figure.ratio = sum->use / sum->capacity;
    figure.coverage = at_most_one(sum->capacity / sum->expected);
    if (spans[span].ms > 0)
        figure.coverage *= at_most_one(sum->watched_ms / (double)spans[span].ms);
    figure.low = figure.ratio * figure.coverage;
    figure.high = figure.low + 1.0 - figure.coverage;
    figure.enough = figure.coverage >= spans[span].coverage_least - float_noise;
    return figure;
}

enum window_verdict window_judge(const struct window_figure *figure, double line)
{
    if (figure->enough)
        return figure->ratio > line ? WINDOW_ABOVE : WINDOW_BELOW;
    if (figure->low > line)
        return WINDOW_ABOVE;
    return figure->high <= line ? WINDOW_BELOW : WINDOW_HOLD;
}

/* --- readings into pieces --- */

bool window_gauge_piece(int64_t at_ms, int64_t until_ms, int64_t hold_ms, struct window_piece *out)
{
    if (until_ms <= at_ms || hold_ms <= 0)
        return false;
    *out = (struct window_piece){.from_ms = at_ms, .to_ms = until_ms - at_ms > hold_ms ? at_ms + hold_ms : until_ms};
    return true;
}

bool window_counter_piece(const struct window_counter *before, const struct window_counter *after, int64_t gap_max_ms,
                          struct window_piece *out)
{
    int64_t elapsed = after->at_ms - before->at_ms;
    double increase = after->value >= before->value ? after->value - before->value : after->value;

    if (elapsed <= 0 || elapsed > gap_max_ms || !isfinite(increase) || increase < 0)
        return false;
    *out = (struct window_piece){.from_ms = before->at_ms, .to_ms = after->at_ms, .use = increase * 1000.0 / (double)elapsed};
    return true;
}
