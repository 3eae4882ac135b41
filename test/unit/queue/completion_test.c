#include "queue/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/queue/suites.h"

static const int64_t start_ms = INT64_C(1789372800000);
enum { QUEUES = 3, JOBS_MAX = 16 };

/* Two queues and a bookkeeping; ids are small numbers. */
static struct sliding slidings[QUEUES];
static struct completions completions;
static int64_t now_ms;

static void set_up(void)
{
    now_ms = start_ms;
    for (size_t i = 0; i < QUEUES; i++)
        slidings[i].watched_from_unix_ms = start_ms;
}

static void tear_down(void)
{
    for (size_t i = 0; i < QUEUES; i++)
        sliding_clear(&slidings[i]);
    completions_clear(&completions);
}

/* A job in a few words; times in ms after start_ms, 0: not said. */
struct row {
    int id;
    enum job_status status;
    int64_t created, started, completed;
    int queue; /* 0: none */
    bool reaped;
};

static struct uuid uuid_of(int id)
{
    struct uuid uuid = {0};

    memcpy(uuid.bytes, &id, sizeof(id));
    uuid.bytes[15] = 1;
    return uuid;
}

static void make_jobs(const struct row *rows, size_t n, struct job *jobs, uint32_t *queues)
{
    for (size_t i = 0; i < n; i++) {
        jobs[i] = (struct job){
            .id = uuid_of(rows[i].id),
            .status = rows[i].status,
            .created_unix_ms = start_ms + rows[i].created,
            .started_unix_ms = rows[i].started ? start_ms + rows[i].started : 0,
            .completed_unix_ms = rows[i].completed ? start_ms + rows[i].completed : 0,
            .reaped = rows[i].reaped,
        };
        queues[i] = rows[i].queue > 0 ? (uint32_t)rows[i].queue - 1 : COMPLETION_NO_QUEUE;
    }
}

static void observe_rows(const struct row *rows, size_t n)
{
    struct job items[JOBS_MAX];
    uint32_t queues[JOBS_MAX];
    const struct job_list jobs = {.items = items, .len = n};
    const struct completion_reading reading = {&jobs, queues, now_ms};
    struct error err = {0};

    make_jobs(rows, n, items, queues);
    ck_assert_msg(completions_observe(&completions, &reading, slidings, &err) == 0, "%s", err.text);
}

static void take_rows(const struct row *rows, size_t n)
{
    struct job items[JOBS_MAX];
    uint32_t queues[JOBS_MAX];
    const struct job_list jobs = {.items = items, .len = n};
    const struct completion_reading reading = {&jobs, queues, now_ms};

    make_jobs(rows, n, items, queues);
    completions_take(&completions, &reading, slidings);
}

#define OBSERVE(...) observe_rows((const struct row[]){__VA_ARGS__}, sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))
#define TAKE(...) take_rows((const struct row[]){__VA_ARGS__}, sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))

/* The ids that are asked for next, as text. */
static const char *asked(void)
{
    static char text[128];
    struct uuid ids[COMPLETION_BATCH_MAX];
    size_t n = completions_next(&completions, ids), used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        int id;

        memcpy(&id, ids[i].bytes, sizeof(id));
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%d", i > 0 ? " " : "", id);
    }
    return text;
}

static uint64_t count(size_t queue, enum sliding_metric metric)
{
    return slidings[queue].totals.count[metric][JOB_WORKSPACE_BUILD];
}

static int64_t sum_ms(size_t queue, enum sliding_metric metric)
{
    return slidings[queue].totals.sum_ms[metric][JOB_WORKSPACE_BUILD];
}

static uint64_t ended(size_t queue, enum outcome outcome)
{
    return slidings[queue].totals.outcomes[JOB_WORKSPACE_BUILD][outcome];
}

/* --- the life of a job --- */

