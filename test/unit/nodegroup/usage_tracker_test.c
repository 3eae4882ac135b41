#include "nodegroup/usage_tracker.h"

#include <check.h>
#include <math.h>
#include <stdio.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define HOLD (3 * MINUTE)
#define STEP (30 * SECOND)

static const int64_t boot_start = 5 * DAY, unix_start = 1764000000000;

struct load {
    const char *node, *group;
    double cores, used; /* used: share; below 0: no reading comes */
};

/* Lets the nodes run for a time, with a reading every half minute and memory a tenth of what cpu is. */
static void run(struct usage_tracker *tracker, const struct load *loads, size_t n, int64_t *now, int64_t for_ms)
{
    struct usage_member members[8];
    struct error err = {0};
    int64_t end = *now + for_ms;

    ck_assert_uint_le(n, ARRAY_LEN(members));
    for (size_t i = 0; i < n; i++)
        members[i] = (struct usage_member){
            .node = loads[i].node, .group = loads[i].group, .capacity = {loads[i].cores * 1000, loads[i].cores * 4e9}};
    ck_assert_int_eq(usage_tracker_set_members(tracker, members, n, *now, &err), 0);
    for (; *now < end; *now += STEP) {
        struct usage_clocks clocks = {.unix_ms = unix_start + *now, .boot_ms = *now};

        for (size_t i = 0; i < n; i++) {
            struct usage_sample sample = {.node = loads[i].node,
                                          .at_unix_ms = clocks.unix_ms,
                                          .use = {loads[i].used * loads[i].cores * 1000, loads[i].used * loads[i].cores * 4e8}};

            if (loads[i].used >= 0)
                ck_assert(usage_tracker_add(tracker, &sample, &clocks));
        }
        usage_tracker_tick(tracker, *now);
    }
    usage_tracker_tick(tracker, *now);
}

static struct window_figure group_figure(const struct usage_tracker *tracker, const char *group, enum window_span span)
{
    struct window_figure figure = {0};

    ck_assert(usage_tracker_group(tracker, group, USAGE_CPU, span, &figure));
    return figure;
}

static struct window_figure node_figure(const struct usage_tracker *tracker, const char *node, enum window_span span)
{
    struct window_figure figure = {0};

    ck_assert(usage_tracker_node(tracker, node, USAGE_CPU, span, &figure));
    return figure;
}

/* Two stretches of time with different nodes or loads, and what the group's figures are at the end. */
static const struct {
    const char *title;
    struct {
        int64_t ms;
        struct load loads[4];
    } stretches[3];
    bool hour_enough, day_enough;
    double now, hour, day, demand_over_current; /* the last: of the hour; 0: not checked */
} cases[] = {
    {"all nodes were replaced two hours ago, 90 % throughout",
     {{22 * HOUR, {{"a1", "g", 8, 0.9}, {"a2", "g", 8, 0.9}}}, {2 * HOUR, {{"b1", "g", 8, 0.9}, {"b2", "g", 8, 0.9}}}},
     true,
     true,
     0.9,
     0.9,
     0.9,
     0.9},
    {"both nodes were replaced ten minutes ago",
     {{DAY, {{"a1", "g", 8, 0.9}, {"a2", "g", 8, 0.9}}}, {10 * MINUTE, {{"b1", "g", 8, 0.9}, {"b2", "g", 8, 0.9}}}},
     true,
     true,
     0.9,
     0.9,
     0.9,
     0.9},
    {"nodes of unequal size weigh by their size",
     {{DAY, {{"big", "g", 32, 1.0}, {"s1", "g", 4, 0.2}, {"s2", "g", 4, 0.2}, {"s3", "g", 4, 0.2}}}},
     true,
     true,
     0.7818,
     0.7818,
     0.7818,
     0.7818},
    {"a node that joined an hour ago does not dilute the day",
     {{23 * HOUR, {{"a", "g", 8, 0.95}}}, {HOUR, {{"a", "g", 8, 0.95}, {"b", "g", 8, 0.95}}}},
     true,
     true,
     0.95,
     0.95,
     0.95,
     0.95},
    {"half-empty node joined a quarter of an hour ago",
     {{DAY, {{"a", "g", 16, 1.0}}}, {15 * MINUTE, {{"a", "g", 16, 1.0}, {"b", "g", 16, 0.2}}}},
     true,
     true,
     0.6,
     0.84,
     0,
     0.525},
    {"a silent node is not idle: three quarters of the day are known, of the hour too little",
     {{22 * HOUR, {{"a", "g", 8, 0.9}, {"b", "g", 8, 0.9}}}, {2 * HOUR, {{"a", "g", 8, 0.9}, {"b", "g", 8, -1}}}},
     false,
     true,
     (double)NAN,
     (double)NAN,
     0.9,
     0},
    {"a group that began twenty minutes ago has no hour yet",
     {{20 * MINUTE, {{"a", "g", 8, 0.9}}}},
     false,
     false,
     0.9,
     (double)NAN,
     (double)NAN,
     0},
    {"office hours: the day's mean hides them, the hour shows them",
     {{12 * HOUR, {{"a", "g", 8, 0.4}}}, {12 * HOUR, {{"a", "g", 8, 1.0}}}},
     true,
     true,
     1.0,
     1.0,
     0.7,
     1.0},
    {"a node that shrank keeps the past of its size",
     {{23 * HOUR + HOUR / 2, {{"a", "g", 16, 0.5}}}, {HOUR / 2, {{"a", "g", 8, 1.0}}}},
     true,
     true,
     1.0,
     (16 * 0.5 + 8 * 1.0) / 24,
     0,
     1.0},
};

