#include "adapter/node_samples.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/families.h"
#include "test/unit/adapter/suites.h"

static const int64_t start_unix_ms = INT64_C(1789372815000), start_boot_ms = 100000000; /* 2026-09-14T08:00:15Z */

static struct node_facts *facts;
static struct metric_snapshot *snapshot;
static struct node_batch batch;
static struct usage_clocks now;

static void set_up(void)
{
    char label[] = CLUSTER_GROUP_LABEL, path[] = "";
    const struct config_node_groups settings = {
        .on = true,
        .label = label,
        .usage = {.interval_ms = 30000, .stale_after_ms = 180000},
        .history = {.path = path, .retention_ms = INT64_C(86400000) * 7 * 26},
        .thresholds = {.p2 = {.cpu = 0.75, .memory = 0.75}},
    };
    struct error err = {0};

    now = (struct usage_clocks){start_unix_ms, start_boot_ms};
    facts = node_facts_new(&settings, now.unix_ms, now.boot_ms, &err);
    ck_assert_msg(facts, "%s", err.text);
}

static void tear_down(void)
{
    metric_snapshot_release(snapshot);
    snapshot = NULL;
    node_batch_clear(&batch);
    node_facts_free(facts);
}

static void change(enum node_change_type type, enum node_kind kind, json_t *object)
{
    batch.items = reallocarray(batch.items, batch.len + 1, sizeof(*batch.items));
    ck_assert_ptr_nonnull(batch.items);
    batch.items[batch.len++] = (struct node_change){type, kind, object};
}

static json_t *node(const char *name, const char *group, bool cordoned)
{
    return json_pack("{s:{s:s, s:{s:s*}}, s:{s:b}, s:{s:{s:s, s:s, s:s}, s:[{s:s, s:s}]}}", "metadata", "name", name, "labels",
                     CLUSTER_GROUP_LABEL, group, "spec", "unschedulable", cordoned, "status", "allocatable", "cpu", "4", "memory", "8Gi",
                     "pods", "110", "conditions", "type", "Ready", "status", "True");
}

static json_t *pod(const char *name, const char *node, const char *cpu)
{
    return json_pack("{s:{s:s, s:s}, s:{s:s, s:[{s:s, s:{s:{s:s, s:s}}}]}}", "metadata", "name", name, "namespace", "coder", "spec",
                     "nodeName", node, "containers", "name", "main", "resources", "requests", "cpu", cpu, "memory", "1Gi");
}

static void apply(void)
{
    struct error err = {0};

    batch.current_boot_ms[KIND_NODES] = batch.current_boot_ms[KIND_PODS] = now.boot_ms;
    ck_assert_msg(node_facts_apply(facts, &batch, &now, &err) == 0, "%s", err.text);
    node_batch_clear(&batch);
}

static void settle(void)
{
    static metric_encode *const none[METRIC_FORMS] = {NULL};
    struct metric_builder *builder = metric_builder_new();
    struct error err = {0};
    int64_t due_ms;

    ck_assert_msg(node_facts_settle(facts, &now, &due_ms, &err) == 0, "%s", err.text);
    node_samples_add(facts, builder);
    metric_snapshot_release(snapshot);
    ck_assert_int_eq(metric_builder_finish(builder, none, &snapshot, &err), 0);
    metric_builder_free(builder);
}

static void wait_ms(int64_t ms)
{
    now.unix_ms += ms;
    now.boot_ms += ms;
}

/* Two workers, one that carries 3 of its 4 cores, one of no group. */
static void list_cluster(void)
{
    change(NODE_LIST_BEGINS, KIND_NODES, NULL);
    change(NODE_PUT, KIND_NODES, node("a", "workers", false));
    change(NODE_PUT, KIND_NODES, node("b", "workers", false));
    change(NODE_PUT, KIND_NODES, node("c", NULL, false));
    change(NODE_LIST_ENDS, KIND_NODES, NULL);
    change(NODE_LIST_BEGINS, KIND_PODS, NULL);
    change(NODE_PUT, KIND_PODS, pod("p", "a", "3"));
    change(NODE_PUT, KIND_PODS, pod("q", "b", "2"));
    change(NODE_PUT, KIND_PODS, pod("r", "unknown", "2"));
    change(NODE_LIST_ENDS, KIND_PODS, NULL);
    apply();
}