START_TEST(a_job_comes_runs_and_ends)
{
    now_ms += 1000;
    OBSERVE({1, JOB_PENDING, 500, .queue = 1});
    ck_assert_str_eq(asked(), "");
    ck_assert_uint_eq(count(0, SLIDING_WAIT), 0);
    now_ms += 5000;
    OBSERVE({1, JOB_RUNNING, 500, 3500, .queue = 1});
    ck_assert_uint_eq(count(0, SLIDING_WAIT), 1); /* as soon as it runs */
    ck_assert_int_eq(sum_ms(0, SLIDING_WAIT), 3000);
    OBSERVE({1, JOB_CANCELING, 500, 3500, .queue = 1});
    ck_assert_str_eq(asked(), "");
    now_ms += 60000;
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1");
    TAKE({1, JOB_SUCCEEDED, 500, 3500, 63500, .queue = 1});
    ck_assert_str_eq(asked(), "");
    ck_assert_uint_eq(count(0, SLIDING_WAIT), 1); /* once */
    ck_assert_int_eq(sum_ms(0, SLIDING_RUN), 60000);
    ck_assert_uint_eq(ended(0, OUTCOME_SUCCEEDED), 1);
    ck_assert_uint_eq(sliding_arrival_rate(&slidings[0], JOB_WORKSPACE_BUILD, now_ms).jobs, 1);
    ck_assert_ptr_null(completions.pending); /* a quiet organization keeps no memory */
}
END_TEST

/* After a restart: the job was there before. */
START_TEST(a_running_job_keeps_its_true_start)
{
    now_ms += 600000;
    for (size_t i = 0; i < QUEUES; i++)
        slidings[i].watched_from_unix_ms = now_ms;
    OBSERVE({1, JOB_RUNNING, 1000, 3000, .queue = 1});
    ck_assert_int_eq(sum_ms(0, SLIDING_WAIT), 2000);
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1");
    TAKE({1, JOB_SUCCEEDED, 1000, 3000, 603000, .queue = 1});
    ck_assert_int_eq(sum_ms(0, SLIDING_RUN), 600000);
    ck_assert_uint_eq(sliding_arrival_rate(&slidings[0], JOB_WORKSPACE_BUILD, now_ms + 1000).jobs, 0); /* it came before */
}
END_TEST

/* How a job that was last seen waiting ended, and what is counted of it. */
static const struct {
    const char *why;
    struct row end;
    enum outcome outcome;
    uint64_t waits, runs;
} ends[] = {
    {"too short to be seen running", {1, JOB_SUCCEEDED, 500, 900, 2000, 1}, OUTCOME_SUCCEEDED, 1, 1},
    {"failed", {1, JOB_FAILED, 500, 900, 2000, 1}, OUTCOME_FAILED, 1, 1},
    {"canceled while it ran", {1, JOB_CANCELED, 500, 900, 2000, 1}, OUTCOME_CANCELED, 1, 1},
    {"canceled while it waited", {1, JOB_CANCELED, 500, 0, 2000, 1}, OUTCOME_CANCELED, 0, 0},
    {"reaped while it waited", {1, JOB_FAILED, 500, 2000, 2000, 1, true}, OUTCOME_REAPED, 0, 0},
    {"reaped while it ran", {1, JOB_FAILED, 500, 900, 2000, 1, true}, OUTCOME_REAPED, 1, 0},
    {"stamps of tomorrow", {1, JOB_SUCCEEDED, 500, 900, 90000000, 1}, OUTCOME_SUCCEEDED, 1, 1},
};

START_TEST(end_case)
{
    now_ms += 1000;
    OBSERVE({1, JOB_PENDING, 500, .queue = 1});
    now_ms += 5000;
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1");
    take_rows(&ends[_i].end, 1);
    ck_assert_str_eq(asked(), "");
    ck_assert_uint_eq(ended(0, ends[_i].outcome), 1);
    ck_assert_uint_eq(count(0, SLIDING_WAIT), ends[_i].waits);
    ck_assert_uint_eq(count(0, SLIDING_RUN), ends[_i].runs);
    ck_assert_uint_eq(slidings[0].totals.lost, 0);
}
END_TEST

/* --- whose job it was --- */