static size_t count_loads(const struct load loads[4])
{
    size_t n = 0;

    while (n < 4 && loads[n].node)
        n++;
    return n;
}

static void check_figure(const char *title, const char *span, const struct window_figure *figure, bool enough, double expect)
{
    ck_assert_msg(figure->enough == enough, "%s, %s: coverage %f", title, span, figure->coverage);
    if (enough && expect > 0)
        ck_assert_msg(fabs(figure->ratio - expect) < 2e-3, "%s, %s: %f for %f", title, span, figure->ratio, expect);
}

START_TEST(groups_are_as_hot_as_they_were)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    int64_t now = boot_start;
    struct window_figure figure;
    struct usage_demand demand;

    for (size_t i = 0; i < ARRAY_LEN(cases[_i].stretches) && cases[_i].stretches[i].ms > 0; i++)
        run(tracker, cases[_i].stretches[i].loads, count_loads(cases[_i].stretches[i].loads), &now, cases[_i].stretches[i].ms);
    figure = group_figure(tracker, "g", WINDOW_NOW);
    check_figure(cases[_i].title, "now", &figure, !isnan(cases[_i].now), cases[_i].now);
    figure = group_figure(tracker, "g", WINDOW_HOUR);
    check_figure(cases[_i].title, "1h", &figure, cases[_i].hour_enough, cases[_i].hour);
    figure = group_figure(tracker, "g", WINDOW_DAY);
    check_figure(cases[_i].title, "24h", &figure, cases[_i].day_enough, cases[_i].day);
    ck_assert(usage_tracker_demand(tracker, "g", USAGE_CPU, WINDOW_HOUR, &demand));
    if (cases[_i].demand_over_current > 0)
        ck_assert_msg(fabs(demand.use / demand.capacity_now - cases[_i].demand_over_current) < 2e-3, "%s: demand %f of %f", cases[_i].title,
                      demand.use, demand.capacity_now);
}
END_TEST

