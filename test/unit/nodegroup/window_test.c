#include "nodegroup/window.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

enum { SAMPLES_MAX = 4096 };

/* --- the shared cases: exact means of short series, and the ring beside them where the window is an hour --- */

static json_t *read_cases(void)
{
    struct buffer text = BUFFER_INIT(1 << 20);
    struct error err = {0};
    json_t *cases = NULL;

    ck_assert_msg(file_read(FIXTURES "/capacity/time-average.json", &text, &err) == 0, "%s", err.text);
    ck_assert_msg(json_read(text.data, text.len, &cases, &err) == 0, "%s", err.text);
    buffer_clear(&text);
    return cases;
}

struct sample {
    int64_t at_ms;
    double value;
};

static size_t read_samples(const json_t *list, struct sample out[SAMPLES_MAX + 1])
{
    const json_t *pair;
    size_t i;

    ck_assert_uint_le(json_array_size(list), SAMPLES_MAX);
    json_array_foreach (list, i, pair) {
        out[i].at_ms = llround(json_number_value(json_array_get(pair, 0)) * SECOND);
        out[i].value = json_number_value(json_array_get(pair, 1));
    }
    return json_array_size(list);
}

static int64_t member_ms(const json_t *object, const char *name)
{
    return llround(json_number_value(json_object_get(object, name)) * SECOND);
}

/* What two samples, one after the other, say of the time between them. */
static bool piece_of(const json_t *one, bool gauge, const struct sample pair[2], struct window_piece *out)
{
    if (!gauge)
        return window_counter_piece(&(struct window_counter){pair[0].at_ms, pair[0].value},
                                    &(struct window_counter){pair[1].at_ms, pair[1].value}, member_ms(one, "max_gap"), out);
    if (!window_gauge_piece(pair[0].at_ms, pair[1].at_ms, member_ms(one, "hold"), out))
        return false;
    out->use = pair[0].value;
    return true;
}

/* The pieces of one case, cut at the window by hand: what the ring is an approximation of. */
static struct window_sum sum_exactly(const json_t *one, bool gauge, struct window *ring)
{
    int64_t now = member_ms(one, "now"), from = now - member_ms(one, "window");
    static struct sample samples[SAMPLES_MAX + 1];
    size_t n = read_samples(json_object_get(one, "samples"), samples);
    struct window_sum sum = {0};

    samples[n] = (struct sample){.at_ms = gauge ? now : INT64_MAX / 2}; /* a gauge holds to the end, a counter has no more to say */
    for (size_t i = 0; i < n; i++) {
        struct window_piece piece;
        int64_t begin;

        if (!piece_of(one, gauge, &samples[i], &piece))
            continue;
        piece.capacity = 1.0;
        window_add(ring, &piece);
        begin = piece.from_ms > from ? piece.from_ms : from;
        if (piece.to_ms > begin) {
            sum.use += piece.use * (double)(piece.to_ms - begin);
            sum.capacity += (double)(piece.to_ms - begin);
        }
    }
    return sum;
}

static void check_case(const json_t *one, bool gauge)
{
    const char *title = json_string_value(json_object_get(one, "title"));
    const json_t *expect = json_object_get(one, "expect");
    double window_ms = (double)member_ms(one, "window"), coverage = json_number_value(json_object_get(one, "coverage"));
    struct window ring = {0};
    struct error err = {0};
    struct window_sum sum, read;

    ck_assert_int_eq(window_init(&ring, WINDOW_FINE, &err), 0);
    sum = sum_exactly(one, gauge, &ring);
    ck_assert_msg(fabs(sum.capacity / window_ms - coverage) < 1e-4, "%s: coverage %f", title, sum.capacity / window_ms);
    if (json_is_number(expect))
        ck_assert_msg(fabs(sum.use / sum.capacity - json_number_value(expect)) < 1e-5, "%s: %f", title, sum.use / sum.capacity);
    else
        ck_assert_msg(sum.capacity == 0.0, "%s", title);
    if (window_ms == HOUR) {
        read = window_read(&ring, WINDOW_HOUR, member_ms(one, "now"));
        ck_assert_msg(fabs(read.use - sum.use) <= 1e-5 * sum.capacity, "%s: the ring has %f of %f", title, read.use, sum.use);
        ck_assert_msg(fabs(read.capacity - sum.capacity) <= 1.0, "%s: the ring covers %f of %f", title, read.capacity, sum.capacity);
    }
    window_clear(&ring);
}

START_TEST(the_shared_time_averages_come_out)
{
    static const char *const kinds[] = {"gauge", "counter"};
    json_t *cases = read_cases();

    for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++) {
        const json_t *list = json_object_get(cases, kinds[kind]), *one;
        size_t i;

        ck_assert_uint_gt(json_array_size(list), 0);
        json_array_foreach (list, i, one) {
            check_case(one, kind == 0);
        }
    }
    json_decref(cases);
}
END_TEST

