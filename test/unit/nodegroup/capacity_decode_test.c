/* What is read from one node or pod, told in a line. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

enum { TEXT_MAX = 1024 * 1024 };

static struct cluster cluster;
static struct buffer text, told;

static void clear(void)
{
    cluster_clear(&cluster);
    buffer_clear(&text);
    buffer_clear(&told);
}

/* The buffers are ready, the text is to be filled; then read_text tells the rest. */
static void start(void)
{
    text = BUFFER_INIT(TEXT_MAX);
    told = BUFFER_INIT(TEXT_MAX);
}

static void check(const char *name, const char *expected, bool warns)
{
    ck_assert_msg(strcmp(buffer_text(&told), expected) == 0, "%s: '%s', expected '%s'", name, buffer_text(&told), expected);
    ck_assert_msg(cluster_warned(&cluster, "strange-object") == warns, "%s: %zu warnings", name, cluster.n_warnings);
    clear();
}

/* --- where a pod may run --- */

static void tell_selector(const struct label_selector *selector)
{
    static const char *const operators[] = {"in", "notin", "exists", "absent", ">", "<", "?"};

    for (size_t i = 0; i < selector->n; i++) {
        const struct label_requirement *requirement = &selector->all[i];

        (void)buffer_printf(&told, "[%s %s", requirement->key, operators[requirement->op]);
        for (size_t v = 0; v < requirement->n_values; v++)
            (void)buffer_printf(&told, " %s", requirement->values[v]);
        (void)buffer_add_text(&told, "]");
    }
}

static void tell_terms(const char *kind, const uint32_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct pod_term *term = cluster.terms[ids[i]];

        (void)buffer_printf(&told, "%s %s", kind, term->host_port ? term->host_port : term->topology_key);
        tell_selector(&term->labels);
        if (term->namespaces.n > 0) {
            (void)buffer_add_text(&told, " of ");
            tell_selector(&term->namespaces);
        }
        (void)buffer_add_text(&told, ";");
    }
}

static void tell_rules(const struct pod_rules *rules)
{
    tell_selector(&rules->node_selector);
    for (size_t i = 0; i < rules->affinity.n; i++) {
        (void)buffer_add_text(&told, "term ");
        tell_selector(&rules->affinity.any[i].labels);
        (void)buffer_add_text(&told, rules->affinity.any[i].fields.n > 0 ? " fields " : "");
        tell_selector(&rules->affinity.any[i].fields);
        (void)buffer_add_text(&told, ";");
    }
    for (size_t i = 0; i < rules->n_tolerations; i++) {
        const struct toleration *toleration = &rules->tolerations[i];

        (void)buffer_printf(&told, "tolerates %s%s%s:%s;", toleration->key ? toleration->key : "*", toleration->exists ? "" : "=",
                            toleration->exists ? "" : toleration->value, toleration->effect ? toleration->effect : "*");
    }
    for (size_t i = 0; i < rules->n_claims; i++)
        (void)buffer_printf(&told, "claim %s;", rules->claims[i]);
    tell_terms("apart", rules->apart, rules->n_apart);
    tell_terms("together", rules->together, rules->n_together);
}

#define NODE_TERMS(terms) \
    "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[" terms "]}}}"
#define EXPRESSION(expression) NODE_TERMS("{\"matchExpressions\":[{" expression "}]}")
#define POD_TERMS(kind, terms) "\"affinity\":{\"" kind "\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[" terms "]}}"
#define OWN " of [kubernetes.io/metadata.name in ns]"

