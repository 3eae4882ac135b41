#include "adapter/node_history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nodegroup/history.h"
#include "test/unit/adapter/suites.h"

static const int64_t minute_ms = 60000, start_unix_ms = INT64_C(1789372800000), start_boot_ms = INT64_C(900000000);

static char path[64];
static struct config_node_groups settings;
static struct node_history *history;
static struct usage_tracker *tracker;
static struct group_figures group;
static struct node_figures figures;

static void open_history(int64_t now_unix_ms, int64_t now_boot_ms)
{
    const struct usage_clocks now = {now_unix_ms, now_boot_ms};
    struct error err = {0};

    history = node_history_new(&settings, &err);
    ck_assert_msg(history, "%s", err.text);
    tracker = usage_tracker_new(3 * minute_ms);
    ck_assert_ptr_nonnull(tracker);
    ck_assert_msg(node_history_restore(history, tracker, &now, &err) == 0, "%s", err.text);
}

static void close_history(void)
{
    node_history_free(history);
    usage_tracker_free(tracker);
    history = NULL;
    tracker = NULL;
}

static void set_up(void)
{
    static char name[] = "workers";

    (void)snprintf(path, sizeof(path), "/tmp/node-history-test-%d.db", (int)getpid());
    settings = (struct config_node_groups){.on = true};
    settings.history.path = path;
    settings.history.retention_ms = INT64_C(26) * 7 * 24 * 60 * minute_ms;
    settings.thresholds.p2 = (struct config_threshold){.cpu = 0.75, .memory = 0.75};
    group = (struct group_figures){.name = name, .requests_count = true, .n_state = {[NODE_READY] = 1}, .line = {1000, 1000, 1000}};
    figures = (struct node_figures){.groups = &group, .n_groups = 1};
    open_history(start_unix_ms, start_boot_ms);
}

static void tear_down(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};

    close_history();
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char file[80];

        (void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
        (void)unlink(file);
    }
}

/* One node of 4 cores that uses so many milli-cores, read and recorded each minute. */
static void live(int64_t from_minute, int64_t to_minute, double cpu)
{
    const struct usage_member member = {.node = "a", .group = "workers", .capacity = {4000, 8e9}};
    struct error err = {0};

    for (int64_t minute = from_minute; minute <= to_minute; minute++) {
        const struct usage_clocks now = {start_unix_ms + minute * minute_ms, start_boot_ms + minute * minute_ms};
        const struct usage_sample sample = {.node = "a", .at_unix_ms = now.unix_ms, .use = {cpu, 4e9}};

        ck_assert_int_eq(usage_tracker_set_members(tracker, &member, 1, now.boot_ms, &err), 0);
        (void)usage_tracker_add(tracker, &sample, &now);
        usage_tracker_tick(tracker, now.boot_ms);
        node_history_record(history, tracker, &figures, &now);
    }
}

static struct window_figure last_hour(void)
{
    struct window_figure figure = {0};

    ck_assert(usage_tracker_group(tracker, "workers", USAGE_CPU, WINDOW_HOUR, &figure));
    return figure;
}

/* On another machine the boot clock says something else. */
START_TEST(windows_outlive_a_restart)
{
    static const int64_t boots[] = {INT64_C(900000000) + INT64_C(121) * 60000, 5000};
    const struct usage_clocks now = {start_unix_ms + 121 * minute_ms, boots[_i]};
    struct window_figure figure;

    live(0, 120, 3000);
    ck_assert(last_hour().enough);
    close_history();
    open_history(now.unix_ms, now.boot_ms);
    usage_tracker_tick(tracker, now.boot_ms);
    figure = last_hour();
    ck_assert_msg(figure.coverage > 0.9, "coverage %g", figure.coverage);
    ck_assert_msg(fabs(figure.ratio - 0.75) < 0.001, "ratio %g", figure.ratio);
}
END_TEST

START_TEST(a_fresh_history_restores_nothing)
{
    struct window_figure figure = {0};

    ck_assert(!usage_tracker_group(tracker, "workers", USAGE_CPU, WINDOW_HOUR, &figure));
}
END_TEST

static void count_row(void *context, const struct history_row *row)
{
    *(size_t *)context += row->covered_ms > 0;
}

START_TEST(two_hours_are_no_trend)
{
    int64_t seconds = 0;

    live(0, 120, 3900);
    ck_assert(!node_history_crossing(history, "workers", USAGE_CPU, &seconds));
    ck_assert(!node_history_crossing(history, "nobody", USAGE_CPU, &seconds));
    ck_assert_ptr_null(node_history_problem(history));
}
END_TEST

/* A reading each minute for ten minutes, then our clock is set, then ten more: what is known of the time that it tells. */
static const struct {
    const char *title;
    int64_t by_minutes, covered_minutes; /* the first reading begins nothing */
} settings_of_clock[] = {
    {"not at all", 0, 20},
    {"forward: what was skipped is a gap", 10, 20},
    {"back: what comes again counts once", -5, 15},
};

static void add_covered(void *context, const struct history_row *row)
{
    *(int64_t *)context += row->covered_ms;
}