static void take_usage(double cpu_a, double cpu_b)
{
    struct usage_sample items[] = {{"a", now.unix_ms - 5000, {cpu_a, 4.0 * 1024 * 1024 * 1024}},
                                   {"b", now.unix_ms - 5000, {cpu_b, 2.0 * 1024 * 1024 * 1024}}};
    struct usage_samples samples = {.items = items, .len = ARRAY_LEN(items)};
    const struct node_usage_reading reading = {.samples = &samples, .clocks = now, .unix_ms = now.unix_ms, .duration_ms = 7};

    node_facts_take_usage(facts, &reading);
}

/* The value whose labels are these, -1 when there is none. */
static int64_t value(enum family id, const char *group, const char *last)
{
    size_t n = 0;
    const struct metric_set *sets = metric_snapshot_sets(snapshot, family(id), &n);

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sets[i].n_samples; k++) {
            const struct metric_sample *sample = &sets[i].samples[k];

            if (strcmp(sample->labels[0].value, group) == 0 && (!last || strcmp(sample->labels[sample->n_labels - 1].value, last) == 0))
                return sample->value_milli;
        }
    return -1;
}

START_TEST(before_the_first_list_every_family_is_stale)
{
    static const enum family families[] = {FAMILY_NODE_GROUP_CPU_USAGE, FAMILY_NODE_GROUP_NODES, FAMILY_NODE_GROUP_CPU_REQUESTS,
                                           FAMILY_NODE_GROUP_RESILIENT, FAMILY_NODE_GROUP_TO_THRESHOLD};
    size_t n = 0, n_sources = 0;
    const struct metric_source *sources;

    settle();
    sources = metric_snapshot_sources(snapshot, &n_sources);
    ck_assert_uint_eq(n_sources, NODE_SOURCE_GAUGES);
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        const struct metric_set *sets = metric_snapshot_sets(snapshot, family(families[i]), &n);

        ck_assert_uint_eq(n, 1);
        ck_assert_uint_eq(sets->n_samples, 0);
        ck_assert(metric_source_is_stale(&sources[sets->sources[0]], now.boot_ms));
    }
}
END_TEST

static const struct {
    enum family id;
    const char *group, *last;
    int64_t milli; /* -1: absent */
} rows[] = {
    {FAMILY_NODE_GROUP_CPU_USAGE, "workers", "now", 500},
    {FAMILY_NODE_GROUP_MEMORY_USAGE, "workers", "now", 375},
    {FAMILY_NODE_GROUP_CPU_USAGE, CLUSTER_NO_GROUP, "now", -1}, /* absent is not idle */
    {FAMILY_NODE_CPU_USAGE, "a", "now", 750},
    {FAMILY_NODE_CPU_USAGE, "b", "now", 250},
    {FAMILY_NODE_CPU_USAGE, "c", "now", -1},
    {FAMILY_NODE_GROUP_CPU_REQUESTS, "workers", NULL, 625},
    {FAMILY_NODE_GROUP_MEMORY_REQUESTS, "workers", NULL, 125},
    {FAMILY_NODE_GROUP_CPU_REQUESTS, CLUSTER_NO_GROUP, NULL, 0},
    {FAMILY_NODE_GROUP_NODES, "workers", "ready", 2000},
    {FAMILY_NODE_GROUP_NODES, "workers", "cordoned", 0},
    {FAMILY_NODE_GROUP_NODES, CLUSTER_NO_GROUP, "ready", 1000},
    /* b has 2 cores of room, and the 3 of p do not fit */
    {FAMILY_NODE_GROUP_HEADROOM_CORES, "workers", "node", 0},
    {FAMILY_NODE_GROUP_SHORTFALL_CORES, "workers", "node", 1000},
    {FAMILY_NODE_GROUP_HEADROOM_BYTES, "workers", "node", INT64_C(6) * 1024 * 1024 * 1024 * 1000},
    {FAMILY_NODE_GROUP_SHORTFALL_BYTES, "workers", "node", 0},
    {FAMILY_NODE_GROUP_RESILIENT, "workers", "node", 0},
    {FAMILY_NODE_GROUP_RESILIENT, "workers", "zone", -1},
    {FAMILY_NODE_GROUP_TO_THRESHOLD, "workers", NULL, -1}, /* without three weeks */
    {FAMILY_USAGE_INSUFFICIENT, "workers", "now", 0},
    {FAMILY_USAGE_INSUFFICIENT, CLUSTER_NO_GROUP, "now", 1000},
};

