/* What was kept and what is told of other times, when memory runs out: the last hour, workshops and zones, completions. */
#include <stdlib.h>
#include <string.h>

#include "queue/completion.h"
#include "queue/sliding_bytes.h"
#include "queue/workshop.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

static const int64_t now_unix_ms = INT64_C(1789344000000); /* 2026-09-14T00:00:00Z */

/* --- the last hour --- */

static struct buffer kept = {.limit = SLIDING_BYTES_MAX};

static void keep_an_hour(void)
{
    struct sliding sliding = {0};
    struct error err = {0};

    for (int64_t i = 0; i < 40; i++) {
        const struct sliding_sample sample = {.metric = i % 2 ? SLIDING_RUN : SLIDING_WAIT,
                                              .type = i % 3 ? JOB_WORKSPACE_BUILD : JOB_TEMPLATE_IMPORT,
                                              .ms = i * 1000,
                                              .at_unix_ms = now_unix_ms - i * 60000};

        ck_assert_int_eq(sliding_add(&sliding, &sample), 0);
    }
    ck_assert_int_eq(sliding_write(&sliding, now_unix_ms, &kept, &err), 0);
    sliding_clear(&sliding);
}

static void forget_the_hour(void)
{
    buffer_clear(&kept);
}

static enum fault_outcome read_and_write_an_hour(struct error *err)
{
    CLEANUP(buffer_clear) struct buffer again = BUFFER_INIT(SLIDING_BYTES_MAX);
    struct sliding sliding;
    bool written;

    fault_fill(&sliding, sizeof(sliding));
    if (sliding_read(kept.data, kept.len, now_unix_ms, &sliding, err) < 0)
        return fault_refused(&sliding, sizeof(sliding));
    written = sliding_write(&sliding, now_unix_ms, &again, err) == 0;
    sliding_clear(&sliding);
    if (!written)
        return FAULT_REFUSED;
    return again.len == kept.len && memcmp(again.data, kept.data, kept.len) == 0 ? FAULT_DONE : FAULT_DAMAGED;
}

/* --- a workshop's ConfigMap --- */

static enum fault_outcome read_workshop(struct error *err)
{
    static const struct workshop_entry entries[] = {
        {"queue", "gpu"}, {"start", "2026-09-14T09:00:00Z"}, {"end", "2026-09-14T17:00:00Z"}, {"users", "25"}};
    static const struct zone utc = {0};
    const struct workshop_map map = {.name = "autumn", .entries = entries, .n = ARRAY_LEN(entries), .zone = &utc};
    struct workshop workshop;

    fault_fill(&workshop, sizeof(workshop));
    if (workshop_read(&map, &workshop, err) < 0)
        return fault_refused(&workshop, sizeof(workshop));
    workshop_clear(&workshop);
    return FAULT_DONE;
}

/* TZif of version 2 with one transition, as zic writes it: the first block has none. */
static enum fault_outcome read_zone(struct error *err)
{
    static const char head[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                               "\0\0\0\0\0\0UTC\0"
                               "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\4"
                               "\0\0\0\0\60\0\0\0\1"
                               "\0\0\0\0\0\0\0\0\16\20\1\0"
                               "ABC\0\nUTC0\n";
    struct zone zone;

    fault_fill(&zone, sizeof(zone));
    if (zone_parse(head, sizeof(head) - 1, &zone, err) < 0)
        return fault_refused(&zone, sizeof(zone));
    zone_clear(&zone);
    return FAULT_DONE;
}

/* --- completions: nothing is forgotten because of a list that there was no memory for --- */

enum { JOBS = 40 };

static struct job jobs[JOBS];
static uint32_t queues[JOBS];

static struct completion_reading reading_of(struct job_list *list, size_t n, int64_t at_unix_ms)
{
    *list = (struct job_list){.items = jobs, .len = n};
    return (struct completion_reading){.jobs = list, .queues = queues, .now_unix_ms = at_unix_ms};
}

static enum fault_outcome observe_jobs(struct error *err)
{
    CLEANUP(completions_clear) struct completions completions = {0};
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    struct job_list list;
    struct completion_reading reading = reading_of(&list, JOBS, now_unix_ms);
    size_t before;

    for (size_t i = 0; i < JOBS; i++) {
        jobs[i] = (struct job){.created_unix_ms = now_unix_ms - 5000, .started_unix_ms = now_unix_ms - 1000, .status = JOB_RUNNING};
        jobs[i].id.bytes[0] = (unsigned char)(i + 1);
    }
    if (completions_observe(&completions, &reading, &sliding, err) < 0)
        return completions.n_active == 0 && completions.n_pending == 0 ? FAULT_REFUSED : FAULT_TOUCHED;
    before = completions.n_active;
    reading = reading_of(&list, JOBS / 2, now_unix_ms + 5000);
    if (completions_observe(&completions, &reading, &sliding, err) < 0)
        return completions.n_active == before && completions.n_pending == 0 ? FAULT_REFUSED : FAULT_TOUCHED;
    /* A job, or a wait, that there was no room for is counted as lost. */
    return completions.n_active == JOBS / 2 && completions.n_pending + sliding.totals.lost >= JOBS / 2 ? FAULT_DONE : FAULT_DAMAGED;
}

static const struct fault_action actions[] = {
    {"read the last hour", read_and_write_an_hour, 5, false},
    {"read a workshop", read_workshop, 2, false},
    {"read a time zone", read_zone, 1, false},
    {"note what ended", observe_jobs, 3, true /* a sample of a wait that is lost */},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

Suite *queue_past_fault_suite(void)
{
    Suite *suite = suite_create("queue_past");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, keep_an_hour, forget_the_hour);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    return suite;
}
