/* Nodes and pods, where they would go, and the report of it, when memory runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/resilience_resize.h"
#include "test/fault/failing.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"
#include "test/unit/nodegroup/cluster_text.h"

enum {
    REPORT_MAX = 1024 * 1024,
    WEEKS = 26,
    LIMIT_STEP = 8,
    PLANNED_LEAST = 30,
    PLANNED_MOST = 70,
    LIST_MAX = 64 * 1024,
    FIRST = 4 /* of the objects, the pod with most wishes */
};

#define REQUIRED(terms) "{\"requiredDuringSchedulingIgnoredDuringExecution\":[" terms "]}"
#define BY_HOST(app) "{\"topologyKey\":\"kubernetes.io/hostname\",\"labelSelector\":{\"matchLabels\":{\"app\":\"" app "\"}}}"
#define BY_RACK "{\"topologyKey\":\"rack\",\"namespaces\":[\"default\"],\"labelSelector\":{\"matchLabels\":{\"app\":\"db\"}}}"
#define ON_ANY_ZONE "{\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"topology.kubernetes.io/zone\",\"operator\":\"Exists\"}]}]}"
#define APART ",\"affinity\":{\"podAntiAffinity\":" REQUIRED(BY_HOST("db") "," BY_RACK) ","
#define WISHES APART "\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":" ON_ANY_ZONE "}}," SELECTS "," TOLERATES
#define SELECTS "\"nodeSelector\":{\"rack\":\"r1\"}"
#define TOLERATES "\"tolerations\":[{\"key\":\"gpu\",\"operator\":\"Exists\"}]"

/* One of everything that is kept: terms, rules, ports, claims, taints, resources, labels, a warning. */
static const char *const objects[] = {
    NODE_OF("n1", GROUP_G "\"rack\":\"r1\",", "z1", "",
            READY ",\"allocatable\":{\"cpu\":\"4\",\"memory\":\"16Gi\",\"pods\":\"10\",\"gpu\":\"2\"}"),
    NODE_SPEC("n2", "z2", "\"taints\":[{\"key\":\"gpu\",\"effect\":\"NoSchedule\"}]"),
    NODE_OF("n3", "", "z3", "", ""),
    DAEMON("d", "n1", "100m"),
    POD_OF("a", "\"app\":\"db\"", "", "n1", CPU("1"), WISHES),
    POD_OF("b", "\"app\":\"web\"", "", "n2", CPU("2"), ",\"affinity\":{\"podAffinity\":" REQUIRED(BY_HOST("web")) "}," TOLERATES),
    POD_OF("c", "", "", "n1", CPU("1"),
           ",\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"data\"}},{\"name\":\"e\",\"ephemeral\":{}}]"),
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"h\"},\"spec\":{\"nodeName\":\"n1\",\"containers\":[{\"ports\":[{\"hostPort\":80}]}]}}",
    "{\"kind\":\"PersistentVolume\",\"spec\":{\"claimRef\":{\"namespace\":\"default\",\"name\":\"data\"},"
    "\"nodeAffinity\":{\"required\":" ON_ANY_ZONE "}}}",
    "{\"kind\":\"NodeMetrics\",\"metadata\":{\"name\":\"n1\"},\"usage\":{\"cpu\":\"1\",\"memory\":\"8Gi\"}}",
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"odd\"},\"spec\":{\"nodeName\":\"nowhere\",\"containers\":7}}",
};

static struct buffer list_text; /* of all objects */

static int add(void *context, const json_t *item, struct error *err)
{
    return cluster_add(context, item, err);
}

static int read_into(struct cluster *cluster, struct error *err)
{
    struct capacity_list list = {.text = list_text.data, .len = list_text.len};

    return capacity_list_read(&list, add, cluster, err) < 0 || cluster_group(cluster, err) < 0 ? -1 : 0;
}

/* All that the text says, in one line: nothing of it may be lost without a word. */
struct figures {
    char text[512];
};

static struct figures figures_of(const struct cluster *cluster)
{
    struct figures figures;
    size_t len = 0, apart = 0, together = 0, claims = 0, volumes = 0, tolerations = 0, selectors = 0;