START_TEST(the_queue_that_ran_it_counts)
{
    OBSERVE({1, JOB_PENDING, 0, .queue = 1}, {2, JOB_PENDING, 0, .queue = 1}, {3, JOB_PENDING, 0, .queue = 0});
    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 2}, {2, JOB_PENDING, 0, .queue = 1}, {3, JOB_PENDING, 0, .queue = 0});
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1 2"); /* 3 was no queue's */
    /* The worker of the first is forgotten; that of the second is another queue's. */
    TAKE({1, JOB_SUCCEEDED, 0, 10, 20, .queue = 0}, {2, JOB_SUCCEEDED, 0, 10, 20, .queue = 3});
    ck_assert_uint_eq(ended(0, OUTCOME_SUCCEEDED), 0);
    ck_assert_uint_eq(ended(1, OUTCOME_SUCCEEDED), 1);
    ck_assert_uint_eq(ended(2, OUTCOME_SUCCEEDED), 1);
}
END_TEST

START_TEST(a_queue_once_known_is_not_forgotten)
{
    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 2});
    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 0});
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1");
    TAKE({1, JOB_SUCCEEDED, 0, 10, 20, .queue = 0});
    ck_assert_uint_eq(ended(1, OUTCOME_SUCCEEDED), 1);
}
END_TEST

START_TEST(ended_jobs_in_the_list_are_not_active)
{
    OBSERVE({1, JOB_SUCCEEDED, 0, 10, 20, .queue = 1}, {2, JOB_RUNNING, 0, 10, .queue = 1});
    ck_assert_uint_eq(completions.n_active, 1);
    OBSERVE({2, JOB_SUCCEEDED, 0, 10, 20, .queue = 1});
    ck_assert_str_eq(asked(), "2");
}
END_TEST

/* --- answers that say nothing --- */

START_TEST(what_coder_does_not_show_is_asked_for_again_and_then_lost)
{
    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 1}, {2, JOB_RUNNING, 0, 10, .queue = 1});
    observe_rows(NULL, 0);
    for (int attempt = 1; attempt < COMPLETION_ATTEMPTS; attempt++) {
        ck_assert_str_eq(asked(), "1 2");
        /* Not there at all, and still not ended. */
        TAKE({2, JOB_RUNNING, 0, 10, .queue = 1});
        ck_assert_str_eq(asked(), ""); /* not before the next list */
        observe_rows(NULL, 0);
        ck_assert_uint_eq(slidings[0].totals.lost, 0);
    }
    ck_assert_str_eq(asked(), "1 2");
    TAKE({2, JOB_SUCCEEDED, 0, 10, 20, .queue = 1});
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "");
    ck_assert_uint_eq(slidings[0].totals.lost, 1);
    ck_assert_uint_eq(ended(0, OUTCOME_SUCCEEDED), 1);
}
END_TEST

START_TEST(a_job_that_returns_is_active_again)
{
    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 1}, {2, JOB_RUNNING, 0, 10, .queue = 1});
    observe_rows(NULL, 0);
    OBSERVE({2, JOB_RUNNING, 0, 10, .queue = 1});
    ck_assert_str_eq(asked(), "1");
    ck_assert_uint_eq(count(0, SLIDING_WAIT), 2); /* each once */
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1 2");
}
END_TEST

START_TEST(without_answers_a_job_waits_for_an_hour)
{
    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 1});
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1");
    completions_put_off(&completions, start_ms + COMPLETION_GIVE_UP_MS - 1, slidings);
    ck_assert_str_eq(asked(), "1");
    completions_put_off(&completions, start_ms + COMPLETION_GIVE_UP_MS, slidings);
    ck_assert_str_eq(asked(), "");
    ck_assert_uint_eq(slidings[0].totals.lost, 1);
}
END_TEST

/* An answer that nobody asked for, or that comes after a new configuration. */
START_TEST(an_answer_to_no_question_changes_nothing)
{
    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 1});
    observe_rows(NULL, 0);
    TAKE({1, JOB_SUCCEEDED, 0, 10, 20, .queue = 1}, {7, JOB_SUCCEEDED, 0, 10, 20, .queue = 1});
    ck_assert_uint_eq(ended(0, OUTCOME_SUCCEEDED), 0);
    ck_assert_str_eq(asked(), "1");
}
END_TEST