START_TEST(a_small_cluster)
{
    list_cluster();
    settle();
    take_usage(3000, 1000);
    settle();
    ck_assert_msg(value(rows[_i].id, rows[_i].group, rows[_i].last) == rows[_i].milli, "%s{%s, %s}: %lld instead of %lld",
                  family(rows[_i].id)->name, rows[_i].group, rows[_i].last ? rows[_i].last : "",
                  (long long)value(rows[_i].id, rows[_i].group, rows[_i].last), (long long)rows[_i].milli);
}
END_TEST

START_TEST(a_cordoned_node_counts_apart_when_figures_are_due)
{
    list_cluster();
    settle();
    change(NODE_PUT, KIND_NODES, node("a", "workers", true));
    apply();
    settle();
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_NODES, "workers", "cordoned"), 0); /* not so soon */
    wait_ms(100);
    apply();
    settle();
    ck_assert_int_eq(facts->sources[NODE_SOURCE_NODES].read_boot_ms, now.boot_ms - 100); /* and no newer than what is served */
    wait_ms(60000);
    apply();
    settle();
    ck_assert_int_eq(facts->sources[NODE_SOURCE_NODES].read_boot_ms, now.boot_ms);
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_NODES, "workers", "cordoned"), 1000);
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_NODES, "workers", "ready"), 1000);
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_CPU_REQUESTS, "workers", NULL), 500);
}
END_TEST

START_TEST(a_fresh_pool_takes_over_when_it_is_whole)
{
    list_cluster();
    settle();
    batch.restart = true;
    change(NODE_LIST_BEGINS, KIND_NODES, NULL);
    change(NODE_PUT, KIND_NODES, node("z", "workers", false));
    change(NODE_LIST_ENDS, KIND_NODES, NULL);
    wait_ms(60000);
    apply();
    settle();
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_NODES, "workers", "ready"), 2000);
    ck_assert_int_eq(facts->sources[NODE_SOURCE_NODES].read_boot_ms, start_boot_ms); /* what is served has not been told to be so since */
    change(NODE_LIST_BEGINS, KIND_PODS, NULL);
    change(NODE_LIST_ENDS, KIND_PODS, NULL);
    apply();
    settle();
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_NODES, "workers", "ready"), 1000);
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_CPU_REQUESTS, "workers", NULL), 0);
    ck_assert_int_eq(facts->sources[NODE_SOURCE_NODES].read_boot_ms, now.boot_ms);
}
END_TEST

/* The frame of a watch: an event of that type, in it a Node or nothing that is one. */
static void frame(const char *bytes, size_t len)
{
    const struct kube_event event = {.frame = bytes, .frame_len = len};

    node_batch_add(&batch, KIND_NODES, NODE_PUT, &event);
}

#define FRAME(text) frame(text, sizeof(text) - 1)