    for (size_t i = 0; i < cluster->n_rules; i++) {
        apart += cluster->rules[i]->n_apart;
        together += cluster->rules[i]->n_together;
        claims += cluster->rules[i]->n_claims;
        volumes += cluster->rules[i]->n_volumes;
        tolerations += cluster->rules[i]->n_tolerations;
        selectors += cluster->rules[i]->node_selector.n + cluster->rules[i]->affinity.n;
    }
    len += (size_t)snprintf(figures.text, sizeof(figures.text), "%zu nodes %zu pods %zu groups %zu terms %zu warnings; ", cluster->n_nodes,
                            cluster->pods.len, cluster->n_groups, cluster->n_terms, cluster->n_warnings);
    len += (size_t)snprintf(figures.text + len, sizeof(figures.text) - len, "%zu %zu %zu %zu %zu %zu; ", apart, together, claims, volumes,
                            tolerations, selectors);
    for (size_t i = 0; i < cluster->pods.len; i++) {
        const struct pod *pod = &cluster->pods.items[i];
        char name[POD_NAME_MAX + 1];

        len += (size_t)snprintf(figures.text + len, sizeof(figures.text) - len, "%s %lld %zu, ", pod_name(pod, name),
                                (long long)pod->shape->request->of[RESOURCE_CPU], pod->shape->labels.n);
    }
    for (size_t i = 0; i < cluster->n_nodes; i++)
        len += (size_t)snprintf(figures.text + len, sizeof(figures.text) - len, "%s %lld %zu %zu, ", cluster->nodes[i].name,
                                (long long)cluster->nodes[i].allocatable->of[RESOURCE_FIRST_OTHER], cluster->nodes[i].n_taints,
                                cluster->nodes[i].labels.n);
    return figures;
}

/* --- what is tried --- */

static struct cluster whole; /* read before, with all the warnings that it can take: a report adds none */
static struct figures expected;

static enum fault_outcome read_cluster(struct error *err)
{
    struct cluster cluster;
    enum fault_outcome outcome = FAULT_REFUSED;

    cluster_init(&cluster, CLUSTER_GROUP_LABEL);
    if (read_into(&cluster, err) == 0)
        outcome = strcmp(figures_of(&cluster).text, expected.text) == 0 ? FAULT_DONE : FAULT_DAMAGED;
    cluster_clear(&cluster);
    return outcome;
}

/* After a pod that could not be read comes one with the same labels and wishes: it has all of them. */
static json_t *first, *second;

static enum fault_outcome read_a_second_pod(struct error *err)
{
    struct cluster cluster;
    struct error ignored = {0};
    enum fault_outcome outcome;

    cluster_init(&cluster, CLUSTER_GROUP_LABEL);
    outcome = cluster_add(&cluster, first, err) == 0 ? FAULT_DONE : FAULT_REFUSED;
    if (cluster_add(&cluster, second, outcome == FAULT_DONE ? err : &ignored) == 0) {
        const struct pod_shape *pod = cluster.pods.items[cluster.pods.len - 1].shape;

        if (pod->labels.n != 1 || pod->rules->n_apart != 2 || pod->rules->node_selector.n != 1 || pod->rules->affinity.n != 1 ||
            pod->rules->n_tolerations != 1)
            outcome = FAULT_DAMAGED;
    } else {
        outcome = FAULT_REFUSED;
    }
    cluster_clear(&cluster);
    return outcome;
}

static int past(void *context, const char *group, const struct report_extra **out, struct error *err)
{
    (void)group;
    (void)err;
    *out = context;
    return 0;
}

static struct advice_week weeks[WEEKS];
static const struct advice_history history = {
    .weeks = weeks, .n_weeks = WEEKS, .days_since_change = 100, .days_since_review = 100, .review_period_days = 30};
static struct report_extra extra = {.history = &history};
static const struct report_options options = {.modes = {RESILIENCE_NODE, RESILIENCE_DRAIN},
                                              .n_modes = 2,
                                              .zone_where_zoned = true,
                                              .lines = {.p1_cpu = 0.95, .p1_memory = 0.85, .p2 = 0.75},
                                              .extra = past,
                                              .extra_context = &extra};

static enum fault_outcome make_report(struct error *err)
{
    struct report report;
    enum fault_outcome outcome = FAULT_DONE;

    fault_fill(&report, sizeof(report));
    if (report_build(&whole, &options, &report, err) < 0)
        return fault_refused(&report, sizeof(report));
    if (report.n_groups != whole.n_groups || report.groups[0].n_checks != 2 || report.groups[1].n_checks != 3)
        outcome = FAULT_DAMAGED;
    report_clear(&report);
    return outcome;
}

static struct report report; /* built before */

static enum fault_outcome written(void (*write)(const struct report *report, struct buffer *out), struct error *err)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(REPORT_MAX);

    write(&report, &out);
    if (!buffer_failed(&out))
        return FAULT_DONE;
    error_no_memory(err); /* its only error */
    return FAULT_REFUSED;
}

static enum fault_outcome write_table(struct error *err)
{
    return written(report_write_table, err);
}

static enum fault_outcome write_json(struct error *err)
{
    return written(report_write_json, err);
}

static enum fault_outcome write_html(struct error *err)
{
    return written(report_write_html, err);
}

