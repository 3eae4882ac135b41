#include "queue/profile.h"

#include "base/attributes.h"
#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

enum { JOBS = 20 };

static const int64_t poll_ms = 30000, minute_ms = 60000, hour_ms = 3600000, day_ms = 86400000, week_ms = 604800000;

static const struct policy_load usual_load = {.mean_run_s = 120, .run_samples = 100};

/* A week from Monday 00:00 local time on; 20 people come at nine on each day, within two minutes. */
static void live_week(struct profile *profile, const struct zone *zone, int64_t monday_unix_ms)
{
    for (int64_t now_ms = monday_unix_ms; now_ms < monday_unix_ms + week_ms; now_ms += poll_ms) {
        int64_t local_ms = now_ms + (int64_t)zone_offset_s(zone, now_ms / 1000) * 1000, of_day_ms = local_ms % day_ms;
        bool nine = of_day_ms >= 9 * hour_ms && of_day_ms < 9 * hour_ms + 2 * minute_ms;

        profile_add(profile, zone, now_ms, nine ? JOBS / 4 : 0);
    }
}

START_TEST(mornings_are_learned)
{
    struct profile profile = {0};
    struct zone utc = {0};
    int64_t monday = unix_ms_of("2026-11-02T00:00:00Z");

    live_week(&profile, &utc, monday);
    ck_assert_double_eq(profile_jobs(&profile, &utc, monday + week_ms + 9 * hour_ms), 0); /* one week is none */
    live_week(&profile, &utc, monday + week_ms);
    profile_add(&profile, &utc, monday + 2 * week_ms, 0);
    for (int day = 0; day < 7; day++) {
        int64_t midnight = monday + 2 * week_ms + day * day_ms;

        ck_assert_double_eq_tol(profile_jobs(&profile, &utc, midnight + 9 * hour_ms), JOBS, 0.01);
        ck_assert_double_eq_tol(profile_jobs(&profile, &utc, midnight + 9 * hour_ms - 15 * minute_ms), JOBS, 0.01); /* ahead */
        ck_assert_double_eq(profile_jobs(&profile, &utc, midnight + 9 * hour_ms - 16 * minute_ms), 0);
        ck_assert_double_eq(profile_jobs(&profile, &utc, midnight + 10 * hour_ms), 0);
    }
}
END_TEST

/* Learned in summer time, it holds at the same hour on the wall in winter. */
START_TEST(the_clock_on_the_wall_counts)
{
    struct profile profile = {0};
    CLEANUP(zone_clear) struct zone zone = {0};
    struct error err = {0};
    int64_t monday = unix_ms_of("2026-10-04T22:00:00Z"); /* Monday 00:00 in Stockholm */

    ck_assert_msg(zone_load("Europe/Stockholm", &zone, &err) == 0, "%s", err.text);
    for (int week = 0; week < 3; week++)
        live_week(&profile, &zone, monday + week * week_ms);
    ck_assert_double_eq_tol(profile_jobs(&profile, &zone, unix_ms_of("2026-11-02T08:30:00Z")), JOBS, 0.01);
    ck_assert_double_eq(profile_jobs(&profile, &zone, unix_ms_of("2026-11-02T07:30:00Z")), 0);
}
END_TEST

START_TEST(a_part_of_an_hour_is_not_learned)
{
    struct profile profile = {0};
    struct zone utc = {0};
    int64_t monday = unix_ms_of("2026-11-02T00:00:00Z");

    live_week(&profile, &utc, monday);
    live_week(&profile, &utc, monday + week_ms);
    /* the adapter was away from Monday 00:00 to 09:30, when nobody came any more */
    for (int64_t now_ms = monday + 2 * week_ms + 9 * hour_ms + 30 * minute_ms; now_ms < monday + 2 * week_ms + day_ms; now_ms += poll_ms)
        profile_add(&profile, &utc, now_ms, 0);
    ck_assert_double_eq_tol(profile_jobs(&profile, &utc, monday + 9 * hour_ms), JOBS, 0.01);
    /* and once it saw the whole of a quiet Monday, that counts */
    live_week(&profile, &utc, monday + 3 * week_ms);
    for (int64_t now_ms = monday + 4 * week_ms; now_ms < monday + 4 * week_ms + day_ms; now_ms += poll_ms)
        profile_add(&profile, &utc, now_ms, 0);
    ck_assert_double_eq_tol(profile_jobs(&profile, &utc, monday + 9 * hour_ms), JOBS * 0.7, 0.1);
}
END_TEST