/* --- a random series against a slow reference --- */

static double random_share(void)
{
    return (double)rand() / RAND_MAX; /* NOLINT(concurrency-mt-unsafe,cert-msc30-c,cert-msc50-cpp): the same numbers each time */
}

enum { REFERENCE_SECONDS = 26 * 3600 };

struct reference {
    float use[REFERENCE_SECONDS], capacity[REFERENCE_SECONDS]; /* a value a second; no capacity: not covered */
};

static void reference_add(struct reference *reference, const struct window_piece *piece)
{
    for (int64_t second = piece->from_ms / SECOND; second < piece->to_ms / SECOND; second++) {
        reference->use[second % REFERENCE_SECONDS] = (float)piece->use;
        reference->capacity[second % REFERENCE_SECONDS] = (float)piece->capacity;
    }
}

static struct window_sum reference_read(const struct reference *reference, int64_t from_ms, int64_t to_ms)
{
    struct window_sum sum = {0};

    for (int64_t second = from_ms / SECOND; second < to_ms / SECOND; second++) {
        sum.use += (double)reference->use[second % REFERENCE_SECONDS];
        sum.capacity += (double)reference->capacity[second % REFERENCE_SECONDS];
    }
    return sum;
}

/* The bucket that the start of the window cuts is the only thing that a ring does not know exactly: the mean may be off by that
 * bucket's weight in the window, and not by more. */
static void compare(const struct window *window, const struct reference *reference, enum window_span span, int64_t now_ms, int64_t step_ms)
{
    int64_t from = now_ms - window_span_ms(span), cut = from - from % step_ms;
    struct window_sum exact = reference_read(reference, from, now_ms), read = window_read(window, span, now_ms);
    double cut_weight = from == cut ? 0 : reference_read(reference, cut, cut + step_ms).capacity;

    if (exact.capacity <= 2 * cut_weight)
        return;
    ck_assert_msg(fabs(read.use / read.capacity - exact.use / exact.capacity) <= 1e-4 + cut_weight / (exact.capacity - cut_weight),
                  "%s: %f for %f, the bucket weighs %f", window_span_name(span), read.use / read.capacity, exact.use / exact.capacity,
                  cut_weight / exact.capacity);
}

/* Pieces of random length, load and size, with gaps, one after the other for three days. */
static void compare_random_series(enum window_detail detail, unsigned seed)
{
    static struct reference reference;
    struct window window = {0};
    struct error err = {0};

    memset(&reference, 0, sizeof(reference));
    srand(seed); /* NOLINT(cert-msc32-c,cert-msc51-cpp): the same numbers each time */
    ck_assert_int_eq(window_init(&window, detail, &err), 0);
    for (int64_t at = 0; at < 3 * DAY;) {
        bool gap = random_share() < 0.15;
        struct window_piece piece = {.from_ms = at,
                                     .to_ms = at + SECOND * (1 + (int64_t)(random_share() * random_share() * 900)),
                                     .capacity = gap ? 0 : 4 + 28 * random_share()};

        piece.use = piece.capacity * random_share();
        window_add(&window, &piece);
        reference_add(&reference, &piece);
        at = piece.to_ms;
        if (at < DAY + HOUR)
            continue;
        compare(&window, &reference, WINDOW_HOUR, at, detail == WINDOW_FINE ? MINUTE : 5 * MINUTE);
        compare(&window, &reference, WINDOW_DAY, at, detail == WINDOW_FINE ? 5 * MINUTE : HOUR);
    }
    window_clear(&window);
}

START_TEST(random_series_agree_with_a_slow_reference)
{
    compare_random_series(_i % 2 ? WINDOW_COARSE : WINDOW_FINE, (unsigned)_i + 1);
}
END_TEST

/* Whenever it is asked, a window that is covered all the time is covered exactly once. */
START_TEST(a_covered_hour_has_an_hour)
{
    struct window window = {0};
    struct error err = {0};

    ck_assert_int_eq(window_init(&window, _i ? WINDOW_FINE : WINDOW_COARSE, &err), 0);
    for (int64_t at = 0; at < 26 * HOUR; at += 77 * SECOND) {
        int64_t now = at + 77 * SECOND;

        window_add(&window, &(struct window_piece){.from_ms = at, .to_ms = now, .use = 1, .capacity = 4, .expected = 4, .watched = true});
        if (now > HOUR) {
            struct window_sum hour = window_read(&window, WINDOW_HOUR, now);

            ck_assert_double_eq_tol(hour.capacity, 4.0 * HOUR, 100);
            ck_assert_double_eq_tol(hour.watched_ms, 1.0 * HOUR, 10);
        }
        if (now > DAY)
            ck_assert_double_eq_tol(window_read(&window, WINDOW_DAY, now).expected, 4.0 * DAY, 10000);
    }
    window_clear(&window);
}
END_TEST

