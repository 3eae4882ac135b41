/* Snapshots and their store when memory runs out. */
#include <string.h>

#include "metric/store.h"
#include "test/fault/metric_world.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

static enum fault_outcome build_snapshot(struct error *err)
{
    struct {
        struct metric_snapshot *snapshot;
    } out;

    fault_fill(&out, sizeof(out));
    if (metric_world_snapshot(&out.snapshot, err) < 0)
        return fault_refused(&out, sizeof(out));
    metric_snapshot_release(out.snapshot);
    return FAULT_DONE;
}

static enum fault_outcome make_store(struct error *err)
{
    CLEANUP(metric_store_freep) struct metric_store *store = metric_store_new();

    if (store)
        return FAULT_DONE;
    error_no_memory(err); /* its only error */
    return FAULT_REFUSED;
}

static const struct fault_action actions[] = {{"build a snapshot", build_snapshot, 8}, {"make a store", make_store, 1}};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

Suite *metric_fault_suite(void)
{
    Suite *suite = suite_create("metric");
    TCase *tcase = tcase_create("allocations");

    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    return suite;
}
