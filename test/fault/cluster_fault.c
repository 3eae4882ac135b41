/* What is made of Coder's answers and of the cluster's nodes, when memory runs out: all of it, or an error. */
#include <stdlib.h>
#include <string.h>

#include "adapter/cluster_told.h"
#include "adapter/coder_samples.h"
#include "adapter/config.h"
#include "adapter/families.h"
#include "adapter/node_batch.h"
#include "adapter/node_figures.h"
#include "adapter/node_settings.h"
#include "adapter/protection_report.h"
#include "test/fault/failing.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

/* --- the nodeGroups of a configuration --- */

static struct config config;

static enum fault_outcome copy_settings(struct error *err)
{
    struct config_node_groups copy;
    bool same;

    fault_fill(&copy, sizeof(copy));
    if (node_settings_copy(&config.node_groups, &copy, err) < 0)
        return fault_refused(&copy, sizeof(copy));
    same = node_settings_equal(&copy, &config.node_groups);
    node_settings_clear(&copy);
    return same ? FAULT_DONE : FAULT_DAMAGED;
}

static void prepare_config(void)
{
    static const char text[] = "coder: {url: \"http://c\", tokenFile: t}\n"
                               "nodeGroups:\n  dataServices: [db, mq]\n"
                               "  usage: {source: prometheus, prometheus: {url: \"http://p\", tokenFile: t, caFile: c,\n"
                               "    headers: {A: b}, queries: {past_cpu_use: q}}}\n";
    struct config_mistakes mistakes = {0};

    ck_assert_int_eq(config_parse(text, strlen(text), "f", &config, &mistakes), 0);
}

static void tidy_config(void)
{
    config_clear(&config);
}

/* --- queues of Coder --- */

#define TAGS(more) "\"tags\":{\"scope\":\"organization\",\"owner\":\"\"" more "}"
#define JOB(number, status, more) \
    "{\"id\":\"00000000-0000-4000-8000-00000000000" number "\",\"created_at\":\"2026-11-22T09:00:00Z\",\"status\":\"" status "\"" more "}"

static const char daemons[] = "[{\"id\":\"00000000-0000-4000-8000-0000000000d1\",\"name\":\"pod-a\",\"status\":\"busy\"," TAGS("") "}]";
static const char jobs[] = "[" JOB("1", "running", ",\"worker_id\":\"00000000-0000-4000-8000-0000000000d1\"," TAGS("")) "," JOB(
    "2", "pending", "," TAGS(",\"gpu\":\"yes\"")) "]";

static char queue_name[] = "default", name_space[] = "coder", workload[] = "prov";
static struct queue_spec spec;
static struct coder_state state;

static enum fault_outcome apply(struct coder_state *to, enum poll_path path, const char *body, struct error *err)
{
    struct coder_reading reading = {.path = path};

    reading.answer.body = BUFFER_INIT(65536);
    if (buffer_add_text(&reading.answer.body, body) < 0) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    reading.answer.asked_unix_ms = reading.answer.received_unix_ms = reading.answer.asked_boot_ms = 5000;
    reading.answer.limit = path == POLL_JOBS ? 100 : 0;
    return coder_state_apply(to, 0, &reading, err) < 0 ? FAULT_REFUSED : FAULT_DONE;
}

static void prepare_state(void)
{
    struct error err = {0};

    spec = (struct queue_spec){.name = queue_name,
                               .organization = queue_name,
                               .name_space = name_space,
                               .workload = {WORKLOAD_DEPLOYMENT, workload},
                               .replicas_max = 15,
                               .protect_busy = true};
    ck_assert_int_eq(tags_normalize(&spec.tags, &err), 0);
    ck_assert_int_eq(coder_state_new(&spec, 1, &state, &err), 0);
    ck_assert_int_eq(apply(&state, POLL_DAEMONS, daemons, &err), FAULT_DONE);
    ck_assert_int_eq(apply(&state, POLL_JOBS, jobs, &err), FAULT_DONE);
    ck_assert_int_eq(coder_state_model(&state, &err), 0);
    state.policies[0].grace = (struct queue_grace){.known = true, .grace_s = 600};
    state.organizations[0].sources[POLL_JOBS].failures[ERROR_TIMEOUT] = 1;
}

