#include "queue/protection.h"

#include <string.h>

#include "base/json.h"
#include "test/unit/queue/suites.h"

enum { NAMES_MAX = 8, AT_MS = 1000 };

/* --- who is taken --- */

static struct uuid id_of(int number)
{
    struct uuid id = {0};

    id.bytes[sizeof(id.bytes) - 1] = (unsigned char)number;
    return id;
}

/* Four daemons: of our queue an idle one, a busy one, an idle one that a job names; and a busy one of another queue. */
static struct daemon_row daemons[] = {
    {.name = "pool-0", .status = DAEMON_IDLE},
    {.name = "pool-3", .status = DAEMON_BUSY},
    {.name = "pool-5", .status = DAEMON_IDLE},
    {.name = "pool-9", .status = DAEMON_BUSY},
};
static uint32_t daemon_queues[] = {1, 1, 1, 0};
static struct job jobs[] = {
    {.status = JOB_RUNNING}, {.status = JOB_CANCELING}, {.status = JOB_PENDING}, {.status = JOB_SUCCEEDED}, {.status = JOB_RUNNING}};

static struct daemon_list daemon_rows = {.items = daemons, .len = 4};
static struct job_list job_rows = {.items = jobs, .len = 5};
static struct queue_model model = {.daemon_queues = daemon_queues};
static const struct protection_view view = {.jobs = &job_rows, .daemons = &daemon_rows, .model = &model, .queue = 1};

static void set_up(void)
{
    for (int i = 0; i < 4; i++)
        daemons[i].id = id_of(i + 1);
    jobs[0].worker = id_of(2); /* told by both lists */
    jobs[1].worker = id_of(3); /* by that of jobs only */
    jobs[2].worker = id_of(1); /* it waits */
    jobs[3].worker = id_of(1); /* it is over */
    jobs[4].worker = id_of(7); /* nobody we know */
}

START_TEST(busy_daemons_and_workers_are_taken)
{
    const char *names[NAMES_MAX];

    ck_assert_uint_eq(protection_taken(&view, names, NAMES_MAX), 2);
    ck_assert_str_eq(names[0], "pool-3");
    ck_assert_str_eq(names[1], "pool-5");
    ck_assert_uint_eq(protection_taken(&view, names, 1), 1);
}
END_TEST

START_TEST(floor_is_above_the_highest_taken_ordinal)
{
    struct protection_view other = view;

    ck_assert_int_eq(protection_floor(&view, "pool"), 6);
    other.queue = 0;
    ck_assert_int_eq(protection_floor(&other, "pool"), 10);
    ck_assert_int_eq(protection_floor(&view, "poo"), 0);
    other.queue = 2;
    ck_assert_int_eq(protection_floor(&other, "pool"), 0);
}
END_TEST

static const struct {
    const char *workload, *pod;
    int64_t ordinal; /* -1: none of its pods */
} ordinals[] = {
    {"a", "a-0", 0},           {"a", "a-12", 12}, {"a-b", "a-b-3", 3}, {"a", "a-b-3", -1},
    {"a", "a-", -1},           {"a", "a", -1},    {"a", "a-01", -1},   {"a", "a-1x", -1},
    {"a", "b-1", -1},          {"a", "a--1", -1}, {"a", "ab-1", -1},   {"a", "a-999999999", 999999999},
    {"a", "a-1000000000", -1},
};

START_TEST(ordinal_case)
{
    int64_t ordinal = -1;
    bool found = protection_ordinal(ordinals[_i].workload, ordinals[_i].pod, &ordinal);

    ck_assert_msg(found == (ordinals[_i].ordinal >= 0) && ordinal == ordinals[_i].ordinal, "%s of %s: %jd", ordinals[_i].pod,
                  ordinals[_i].workload, (intmax_t)ordinal);
}
END_TEST

/* --- whose pod it is --- */