START_TEST(a_clock_that_is_set_covers_nothing)
{
    const struct history_range range = {.name = "workers/nodes/ready",
                                        .tier = HISTORY_MINUTES,
                                        .from_unix_ms = start_unix_ms,
                                        .to_unix_ms = start_unix_ms + 60 * minute_ms};
    const struct history_options options = {.path = path, .read_only = true};
    struct error err = {0};
    struct history *reader;
    int64_t covered = 0;

    for (int64_t minute = 0; minute <= 20; minute++) {
        const int64_t set = minute > 10 ? settings_of_clock[_i].by_minutes : 0;
        const struct usage_clocks now = {start_unix_ms + (minute + set) * minute_ms, start_boot_ms + minute * minute_ms};

        node_history_record(history, tracker, &figures, &now);
    }
    close_history();
    reader = history_open(&options, &err);
    ck_assert_msg(reader, "%s", err.text);
    ck_assert_int_eq(history_read(reader, &range, add_covered, &covered, &err), 0);
    ck_assert_msg(covered == settings_of_clock[_i].covered_minutes * minute_ms, "%s: %lld min", settings_of_clock[_i].title,
                  (long long)(covered / minute_ms));
    history_close(reader);
    open_history(start_unix_ms, start_boot_ms);
}
END_TEST

/* More groups than a history has room for: what fits is in the file all the same, before it is closed. */
START_TEST(too_many_groups_take_nothing_from_the_first)
{
    enum { GROUPS = HISTORY_SERIES_MAX / 3 };
    static struct group_figures many[GROUPS];
    static char names[GROUPS][16];
    const struct history_options options = {.path = path, .read_only = true};
    const struct history_range range = {
        .name = "g0/nodes/ready", .tier = HISTORY_MINUTES, .from_unix_ms = start_unix_ms, .to_unix_ms = start_unix_ms + 60 * minute_ms};
    struct error err = {0};
    struct history *reader;
    size_t n = 0;

    for (size_t i = 0; i < GROUPS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "g%zu", i);
        many[i] = group;
        many[i].name = names[i];
    }
    figures = (struct node_figures){.groups = many, .n_groups = GROUPS};
    live(0, 10, 1000);
    reader = history_open(&options, &err);
    ck_assert_msg(reader, "%s", err.text);
    ck_assert_int_eq(history_read(reader, &range, count_row, &n, &err), 0);
    ck_assert_uint_ge(n, 1);
    history_close(reader);
}
END_TEST

/* Twelve weeks of a daily wave around a mean that was 2,500 of 4,000 milli-cores at the end, and grew so much a day. */
static void write_weeks(double growth_a_day)
{
    const int64_t hours = INT64_C(12) * 7 * 24, hour_ms = 60 * minute_ms;
    const struct history_options options = {.path = path, .retention_ms = settings.history.retention_ms};
    struct error err = {0};
    struct history *past;

    close_history();
    past = history_open(&options, &err);
    ck_assert_msg(past, "%s", err.text);
    for (int64_t h = 0; h < hours; h++) {
        double ago = (double)(hours - h) / 24, wave = 600 * sin(2 * M_PI * (double)(h % 24) / 24);
        struct history_row row = {.tier = HISTORY_HOURS, .start_ms = start_unix_ms - (hours - h) * hour_ms, .covered_ms = hour_ms};

        row.mean = row.max = llround(2500 + wave - growth_a_day * ago);
        ck_assert_msg(history_put(past, "workers/cpu/use", &row, &err) == 0, "%s", err.text);
    }
    history_close(past);
    open_history(start_unix_ms, start_boot_ms);
}

static const struct {
    double growth_a_day;
    double from_days, to_days; /* of the crossing of three quarters; 0: none */
} trends[] = {{0, 0, 0}, {40, 11, 14}, {15, 0, 0} /* in 33 days: not within four weeks */, {-10, 0, 0}};

START_TEST(a_trend_crosses_the_line)
{
    int64_t seconds = 0;
    bool crosses;

    write_weeks(trends[_i].growth_a_day);
    live(0, 5, 2500);
    crosses = node_history_crossing(history, "workers", USAGE_CPU, &seconds);
    ck_assert_msg(crosses == (trends[_i].to_days > 0), "growth %g: %d", trends[_i].growth_a_day, crosses);
    if (crosses)
        ck_assert_msg((double)seconds >= 86400 * trends[_i].from_days && (double)seconds <= 86400 * trends[_i].to_days, "%lld s",
                      (long long)seconds);
    ck_assert(!node_history_crossing(history, "workers", USAGE_MEMORY, &seconds));
}
END_TEST

Suite *node_history_suite(void)
{
    Suite *suite = suite_create("node_history");
    TCase *tests = tcase_create("node_history");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, windows_outlive_a_restart, 0, 2);
    tcase_add_test(tests, a_fresh_history_restores_nothing);
    tcase_add_test(tests, two_hours_are_no_trend);
    tcase_add_loop_test(tests, a_clock_that_is_set_covers_nothing, 0, ARRAY_LEN(settings_of_clock));
    tcase_add_test(tests, too_many_groups_take_nothing_from_the_first);
    tcase_add_loop_test(tests, a_trend_crosses_the_line, 0, ARRAY_LEN(trends));
    suite_add_tcase(suite, tests);
    return suite;
}