static void tidy_state(void)
{
    coder_state_clear(&state);
    tags_clear(&spec.tags);
}

/* What Coder says first, then that all has ended: the job is looked after, or counted as lost. */
static enum fault_outcome read_answers(struct error *err)
{
    CLEANUP(coder_state_clear) struct coder_state fresh = {0};
    const struct organization_state *organization;

    if (coder_state_new(&spec, 1, &fresh, err) < 0 || apply(&fresh, POLL_DAEMONS, daemons, err) == FAULT_REFUSED ||
        apply(&fresh, POLL_JOBS, jobs, err) == FAULT_REFUSED || apply(&fresh, POLL_JOBS, "[]", err) == FAULT_REFUSED ||
        coder_state_model(&fresh, err) < 0)
        return FAULT_REFUSED;
    organization = &fresh.organizations[0];
    return organization->model.queues[0].waiting_total == 0 && organization->completions.n_pending + fresh.slidings[0].totals.lost == 1
               ? FAULT_DONE
               : FAULT_DAMAGED;
}

static enum fault_outcome report_protection(struct error *err)
{
    struct protection_report report;
    bool whole;

    fault_fill(&report, sizeof(report));
    if (protection_report_make(&state, 0, &report, err) < 0)
        return fault_refused(&report, sizeof(report));
    whole = report.len == 1 && report.items[0].n_taken == 1;
    protection_report_clear(&report);
    return whole ? FAULT_DONE : FAULT_DAMAGED;
}

/* The explanation of a value is whole, or there is none. */
static bool explains_whole(const struct metric_snapshot *snapshot, bool *explained)
{
    size_t n = 0;
    const struct metric_set *set = metric_snapshot_sets(snapshot, family(FAMILY_DESIRED_REPLICAS), &n);
    const char *text = n == 1 ? set->explanation : "";
    const char *grace = text ? strstr(text, ",\"grace\":{\"terminationGracePeriodSeconds\":600,") : NULL;

    *explained = text != NULL;
    return !text || (text[0] == '{' && grace && strcmp(text + strlen(text) - 2, "}}") == 0);
}

static bool may_lack_explanation;

static enum fault_outcome make_samples(struct error *err)
{
    static metric_encode *const none[METRIC_FORMS] = {NULL};
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    struct metric_snapshot *snapshot = NULL;
    bool whole, explained;

    if (!builder) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    coder_samples_add(&state, 60000, builder);
    if (metric_builder_finish(builder, none, &snapshot, err) < 0)
        return snapshot ? FAULT_TOUCHED : FAULT_REFUSED;
    whole = explains_whole(snapshot, &explained);
    metric_snapshot_release(snapshot);
    return whole && (explained || may_lack_explanation) ? FAULT_DONE : FAULT_DAMAGED;
}

static const struct fault_action of_coder[] = {
    {"read Coder's answers", read_answers, 30, .may_do_without = true},
    {"report whom to protect", report_protection, 4},
    {"make samples", make_samples, 10, .may_do_without = true},
};

START_TEST(coder_fails)
{
    may_lack_explanation = true;
    fault_rounds(&of_coder[_i]);
    may_lack_explanation = false;
    ck_assert_int_eq(of_coder[_i].act(&(struct error){0}), FAULT_DONE);
}
END_TEST

/* It is told again with the next look. */
START_TEST(a_grace_without_memory_is_not_known)
{
    CLEANUP(cluster_told_clear) struct cluster_told told = {0};

    state.policies[0].grace = (struct queue_grace){0};
    failing_arm(1, FAILING_FROM);
    cluster_told_set_grace(&told, queue_name, 30);
    (void)failing_disarm();
    cluster_told_apply(&told, &state);
    ck_assert(!state.policies[0].grace.known);
    cluster_told_set_grace(&told, queue_name, 30);
    cluster_told_apply(&told, &state);
    ck_assert(state.policies[0].grace.known);
}
END_TEST

/* --- nodes --- */

static struct node_pool pool;

static void put(enum node_kind kind, json_t *object)
{
    struct error err = {0};

    ck_assert_ptr_nonnull(object);
    ck_assert_msg(node_pool_put(&pool, kind, object, &err) == 0, "%s", err.text);
    json_decref(object);
}