START_TEST(it_is_bounded)
{
    struct profile profile = {0};
    struct zone utc = {0};
    int64_t now_ms = unix_ms_of("2026-11-02T00:00:00Z");

    for (int week = 0; week < 300; week++)
        for (int minute = 0; minute <= 60; minute += 5)
            profile_add(&profile, &utc, now_ms + week * week_ms + minute * minute_ms, INT32_MAX);
    ck_assert_double_eq_tol(profile_jobs(&profile, &utc, now_ms), PROFILE_JOBS_MAX, 1);
    ck_assert_uint_eq(profile.weeks[0], 255);
    profile_note_run(&profile, &usual_load);
    ck_assert_int_eq(profile_floor(&profile, PROFILE_JOBS_MAX, 0, 15), 15);
    ck_assert_uint_le(sizeof(profile), 1024);
}
END_TEST

static const struct {
    double jobs;
    int64_t samples, target_wait_ms, floor;
} floors[] = {
    {0, 100, 0, 0},
    {20, 19, 0, 0}, /* too few run times */
    /* 8 erlangs, for which capacity.md has 126 s with 10 provisioners and 31 s with 12 */
    {20, 100, 0, 11}, /* at most one build */
    {20, 100, 127000, 10},
    {20, 100, 32000, 12},
};

START_TEST(floor_case)
{
    struct policy_load load = {.mean_run_s = 120, .run_samples = floors[_i].samples};
    struct profile profile = {0};

    profile_note_run(&profile, &load);
    ck_assert_int_eq(profile_floor(&profile, floors[_i].jobs, floors[_i].target_wait_ms, 100), floors[_i].floor);
    load = (struct policy_load){.mean_run_s = 0.5, .run_samples = 3}; /* the quiet hours before the rush change nothing */
    profile_note_run(&profile, &load);
    ck_assert_int_eq(profile_floor(&profile, floors[_i].jobs, floors[_i].target_wait_ms, 100), floors[_i].floor);
}
END_TEST

/* --- bytes --- */

START_TEST(what_was_learned_survives)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4096);
    struct profile profile = {0}, read = {0};
    struct zone utc = {0};
    struct error err = {0};
    int64_t monday = unix_ms_of("2026-11-02T00:00:00Z");

    for (int week = 0; week < 3; week++)
        live_week(&profile, &utc, monday + week * week_ms);
    profile_note_run(&profile, &usual_load);
    profile_write(&profile, &bytes);
    ck_assert_uint_eq(bytes.len, PROFILE_BYTES);
    ck_assert_msg(profile_read(bytes.data, bytes.len, &read, &err) == 0, "%s", err.text);
    ck_assert_mem_eq(read.jobs, profile.jobs, sizeof(read.jobs));
    ck_assert_mem_eq(read.weeks, profile.weeks, sizeof(read.weeks));
    ck_assert_double_eq((double)read.run_s, 120);
    ck_assert(!read.watching); /* the hour that runs begins anew */
}
END_TEST

static const struct {
    size_t at; /* byte that is changed */
    int to;
    size_t len;
} broken[] = {
    {0, 'X', PROFILE_BYTES},
    {4, 2, PROFILE_BYTES},
    {0, 'C', PROFILE_BYTES - 1},
    {0, 'C', PROFILE_BYTES + 1},
    {0, 'C', 0},
    {8, 0x80, PROFILE_BYTES},
    {8, 0x7f, PROFILE_BYTES},
    {12, 0xff, PROFILE_BYTES},
    {12, 0x7f, PROFILE_BYTES},
    {847, 0x60, PROFILE_BYTES},
};

START_TEST(broken_bytes_are_refused)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4096);
    struct profile profile = {0}, read = {0};
    struct error err = {0};

    profile_write(&profile, &bytes);
    (void)buffer_add_char(&bytes, 0);
    bytes.data[broken[_i].at] = (char)broken[_i].to;
    for (size_t i = 4; i > 1 && broken[_i].at > 4; i--) /* so that a float is large, and not only a part of one */
        bytes.data[broken[_i].at - i + 1] = (char)0xff;
    ck_assert_int_eq(profile_read(bytes.data, broken[_i].len, &read, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_mem_eq(&read, &profile, sizeof(read));
}
END_TEST

Suite *profile_suite(void)
{
    Suite *suite = suite_create("profile");
    TCase *tcase = tcase_create("profile");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, mornings_are_learned);
    tcase_add_test(tcase, the_clock_on_the_wall_counts);
    tcase_add_test(tcase, a_part_of_an_hour_is_not_learned);
    tcase_add_test(tcase, it_is_bounded);
    tcase_add_loop_test(tcase, floor_case, 0, ARRAY_LEN(floors));
    tcase_add_test(tcase, what_was_learned_survives);
    tcase_add_loop_test(tcase, broken_bytes_are_refused, 0, ARRAY_LEN(broken));
    suite_add_tcase(suite, tcase);
    return suite;
}