/* On whole steps nothing is approximate: a window that begins with a bucket must agree to the last digits of a float. */
START_TEST(on_whole_steps_the_ring_is_exact)
{
    static struct reference reference;
    struct window window = {0};
    struct error err = {0};

    memset(&reference, 0, sizeof(reference));
    srand((unsigned)_i + 77); /* NOLINT(cert-msc32-c,cert-msc51-cpp) */
    ck_assert_int_eq(window_init(&window, WINDOW_COARSE, &err), 0);
    for (int64_t at = 0; at < 2 * DAY; at += 5 * MINUTE) {
        struct window_piece piece = {.from_ms = at, .to_ms = at + 5 * MINUTE, .capacity = random_share() < 0.1 ? 0 : 16};

        piece.use = piece.capacity * random_share();
        window_add(&window, &piece);
        reference_add(&reference, &piece);
        if (piece.to_ms >= DAY) {
            struct window_sum read = window_read(&window, WINDOW_HOUR, piece.to_ms);
            struct window_sum exact = reference_read(&reference, piece.to_ms - HOUR, piece.to_ms);

            ck_assert_double_eq_tol(read.use / read.capacity, exact.use / exact.capacity, 1e-5);
            if (piece.to_ms % HOUR != 0)
                continue;
            read = window_read(&window, WINDOW_DAY, piece.to_ms);
            exact = reference_read(&reference, piece.to_ms - DAY, piece.to_ms);
            ck_assert_double_eq_tol(read.use / read.capacity, exact.use / exact.capacity, 1e-5);
        }
    }
    window_clear(&window);
}
END_TEST

/* --- rings --- */

START_TEST(a_window_forgets_what_is_older)
{
    struct window window = {0};
    struct error err = {0};

    ck_assert_int_eq(window_init(&window, WINDOW_COARSE, &err), 0);
    ck_assert_double_eq(window_read(&window, WINDOW_DAY, 12345).expected, 0);
    window_add(&window, &(struct window_piece){.from_ms = 0, .to_ms = HOUR, .use = 4, .capacity = 4});
    ck_assert_double_gt(window_read(&window, WINDOW_HOUR, HOUR).use, 0);
    ck_assert_double_eq(window_read(&window, WINDOW_HOUR, 2 * HOUR).use, 0);
    ck_assert_double_gt(window_read(&window, WINDOW_DAY, 2 * HOUR).use, 0);
    ck_assert_double_eq(window_read(&window, WINDOW_DAY, DAY + HOUR).use, 0);
    window_add(&window, &(struct window_piece){.from_ms = 400 * DAY, .to_ms = 400 * DAY + HOUR, .use = 1, .capacity = 4});
    window_add(&window, &(struct window_piece){.from_ms = 0, .to_ms = HOUR, .use = 4, .capacity = 4}); /* too old: left out */
    ck_assert_double_eq_tol(window_read(&window, WINDOW_DAY, 400 * DAY + HOUR).use, HOUR, 1);
    window_clear(&window);
}
END_TEST

START_TEST(time_may_begin_before_the_machine)
{
    struct window window = {0};
    struct error err = {0};
    struct window_sum sum;

    ck_assert_int_eq(window_init(&window, WINDOW_FINE, &err), 0);
    window_add(&window, &(struct window_piece){.from_ms = -90 * MINUTE, .to_ms = 10 * MINUTE, .use = 2, .capacity = 4});
    sum = window_read(&window, WINDOW_HOUR, 10 * MINUTE);
    ck_assert_double_eq_tol(sum.capacity, 4.0 * HOUR, 1e3);
    ck_assert_double_eq_tol(sum.use / sum.capacity, 0.5, 1e-6);
    window_clear(&window);
}
END_TEST

/* --- figures --- */