static void put_node(const char *name, const char *zone)
{
    put(KIND_NODES, json_pack("{s:{s:s, s:{s:s, s:s}}, s:{}, s:{s:{s:s, s:s, s:s}, s:[{s:s, s:s}]}}", "metadata", "name", name, "labels",
                              CLUSTER_GROUP_LABEL, "workers", "topology.kubernetes.io/zone", zone, "spec", "status", "allocatable", "cpu",
                              "4", "memory", "8Gi", "pods", "110", "conditions", "type", "Ready", "status", "True"));
}

static void prepare_nodes(void)
{
    node_pool_init(&pool, CLUSTER_GROUP_LABEL);
    put_node("a", "x");
    put_node("b", "y");
    put(KIND_PODS, json_pack("{s:{s:s, s:s}, s:{s:s, s:[{s:s, s:{s:{s:s, s:s}}}]}}", "metadata", "name", "p", "namespace", "coder", "spec",
                             "nodeName", "a", "containers", "name", "main", "resources", "requests", "cpu", "1", "memory", "1Gi"));
}

static void tidy_nodes(void)
{
    node_pool_clear(&pool);
}

static enum fault_outcome make_figures(struct error *err)
{
    static const struct node_figure_options options = {.mode = RESILIENCE_DRAIN};
    struct node_figures figures = {0};
    bool whole;

    if (node_figures_make(&pool, &options, &figures, err) < 0)
        return figures.groups ? FAULT_TOUCHED : FAULT_REFUSED;
    whole = figures.n_groups == 1 && figures.groups[0].requested[RESOURCE_CPU] == 1000 && figures.groups[0].checks[RESILIENCE_DRAIN].done;
    node_figures_clear(&figures);
    return whole ? FAULT_DONE : FAULT_DAMAGED;
}

/* A batch that lacks an event says so, for the kind that it was of. */
static enum fault_outcome gather_events(struct error *err)
{
    enum { EVENTS = 40 };
    CLEANUP(node_batch_clear) struct node_batch events = {0};
    const struct kube_event event = {.frame = "frame", .frame_len = 5};

    for (int i = 0; i < EVENTS; i++)
        node_batch_add(&events, KIND_PODS, NODE_PUT, &event);
    node_batch_add(&events, KIND_PODS, NODE_LIST_ENDS, NULL);
    if (!events.lossy)
        return events.len == EVENTS + 1 && node_batch_ends_list(&events) ? FAULT_DONE : FAULT_DAMAGED;
    if (events.len + events.n_failures[KIND_PODS] != EVENTS + 1 || events.n_failures[KIND_NODES] != 0)
        return FAULT_DAMAGED;
    *err = events.failure[KIND_PODS];
    return FAULT_REFUSED;
}

static const struct fault_action of_nodes[] = {{"make figures of nodes", make_figures, 10}, {"gather events", gather_events, 40}};

START_TEST(nodes_fail)
{
    fault_rounds(&of_nodes[_i]);
}
END_TEST

static const struct fault_action of_settings[] = {{"copy nodeGroups", copy_settings, 14}};

START_TEST(settings_fail)
{
    fault_rounds(&of_settings[_i]);
}
END_TEST

Suite *cluster_fault_suite(void)
{
    Suite *suite = suite_create("cluster");
    TCase *tcase = tcase_create("settings");

    tcase_add_checked_fixture(tcase, prepare_config, tidy_config);
    tcase_add_loop_test(tcase, settings_fail, 0, ARRAY_LEN(of_settings));
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("coder");
    tcase_add_checked_fixture(tcase, prepare_state, tidy_state);
    tcase_add_loop_test(tcase, coder_fails, 0, ARRAY_LEN(of_coder));
    tcase_add_test(tcase, a_grace_without_memory_is_not_known);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("nodes");
    tcase_add_checked_fixture(tcase, prepare_nodes, tidy_nodes);
    tcase_add_loop_test(tcase, nodes_fail, 0, ARRAY_LEN(of_nodes));
    suite_add_tcase(suite, tcase);
    return suite;
}