static const struct {
    const char *name, *spec, *told;
    bool warns;
} rules[] = {
    {"nothing", "\"containers\":[]", "", false},
    {"a selector, by key", "\"nodeSelector\":{\"b\":\"2\",\"a\":\"1\"}", "[a in 1][b in 2]", false},
    {"In", EXPRESSION("\"key\":\"a\",\"operator\":\"In\",\"values\":[\"1\",\"2\"]"), "term [a in 1 2];", false},
    {"NotIn", EXPRESSION("\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"1\"]"), "term [a notin 1];", false},
    {"Exists", EXPRESSION("\"key\":\"a\",\"operator\":\"Exists\""), "term [a exists];", false},
    {"DoesNotExist", EXPRESSION("\"key\":\"a\",\"operator\":\"DoesNotExist\",\"values\":null"), "term [a absent];", false},
    {"Gt", EXPRESSION("\"key\":\"a\",\"operator\":\"Gt\",\"values\":[\"1\"]"), "term [a > 1];", false},
    {"Lt", EXPRESSION("\"key\":\"a\",\"operator\":\"Lt\",\"values\":[\"1\"]"), "term [a < 1];", false},
    {"an operator of tomorrow", EXPRESSION("\"key\":\"a\",\"operator\":\"Near\",\"values\":[\"1\"]"), "term [a ? 1];", false},
    {"no operator", EXPRESSION("\"key\":\"a\""), "term [a ?];", false},
    {"no key", EXPRESSION("\"operator\":\"Exists\""), "term [ exists];", false},
    {"values that are no texts", EXPRESSION("\"key\":\"a\",\"operator\":\"In\",\"values\":[7,\"1\"]"), "term [a in 1];", true},
    {"a field", NODE_TERMS("{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"n1\"]}]}"),
     "term  fields [metadata.name in n1];", false},
    {"two terms", NODE_TERMS("{},{\"matchExpressions\":[]}"), "term ;term ;", false},
    {"tolerations",
     "\"tolerations\":[{\"operator\":\"Exists\"},{\"key\":\"\",\"operator\":\"Exists\",\"effect\":\"\"},{\"key\":\"a\",\"value\":\"1\"},"
     "{\"key\":\"a\",\"operator\":\"Equal\",\"effect\":\"NoExecute\"}]",
     "tolerates *:*;tolerates *:*;tolerates a=1:*;tolerates a=:NoExecute;", false},
    {"host ports",
     "\"containers\":[{\"ports\":[{\"hostPort\":80},{\"hostPort\":53,\"protocol\":\"UDP\"},{\"hostPort\":0},{\"containerPort\":1}]},{},"
     "{\"ports\":[{\"hostPort\":80}]}]",
     "apart TCP 80;apart UDP 53;apart TCP 80;", false},
    {"claims",
     "\"volumes\":[{\"name\":\"a\",\"persistentVolumeClaim\":{\"claimName\":\"data\"}},{\"name\":\"b\",\"ephemeral\":{}},"
     "{\"ephemeral\":{}},{\"name\":\"c\",\"emptyDir\":{}}]",
     "claim ns/data;claim ns/p-b;", false},
    {"a term without a selector speaks of no pod", POD_TERMS("podAffinity", "{\"topologyKey\":\"k\"}"), "together k[ ?]" OWN ";", false},
    {"an empty selector speaks of all", POD_TERMS("podAntiAffinity", "{\"topologyKey\":\"k\",\"labelSelector\":{}}"), "apart k" OWN ";",
     false},
    {"labels, then expressions",
     POD_TERMS("podAntiAffinity", "{\"topologyKey\":\"k\",\"labelSelector\":{\"matchLabels\":{\"a\":\"1\"},\"matchExpressions\":[{\"key\":"
                                  "\"b\",\"operator\":\"Exists\"}]}}"),
     "apart k[a in 1][b exists]" OWN ";", false},
    {"named namespaces", POD_TERMS("podAntiAffinity", "{\"topologyKey\":\"k\",\"labelSelector\":{},\"namespaces\":[\"x\",\"y\"]}"),
     "apart k of [kubernetes.io/metadata.name in x y];", false},
    {"namespaces by their labels: all",
     POD_TERMS("podAntiAffinity", "{\"topologyKey\":\"k\",\"labelSelector\":{},\"namespaceSelector\":{}}"), "apart k;", false},
    {"a term without a key", POD_TERMS("podAntiAffinity", "{\"labelSelector\":{}},{\"topologyKey\":\"k\",\"labelSelector\":{}}"),
     "apart k" OWN ";", true},
    {"a term that is no object", POD_TERMS("podAffinity", "7,\"x\",{\"topologyKey\":\"k\",\"labelSelector\":{}}"), "together k" OWN ";",
     true},
};

