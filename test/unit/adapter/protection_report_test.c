/* Whose pods must be the last to go: of fresh readings only, and only where somebody asked for it. */
#include "adapter/protection_report.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

#define TAGS(more) "\"tags\":{\"scope\":\"organization\",\"owner\":\"\"" more "}"
#define DAEMON(number, name, status, tags)                                                                                     \
    "{\"id\":\"00000000-0000-4000-8000-0000000000d" number "\",\"name\":\"" name "\",\"created_at\":\"2026-11-22T08:00:00Z\"," \
    "\"status\":\"" status "\"," tags "}"
#define RUNNING_ON(number)                                                                                              \
    "[{\"id\":\"00000000-0000-4000-8000-000000000001\",\"created_at\":\"2026-11-22T09:00:00Z\",\"status\":\"running\"," \
    "\"type\":\"workspace_build\",\"worker_id\":\"00000000-0000-4000-8000-0000000000d" number "\"," TAGS("") "}]"

static const char daemons[] = "[" DAEMON("1", "pod-a", "busy", TAGS("")) "," DAEMON("2", "pod-b", "idle", TAGS("")) "," DAEMON(
    "3", "pod-c", "idle", TAGS("")) "," DAEMON("4", "pod-g", "busy", TAGS(",\"gpu\":\"yes\"")) "]";

enum { SPECS = 2, READ_AT_MS = 5000 };

static char name[] = "default", gpu_name[] = "gpu", organization[] = "default", name_space[] = "coder", everywhere[] = "*";
static char workload[] = "prov", gpu_workload[] = "prov-gpu", id_of_default[] = "20b65688-77aa-59a7-b24c-dace09ddbc4c";
static struct queue_spec specs[SPECS];
static struct coder_state state;

/* Two queues of one organization that both want protection. */
static void set_up(void)
{
    struct error err = {0};

    specs[0] = (struct queue_spec){.name = name,
                                   .organization = organization,
                                   .name_space = name_space,
                                   .workload = {WORKLOAD_DEPLOYMENT, workload},
                                   .replicas_max = 15,
                                   .protect_busy = true};
    specs[1] = specs[0];
    specs[1].name = gpu_name;
    specs[1].workload.name = gpu_workload;
    for (size_t i = 0; i < SPECS; i++)
        ck_assert_int_eq(tags_normalize(&specs[i].tags, &err), 0);
    ck_assert_int_eq(tags_set(&specs[1].tags, "gpu", "yes", &err), 0);
}

static void tear_down(void)
{
    coder_state_clear(&state);
    for (size_t i = 0; i < SPECS; i++)
        tags_clear(&specs[i].tags);
}

static void begin(void)
{
    struct error err = {0};

    ck_assert_int_eq(coder_state_new(specs, SPECS, &state, &err), 0);
}

static void apply(size_t index, enum poll_path path, const char *body, int64_t at_ms)
{
    struct coder_reading reading = {.path = path};
    struct error err = {0};

    reading.answer.body = BUFFER_INIT((size_t)64 * 1024);
    ck_assert_int_eq(buffer_add_text(&reading.answer.body, body), 0);
    reading.answer.asked_unix_ms = reading.answer.received_unix_ms = reading.answer.asked_boot_ms = at_ms;
    reading.answer.limit = path == POLL_JOBS ? 100 : 0;
    ck_assert_msg(coder_state_apply(&state, index, &reading, &err) == 0, "%s", err.text);
}

static void make(int64_t stale_before_boot_ms, struct protection_report *out)
{
    struct error err = {0};

    ck_assert_int_eq(coder_state_model(&state, &err), 0);
    ck_assert_msg(protection_report_make(&state, stale_before_boot_ms, out, &err) == 0, "%s", err.text);
}

