#include "adapter/coder_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/adapter/suites.h"

enum { SPECS = 2 };

static const int64_t now_ms = INT64_C(1789372800000), minute_ms = 60000, week_ms = INT64_C(7) * 24 * 3600000;

static char path[64];
static struct queue_spec specs[SPECS];
static struct coder_state state;
static struct coder_history *history;

static void make_spec(struct queue_spec *spec, const char *name, const char *tag)
{
    struct error err = {0};

    *spec = (struct queue_spec){.name = strdup(name), .organization = strdup("default"), .learned_profile = tag != NULL};
    ck_assert_int_eq(tags_normalize(&spec->tags, &err), 0);
    if (tag)
        ck_assert_int_eq(tags_set(&spec->tags, tag, "yes", &err), 0);
}

static void begin(void)
{
    struct error err = {0};

    history = coder_history_new(path, week_ms);
    ck_assert_ptr_nonnull(history);
    ck_assert_int_eq(coder_state_new(specs, SPECS, &state, &err), 0);
}

static void end(void)
{
    coder_history_free(history);
    coder_state_clear(&state);
}

static void set_up(void)
{
    (void)snprintf(path, sizeof(path), "/tmp/coder-history-test-%d.db", (int)getpid());
    make_spec(&specs[0], "default", NULL);
    make_spec(&specs[1], "gpu", "gpu");
    begin();
}

static void tear_down(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".corrupt"};

    end();
    for (size_t i = 0; i < SPECS; i++)
        queue_spec_clear(&specs[i]);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char file[80];

        (void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
        (void)unlink(file);
    }
}

/* Thirty builds of a second, two and so on, of which the last one failed. */
static void live(size_t queue)
{
    struct sliding *sliding = &state.slidings[queue];

    sliding->watched_from_unix_ms = now_ms - 20 * minute_ms;
    for (int i = 1; i <= 30; i++) {
        const struct sliding_sample sample = {SLIDING_RUN, JOB_WORKSPACE_BUILD, (int64_t)i * 1000, now_ms - minute_ms};

        ck_assert_int_eq(sliding_add(sliding, &sample), 0);
        sliding_add_outcome(sliding, JOB_WORKSPACE_BUILD, i == 30 ? OUTCOME_FAILED : OUTCOME_SUCCEEDED, now_ms - minute_ms);
    }
}

static int64_t count_of(size_t queue)
{
    struct sliding_summary summary = {0};

    (void)sliding_summarize(&state.slidings[queue], SLIDING_RUN, JOB_WORKSPACE_BUILD, now_ms, &summary);
    return (int64_t)summary.count;
}

START_TEST(a_restart_forgets_nothing_of_the_last_hour)
{
    struct queue_moment now = {.boot_ms = 1000, .unix_ms = now_ms};
    int64_t ratio = 0;

    coder_history_restore(history, &state, now_ms); /* there is nothing yet */
    live(1);
    state.policies[1].profile = calloc(1, sizeof(struct profile));
    ck_assert_ptr_nonnull(state.policies[1].profile);
    state.policies[1].profile->jobs[9] = 20;
    state.policies[1].profile->weeks[9] = 3;
    coder_history_keep(history, &state, &now);
    end();
    begin();
    coder_history_restore(history, &state, now_ms);
    ck_assert_int_eq(count_of(0), 0);
    ck_assert_int_eq(count_of(1), 30);
    ck_assert(sliding_failure_ratio_milli(&state.slidings[1], JOB_WORKSPACE_BUILD, now_ms, &ratio));
    ck_assert_int_eq(ratio, 1000 / 30);
    ck_assert_int_eq(state.slidings[1].kept_until_unix_ms, now_ms);
    ck_assert_uint_eq(state.slidings[1].totals.count[SLIDING_RUN][JOB_WORKSPACE_BUILD], 0); /* counters begin anew */
    ck_assert_ptr_nonnull(state.policies[1].profile);
    ck_assert_int_eq(state.policies[1].profile->weeks[9], 3);
    ck_assert_ptr_null(state.policies[0].profile);
}
END_TEST

START_TEST(another_queue_of_that_name_gets_nothing)
{
    struct error err = {0};

    live(1);
    coder_history_finish(history, &state, now_ms);
    end();
    ck_assert_int_eq(tags_set(&specs[1].tags, "gpu", "other", &err), 0);
    begin();
    coder_history_restore(history, &state, now_ms);
    ck_assert_int_eq(count_of(1), 0);
}
END_TEST