/* --- many --- */

static struct job *many_jobs(size_t n, uint32_t **queues)
{
    struct job *jobs = calloc(n, sizeof(*jobs));

    *queues = calloc(n, sizeof(**queues));
    ck_assert(jobs && *queues);
    for (size_t i = 0; i < n; i++)
        jobs[i] = (struct job){
            .id = uuid_of((int)i + 1), .status = JOB_RUNNING, .created_unix_ms = start_ms, .started_unix_ms = start_ms + 1000};
    return jobs;
}

/* All of a full list end at once; one more than can be asked for. */
START_TEST(batches_and_bounds)
{
    size_t n = COMPLETION_PENDING_MAX + 1, calls = 0;
    uint32_t *queues = NULL;
    struct job *items = many_jobs(n, &queues);
    struct job_list jobs = {.items = items, .len = n};
    struct completion_reading reading = {&jobs, queues, start_ms + 5000};
    struct uuid ids[COMPLETION_BATCH_MAX];
    struct error err = {0};

    ck_assert_int_eq(completions_observe(&completions, &reading, slidings, &err), 0);
    jobs.len = 0;
    ck_assert_int_eq(completions_observe(&completions, &reading, slidings, &err), 0);
    ck_assert_uint_eq(completions.n_pending, COMPLETION_PENDING_MAX);
    ck_assert_uint_eq(slidings[0].totals.lost, 1);
    while (completions_next(&completions, ids) > 0 && calls < 3) {
        struct job answer[COMPLETION_BATCH_MAX];

        ck_assert_uint_eq(completions.asked, COMPLETION_BATCH_MAX);
        for (size_t i = 0; i < COMPLETION_BATCH_MAX; i++)
            answer[i] = (struct job){.id = ids[i],
                                     .status = JOB_SUCCEEDED,
                                     .created_unix_ms = start_ms,
                                     .started_unix_ms = start_ms + 1000,
                                     .completed_unix_ms = start_ms + 3000};
        jobs = (struct job_list){.items = answer, .len = COMPLETION_BATCH_MAX};
        completions_take(&completions, &reading, slidings);
        calls++;
    }
    ck_assert_uint_eq(ended(0, OUTCOME_SUCCEEDED), (size_t)3 * COMPLETION_BATCH_MAX);
    ck_assert_uint_eq(completions.n_pending, COMPLETION_PENDING_MAX - (size_t)3 * COMPLETION_BATCH_MAX);
    ck_assert_uint_eq(sizeof(struct completion_active), 24); /* as the header says */
    ck_assert_uint_eq(sizeof(struct completion_pending), 40);
    free(items);
    free(queues);
}
END_TEST

/* Those that Coder does not show do not hold up the others. */
START_TEST(a_batch_that_fails_goes_to_the_end)
{
    size_t n = COMPLETION_BATCH_MAX + 1;
    uint32_t *queues = NULL;
    struct job *items = many_jobs(n, &queues);
    struct job_list jobs = {.items = items, .len = n};
    const struct completion_reading reading = {&jobs, queues, start_ms + 5000};
    struct uuid first[COMPLETION_BATCH_MAX], second[COMPLETION_BATCH_MAX];
    struct error err = {0};

    ck_assert_int_eq(completions_observe(&completions, &reading, slidings, &err), 0);
    jobs.len = 0;
    ck_assert_int_eq(completions_observe(&completions, &reading, slidings, &err), 0);
    ck_assert_uint_eq(completions_next(&completions, first), COMPLETION_BATCH_MAX);
    completions_put_off(&completions, start_ms + 6000, slidings);
    ck_assert_uint_eq(completions_next(&completions, second), COMPLETION_BATCH_MAX);
    ck_assert(!uuid_equal(&first[0], &second[0]));
    ck_assert(uuid_equal(&first[0], &second[1]));
    completions_take(&completions, &reading, slidings); /* an empty answer */
    ck_assert_uint_eq(completions_next(&completions, second), 1);
    ck_assert(uuid_equal(&first[COMPLETION_BATCH_MAX - 1], &second[0]));
    free(items);
    free(queues);
}
END_TEST