static void read_pod_of(const char *spec)
{
    (void)buffer_printf(&text, "[{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\"},\"spec\":{\"nodeName\":\"n\",%s}}]",
                        spec);
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_uint_eq(cluster.pods.len, 1);
}

START_TEST(rules_case)
{
    start();
    read_pod_of(rules[_i].spec);
    tell_rules(cluster.pods.items[0].shape->rules);
    check(rules[_i].name, rules[_i].told, rules[_i].warns);
}
END_TEST

/* More than is looked at: what is left out is told. */
static const struct {
    const char *name, *before, *item, *after;
    size_t n;
} crowds[] = {
    {"claims", "\"volumes\":[", "{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"c%d\"}}", "]", POD_RULES_VOLUMES_MAX},
    {"host ports", "\"containers\":[{\"ports\":[", "{\"hostPort\":%d}", "]}]", 256},
    {"tolerations", "\"tolerations\":[", "{\"key\":\"k%d\"}", "]", 256},
    {"terms", "\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[", "{\"topologyKey\":\"k%d\"}", "]}}",
     256},
};

static size_t kept(const struct pod_rules *of)
{
    return of->n_claims + of->n_tolerations + of->n_apart;
}

START_TEST(crowd_case)
{
    for (size_t more = 0; more < 2; more++) {
        CLEANUP(buffer_clear) struct buffer spec = BUFFER_INIT(TEXT_MAX);

        start();
        (void)buffer_add_text(&spec, crowds[_i].before);
        for (size_t i = 1; i <= crowds[_i].n + more; i++) {
            const char *number = strstr(crowds[_i].item, "%d");

            (void)buffer_printf(&spec, "%s%.*s%zu%s", i > 1 ? "," : "", (int)(number - crowds[_i].item), crowds[_i].item, i, number + 2);
        }
        (void)buffer_add_text(&spec, crowds[_i].after);
        read_pod_of(buffer_text(&spec));
        ck_assert_msg(kept(cluster.pods.items[0].shape->rules) == crowds[_i].n, "%s: %zu", crowds[_i].name,
                      kept(cluster.pods.items[0].shape->rules));
        check(crowds[_i].name, "", more > 0);
    }
}
END_TEST

/* Each with wishes of its own: the tables grow. */
START_TEST(many_pods)
{
    enum { PODS = 200 };

    start();
    for (int i = 0; i < PODS; i++)
        (void)buffer_printf(
            &text,
            "%s{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%d\"},\"spec\":{\"nodeName\":\"n\",\"affinity\":{\"podAffinity\":{"
            "\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"k%d\",\"labelSelector\":{}}]}}}}",
            i == 0 ? "[" : ",", i, i);
    (void)buffer_add_text(&text, "]");
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_uint_eq(cluster.n_rules, PODS);
    ck_assert_uint_eq(cluster.n_terms, PODS);
    for (size_t i = 0; i < PODS; i++) {
        char key[16];

        (void)snprintf(key, sizeof(key), "k%zu", i);
        ck_assert_str_eq(cluster.terms[cluster.pods.items[i].shape->rules->together[0]]->topology_key, key);
    }
    clear();
}
END_TEST

/* --- what a pod asks for, and whose it is --- */

#define ASKS(cpu) "\"resources\":{\"requests\":{\"cpu\":\"" cpu "\",\"memory\":\"1Mi\"}}"
#define RUNS(cpu) "\"resources\":{\"requests\":{\"cpu\":\"" cpu "\"}}"
#define STATUSES(items) "\"containerStatuses\":[" items "]"
#define PENDING(reason) "\"conditions\":[{\"type\":\"PodScheduled\"},{\"type\":\"PodResizePending\"" reason "}]"
#define ONE "\"containers\":[{\"name\":\"c\"," ASKS("1") "}]"