START_TEST(a_queue_that_was_watched_keeps_its_own)
{
    live(1);
    coder_history_finish(history, &state, now_ms);
    live(1);
    coder_history_restore(history, &state, now_ms);
    ck_assert_int_eq(count_of(1), 60);
}
END_TEST

START_TEST(it_is_written_once_a_minute)
{
    struct queue_moment now = {.boot_ms = 1000, .unix_ms = now_ms};
    struct stat file;

    coder_history_keep(history, &state, &now);
    live(1);
    now.boot_ms += minute_ms - 1;
    coder_history_keep(history, &state, &now);
    end();
    begin();
    coder_history_restore(history, &state, now_ms);
    ck_assert_int_eq(count_of(1), 0);
    live(1);
    now.boot_ms = 1;
    coder_history_keep(history, &state, &now);
    live(1);
    now.boot_ms += minute_ms;
    coder_history_keep(history, &state, &now);
    end();
    begin();
    coder_history_restore(history, &state, now_ms);
    ck_assert_int_eq(count_of(1), 60);
    ck_assert_int_eq(stat(path, &file), 0);
}
END_TEST

/* A file that is none is moved aside; one that cannot be opened stops nothing. */
START_TEST(a_bad_file_stops_nothing)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    (void)fputs("this is no database, however long one reads: not at the start, not in the middle, not at the end.\n", file);
    (void)fclose(file);
    coder_history_restore(history, &state, now_ms);
    live(1);
    coder_history_finish(history, &state, now_ms);
    end();
    begin();
    coder_history_restore(history, &state, now_ms);
    ck_assert_int_eq(count_of(1), 30);
    coder_history_free(history);
    history = coder_history_new("/proc/no/such/file", week_ms);
    coder_history_restore(history, &state, now_ms);
    coder_history_finish(history, &state, now_ms);
}
END_TEST

static void learn_weeks(uint8_t weeks)
{
    struct profile *profile = calloc(1, sizeof(*profile));

    ck_assert_ptr_nonnull(profile);
    profile->weeks[9] = weeks;
    free(state.policies[1].profile);
    state.policies[1].profile = profile;
}

static void put_aside(const char *from, const char *to)
{
    ck_assert_int_eq(rename(from, to), 0);
}

/* What an earlier process learned stays, however late its file can be read; what this one has learned meanwhile is less. */
static const struct {
    uint8_t own_weeks, expect_weeks;
    bool at_the_end;
} late[] = {{0, 3, false}, {2, 3, false}, {3, 3, false}, {4, 4, false}, {1, 3, true}};

START_TEST(what_was_not_read_is_not_replaced)
{
    struct queue_moment now = {.boot_ms = 1000, .unix_ms = now_ms};
    char aside[80];

    (void)snprintf(aside, sizeof(aside), "%s.aside", path);
    learn_weeks(3);
    coder_history_finish(history, &state, now_ms);
    end();
    put_aside(path, aside);
    ck_assert_int_eq(mkdir(path, 0700), 0); /* cannot be opened */
    begin();
    coder_history_restore(history, &state, now_ms);
    ck_assert(coder_history_is_failing(history));
    learn_weeks(late[_i].own_weeks);
    coder_history_keep(history, &state, &now);
    ck_assert(coder_history_is_failing(history));
    ck_assert_int_eq(rmdir(path), 0);
    put_aside(aside, path);
    now.boot_ms += minute_ms;
    if (late[_i].at_the_end)
        coder_history_finish(history, &state, now_ms);
    else
        coder_history_keep(history, &state, &now);
    ck_assert(!coder_history_is_failing(history));
    ck_assert_uint_eq(state.policies[1].profile->weeks[9], late[_i].expect_weeks);
    end();
    begin();
    coder_history_restore(history, &state, now_ms);
    ck_assert_uint_eq(state.policies[1].profile->weeks[9], late[_i].expect_weeks);
}
END_TEST

Suite *coder_history_suite(void)
{
    Suite *suite = suite_create("coder_history");
    TCase *tcase = tcase_create("coder_history");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_restart_forgets_nothing_of_the_last_hour);
    tcase_add_test(tcase, another_queue_of_that_name_gets_nothing);
    tcase_add_test(tcase, a_queue_that_was_watched_keeps_its_own);
    tcase_add_test(tcase, it_is_written_once_a_minute);
    tcase_add_test(tcase, a_bad_file_stops_nothing);
    tcase_add_loop_test(tcase, what_was_not_read_is_not_replaced, 0, ARRAY_LEN(late));
    suite_add_tcase(suite, tcase);
    return suite;
}