static const struct {
    const char *pod;
    bool owned;
} owners[] = {
    {"{'metadata':{'ownerReferences':[{'kind':'ReplicaSet','name':'pool-6d4c9','controller':true}]}}", true},
    {"{'metadata':{'ownerReferences':[{'kind':'Node','name':'x'},{'kind':'ReplicaSet','name':'pool-6d4c9','controller':true}]}}", true},
    {"{'metadata':{'ownerReferences':[{'kind':'ReplicaSet','name':'pool-6d4c9'}]}}", false},
    {"{'metadata':{'ownerReferences':[{'kind':'ReplicaSet','name':'pool-gpu-6d4c9','controller':true}]}}", false},
    {"{'metadata':{'ownerReferences':[{'kind':'ReplicaSet','name':'pools-6d4c9','controller':true}]}}", false},
    {"{'metadata':{'ownerReferences':[{'kind':'ReplicaSet','name':'pool-','controller':true}]}}", false},
    {"{'metadata':{'ownerReferences':[{'kind':'StatefulSet','name':'pool-6d4c9','controller':true}]}}", false},
    {"{'metadata':{'ownerReferences':{}}}", false},
    {"{'metadata':7}", false},
    {"{}", false},
};

static json_t *read_quoted(const char *text)
{
    char json[1024];
    struct error err = {0};
    json_t *value = NULL;
    size_t len = strlen(text);

    ck_assert_uint_lt(len, sizeof(json));
    for (size_t i = 0; i <= len; i++)
        json[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    ck_assert_msg(json_read(json, len, &value, &err) == 0, "%s: %s", text, err.text);
    return value;
}

START_TEST(owner_case)
{
    CLEANUP(json_decrefp) json_t *pod = read_quoted(owners[_i].pod);

    ck_assert_msg(protection_owns("pool", pod) == owners[_i].owned, "%s", owners[_i].pod);
}
END_TEST

/* --- what is done about it --- */

#define OWNED "'uid':'u1','ownerReferences':[{'kind':'ReplicaSet','name':'pool-6d4c9','controller':true}]"
#define COST "'annotations':{'controller.kubernetes.io/pod-deletion-cost':'1000'}"

static const struct {
    const char *what;
    const char *pod; /* as the API server tells it; NULL: there is none; "": nothing was told */
    bool taken;
    enum protection_step step;
    int64_t due_ms;
} steps[] = {
    {"unread and taken", "", true, PROTECTION_READ, INT64_MAX},
    {"unread and idle", "", false, PROTECTION_REST, INT64_MAX},
    {"plain and taken", "{'metadata':{" OWNED "}}", true, PROTECTION_MARK, INT64_MAX},
    {"plain and idle", "{'metadata':{" OWNED "}}", false, PROTECTION_REST, INT64_MAX},
    {"with other annotations", "{'metadata':{'annotations':{'a':'b'}," OWNED "}}", true, PROTECTION_MARK, INT64_MAX},
    {"marked and taken", "{'metadata':{" COST "," OWNED "}}", true, PROTECTION_REST, INT64_MAX},
    {"marked and idle", "{'metadata':{" COST "," OWNED "}}", false, PROTECTION_UNMARK, INT64_MAX},
    {"somebody else's value, taken", "{'metadata':{'annotations':{'controller.kubernetes.io/pod-deletion-cost':'7'}," OWNED "}}", true,
     PROTECTION_REST, AT_MS + PROTECTION_ABSENT_MS},
    {"somebody else's value, idle", "{'metadata':{'annotations':{'controller.kubernetes.io/pod-deletion-cost':'7'}," OWNED "}}", false,
     PROTECTION_REST, INT64_MAX},
    {"it is not there", NULL, true, PROTECTION_REST, AT_MS + PROTECTION_ABSENT_MS},
    {"it ends", "{'metadata':{'deletionTimestamp':'2026-11-22T09:00:00Z'," OWNED "}}", true, PROTECTION_REST, AT_MS + PROTECTION_ABSENT_MS},
    {"it is another workload's", "{'metadata':{'uid':'u1'}}", true, PROTECTION_REST, AT_MS + PROTECTION_ABSENT_MS},
};

START_TEST(step_case)
{
    struct protection protection = {0};
    CLEANUP(json_decrefp) json_t *pod = steps[_i].pod && steps[_i].pod[0] ? read_quoted(steps[_i].pod) : NULL;
    const char *name = "pool-6d4c9-abcde";
    const struct protected_pod *out = NULL;
    struct error err = {0};
    int64_t due_ms = 0;
    enum protection_step step;

    ck_assert_int_eq(protection_set_taken(&protection, &name, steps[_i].taken ? 1 : 0, &err), 0);
    if (!steps[_i].pod || steps[_i].pod[0])
        ck_assert_int_eq(protection_note(&protection, &(struct pod_seen){"pool", name, pod, AT_MS}, &err), 0);
    step = protection_next(&protection, AT_MS, &out, &due_ms);
    ck_assert_msg(step == steps[_i].step && due_ms == steps[_i].due_ms, "%s: step %d, due %jd", steps[_i].what, (int)step,
                  (intmax_t)due_ms);
    if (step == PROTECTION_MARK || step == PROTECTION_UNMARK)
        ck_assert_str_eq(out->uid, "u1");
    protection_clear(&protection);
}
END_TEST

static void note(struct protection *protection, const char *name, const char *text)
{
    CLEANUP(json_decrefp) json_t *pod = read_quoted(text);
    struct error err = {0};

    ck_assert_int_eq(protection_note(protection, &(struct pod_seen){"pool", name, pod, AT_MS}, &err), 0);
}

static enum protection_step next_is(const struct protection *protection, int64_t now_ms, const char *name)
{
    const struct protected_pod *out = NULL;
    int64_t due_ms = 0;
    enum protection_step step = protection_next(protection, now_ms, &out, &due_ms);

    if (step != PROTECTION_REST)
        ck_assert_str_eq(out->name, name);
    return step;
}

START_TEST(marks_come_first_and_each_change_is_written_once)
{
    const char *const taken[] = {"new", "plain"};
    struct protection protection = {0};
    struct error err = {0};

    note(&protection, "idle", "{'metadata':{" COST "," OWNED "}}");
    ck_assert_uint_eq(protection_count_marked(&protection), 1);
    ck_assert_int_eq(protection_set_taken(&protection, taken, 2, &err), 0);
    note(&protection, "plain", "{'metadata':{" OWNED "}}");
    ck_assert_int_eq(next_is(&protection, AT_MS, "plain"), PROTECTION_MARK);
    note(&protection, "plain", "{'metadata':{" COST "," OWNED "}}");
    ck_assert_int_eq(next_is(&protection, AT_MS, "new"), PROTECTION_READ);
    protection_put_off(&protection, "new", AT_MS);
    ck_assert_int_eq(next_is(&protection, AT_MS, "idle"), PROTECTION_UNMARK);
    note(&protection, "idle", "{'metadata':{" OWNED "}}");
    ck_assert_int_eq(next_is(&protection, AT_MS, ""), PROTECTION_REST);
    ck_assert_int_eq(next_is(&protection, AT_MS + PROTECTION_AGAIN_MS, "new"), PROTECTION_READ);
    ck_assert_uint_eq(protection.len, 2);
    /* Taken again and again: nothing to write. */
    note(&protection, "new", "{'metadata':{" COST "," OWNED "}}");
    ck_assert_int_eq(protection_set_taken(&protection, taken, 2, &err), 0);
    ck_assert_int_eq(next_is(&protection, AT_MS, ""), PROTECTION_REST);
    /* Another replica led meanwhile. */
    protection_forget(&protection);
    ck_assert_int_ne(next_is(&protection, AT_MS, "new"), PROTECTION_REST);
    protection_clear(&protection);
}
END_TEST

Suite *protection_suite(void)
{
    Suite *suite = suite_create("protection");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, busy_daemons_and_workers_are_taken);
    tcase_add_test(tcase, floor_is_above_the_highest_taken_ordinal);
    tcase_add_loop_test(tcase, ordinal_case, 0, ARRAY_LEN(ordinals));
    tcase_add_loop_test(tcase, owner_case, 0, ARRAY_LEN(owners));
    tcase_add_loop_test(tcase, step_case, 0, ARRAY_LEN(steps));
    tcase_add_test(tcase, marks_come_first_and_each_change_is_written_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
