#include "nodegroup/resilience.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/nodegroup/cluster_text.h"
#include "test/unit/nodegroup/suites.h"

#define THREE NODE("n1", "z1") "," NODE("n2", "z2") "," NODE("n3", "z3") ","
#define CORDONED(name, zone) NODE_SPEC(name, zone, "\"unschedulable\":true")
#define NOT_READY(name, zone) NODE_OF(name, GROUP_G, zone, "", SIZE)
#define TAINTED(name, zone) NODE_SPEC(name, zone, "\"taints\":[{\"key\":\"gpu\",\"effect\":\"NoSchedule\"}]")
#define TERM(kind, key, app) TERM_OF(kind, key, "app", app)
#define TERM_OF(kind, key, label, app)                                                                         \
    ",\"affinity\":{\"" kind "\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"" key \
    "\",\"labelSelector\":{\"matchLabels\":{\"" label "\":\"" app "\"}}}]}}"
#define APART(name, node, cpu) POD_OF(name, "\"app\":\"db\"", "", node, CPU(cpu), TERM("podAntiAffinity", "kubernetes.io/hostname", "db"))
#define APART_ZONE(name, node, cpu) \
    POD_OF(name, "\"app\":\"db\"", "", node, CPU(cpu), TERM("podAntiAffinity", "topology.kubernetes.io/zone", "db"))
#define TOGETHER(name, node) POD_OF(name, "\"app\":\"web\"", "", node, CPU("1"), TERM("podAffinity", "kubernetes.io/hostname", "web"))
#define SELECTS(name, node, key, value) POD_OF(name, "", "", node, CPU("1"), ",\"nodeSelector\":{\"" key "\":\"" value "\"}")
#define TOLERATES(name, node, cpu) POD_OF(name, "", "", node, CPU(cpu), ",\"tolerations\":[{\"key\":\"gpu\",\"operator\":\"Exists\"}]")
#define OTHER(name, node)                                                                                           \
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name "\",\"namespace\":\"other\"},\"spec\":{\"nodeName\":\"" node \
    "\",\"containers\":[{\"resources\":{\"requests\":{" CPU("1") "}}}],\"nodeSelector\":{\"kubernetes.io/hostname\":\"" node "\"}}}"
#define HOST_PORT(name, node)                                                                                                              \
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name "\",\"namespace\":\"default\"},\"spec\":{\"nodeName\":\"" node                      \
    "\",\"containers\":[{\"name\":\"c\",\"ports\":[{\"hostPort\":80}],\"resources\":{\"requests\":{\"cpu\":\"1m\",\"memory\":\"1Mi\"}}}]}" \
    "}"
#define CLAIMS(name, node, claim) \
    POD_OF(name, "", "", node, CPU("1"), ",\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"" claim "\"}}]")
#define VOLUME(claim, zone)                                                                                                \
    "{\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"pv-" claim                                                    \
    "\"},\"spec\":{\"claimRef\":{\"namespace\":\"default\",\"name\":\"" claim                                              \
    "\"},\"nodeAffinity\":{\"required\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"topology.kubernetes.io/" \
    "zone\",\"operator\":\"In\","                                                                                          \
    "\"values\":[\"" zone "\"]}]}]}}}}"

#define DELETING(name, zone)                                                                                                     \
    "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"labels\":{" GROUP_G \
    "\"topology.kubernetes.io/zone\":\"" zone "\"}},\"status\":{" READY "," SIZE "}}"
#define RACK(name, rack) NODE_OF(name, GROUP_G "\"rack\":\"" rack "\",", "z1", "", READY "," SIZE)
#define BY_RACK(kind, name, node, app) POD_OF(name, "\"app\":\"" app "\"", "", node, CPU("1"), TERM(kind, "rack", "db"))
#define TAINT_OF(name, key, value, effect) \
    NODE_SPEC(name, "z1", "\"taints\":[{\"key\":\"" key "\",\"value\":\"" value "\",\"effect\":\"" effect "\"}]")

/* Room for 3 and 2.2: 1.6 + 1.4 and 1.2 + 1, which neither the roomiest nor the fullest node first finds. Memory is nearly full. */
#define LEAN(cpu) "\"cpu\":\"" cpu "\",\"memory\":\"1Mi\""
#define FILLS(name, node, cpu)                                                                                   \
    POD_OF(name, "", ",\"ownerReferences\":[{\"kind\":\"DaemonSet\",\"name\":\"d\",\"controller\":true}]", node, \
           "\"cpu\":\"" cpu "\",\"memory\":\"12Gi\"", "")
