/* What is planned ahead, and whose pods are the last to go, when memory runs out: what was known stays. */
#include <string.h>

#include "queue/plan.h"
#include "queue/protection.h"
#include "queue/schedule.h"
#include "test/fault/failing.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

/* --- a crowd --- */

static enum fault_outcome plan(struct error *err)
{
    static const struct plan_crowd crowd = {.users = 5, .job_s = 60, .varies = true, .job_cv = 0.1, .spread_s = 30};
    CLEANUP(plan_draw_clear) struct plan_draw draw = {0};
    struct plan_waits waits;
    int64_t required;

    if (plan_draw_make(&crowd, &draw, err) < 0)
        return FAULT_REFUSED;
    fault_fill(&waits, sizeof(waits));
    if (plan_measure(&draw, 2, &waits, err) < 0)
        return fault_refused(&waits, sizeof(waits));
    fault_fill(&required, sizeof(required));
    if (plan_require(&draw, 60, &required, err) < 0)
        return fault_refused(&required, sizeof(required));
    return required > 0 && required <= crowd.users ? FAULT_DONE : FAULT_DAMAGED;
}

/* --- scheduled starts --- */

#define WORKSPACE(tags)                                                                                         \
    "{\"next_start_at\":\"2026-09-14T09:00:00Z\",\"organization_id\":\"20b65688-77aa-59a7-b24c-dace09ddbc4c\"," \
    "\"latest_build\":{\"transition\":\"stop\",\"job\":{\"tags\":{\"scope\":\"organization\",\"owner\":\"\"" tags "}}}}"

static const int64_t nine_unix_ms = INT64_C(1789376400000); /* 2026-09-14T09:00:00Z */
static struct buffer page;

static enum fault_outcome read_starts(struct error *err)
{
    CLEANUP(schedule_clear) struct schedule schedule = {0};
    size_t n = 0;

    if (schedule_add_page(&schedule, &page, nine_unix_ms, &n, err) < 0)
        return FAULT_REFUSED;
    return n == 2 && schedule.len == 2 ? FAULT_DONE : FAULT_DAMAGED;
}

/* Without memory nothing is raised. */
START_TEST(no_crowd_without_memory)
{
    struct queue_spec spec = {0};
    const struct queue_spec *const specs[] = {&spec};
    struct uuid organization;
    const struct schedule_view view = {&organization, specs, 1, 0};
    CLEANUP(schedule_clear) struct schedule schedule = {0};
    struct error err = {0};
    size_t n = 0;
    int64_t crowd;

    ck_assert(uuid_parse("20b65688-77aa-59a7-b24c-dace09ddbc4c", &organization));
    ck_assert_int_eq(tags_normalize(&spec.tags, &err), 0);
    ck_assert_int_eq(schedule_add_page(&schedule, &page, nine_unix_ms, &n, &err), 0);
    failing_arm(1, FAILING_FROM);
    crowd = schedule_crowd(&schedule, &view, nine_unix_ms);
    (void)failing_disarm();
    ck_assert_int_eq(crowd, 0);
    ck_assert_int_eq(schedule_crowd(&schedule, &view, nine_unix_ms), 1);
    queue_spec_clear(&spec);
}
END_TEST

/* --- protected pods --- */

static json_t *marked; /* a pod of ours that carries the annotation */

static enum fault_outcome protect(struct error *err)
{
    static const char *const first[] = {"prov-1"};
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "prov-1"};
    const struct pod_seen seen = {.workload = "prov", .name = "prov-1", .pod = marked};
    CLEANUP(protection_clear) struct protection protection = {0};
    const struct protected_pod *next = NULL;
    int64_t due_ms;

    if (protection_note(&protection, &seen, err) < 0)
        return protection.len == 0 ? FAULT_REFUSED : FAULT_TOUCHED;
    if (protection_set_taken(&protection, first, ARRAY_LEN(first), err) < 0)
        return FAULT_DAMAGED; /* it is known */
    if (protection_set_taken(&protection, names, ARRAY_LEN(names), err) < 0) {
        /* its build goes on: the mark stays, too */
        if (protection.len != 1 || protection_next(&protection, 0, &next, &due_ms) != PROTECTION_REST)
            return FAULT_TOUCHED;
        return FAULT_REFUSED;
    }
    return protection.len == ARRAY_LEN(names) && protection_count_marked(&protection) == 1 ? FAULT_DONE : FAULT_DAMAGED;
}

static const struct fault_action actions[] = {
    {"plan for a crowd", plan, 4},
    {"read scheduled starts", read_starts, 30},
    {"protect pods", protect, 2},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

static void prepare(void)
{
    page = BUFFER_INIT(4096);
    ck_assert_int_eq(buffer_add_text(&page, "{\"workspaces\":[" WORKSPACE("") "," WORKSPACE(",\"gpu\":\"yes\"") "]}"), 0);
    marked = json_pack("{s:{s:s, s:{s:s}, s:[{s:s, s:s, s:b}]}}", "metadata", "name", "prov-1", "annotations", PROTECTION_ANNOTATION,
                       PROTECTION_COST, "ownerReferences", "kind", "ReplicaSet", "name", "prov-abc", "controller", 1);
    ck_assert_ptr_nonnull(marked);
}

static void tidy(void)
{
    buffer_clear(&page);
    json_decref(marked);
}

Suite *plan_fault_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, prepare, tidy);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    tcase_add_test(tcase, no_crowd_without_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