START_TEST(nodes_have_their_own_windows)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    struct load loads[] = {{"a", "g", 8, 0.5}, {"b", "g", 8, 0.9}};
    struct window_figure figure;
    int64_t now = boot_start;

    run(tracker, loads, 2, &now, 50 * MINUTE);
    figure = node_figure(tracker, "b", WINDOW_HOUR);
    ck_assert(figure.enough);
    ck_assert_double_eq_tol(figure.ratio, 0.9, 1e-3);
    ck_assert(!node_figure(tracker, "b", WINDOW_DAY).enough);
    ck_assert(usage_tracker_node(tracker, "b", USAGE_MEMORY, WINDOW_NOW, &figure));
    ck_assert_double_eq_tol(figure.ratio, 0.09, 1e-3);
    loads[1].used = -1; /* silent: for a while the last reading holds, then nothing is known */
    run(tracker, loads, 2, &now, 2 * MINUTE);
    ck_assert(node_figure(tracker, "b", WINDOW_NOW).enough);
    run(tracker, loads, 2, &now, 2 * MINUTE);
    ck_assert(!node_figure(tracker, "b", WINDOW_NOW).enough);
    run(tracker, loads, 2, &now, 30 * MINUTE);
    figure = node_figure(tracker, "b", WINDOW_HOUR);
    ck_assert(!figure.enough);
    ck_assert_double_eq_tol(figure.ratio, 0.9, 1e-3); /* of what is covered, and not half of it */
    ck_assert(!usage_tracker_node(tracker, "c", USAGE_CPU, WINDOW_NOW, &figure));
    ck_assert(!usage_tracker_group(tracker, "h", USAGE_CPU, WINDOW_NOW, &figure));
}
END_TEST

/* One node, readings with the stamps of the table: which of them are taken, and as measured when. */
static const struct {
    const char *title;
    struct {
        int64_t stamp_s, read_s; /* after the start, by the source's clock and by ours */
        bool taken;
    } readings[4];
} stamps[] = {
    {"each stamp once", {{0, 10, true}, {0, 25, false}, {30, 40, true}, {30, 55, false}}},
    {"a replica that lags", {{0, 10, true}, {30, 40, true}, {0, 55, false}, {60, 70, true}}},
    {"the source's clock is set back an hour", {{0, 10, true}, {30, 40, true}, {-3540, 70, true}, {-3510, 100, true}}},
    {"the source's clock is set forward an hour", {{0, 10, true}, {30, 40, true}, {3660, 70, true}, {3690, 100, true}}},
    {"the source's clock is an hour late from the start", {{-3600, 10, false}, {-3570, 40, true}, {-3540, 70, true}, {-3540, 80, false}}},
    {"a first reading from the future", {{40, 10, true}, {70, 40, true}, {100, 70, true}, {100, 100, false}}},
};

START_TEST(stamps_are_believed_when_they_can_be_right)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    struct usage_member member = {.node = "a", .group = "g", .capacity = {8000, 32e9}};
    struct error err = {0};

    ck_assert_int_eq(usage_tracker_set_members(tracker, &member, 1, boot_start, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(stamps[_i].readings); i++) {
        struct usage_clocks clocks = {.unix_ms = unix_start + stamps[_i].readings[i].read_s * SECOND,
                                      .boot_ms = boot_start + stamps[_i].readings[i].read_s * SECOND};
        struct usage_sample sample = {.node = "a", .at_unix_ms = unix_start + stamps[_i].readings[i].stamp_s * SECOND, .use = {4000, 16e9}};

        ck_assert_msg(usage_tracker_add(tracker, &sample, &clocks) == stamps[_i].readings[i].taken, "%s: reading %zu", stamps[_i].title, i);
        usage_tracker_tick(tracker, clocks.boot_ms);
    }
    ck_assert_double_eq_tol(group_figure(tracker, "g", WINDOW_NOW).ratio, 0.5, 1e-9);
}
END_TEST

START_TEST(a_late_reading_corrects_the_time_since_it_was_measured)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    struct load load = {"a", "g", 10, 0.2};
    int64_t now = boot_start;
    struct usage_clocks clocks;
    struct usage_sample sample = {.node = "a", .use = {10000, 0}};

    run(tracker, &load, 1, &now, HOUR);
    clocks = (struct usage_clocks){.unix_ms = unix_start + now + MINUTE, .boot_ms = now + MINUTE};
    usage_tracker_tick(tracker, clocks.boot_ms); /* by now the old reading seems to hold for a minute and a half */
    sample.at_unix_ms = unix_start + now;
    ck_assert(usage_tracker_add(tracker, &sample, &clocks)); /* but it was full since a minute */
    usage_tracker_tick(tracker, clocks.boot_ms);
    ck_assert_double_eq_tol(group_figure(tracker, "g", WINDOW_HOUR).ratio, 0.2 + 0.8 / 60, 1e-3);
}
END_TEST