START_TEST(a_frame_is_read_by_the_worker)
{
    list_cluster();
    settle();
    FRAME("\000\000\000!\012\005ADDED\022\030\012\026k\070s\000\012\006\022\004Node\022\010\012\006\012\001f\062\001\071");
    wait_ms(60000);
    apply();
    settle();
    ck_assert_uint_eq(facts->pool->cluster.n_nodes, 4);
    FRAME("\000\000\000#\012\007DELETED\022\030\012\026k\070s\000\012\006\022\004Node\022\010\012\006\012\001f\062\001\071");
    wait_ms(60000);
    apply();
    settle();
    ck_assert_uint_eq(facts->pool->cluster.n_nodes, 3);
}
END_TEST

/* Nothing newer is claimed until everything was listed anew. */
START_TEST(what_is_lost_ages)
{
    struct error err = {0};

    list_cluster();
    settle();
    FRAME("\0\0\0\2\xff\xff");
    wait_ms(60000);
    batch.current_boot_ms[KIND_NODES] = batch.current_boot_ms[KIND_PODS] = now.boot_ms;
    ck_assert_int_eq(node_facts_apply(facts, &batch, &now, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "not a protobuf WatchEvent"));
    ck_assert_str_eq(facts->sources[NODE_SOURCE_NODES].err.text, err.text);
    node_batch_clear(&batch);
    wait_ms(60000);
    apply();
    settle();
    ck_assert_int_eq(facts->sources[NODE_SOURCE_NODES].read_boot_ms, start_boot_ms);
    ck_assert_int_eq(facts->sources[NODE_SOURCE_PODS].read_boot_ms, start_boot_ms);
    batch.restart = true;
    list_cluster();
    settle();
    ck_assert_int_eq(facts->sources[NODE_SOURCE_NODES].read_boot_ms, now.boot_ms);
    ck_assert_int_eq(facts->sources[NODE_SOURCE_NODES].err.code, ERROR_NONE);
}
END_TEST

START_TEST(usage_is_as_old_as_what_it_says)
{
    list_cluster();
    settle();
    take_usage(1000, 1000);
    ck_assert_int_eq(facts->sources[NODE_SOURCE_USAGE].read_unix_ms, now.unix_ms - 5000);
    ck_assert_int_eq(facts->sources[NODE_SOURCE_USAGE].read_boot_ms, now.boot_ms - 5000);
}
END_TEST

START_TEST(a_failure_keeps_what_was_known)
{
    const struct error err = {ERROR_FORBIDDEN, "nodes.metrics.k8s.io is forbidden"};
    const struct node_usage_reading failure = {.err = &err};

    list_cluster();
    settle();
    take_usage(1000, 1000);
    node_facts_take_usage(facts, &failure);
    batch.failure[KIND_PODS] = (struct error){ERROR_TIMEOUT, "no answer"};
    batch.n_failures[KIND_PODS] = 2;
    apply();
    settle();
    ck_assert_int_eq(value(FAMILY_NODE_GROUP_CPU_USAGE, "workers", "now"), 250);
    ck_assert_uint_eq(facts->sources[NODE_SOURCE_USAGE].failures[ERROR_FORBIDDEN], 1);
    ck_assert_uint_eq(facts->sources[NODE_SOURCE_PODS].failures[ERROR_TIMEOUT], 2);
    ck_assert_int_eq(value(FAMILY_SOURCE_ERRORS, "kubernetes/pods", "timeout"), 2000);
}
END_TEST

Suite *node_samples_suite(void)
{
    Suite *suite = suite_create("node_samples");
    TCase *tests = tcase_create("node_samples");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, before_the_first_list_every_family_is_stale);
    tcase_add_loop_test(tests, a_small_cluster, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(tests, a_cordoned_node_counts_apart_when_figures_are_due);
    tcase_add_test(tests, a_fresh_pool_takes_over_when_it_is_whole);
    tcase_add_test(tests, a_frame_is_read_by_the_worker);
    tcase_add_test(tests, what_is_lost_ages);
    tcase_add_test(tests, usage_is_as_old_as_what_it_says);
    tcase_add_test(tests, a_failure_keeps_what_was_known);
    suite_add_tcase(suite, tests);
    return suite;
}