static const struct {
    const char *name, *metadata, *spec, *status, *told;
    bool warns;
} pods[] = {
    {"as wished", "", ONE, "", "1000m 1Mi", false},
    {"nothing", "", "\"containers\":[{}]", "", "0m 0Mi unknown", false},
    {"no memory", "", "\"containers\":[{" RUNS("1") "}]", "", "1000m 0Mi unknown", false},
    {"an init container is over when the others start", "", ONE ",\"initContainers\":[{" ASKS("500m") "}]", "", "1000m 1Mi", false},
    {"a sidecar stays", "", ONE ",\"initContainers\":[{\"restartPolicy\":\"Always\"," ASKS("500m") "}]", "", "1500m 2Mi", false},
    {"another policy is none", "", ONE ",\"initContainers\":[{\"restartPolicy\":\"Never\"," ASKS("500m") "}]", "", "1000m 1Mi", false},
    {"shrinking: what runs counts", "", ONE, STATUSES("{\"name\":\"c\"," RUNS("2") "}"), "2000m 1Mi", false},
    {"a status of another", "", ONE, STATUSES("{\"name\":\"d\"," RUNS("2") "},{" RUNS("3") "},7"), "1000m 1Mi", false},
    {"a container without a name has no status", "", "\"containers\":[{" ASKS("1") "}]", STATUSES("{\"name\":\"c\"," RUNS("2") "}"),
     "1000m 1Mi", false},
    {"growing: the wish counts", "", ONE, STATUSES("{\"name\":\"c\"," RUNS("500m") "}") "," PENDING(",\"reason\":\"Deferred\""),
     "1000m 1Mi", false},
    {"never to come true: the rest counts", "", ONE,
     STATUSES("{\"name\":\"c\"," RUNS("500m") "}") "," PENDING(",\"reason\":\"Infeasible\""), "500m 0Mi unknown", false},
    {"pending without a reason", "", ONE, STATUSES("{\"name\":\"c\"," RUNS("500m") "}") "," PENDING(""), "1000m 1Mi", false},
    {"conditions without a type", "", ONE, "\"conditions\":[{\"reason\":\"Infeasible\"},null]", "1000m 1Mi", false},
    {"of a DaemonSet", ",\"ownerReferences\":[{\"kind\":\"DaemonSet\",\"controller\":true}]", ONE, "", "1000m 1Mi dies", false},
    {"of a DaemonSet that does not control it", ",\"ownerReferences\":[{\"kind\":\"DaemonSet\"}]", ONE, "", "1000m 1Mi", false},
    {"of others", ",\"ownerReferences\":[{},{\"kind\":\"ReplicaSet\",\"controller\":true}]", ONE, "", "1000m 1Mi", false},
    {"a mirror of a static pod", ",\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}", ONE, "", "1000m 1Mi dies", false},
    {"other annotations", ",\"annotations\":{\"a\":\"x\"}", ONE, "", "1000m 1Mi", false},
    {"a controller that is a text", ",\"ownerReferences\":[{\"kind\":\"DaemonSet\",\"controller\":\"yes\"}]", ONE, "", "1000m 1Mi", true},
};

START_TEST(pod_case)
{
    const struct pod_shape *pod;

    start();
    (void)buffer_printf(&text, "[{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"%s},\"spec\":{\"nodeName\":\"n\",%s},\"status\":{%s}}]",
                        pods[_i].metadata, pods[_i].spec, pods[_i].status);
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_uint_eq(cluster.pods.len, 1);
    pod = cluster.pods.items[0].shape;
    (void)buffer_printf(&told, "%lldm %lldMi%s%s", (long long)pod->request->of[RESOURCE_CPU],
                        (long long)report_mib_up(pod->request->of[RESOURCE_MEMORY]), pod->no_request ? " unknown" : "",
                        pod->dies_with_node ? " dies" : "");
    check(pods[_i].name, pods[_i].told, pods[_i].warns);
}
END_TEST

START_TEST(containers_are_bounded)
{
    enum { MOST = 512 };

    for (int more = 0; more < 2; more++) {
        start();
        for (int i = 0; i < MOST + more; i++)
            (void)buffer_printf(&text, "%s{" RUNS("1m") "}",
                                i == 0 ? "[{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"nodeName\":\"n\",\"containers\":["
                                       : ",");
        (void)buffer_add_text(&text, "]}}]");
        cluster_of_text(&cluster, buffer_text(&text));
        ck_assert_int_eq(cluster.pods.items[0].shape->request->of[RESOURCE_CPU], MOST);
        check("containers", "", more > 0);
    }
}
END_TEST