/* Its wait stands in what was kept, its run time does not. */
START_TEST(a_wait_that_was_kept_is_not_counted_again)
{
    slidings[0].kept_until_unix_ms = start_ms + 5000;
    now_ms += 9000;
    OBSERVE({1, JOB_RUNNING, 1000, 5000, .queue = 1}, {2, JOB_RUNNING, 1000, 6000, .queue = 1});
    ck_assert_uint_eq(count(0, SLIDING_WAIT), 1);
    ck_assert_int_eq(sum_ms(0, SLIDING_WAIT), 5000);
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1 2");
    TAKE({1, JOB_SUCCEEDED, 1000, 5000, 8000, .queue = 1}, {2, JOB_SUCCEEDED, 1000, 6000, 8000, .queue = 1});
    ck_assert_uint_eq(count(0, SLIDING_WAIT), 1);
    ck_assert_int_eq(sum_ms(0, SLIDING_RUN), 5000);
}
END_TEST

/* --- jobs that no list had --- */

/* A list of active jobs, after one of daemons: daemon i + 1, of queue i, last ran previous[i] (0: none). */
static void observe_after_daemons(const struct row *rows, size_t n, const int previous[QUEUES])
{
    static int64_t read_ms;
    static const struct uuid none;
    struct daemon_row daemon_rows[QUEUES] = {0};
    uint32_t daemon_queues[QUEUES] = {0, 1, COMPLETION_NO_QUEUE}, queues[JOBS_MAX];
    struct job items[JOBS_MAX];
    const struct job_list jobs = {.items = items, .len = n};
    const struct daemon_list daemons = {.items = daemon_rows, .len = QUEUES};
    const struct completion_reading reading = {&jobs, queues, now_ms, &daemons, daemon_queues, ++read_ms};
    struct error err = {0};

    make_jobs(rows, n, items, queues);
    for (int i = 0; i < QUEUES; i++)
        daemon_rows[i] = (struct daemon_row){.id = uuid_of(i + 1), .previous_job = previous[i] ? uuid_of(previous[i]) : none};
    ck_assert_msg(completions_observe(&completions, &reading, slidings, &err) == 0, "%s", err.text);
}

START_TEST(a_job_between_two_lists_is_found_at_its_daemon)
{
    observe_after_daemons(NULL, 0, (const int[]){90, 0, 0});
    ck_assert_str_eq(asked(), ""); /* it had ended before the start */
    now_ms += 5000;
    observe_after_daemons(NULL, 0, (const int[]){1, 2, 3});
    ck_assert_str_eq(asked(), "1 2"); /* the third daemon is of no queue */
    TAKE({1, JOB_SUCCEEDED, 1000, 1200, 2200, .queue = 1}, {2, JOB_FAILED, 1000, 1500, 3000, .queue = 0});
    ck_assert_str_eq(asked(), "");
    ck_assert_uint_eq(ended(0, OUTCOME_SUCCEEDED), 1);
    ck_assert_uint_eq(ended(1, OUTCOME_FAILED), 1);
    ck_assert_int_eq(sum_ms(0, SLIDING_RUN), 1000);
    ck_assert_int_eq(sum_ms(0, SLIDING_WAIT), 200);
    ck_assert_uint_eq(sliding_arrival_rate(&slidings[0], JOB_WORKSPACE_BUILD, now_ms).jobs, 1);
    now_ms += 5000;
    observe_after_daemons(NULL, 0, (const int[]){1, 2, 3});
    ck_assert_str_eq(asked(), "");
}
END_TEST