START_TEST(busy_ones_and_workers_are_taken)
{
    CLEANUP(protection_report_clear) struct protection_report report = {0};

    begin();
    apply(0, POLL_DAEMONS, daemons, READ_AT_MS);
    apply(0, POLL_JOBS, RUNNING_ON("3"), READ_AT_MS);
    make(READ_AT_MS, &report);
    ck_assert_uint_eq(report.len, 2);
    ck_assert_str_eq(report.items[0].name_space, "coder");
    ck_assert_str_eq(report.items[0].workload, "prov");
    ck_assert(report.items[0].known);
    ck_assert_uint_eq(report.items[0].n_taken, 2);
    ck_assert_str_eq(report.items[0].taken[0], "pod-a");
    ck_assert_str_eq(report.items[0].taken[1], "pod-c");
    ck_assert_str_eq(report.items[1].workload, "prov-gpu");
    ck_assert_uint_eq(report.items[1].n_taken, 1);
    ck_assert_str_eq(report.items[1].taken[0], "pod-g");
}
END_TEST

static const struct {
    int64_t jobs_ms, daemons_ms; /* 0: never read */
    bool known;
} readings[] = {
    {READ_AT_MS, READ_AT_MS, true},      {0, READ_AT_MS, false}, {READ_AT_MS, 0, false}, {READ_AT_MS - 1, READ_AT_MS, false}, /* stale */
    {READ_AT_MS, READ_AT_MS - 1, false}, {0, 0, false},
};

START_TEST(nothing_is_said_of_what_is_not_known)
{
    CLEANUP(protection_report_clear) struct protection_report report = {0};

    begin();
    if (readings[_i].daemons_ms != 0)
        apply(0, POLL_DAEMONS, daemons, readings[_i].daemons_ms);
    if (readings[_i].jobs_ms != 0)
        apply(0, POLL_JOBS, "[]", readings[_i].jobs_ms);
    make(READ_AT_MS, &report);
    ck_assert_uint_eq(report.len, 2);
    for (size_t i = 0; i < report.len; i++) {
        ck_assert(report.items[i].known == readings[_i].known);
        ck_assert((report.items[i].n_taken > 0) == readings[_i].known);
    }
}
END_TEST

static const struct {
    char *name_space;
    enum workload_kind kind;
    bool protect_busy, reported;
} queues[] = {
    {name_space, WORKLOAD_DEPLOYMENT, true, true},
    {name_space, WORKLOAD_DEPLOYMENT, false, false},
    {name_space, WORKLOAD_STATEFULSET, true, false}, /* the policy holds it back instead */
    {everywhere, WORKLOAD_DEPLOYMENT, true, false},  /* whose pods would they be? */
};

START_TEST(only_who_asks_is_protected)
{
    CLEANUP(protection_report_clear) struct protection_report report = {0};

    specs[0].protect_busy = queues[_i].protect_busy;
    specs[0].workload.kind = queues[_i].kind;
    specs[0].name_space = queues[_i].name_space;
    begin();
    apply(0, POLL_DAEMONS, daemons, READ_AT_MS);
    apply(0, POLL_JOBS, "[]", READ_AT_MS);
    make(READ_AT_MS, &report);
    ck_assert_uint_eq(report.len, queues[_i].reported ? 2 : 1);
    ck_assert_str_eq(report.items[report.len - 1].workload, "prov-gpu");
}
END_TEST

/* Two names of one organization: each queue is told of once. */
START_TEST(an_organization_by_two_names_is_one)
{
    static const char answer[] = "{\"id\":\"20b65688-77aa-59a7-b24c-dace09ddbc4c\",\"name\":\"default\"}";
    CLEANUP(protection_report_clear) struct protection_report report = {0};

    specs[1].organization = id_of_default;
    begin();
    for (size_t i = 0; i < 2; i++) {
        apply(i, POLL_ORGANIZATION, answer, READ_AT_MS);
        apply(i, POLL_DAEMONS, daemons, READ_AT_MS);
        apply(i, POLL_JOBS, "[]", READ_AT_MS);
    }
    make(READ_AT_MS, &report);
    ck_assert_uint_eq(report.len, 2);
    ck_assert_uint_eq(report.items[0].n_taken, 1);
    ck_assert_uint_eq(report.items[1].n_taken, 1);
}
END_TEST

Suite *protection_report_suite(void)
{
    Suite *suite = suite_create("protection_report");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, busy_ones_and_workers_are_taken);
    tcase_add_loop_test(tcase, nothing_is_said_of_what_is_not_known, 0, ARRAY_LEN(readings));
    tcase_add_loop_test(tcase, only_who_asks_is_protected, 0, ARRAY_LEN(queues));
    tcase_add_test(tcase, an_organization_by_two_names_is_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