/* --- nodes --- */

#define LABELS(labels) ",\"labels\":{" labels "}"
#define TAINTS(taints) "\"taints\":[" taints "]"
#define RUNNING READY "," SIZE

static const struct {
    const char *name, *metadata, *spec, *status, *told;
    bool warns;
} nodes[] = {
    {"bare", "", "", RUNNING, "ready 4000m of 4000m", false},
    {"in its places",
     LABELS("\"elastisys.io/node-group\":\"g\",\"topology.kubernetes.io/zone\":\"z\",\"node.kubernetes.io/instance-type\":\"big\""), "",
     RUNNING, "ready 4000m of 4000m group g zone z type big", false},
    {"older names of the same", LABELS("\"failure-domain.beta.kubernetes.io/zone\":\"z\",\"beta.kubernetes.io/instance-type\":\"big\""), "",
     RUNNING, "ready 4000m of 4000m zone z type big", false},
    {"the newer one wins, empty is none",
     LABELS("\"failure-domain.beta.kubernetes.io/zone\":\"old\",\"topology.kubernetes.io/zone\":\"\",\"elastisys.io/node-group\":\"\""), "",
     RUNNING, "ready 4000m of 4000m", false},
    {"a taint that keeps off", "", TAINTS("{\"key\":\"a\",\"effect\":\"NoExecute\",\"value\":\"1\"}"), RUNNING,
     "ready 4000m of 4000m a=1:NoExecute", false},
    {"one that only asks", "", TAINTS("{\"key\":\"a\",\"effect\":\"PreferNoSchedule\"}"), RUNNING, "ready 4000m of 4000m", false},
    {"parts of taints", "", TAINTS("{\"key\":\"a\"},{\"effect\":\"NoSchedule\"},{},7,{\"key\":\"b\",\"effect\":\"NoSchedule\"}"), RUNNING,
     "ready 4000m of 4000m b=:NoSchedule", false},
    {"its state, told by a taint alone", "", TAINTS("{\"key\":\"node.kubernetes.io/unschedulable\",\"effect\":\"PreferNoSchedule\"}"),
     RUNNING, "cordoned 4000m of 4000m", false},
    {"the worst of its states", "",
     TAINTS("{\"key\":\"ToBeDeletedByClusterAutoscaler\",\"effect\":\"NoSchedule\"},{\"key\":\"node.kubernetes.io/"
            "not-ready\",\"effect\":\"NoExecute\"}"),
     RUNNING, "being deleted 4000m of 4000m", false},
    {"ready without a status", "", "", "\"conditions\":[7,{\"type\":\"Ready\"}]," SIZE, "not ready 4000m of 4000m", false},
    {"a condition without a type", "", "", "\"conditions\":[{\"status\":\"True\"}]," SIZE, "not ready 4000m of 4000m", false},
    {"more than is left to pods", "", "", RUNNING ",\"capacity\":{\"cpu\":\"8\",\"memory\":\"32Gi\",\"pods\":\"10\"}",
     "ready 4000m of 8000m", false},
    {"less cannot be", "", "", RUNNING ",\"capacity\":{\"cpu\":\"2\"}", "ready 4000m of 4000m", false},
    {"numbers do as quantities", "", "", READY ",\"allocatable\":{\"cpu\":3,\"memory\":1e3,\"pods\":10}", "ready 3000m of 3000m no size",
     false},
    {"a name of its own kind", ",\"annotations\":{}", "\"unschedulable\":null", RUNNING, "ready 4000m of 4000m", false},
};