/* Whatever comes first, its daemon's word or its leaving the list, and however long after. */
START_TEST(a_job_that_was_seen_is_not_counted_twice)
{
    static const struct row running = {1, JOB_RUNNING, 0, 10, .queue = 1};

    observe_after_daemons(&running, 1, (const int[]){0, 0, 0});
    observe_after_daemons(&running, 1, (const int[]){1, 0, 0}); /* it ended between the two readings, or the list is late */
    ck_assert_str_eq(asked(), "");
    observe_after_daemons(NULL, 0, (const int[]){1, 0, 0});
    ck_assert_str_eq(asked(), "1");
    TAKE({1, JOB_SUCCEEDED, 0, 10, 20, .queue = 1});
    observe_after_daemons(NULL, 0, (const int[]){1, 0, 0});
    ck_assert_str_eq(asked(), "");

    OBSERVE({5, JOB_RUNNING, 0, 10, .queue = 1});
    OBSERVE({6, JOB_RUNNING, 0, 10, .queue = 1}); /* lists of daemons fail meanwhile */
    ck_assert_str_eq(asked(), "5");
    TAKE({5, JOB_SUCCEEDED, 0, 10, 20, .queue = 1});
    OBSERVE({7, JOB_RUNNING, 0, 10, .queue = 1});
    TAKE({6, JOB_SUCCEEDED, 0, 10, 20, .queue = 1});
    observe_after_daemons(NULL, 0, (const int[]){5, 0, 0});
    ck_assert_str_eq(asked(), "6 7");
    ck_assert_uint_eq(ended(0, OUTCOME_SUCCEEDED), 2);
}
END_TEST

/* --- a new configuration --- */

START_TEST(queues_get_new_numbers)
{
    static const uint32_t numbers[QUEUES] = {1, COMPLETION_NO_QUEUE, 0};

    OBSERVE({1, JOB_RUNNING, 0, 10, .queue = 1}, {2, JOB_RUNNING, 0, 10, .queue = 2}, {3, JOB_RUNNING, 0, 10, .queue = 3},
            {4, JOB_RUNNING, 0, 10, .queue = 1}, {5, JOB_PENDING, 0, .queue = 0});
    OBSERVE({4, JOB_RUNNING, 0, 10, .queue = 1}, {5, JOB_PENDING, 0, .queue = 0});
    ck_assert_str_eq(asked(), "1 2 3");
    completions_renumber(&completions, numbers);
    ck_assert_str_eq(asked(), "1 3");
    observe_rows(NULL, 0);
    ck_assert_str_eq(asked(), "1 3 4");
    TAKE({1, JOB_SUCCEEDED, 0, 10, 20}, {3, JOB_FAILED, 0, 10, 20}, {4, JOB_SUCCEEDED, 0, 10, 20});
    ck_assert_uint_eq(ended(1, OUTCOME_SUCCEEDED), 2);
    ck_assert_uint_eq(ended(0, OUTCOME_FAILED), 1);
}
END_TEST

Suite *completion_suite(void)
{
    Suite *suite = suite_create("completion");
    TCase *tcase = tcase_create("completion");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_job_comes_runs_and_ends);
    tcase_add_test(tcase, a_running_job_keeps_its_true_start);
    tcase_add_loop_test(tcase, end_case, 0, ARRAY_LEN(ends));
    tcase_add_test(tcase, the_queue_that_ran_it_counts);
    tcase_add_test(tcase, a_queue_once_known_is_not_forgotten);
    tcase_add_test(tcase, ended_jobs_in_the_list_are_not_active);
    tcase_add_test(tcase, what_coder_does_not_show_is_asked_for_again_and_then_lost);
    tcase_add_test(tcase, a_job_that_returns_is_active_again);
    tcase_add_test(tcase, without_answers_a_job_waits_for_an_hour);
    tcase_add_test(tcase, an_answer_to_no_question_changes_nothing);
    tcase_add_test(tcase, batches_and_bounds);
    tcase_add_test(tcase, a_batch_that_fails_goes_to_the_end);
    tcase_add_test(tcase, a_wait_that_was_kept_is_not_counted_again);
    tcase_add_test(tcase, a_job_between_two_lists_is_found_at_its_daemon);
    tcase_add_test(tcase, a_job_that_was_seen_is_not_counted_twice);
    tcase_add_test(tcase, queues_get_new_numbers);
    suite_add_tcase(suite, tcase);
    return suite;
}