/* Two nodes of one size for two hours: a uses half, b all while it is there. */
static const struct {
    const char *title;
    int64_t read_each, late[2]; /* when readings come, and how old they are then */
    bool comes_and_goes;        /* b: for every other minute */
    double ratio;               /* of the hour */
} late_readings[] = {
    {"readings in time", 20 * SECOND, {0, 0}, false, 0.75},
    {"what a reading was credited for is not the next one's as well", 100 * SECOND, {150 * SECOND, 0}, false, 0.75},
    {"a node that comes and goes weighs for the time it was there", 10 * SECOND, {50 * SECOND, 50 * SECOND}, true, 1.0 / 1.5},
};

START_TEST(time_counts_once)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    const struct usage_member members[] = {{"a", "g", {8000, 32e9}}, {"b", "g", {8000, 32e9}}};
    struct error err = {0};
    double ratio;

    for (int64_t at = 0; at < 2 * HOUR; at += 10 * SECOND) {
        struct usage_clocks clocks = {.unix_ms = unix_start + at, .boot_ms = boot_start + at};
        size_t n = late_readings[_i].comes_and_goes && at % (2 * MINUTE) >= MINUTE ? 1 : 2;

        ck_assert_int_eq(usage_tracker_set_members(tracker, members, n, clocks.boot_ms, &err), 0);
        for (size_t i = 0; at % late_readings[_i].read_each == 0 && i < n; i++) {
            struct usage_sample sample = {
                .node = members[i].node, .at_unix_ms = clocks.unix_ms - late_readings[_i].late[i], .use = {i == 0 ? 4000 : 8000, 1e9}};

            (void)usage_tracker_add(tracker, &sample, &clocks);
        }
        usage_tracker_tick(tracker, clocks.boot_ms);
    }
    ratio = group_figure(tracker, "g", WINDOW_HOUR).ratio;
    ck_assert_msg(fabs(ratio - late_readings[_i].ratio) < 0.01, "%s: %f", late_readings[_i].title, ratio);
}
END_TEST

START_TEST(a_gap_of_the_program_is_not_idle)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    struct load load = {"a", "g", 10, 0.8};
    int64_t now = boot_start;
    struct window_figure figure;

    run(tracker, &load, 1, &now, 30 * MINUTE);
    now += 20 * MINUTE; /* suspended, or the source was away */
    run(tracker, &load, 1, &now, 10 * MINUTE);
    figure = group_figure(tracker, "g", WINDOW_HOUR);
    ck_assert(!figure.enough);
    ck_assert_double_eq_tol(figure.coverage, 43.0 / 60, 0.01);
    ck_assert_double_eq_tol(figure.ratio, 0.8, 1e-3);
}
END_TEST

START_TEST(members_come_go_and_move)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    struct load before[] = {{"b", "g", 8, 0.5}, {"a", "g", 8, 0.5}, {"a", "g", 8, 0.5}}, after[] = {{"b", "h", 8, 0.5}};
    struct usage_member twice[] = {{"n", "g", {1, 1}}, {"n", "g", {1, 1}}};
    struct window_figure figure;
    struct error err = {0};
    int64_t now = boot_start;

    run(tracker, before, 2, &now, HOUR);
    run(tracker, after, 1, &now, HOUR);
    ck_assert(!usage_tracker_node(tracker, "a", USAGE_CPU, WINDOW_NOW, &figure));
    ck_assert(isnan(group_figure(tracker, "g", WINDOW_NOW).ratio));
    ck_assert_double_eq_tol(group_figure(tracker, "h", WINDOW_HOUR).ratio, 0.5, 1e-3);
    ck_assert_double_eq_tol(node_figure(tracker, "b", WINDOW_DAY).ratio, 0.5, 1e-3); /* its past is its own */
    now += 26 * HOUR;
    usage_tracker_tick(tracker, now);
    ck_assert(!usage_tracker_group(tracker, "g", USAGE_CPU, WINDOW_DAY, &figure));
    ck_assert_int_eq(usage_tracker_set_members(tracker, twice, 2, now, &err), 0);
    ck_assert(usage_tracker_node(tracker, "n", USAGE_CPU, WINDOW_NOW, &figure));
    ck_assert_int_eq(usage_tracker_set_members(tracker, NULL, 0, now, &err), 0);
    ck_assert(!usage_tracker_node(tracker, "n", USAGE_CPU, WINDOW_NOW, &figure));
}
END_TEST