START_TEST(node_case)
{
    const struct node *node;

    start();
    (void)buffer_printf(&text, "[{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"%s},\"spec\":{%s},\"status\":{%s}}]", nodes[_i].metadata,
                        nodes[_i].spec, nodes[_i].status);
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_uint_eq(cluster.n_nodes, 1);
    node = &cluster.nodes[0];
    (void)buffer_printf(&told, "%s %lldm of %lldm", node_state_name(node->state), (long long)node->allocatable->of[RESOURCE_CPU],
                        (long long)node->capacity->of[RESOURCE_CPU]);
    (void)buffer_printf(&told, "%s%s", node->group ? " group " : "", node->group ? node->group : "");
    (void)buffer_printf(&told, "%s%s", node->zone ? " zone " : "", node->zone ? node->zone : "");
    (void)buffer_printf(&told, "%s%s", node->instance_type ? " type " : "", node->instance_type ? node->instance_type : "");
    for (size_t i = 0; i < node->n_taints; i++)
        (void)buffer_printf(&told, " %s=%s:%s", node->taints[i].key, node->taints[i].value, node->taints[i].effect);
    (void)buffer_add_text(&told, node->sized ? "" : " no size");
    check(nodes[_i].name, nodes[_i].told, nodes[_i].warns);
}
END_TEST

START_TEST(labels_are_bounded)
{
    enum { MOST = 512 };

    for (int more = 0; more < 2; more++) {
        start();
        for (int i = 0; i < MOST + more; i++)
            (void)buffer_printf(&text, "%s\"k%d\":\"v\"", i == 0 ? "[{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\",\"labels\":{" : ",",
                                i);
        (void)buffer_add_text(&text, "}}}]");
        cluster_of_text(&cluster, buffer_text(&text));
        ck_assert_uint_eq(cluster.nodes[0].labels.n, MOST);
        check("labels", "", more > 0);
    }
}
END_TEST

START_TEST(texts_are_bounded)
{
    enum { MOST = 512 };

    for (int more = 0; more < 2; more++) {
        start();
        (void)buffer_printf(&text, "[{\"kind\":\"Node\",\"metadata\":{\"name\":\"%0*d\"}}]", MOST + more, 7);
        cluster_of_text(&cluster, buffer_text(&text));
        ck_assert_uint_eq(cluster.n_nodes, more > 0 ? 0 : 1);
        check("name", "", more > 0);
    }
}
END_TEST

/* There is place for a few kinds of other resources: the first that are met. */
START_TEST(other_resources)
{
    start();
    (void)buffer_add_text(&text, "[{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"},\"status\":{" READY ",\"allocatable\":{\"cpu\":\"1\"");
    for (int i = 0; i < RESOURCES_MAX; i++)
        (void)buffer_printf(&text, ",\"gpu%d\":\"%d\"", i, 10 + i);
    (void)buffer_add_text(&text, "}}}]");
    cluster_of_text(&cluster, buffer_text(&text));
    for (int i = 0; i < RESOURCES_MAX; i++) {
        char name[16];
        int r;

        (void)snprintf(name, sizeof(name), "gpu%d", i);
        r = cluster_resource(&cluster, name);
        if (i < RESOURCES_MAX - RESOURCE_FIRST_OTHER)
            ck_assert_int_eq(cluster.nodes[0].allocatable->of[r], 10 + i);
        else
            ck_assert_int_eq(r, -1);
    }
    check("others", "", false);
}
END_TEST

/* --- volumes and usage --- */

#define VOLUME(spec) "{\"kind\":\"PersistentVolume\",\"spec\":{" spec "}}"

static const struct {
    const char *name, *item;
    bool known, warns; /* the volume of claim ns/c */
} volumes[] = {
    {"bound", VOLUME("\"claimRef\":{\"namespace\":\"ns\",\"name\":\"c\"}"), true, false},
    {"to another claim", VOLUME("\"claimRef\":{\"namespace\":\"ns\",\"name\":\"d\"}"), false, false},
    {"to none", VOLUME(""), false, false},
    {"without a namespace", VOLUME("\"claimRef\":{\"name\":\"c\"}"), false, false},
    {"without a name", VOLUME("\"claimRef\":{\"namespace\":\"ns\"}"), false, false},
    {"as the API lists it", "{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Delete\",\"claimRef\":{\"namespace\":\"ns\",\"name\":\"c\"}}}",
     true, false},
    {"an object of no kind", "{\"spec\":{},\"status\":{}}", false, false},
    {"a kind that is no text", "{\"kind\":7,\"spec\":{}}", false, false},
};