static const struct {
    const char *title;
    struct window_sum sum; /* in hours of time */
    enum window_span span;
    enum window_verdict verdict;
    double line, ratio;
    bool enough;
} figures[] = {
    {"whole hour", {3, 4, 4, 1}, WINDOW_HOUR, WINDOW_ABOVE, 0.7, 0.75, true},
    {"on the line is not above it", {3, 4, 4, 1}, WINDOW_HOUR, WINDOW_BELOW, 0.75, 0.75, true},
    {"four fifths are enough for an hour", {2.4, 3.2, 4, 1}, WINDOW_HOUR, WINDOW_ABOVE, 0.7, 0.75, true},
    {"four fifths, but for the last digit of a float", {2.4, 3.19999996, 4, 1}, WINDOW_HOUR, WINDOW_ABOVE, 0.7, 2.4 / 3.19999996, true},
    {"a second less is not", {2.4, 3.1988, 4, 1}, WINDOW_HOUR, WINDOW_HOLD, 0.75, 2.4 / 3.1988, false},
    {"less is not", {2.3, 3.1, 4, 1}, WINDOW_HOUR, WINDOW_HOLD, 0.7, 2.3 / 3.1, false},
    {"a node that came a quarter of an hour ago", {1, 1, 4, 1}, WINDOW_HOUR, WINDOW_HOLD, 0.7, 1, false},
    {"a group that came a quarter of an hour ago", {1, 1, 1, 0.25}, WINDOW_HOUR, WINDOW_HOLD, 0.7, 1, false},
    {"half is known, and that alone is too much", {2, 2, 4, 1}, WINDOW_HOUR, WINDOW_ABOVE, 0.45, 1, false},
    {"half is known, and even full the rest would do", {0.2, 2, 4, 1}, WINDOW_HOUR, WINDOW_BELOW, 0.6, 0.1, false},
    {"three quarters of a day are enough", {45, 72, 96, 24}, WINDOW_DAY, WINDOW_ABOVE, 0.6, 0.625, true},
    {"nothing is known", {0, 0, 4, 1}, WINDOW_HOUR, WINDOW_HOLD, 0.7, (double)NAN, false},
    {"nothing is there", {0, 0, 0, 0}, WINDOW_HOUR, WINDOW_HOLD, 0.7, (double)NAN, false},
    {"now: the fresh ones speak for the rest", {30, 32, 40, 0}, WINDOW_NOW, WINDOW_ABOVE, 0.9, 0.9375, true},
    {"now: too few are fresh", {30, 31, 40, 0}, WINDOW_NOW, WINDOW_HOLD, 0.9, 30.0 / 31, false},
};

START_TEST(a_figure_says_how_much_it_knows)
{
    struct window_sum sum = figures[_i].sum;
    struct window_figure figure;

    sum.use *= HOUR;
    sum.capacity *= HOUR;
    sum.expected *= HOUR;
    sum.watched_ms *= HOUR;
    figure = window_figure_of(&sum, figures[_i].span);
    ck_assert_msg(figure.enough == figures[_i].enough, "%s: coverage %f", figures[_i].title, figure.coverage);
    if (isnan(figures[_i].ratio))
        ck_assert_msg(isnan(figure.ratio), "%s: ratio %f", figures[_i].title, figure.ratio);
    else
        ck_assert_double_eq_tol(figure.ratio, figures[_i].ratio, 1e-9);
    ck_assert_msg(window_judge(&figure, figures[_i].line) == figures[_i].verdict, "%s", figures[_i].title);
}
END_TEST

START_TEST(counters_and_gauges_refuse_nonsense)
{
    struct window_piece piece = {.use = 7};

    ck_assert(!window_gauge_piece(1000, 1000, 60000, &piece));
    ck_assert(!window_gauge_piece(1000, 500, 60000, &piece));
    ck_assert(!window_gauge_piece(1000, 5000, 0, &piece));
    ck_assert(!window_counter_piece(&(struct window_counter){0, 5}, &(struct window_counter){0, 6}, 60000, &piece));
    ck_assert(!window_counter_piece(&(struct window_counter){0, 5}, &(struct window_counter){1000, (double)NAN}, 60000, &piece));
    ck_assert(!window_counter_piece(&(struct window_counter){0, 5}, &(struct window_counter){1000, -3}, 60000, &piece));
    ck_assert_double_eq(piece.use, 7);
    ck_assert(window_counter_piece(&(struct window_counter){0, 500}, &(struct window_counter){10000, 20}, 60000, &piece)); /* a reset */
    ck_assert_double_eq(piece.use, 2);
    ck_assert_str_eq(window_span_name(WINDOW_DAY), "24h");
}
END_TEST

Suite *window_suite(void);

Suite *window_suite(void)
{
    Suite *suite = suite_create("window");
    TCase *tcase = tcase_create("window");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_shared_time_averages_come_out);
    tcase_add_loop_test(tcase, random_series_agree_with_a_slow_reference, 0, 8);
    tcase_add_loop_test(tcase, a_covered_hour_has_an_hour, 0, 2);
    tcase_add_loop_test(tcase, on_whole_steps_the_ring_is_exact, 0, 3);
    tcase_add_test(tcase, a_window_forgets_what_is_older);
    tcase_add_test(tcase, time_may_begin_before_the_machine);
    tcase_add_loop_test(tcase, a_figure_says_how_much_it_knows, 0, ARRAY_LEN(figures));
    tcase_add_test(tcase, counters_and_gauges_refuse_nonsense);
    suite_add_tcase(suite, tcase);
    return suite;
}