#define TIGHT THREE FILLS("f2", "n2", "1") "," FILLS("f3", "n3", "1800m") ","
#define PLAIN(name, node, cpu) POD_OF(name, "", "", node, LEAN(cpu), "")
#define ANY(name, node, cpu) POD_OF(name, "", "", node, LEAN(cpu), ",\"nodeSelector\":{\"elastisys.io/node-group\":\"g\"}")
#define ALONE(name, node, cpu) \
    POD_OF(name, "\"app\":\"" name "\"", "", node, LEAN(cpu), TERM("podAntiAffinity", "kubernetes.io/hostname", name))
#define SHUNS(name, node, key)                                                                                         \
    POD_OF(name, "\"" key "\":\"1\"", "", node, CPU("1"),                                                              \
           ",\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":" \
           "\"kubernetes.io/hostname\",\"labelSelector\":{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"Exists\"}]}}]}}")

static const struct {
    const char *name, *text;
    enum resilience_mode mode;
    enum resilience_verdict verdict;
    const char *worst; /* "" : nothing is lost */
    int64_t cpu_headroom;
    size_t unplaced, stranded;
} cases[] = {
    {"an empty group", LIST(NODE("n1", "z1")), RESILIENCE_NODE, RESILIENCE_FITS, "n1", 0, 0, 0},
    {"only daemons on one node", LIST(NODE("n1", "z1") "," DAEMON("d", "n1", "1")), RESILIENCE_NODE, RESILIENCE_FITS, "n1", 0, 0, 0},
    {"no usable node, pods of a lost one", LIST(NOT_READY("n1", "z1") "," POD("a", "n1", "1")), RESILIENCE_NODE, RESILIENCE_DOES_NOT_FIT,
     "", -1000, 1, 0},
    {"no usable node, no pods", LIST(NOT_READY("n1", "z1")), RESILIENCE_NODE, RESILIENCE_FITS, "", 0, 0, 0},
    {"a cordoned node is no room", LIST(THREE CORDONED("n4", "z1") "," POD("a", "n1", "4") "," POD("b", "n2", "4")), RESILIENCE_NODE,
     RESILIENCE_FITS, "n1", 0, 0, 0},
    {"but it can be lost with its pods", LIST(NODE("n1", "z1") "," CORDONED("n2", "z1") "," POD("a", "n2", "4") "," POD("b", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_DOES_NOT_FIT, "n1", -1000, 1, 0},
    {"the worst is the one that fails, not the fullest",
     LIST(THREE POD("a", "n1", "1500m") "," POD("b", "n1", "1500m") "," POD("c", "n2", "2500m") "," POD("d", "n3", "2")), RESILIENCE_NODE,
     RESILIENCE_FRAGMENTED, "n2", 500, 1, 0},
    {"sums do not lie, places do: 3 in two gaps of 2", LIST(THREE POD("a", "n1", "3") "," POD("b", "n2", "2") "," POD("c", "n3", "2")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 1000, 1, 0},
    {"best fit fails, the search finds it",
     LIST(THREE POD("f2", "n2", "2300m") "," POD("f3", "n3", "1") "," POD("a", "n1", "1200m") "," POD("b", "n1", "1") "," POD(
         "c", "n1", "1") "," POD("e", "n1", "700m")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 800, 0, 0},
    {"apart, and a free node", LIST(THREE APART("a", "n1", "1") "," APART("b", "n2", "1")), RESILIENCE_NODE, RESILIENCE_FITS, "n1", 6000, 0,
     0},
    {"apart, and none", LIST(THREE APART("a", "n1", "1") "," APART("b", "n2", "1") "," APART("c", "n3", "1")), RESILIENCE_NODE,
     RESILIENCE_FRAGMENTED, "n1", 5000, 1, 0},
    {"another's wish keeps a pod off too",
     LIST(NODE("n1", "z1") "," NODE("n2", "z2") "," POD_OF("a", "\"app\":\"db\"", "", "n1", CPU("1"), "") "," APART("b", "n2", "1")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 2000, 1, 0},
    {"apart by zone",
     LIST(THREE NODE("n4", "z1") "," APART_ZONE("a", "n1", "1") "," APART_ZONE("b", "n2", "1") "," APART_ZONE("c", "n3", "1")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n2", 9000, 1, 0},
    {"together, and company is there", LIST(THREE TOGETHER("a", "n1") "," TOGETHER("b", "n2")), RESILIENCE_NODE, RESILIENCE_FITS, "n1",
     6000, 0, 0},
    {"together, all moving: any node does for the first", LIST(THREE TOGETHER("a", "n1") "," TOGETHER("b", "n1")), RESILIENCE_NODE,
     RESILIENCE_FITS, "n1", 6000, 0, 0},
    {"a host port is held once", LIST(NODE("n1", "z1") "," NODE("n2", "z2") "," HOST_PORT("a", "n1") "," HOST_PORT("b", "n2")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 3998, 1, 0},
    {"a label that no other node has", LIST(THREE SELECTS("a", "n1", "disk", "ssd")), RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 7000, 1,
     0},
    {"bound to its host: stranded, not a lack of room", LIST(THREE SELECTS("a", "n1", "kubernetes.io/hostname", "n1")), RESILIENCE_NODE,
     RESILIENCE_FITS, "n2", 7000, 0, 1},
    {"bound to a zone with another node", LIST(THREE NODE("n4", "z1") "," SELECTS("a", "n1", "topology.kubernetes.io/zone", "z1")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 11000, 0, 0},
    {"the same when the zone is lost", LIST(THREE NODE("n4", "z1") "," SELECTS("a", "n1", "topology.kubernetes.io/zone", "z1")),
     RESILIENCE_ZONE, RESILIENCE_FITS, "n2", 8000, 0, 1},
    {"bound by its volume", LIST(THREE CLAIMS("a", "n1", "data") "," VOLUME("data", "z1")), RESILIENCE_ZONE, RESILIENCE_FITS, "n2", 7000, 0,
     1},
    {"the volume's zone has another node, but a full one",
     LIST(THREE NODE("n4", "z1") "," POD("x", "n4", "4") "," CLAIMS("a", "n1", "data") "," VOLUME("data", "z1")), RESILIENCE_NODE,
     RESILIENCE_FRAGMENTED, "n1", 7000, 1, 0},
    {"a taint of one node keeps others out", LIST(NODE("n1", "z1") "," TAINTED("n2", "z2") "," POD("a", "n1", "1")), RESILIENCE_NODE,
     RESILIENCE_FRAGMENTED, "n1", 3000, 1, 0},
    {"unless they tolerate it", LIST(NODE("n1", "z1") "," TAINTED("n2", "z2") "," TOLERATES("a", "n1", "1")), RESILIENCE_NODE,
     RESILIENCE_FITS, "n1", 3000, 0, 0},
    {"a taint of all says nothing", LIST(TAINTED("n1", "z1") "," TAINTED("n2", "z2") "," POD("a", "n1", "1")), RESILIENCE_NODE,
     RESILIENCE_FITS, "n1", 3000, 0, 0},
    {"drain with a single node", LIST(NODE("n1", "z1") "," POD("a", "n1", "1")), RESILIENCE_DRAIN, RESILIENCE_DOES_NOT_FIT, "n1", -1000, 1,
     0},
    {"drain: the worse pair, not the first", LIST(THREE POD("a", "n2", "3") "," POD("b", "n3", "3")), RESILIENCE_DRAIN,
     RESILIENCE_DOES_NOT_FIT, "n1", -2000, 1, 0},
    {"a full node's neighbour cannot take its overcommitment",
     LIST(NODE("n1", "z1") "," NODE("n2", "z2") "," POD("a", "n1", "3") "," POD("b", "n1", "3")), RESILIENCE_NODE, RESILIENCE_DOES_NOT_FIT,
     "n1", -2000, 1, 0},
    {"a node that is being deleted is gone, and keeps nobody away",
     LIST(NODE("n1", "z1") "," NODE("n2", "z1") "," DELETING("n3", "z1") "," APART("a", "n3", "1") "," APART("b", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 2000, 1, 0},
    {"apart by a label that only some have: the others are free",
     LIST(RACK("n1", "r1") "," NODE("n2", "z1") "," NODE("n3", "z1") "," BY_RACK("podAntiAffinity", "a", "n1",
                                                                                 "db") "," BY_RACK("podAntiAffinity", "b", "n2", "db")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 6000, 0, 0},
    {"apart by rack",
     LIST(RACK("n1", "r1") "," RACK("n2", "r2") "," RACK("n3", "r2") "," BY_RACK("podAntiAffinity", "a", "n1",
                                                                                 "db") "," BY_RACK("podAntiAffinity", "b", "n2", "db")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 6000, 1, 0},
    {"together by rack, where the others stay",
     LIST(RACK("n1", "r1") "," RACK("n2", "r1") "," RACK("n3", "r2") "," BY_RACK("podAffinity", "a", "n1", "web") "," POD_OF(
         "b", "\"app\":\"db\"", "", "n2", CPU("1"), "")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 6000, 0, 0},
    {"together, and the label is nowhere", LIST(NODE("n1", "z1") "," NODE("n2", "z1") "," BY_RACK("podAffinity", "a", "n1", "db")),
     RESILIENCE_NODE, RESILIENCE_UNKNOWN, "n1", 3000, 1, 0},
    {"together with others, who are on another node",
     LIST(THREE POD_OF("a", "\"app\":\"x\"", "", "n1", CPU("1"),
                       TERM("podAffinity", "kubernetes.io/hostname", "web")) "," POD_OF("b", "\"app\":\"web\"", "", "n2", CPU("1"), "")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 6000, 0, 0},
    {"a taint of another key",
     LIST(TAINT_OF("n1", "a", "1", "NoSchedule") "," TAINT_OF("n2", "b", "1", "NoSchedule") "," POD("p", "n1", "1")), RESILIENCE_NODE,
     RESILIENCE_FRAGMENTED, "n1", 3000, 1, 0},
    {"of another value", LIST(TAINT_OF("n1", "a", "1", "NoSchedule") "," TAINT_OF("n2", "a", "2", "NoSchedule") "," POD("p", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 3000, 1, 0},
    {"of another effect", LIST(TAINT_OF("n1", "a", "1", "NoSchedule") "," TAINT_OF("n2", "a", "1", "NoExecute") "," POD("p", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 3000, 1, 0},
    {"what a node that is no room is tainted with is nobody's difference",
     LIST(NODE("n1", "z1") "," NODE("n2", "z1") "," NODE_SPEC(
         "n3", "z1", "\"unschedulable\":true,\"taints\":[{\"key\":\"a\",\"effect\":\"NoSchedule\"}]") "," POD("p", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 3000, 0, 0},
    {"one taint of all, one of some",
     LIST(TAINTED("n1", "z1") "," TAINTED("n2", "z1") "," NODE_SPEC(
         "n3", "z1",
         "\"taints\":[{\"key\":\"gpu\",\"effect\":\"NoSchedule\"},{\"key\":\"b\",\"effect\":\"NoSchedule\"}]") "," POD("p", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 7000, 0, 0},
    {"only one way",
     LIST(TIGHT PLAIN("a", "n1", "1600m") "," PLAIN("b", "n1", "1400m") "," PLAIN("c", "n1", "1200m") "," PLAIN("d", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 0, 0, 0},
    {"only one way, with wishes that all nodes fulfill",
     LIST(TIGHT ANY("a", "n1", "1600m") "," ANY("b", "n1", "1400m") "," ANY("c", "n1", "1200m") "," ANY("d", "n1", "1")), RESILIENCE_NODE,
     RESILIENCE_FITS, "n1", 0, 0, 0},
    {"only one way, of different kinds",
     LIST(TIGHT PLAIN("a", "n1", "1600m") "," ANY("b", "n1", "1400m") "," ALONE("c", "n1", "1200m") "," PLAIN("d", "n1", "1")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 0, 0, 0},
    {"only one way, with twins",
     LIST(TIGHT PLAIN("a", "n1", "1600m") "," PLAIN("b", "n1", "1400m") "," PLAIN("c", "n1", "1100m") "," PLAIN("d", "n1", "1100m")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 0, 0, 0},
    {"only one way, with a twin that is not",
     LIST(TIGHT PLAIN("a", "n1", "1600m") "," PLAIN("b", "n1", "1400m") "," PLAIN("c", "n1", "1100m") "," ALONE("d", "n1", "1100m")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 0, 0, 0},
    {"only one way, beside a lost node with much room",
     LIST(TIGHT NODE("n0", "z1") "," PLAIN("a", "n1", "1600m") "," PLAIN("b", "n1", "1400m") "," PLAIN("c", "n1",
                                                                                                       "1200m") "," PLAIN("d", "n1", "1")),
     RESILIENCE_ZONE, RESILIENCE_FITS, "n1", 0, 0, 0},
    {"no way, since twins shun each other",
     LIST(TIGHT PLAIN("a", "n1", "1600m") "," PLAIN("b", "n1", "1400m") "," APART("c", "n1", "1100m") "," APART("d", "n1", "1100m")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 0, 1, 0},
    {"apart from whoever has a label", LIST(THREE SHUNS("a", "n1", "x") "," SHUNS("b", "n2", "x") "," SHUNS("c", "n3", "x")),
     RESILIENCE_NODE, RESILIENCE_FRAGMENTED, "n1", 5000, 1, 0},
    {"labels of several names",
     LIST(THREE ALONE("a", "n1",
                      "1") "," POD_OF("b", "\"zone\":\"a\",\"an\":\"b\"", "", "n2", CPU("1"),
                                      TERM_OF("podAntiAffinity", "kubernetes.io/hostname", "zone",
                                              "a")) "," POD_OF("c", "\"tier\":\"a\"", "", "n3", CPU("1"),
                                                               TERM_OF("podAntiAffinity", "kubernetes.io/hostname", "tier", "a"))),
     RESILIENCE_NODE, RESILIENCE_FITS, "n1", 5000, 0, 0},
    {"names may be the same in two namespaces", LIST(THREE SELECTS("a", "n1", "kubernetes.io/hostname", "n1") "," OTHER("a", "n1")),
     RESILIENCE_NODE, RESILIENCE_FITS, "n2", 6000, 0, 2},
};

START_TEST(resilience_case)
{
    struct cluster cluster;
    struct placement placement = {0};
    struct resilience got = {0};
    struct error err = {0};

    cluster_of_text(&cluster, cases[_i].text);
    ck_assert_uint_eq(cluster.n_groups, 1);
    ck_assert_msg(placement_of_group(&cluster, &cluster.groups[0], &placement, &err) == 0, "%s", err.text);
    ck_assert_msg(resilience_check(&placement, cases[_i].mode, &got, &err) == 0, "%s", err.text);
    ck_assert_msg(got.verdict == cases[_i].verdict, "%s: %s", cases[_i].name, resilience_verdict_name(got.verdict));
    ck_assert_msg(got.headroom.of[RESOURCE_CPU] == cases[_i].cpu_headroom, "%s: %lld", cases[_i].name,
                  (long long)got.headroom.of[RESOURCE_CPU]);
    ck_assert_msg(got.n_unplaced == cases[_i].unplaced, "%s: %zu unplaced", cases[_i].name, got.n_unplaced);
    ck_assert_msg(got.n_stranded == cases[_i].stranded, "%s: %zu stranded", cases[_i].name, got.n_stranded);
    if (*cases[_i].worst == '\0')
        ck_assert_msg(got.n_worst == 0, "%s", cases[_i].name);
    else
        ck_assert_msg(strcmp(placement.nodes[got.worst[0]].node->name, cases[_i].worst) == 0, "%s: %s", cases[_i].name,
                      placement.nodes[got.worst[0]].node->name);
    resilience_clear(&got);
    placement_clear(&placement);
    cluster_clear(&cluster);
}
END_TEST

START_TEST(no_zones_is_unknown)
{
    static const char text[] = LIST("{\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\"},\"status\":{" READY "," SIZE
                                    "}}," POD("a", "n1", "1"));
    struct cluster cluster;
    struct placement placement = {0};
    struct resilience got = {0};
    struct error err = {0};

    cluster_of_text(&cluster, text);
    ck_assert_int_eq(placement_of_group(&cluster, &cluster.groups[0], &placement, &err), 0);
    ck_assert_int_eq(resilience_check(&placement, RESILIENCE_ZONE, &got, &err), 0);
    ck_assert_int_eq(got.verdict, RESILIENCE_UNKNOWN);
    ck_assert(got.zones_unknown);
    resilience_clear(&got);
    placement_clear(&placement);
    cluster_clear(&cluster);
}
END_TEST

/* --- a law: what the check says must agree with trying every way --- */

enum { RANDOM_ROUNDS = 400, SMALL_NODES = 4, SMALL_PODS = 9 };

static uint64_t state = 88172645463325252U;

static unsigned draw(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % below);
}

struct small {
    int size[SMALL_NODES], zone[SMALL_NODES];
    int need[SMALL_PODS], node[SMALL_PODS], apart[SMALL_PODS];
    int n_nodes, n_pods;
};

static bool conflicts(const struct small *small, int pod, int node)
{
    for (int i = 0; i < small->n_pods; i++)
        if (i != pod && small->node[i] == node && small->apart[i] > 0 && small->apart[i] == small->apart[pod])
            return true;
    return false;
}

static int room_of(const struct small *small, int node)
{
    int room = small->size[node];

    for (int i = 0; i < small->n_pods; i++)
        room -= small->node[i] == node ? small->need[i] : 0;
    return room;
}

/* Every way, one pod after the other. */
static bool brute(struct small *small, int lost)
{
    for (int i = 0; i < small->n_pods; i++) {
        if (small->node[i] != lost)
            continue;
        for (int k = 0; k < small->n_nodes; k++) {
            bool fits;

            if (k == lost || room_of(small, k) < small->need[i] || conflicts(small, i, k))
                continue;
            small->node[i] = k;
            fits = brute(small, lost);
            small->node[i] = lost;
            if (fits)
                return true;
        }
        return false;
    }
    return true;
}

static void make_small(struct small *small, struct buffer *out)
{
    small->n_nodes = 2 + (int)draw(SMALL_NODES - 1);
    small->n_pods = (int)draw(SMALL_PODS + 1);
    (void)buffer_add_text(out, "[");
    for (int k = 0; k < small->n_nodes; k++) {
        small->size[k] = 4 + (int)draw(5);
        (void)buffer_printf(out,
                            "%s{\"kind\":\"Node\",\"metadata\":{\"name\":\"n%d\"},\"status\":{" READY
                            ",\"allocatable\":{\"cpu\":%d,\"memory\":1000,\"pods\":99}}}",
                            k > 0 ? "," : "", k, small->size[k]);
    }
    for (int i = 0; i < small->n_pods; i++) {
        small->node[i] = (int)draw((unsigned)small->n_nodes);
        small->need[i] = 1 + (int)draw(4);
        small->apart[i] = draw(3) == 0 ? 1 + (int)draw(2) : 0;
        if (room_of(small, small->node[i]) < 0 || conflicts(small, i, small->node[i])) {
            small->need[i] = 0;
            small->apart[i] = 0;
        }
        (void)buffer_printf(out,
                            ",{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%d\",\"namespace\":\"x\",\"labels\":{\"app\":\"%d\"}},\"spec\":{"
                            "\"nodeName\":\"n%d\",\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":%d,\"memory\":1}}}]",
                            i, small->apart[i], small->node[i], small->need[i]);
        if (small->apart[i] > 0)
            (void)buffer_printf(out,
                                ",\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":"
                                "\"kubernetes.io/hostname\",\"labelSelector\":{\"matchLabels\":{\"app\":\"%d\"}}}]}}",
                                small->apart[i]);
        (void)buffer_add_text(out, "}}");
    }
    (void)buffer_add_text(out, "]");
}

START_TEST(agrees_with_every_way)
{
    size_t fragmented = 0, fitting = 0;

    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);
        struct small small = {0};
        struct cluster cluster;
        struct placement placement = {0};
        struct resilience got = {0};
        struct error err = {0};
        bool fits = true;

        make_small(&small, &text);
        for (int k = 0; k < small.n_nodes; k++)
            fits &= brute(&small, k);
        cluster_of_text(&cluster, buffer_text(&text));
        ck_assert_int_eq(placement_of_group(&cluster, &cluster.groups[0], &placement, &err), 0);
        ck_assert_int_eq(resilience_check(&placement, RESILIENCE_NODE, &got, &err), 0);
        ck_assert_int_ne(got.verdict, RESILIENCE_UNKNOWN);
        ck_assert_msg((got.verdict == RESILIENCE_FITS) == fits, "round %d: %s: %s", round, resilience_verdict_name(got.verdict),
                      buffer_text(&text));
        fragmented += got.verdict == RESILIENCE_FRAGMENTED;
        fitting += fits;
        resilience_clear(&got);
        placement_clear(&placement);
        cluster_clear(&cluster);
    }
    ck_assert_uint_gt(fragmented, 10);
    ck_assert_uint_gt(fitting, 50);
}
END_TEST

/* Thirty pods that nearly fit, of sizes that leave nothing together: nobody tries all ways. */
START_TEST(gives_up_and_says_so)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);
    struct cluster cluster;
    struct placement placement = {0};
    struct resilience got = {0};
    struct error err = {0};

    (void)buffer_add_text(&text, "[");
    for (int k = 0; k < 17; k++)
        (void)buffer_printf(&text,
                            "%s{\"kind\":\"Node\",\"metadata\":{\"name\":\"n%d\"},\"status\":{" READY
                            ",\"allocatable\":{\"cpu\":\"%dm\",\"memory\":1000,\"pods\":99}}}",
                            k > 0 ? "," : "", k, k == 0 ? 16000 : 1000);
    for (int i = 0; i < 48; i++)
        (void)buffer_printf(&text,
                            ",{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%d\"},\"spec\":{\"nodeName\":\"n0\",\"containers\":[{\"name\":"
                            "\"c\",\"resources\":{\"requests\":{\"cpu\":\"%dm\",\"memory\":1}}}]}}",
                            i, i % 2 == 0 ? 262 + i : 403 - i);
    (void)buffer_add_text(&text, "]");
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_int_eq(placement_of_group(&cluster, &cluster.groups[0], &placement, &err), 0);
    ck_assert_int_eq(resilience_check(&placement, RESILIENCE_NODE, &got, &err), 0);
    ck_assert_msg(got.verdict == RESILIENCE_UNKNOWN, "%s", resilience_verdict_name(got.verdict));
    ck_assert_uint_gt(got.n_unplaced, 0);
    resilience_clear(&got);
    placement_clear(&placement);
    cluster_clear(&cluster);
}
END_TEST

/* Many nodes: pairs are answered in blocks, and the pair that fails is found all the same. */
static const struct {
    int empty; /* nodes with room for a large pod */
    int large; /* large pods, on nodes of their own */
    enum resilience_verdict verdict;
    bool tired; /* nothing is left of what best fit may cost */
} crowds[] = {{2, 1, RESILIENCE_FITS},       {2, 1, RESILIENCE_FITS, .tired = true},
              {1, 1, RESILIENCE_FRAGMENTED}, {1, 1, RESILIENCE_UNKNOWN, .tired = true},
              {3, 2, RESILIENCE_FITS},       {2, 2, RESILIENCE_FITS},
              {1, 2, RESILIENCE_FRAGMENTED}};

START_TEST(crowd_case)
{
    enum { NODES = 130 };
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT((size_t)1024 * 1024);
    struct cluster cluster;
    struct placement placement = {0};
    struct resilience got = {0};
    struct error err = {0};

    (void)buffer_add_text(&text, "[");
    for (int k = 0; k < NODES; k++) {
        bool empty = k % 40 == 17 && k / 40 < crowds[_i].empty, large = k % 40 == 29 && k / 40 < crowds[_i].large;

        (void)buffer_printf(&text, "%s{\"kind\":\"Node\",\"metadata\":{\"name\":\"n%d\"},\"status\":{" READY "," SIZE "}}",
                            k > 0 ? "," : "", k);
        if (!empty)
            (void)buffer_printf(
                &text,
                ",{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p%d\"},\"spec\":{\"nodeName\":\"n%d\",\"containers\":[{\"name\":\"c\","
                "\"resources\":{\"requests\":{\"cpu\":\"%s\",\"memory\":1}}}]}}",
                k, k, large ? "3500m" : "1");
    }
    (void)buffer_add_text(&text, "]");
    cluster_of_text(&cluster, buffer_text(&text));
    ck_assert_int_eq(placement_of_group(&cluster, &cluster.groups[0], &placement, &err), 0);
    if (crowds[_i].tired)
        placement.looks = 0;
    ck_assert_int_eq(resilience_check(&placement, RESILIENCE_DRAIN, &got, &err), 0);
    ck_assert_msg(got.verdict == crowds[_i].verdict, "%s", resilience_verdict_name(got.verdict));
    ck_assert_uint_eq(got.n_losses, NODES * (NODES - 1) / 2);
    resilience_clear(&got);
    placement_clear(&placement);
    cluster_clear(&cluster);
}
END_TEST

Suite *resilience_suite(void)
{
    Suite *suite = suite_create("resilience");
    TCase *tcase = tcase_create("resilience");

    tcase_add_loop_test(tcase, resilience_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, no_zones_is_unknown);
    tcase_add_test(tcase, agrees_with_every_way);
    tcase_add_test(tcase, gives_up_and_says_so);
    tcase_add_loop_test(tcase, crowd_case, 0, ARRAY_LEN(crowds));
    tcase_set_timeout(tcase, 30);
    suite_add_tcase(suite, tcase);
    return suite;
}