START_TEST(volume_case)
{
    start();
    (void)buffer_printf(
        &text,
        "[{\"metadata\":{\"name\":\"n\"},\"status\":{\"nodeInfo\":{}}},{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\","
        "\"namespace\":\"ns\"},\"spec\":{\"nodeName\":\"n\",\"volumes\":[{\"persistentVolumeClaim\":{\"claimName\":\"c\"}}]}},%s]",
        volumes[_i].item);
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_uint_eq(cluster.n_nodes, 1);
    ck_assert_msg(pod_has_unknown_volume(&cluster.pods.items[0]) != volumes[_i].known, "%s", volumes[_i].name);
    check(volumes[_i].name, "", volumes[_i].warns);
}
END_TEST

static const struct {
    const char *name, *usage;
    bool known;
} usages[] = {
    {"both", "{\"cpu\":\"1500m\",\"memory\":\"1Ki\"}", true},
    {"no memory", "{\"cpu\":\"1500m\"}", false},
    {"no cpu", "{\"memory\":\"1Ki\"}", false},
    {"nothing", "{}", false},
};

START_TEST(usage_case)
{
    struct node_usage usage;

    start();
    (void)buffer_printf(&text,
                        "[{\"kind\":\"NodeMetrics\",\"metadata\":{\"name\":\"n\"},\"usage\":%s},"
                        "{\"kind\":\"NodeMetrics\",\"metadata\":{\"name\":\"\"},\"usage\":{}}]",
                        usages[_i].usage);
    cluster_of_text(&cluster, buffer_text(&text));
    usage = cluster_usage(&cluster, "n");
    ck_assert_msg(usage.known == usages[_i].known, "%s", usages[_i].name);
    ck_assert(!usage.known || (usage.cpu_milli == 1500 && usage.memory_bytes == 1024));
    ck_assert(!cluster_usage(&cluster, "other").known);
    check(usages[_i].name, "", true); /* the one without a name */
}
END_TEST

/* --- limits --- */

START_TEST(counts_are_bounded)
{
    struct node node = {.name = "one more"};
    static const struct pod_shape shape = {.namespace = "ns", .stem = "p"};
    struct pod pod = {.shape = &shape, .node_name = "n"};
    struct error err = {0};

    start();
    cluster_of_text(&cluster, LIST(NODE("n", "z") "," POD("other", "n", "1")));
    cluster.n_nodes = CLUSTER_NODES_MAX; /* as if they were there: nothing looks at them before the limit */
    ck_assert_int_eq(cluster_add_node(&cluster, &node, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_str_eq(err.text, "more than 20000 nodes");
    cluster.pods.len = CLUSTER_PODS_MAX;
    ck_assert_int_eq(cluster_add_pod(&cluster, &pod, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_str_eq(err.text, "more than 1000000 pods");
    cluster.pods.len = 1;
    clear();
}
END_TEST

Suite *capacity_decode_suite(void)
{
    Suite *suite = suite_create("capacity_decode");
    TCase *tcase = tcase_create("capacity_decode");

    tcase_add_loop_test(tcase, rules_case, 0, ARRAY_LEN(rules));
    tcase_add_loop_test(tcase, crowd_case, 0, ARRAY_LEN(crowds));
    tcase_add_test(tcase, many_pods);
    tcase_add_loop_test(tcase, pod_case, 0, ARRAY_LEN(pods));
    tcase_add_test(tcase, containers_are_bounded);
    tcase_add_loop_test(tcase, node_case, 0, ARRAY_LEN(nodes));
    tcase_add_test(tcase, labels_are_bounded);
    tcase_add_test(tcase, texts_are_bounded);
    tcase_add_test(tcase, other_resources);
    tcase_add_loop_test(tcase, volume_case, 0, ARRAY_LEN(volumes));
    tcase_add_loop_test(tcase, usage_case, 0, ARRAY_LEN(usages));
    tcase_add_test(tcase, counts_are_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