static enum fault_outcome resize(struct error *err)
{
    const struct resize_wish wish = {.nodes_after = 2, .size_factor = 2, .mode = RESILIENCE_NODE};
    struct resize resize;

    fault_fill(&resize, sizeof(resize));
    if (resize_check(&report.groups[1].placement, &wish, &resize, err) < 0)
        return fault_refused(&resize, sizeof(resize));
    return resize.nodes_after == 2 && resize.nodes_before == 2 ? FAULT_DONE : FAULT_DAMAGED;
}

/* The pieces of memory of a plan end at another of its parts with each number of nodes. */
static size_t planned_nodes;

static enum fault_outcome plan(struct error *err)
{
    CLEANUP(placement_clear) struct placement planned = {0};
    uint32_t from[PLANNED_MOST] = {0};
    const struct placement_plan wish = {.from = from, .n_nodes = planned_nodes, .size = 1};

    if (placement_of_plan(&report.groups[1].placement, &wish, &planned, err) < 0)
        return FAULT_REFUSED;
    return planned.n_nodes == planned_nodes + 1 && planned.n_pods > 0 ? FAULT_DONE : FAULT_DAMAGED;
}

START_TEST(planning_fails)
{
    static const struct fault_action action = {"plan a group", plan, 0};

    planned_nodes = (size_t)_i;
    fault_rounds(&action);
}
END_TEST

static enum fault_outcome count_missing(struct error *err)
{
    struct resize_more more;

    return resize_nodes_missing(&report.groups[1].placement, &report.groups[1].checks[1], &more, err) < 0 ? FAULT_REFUSED : FAULT_DONE;
}

static void prepare(void)
{
    struct error err = {0};

    for (size_t i = 0; i < WEEKS; i++)
        weeks[i] = (struct advice_week){.median_cpu = 100, .peak_cpu = 200, .peak_memory = 1e8, .coverage = 1};
    list_text = BUFFER_INIT(LIST_MAX);
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        (void)buffer_printf(&list_text, "%s%s", i == 0 ? "[" : ",", objects[i]);
    ck_assert_int_eq(buffer_add_text(&list_text, "]"), 0);
    first = json_loads(objects[FIRST], 0, NULL);
    second = json_loads(POD_OF("second", "\"app\":\"db\"", "", "n1", CPU("1"), WISHES), 0, NULL);
    ck_assert(first && second);
    cluster_init(&whole, CLUSTER_GROUP_LABEL);
    ck_assert_msg(read_into(&whole, &err) == 0, "%s", err.text);
    expected = figures_of(&whole);
    while (whole.n_warnings_left_out == 0)
        cluster_warn(&whole, NULL, "x", "one of many");
    ck_assert_msg(report_build(&whole, &options, &report, &err) == 0, "%s", err.text);
}

static void tidy(void)
{
    report_clear(&report);
    cluster_clear(&whole);
    json_decref(first);
    json_decref(second);
    buffer_clear(&list_text);
}

static const struct fault_action actions[] = {
    {"read a cluster", read_cluster, 200},
    {"read a second pod", read_a_second_pod, 50},
    {"make a report", make_report, 40},
    {"write the table", write_table, 40},
    {"write JSON", write_json, 5},
    {"write the page", write_html, 40},
    {"resize", resize, 7},
    {"count missing nodes", count_missing, 10},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

/* The cluster's arena takes large pieces of memory at once: its limit comes between any two of its parts. */
START_TEST(limit_is_reached)
{
    struct cluster cluster;
    struct error err = {0};
    size_t rounds = 0, limit;

    for (limit = 0; limit <= whole.arena.used; limit += LIMIT_STEP, rounds++) {
        int result;

        err = (struct error){0};
        cluster_init(&cluster, CLUSTER_GROUP_LABEL);
        cluster.arena.limit = limit;
        result = read_into(&cluster, &err);
        if (result == 0)
            ck_assert_str_eq(figures_of(&cluster).text, expected.text);
        else
            ck_assert_msg(err.code == ERROR_MEMORY && err.text[0] != '\0', "limit %zu: %s", limit, err.text);
        cluster_clear(&cluster);
        if (result == 0)
            break;
    }
    ck_assert_uint_gt(rounds, 200);
    ck_assert_uint_lt(limit, whole.arena.used);
}
END_TEST

Suite *nodegroup_fault_suite(void)
{
    Suite *suite = suite_create("nodegroup");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, prepare, tidy);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    tcase_add_loop_test(tcase, planning_fails, PLANNED_LEAST, PLANNED_MOST);
    tcase_add_test(tcase, limit_is_reached);
    tcase_set_timeout(tcase, 30);
    suite_add_tcase(suite, tcase);
    return suite;
}