START_TEST(the_history_brings_the_day_back)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    struct window_piece piece = {.use = 6000, .capacity = 8000, .expected = 8000, .watched = true};
    struct load load = {"a", "g", 8, 0.75};
    struct error err = {0};
    int64_t now = 10 * MINUTE; /* the machine was just started: the past has negative times */

    for (int64_t at = now - DAY; at < now - 30 * MINUTE; at += 5 * MINUTE) {
        piece.from_ms = at;
        piece.to_ms = at + 5 * MINUTE;
        ck_assert_int_eq(usage_tracker_restore(tracker, "g", USAGE_CPU, &piece, &err), 0);
    }
    run(tracker, &load, 1, &now, 15 * MINUTE);
    ck_assert(group_figure(tracker, "g", WINDOW_DAY).enough);
    ck_assert_double_eq_tol(group_figure(tracker, "g", WINDOW_DAY).ratio, 0.75, 1e-3);
    ck_assert(!group_figure(tracker, "g", WINDOW_HOUR).enough); /* half an hour it was down: not covered */
}
END_TEST

START_TEST(garbage_is_a_gap)
{
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(HOLD);
    struct usage_member members[] = {{"a", "g", {8000, 0}}, {"b", "g", {8000, 0}}};
    struct usage_sample samples[] = {
        {"a", unix_start, {(double)NAN, 1}}, {"a", unix_start + 1000, {-5, 1}}, {"b", 0, {1, 1}}, {"c", unix_start, {1, 1}}};
    struct usage_clocks clocks = {.unix_ms = unix_start + 2000, .boot_ms = boot_start};
    struct window_figure figure;
    struct error err = {0};

    ck_assert_int_eq(usage_tracker_set_members(tracker, members, 2, boot_start, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        (void)usage_tracker_add(tracker, &samples[i], &clocks);
    usage_tracker_tick(tracker, boot_start + 1000);
    figure = group_figure(tracker, "g", WINDOW_NOW);
    ck_assert(!figure.enough && isnan(figure.ratio));
    ck_assert(usage_tracker_group(tracker, "g", USAGE_MEMORY, WINDOW_NOW, &figure)); /* nobody knows how much memory there is */
    ck_assert(!figure.enough && isnan(figure.ratio));
}
END_TEST

Suite *usage_tracker_suite(void);

Suite *usage_tracker_suite(void)
{
    Suite *suite = suite_create("usage_tracker");
    TCase *tcase = tcase_create("usage_tracker");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, groups_are_as_hot_as_they_were, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, nodes_have_their_own_windows);
    tcase_add_loop_test(tcase, stamps_are_believed_when_they_can_be_right, 0, ARRAY_LEN(stamps));
    tcase_add_test(tcase, a_late_reading_corrects_the_time_since_it_was_measured);
    tcase_add_loop_test(tcase, time_counts_once, 0, ARRAY_LEN(late_readings));
    tcase_add_test(tcase, a_gap_of_the_program_is_not_idle);
    tcase_add_test(tcase, members_come_go_and_move);
    tcase_add_test(tcase, the_history_brings_the_day_back);
    tcase_add_test(tcase, garbage_is_a_gap);
    suite_add_tcase(suite, tcase);
    return suite;
}
