/* capacity_cluster.h - nodes, pods and their usage as they came in, sorted into node groups.
 *
 * Shape    cluster_add for each object in any order, then cluster_group once; after that it only is read
 * Bounds   strings and arrays live in one arena with a limit; what is wrong with the input is kept as warnings, at most
 *          CLUSTER_WARNINGS_MAX, the rest only counted
 * Errors   a garbage member makes a warning and a marked gap, the rest goes on; only memory and limits fail
 * Owner    cluster_init / cluster_clear */
#ifndef NODEGROUP_CAPACITY_CLUSTER_H
#define NODEGROUP_CAPACITY_CLUSTER_H

#include "base/json.h"

#include "base/arena.h"
#include "base/error.h"
#include "nodegroup/capacity_names.h"
#include "nodegroup/capacity_values.h"
#include "nodegroup/node.h"
#include "nodegroup/pod_list.h"

#define CLUSTER_GROUP_LABEL "elastisys.io/node-group"
#define CLUSTER_NO_GROUP "(none)" /* the group of nodes without the label */

enum { CLUSTER_WARNINGS_MAX = 200, CLUSTER_NODES_MAX = 20000, CLUSTER_PODS_MAX = 1000000 };

struct node_usage {
    int64_t cpu_milli, memory_bytes;
    bool known;
};

struct cluster_warning {
    const char *group; /* NULL: of no group */
    const char *code, *text;
};

struct node_group {
    const char *name;
    bool unlabelled;
    const uint32_t *nodes, *pods; /* indices; pods that hold room on these nodes */
    size_t n_nodes, n_pods;
};

struct cluster {
    struct arena arena;
    const char *group_label;
    struct names texts;                  /* interned */
    struct values values;                /* lists of labels, amounts of requests, shapes of pods: each once */
    struct names node_names;             /* value: index + 1 */
    struct names rule_texts, term_texts; /* by canonical JSON */
    struct names claims;                 /* "namespace/name" of a claim: the node_terms of its volume */
    struct names usage;                  /* by node name */

    struct node *nodes;
    size_t n_nodes, nodes_room;
    struct pod_list pods;
    const struct pod_term **terms; /* by id */
    size_t n_terms, terms_room;
    struct pod_rules **rules; /* by id */
    size_t n_rules, rules_room;
    const char *resource_names[RESOURCES_MAX]; /* of RESOURCE_FIRST_OTHER and up */
    struct node_group *groups;                 /* by name */
    size_t n_groups;

    struct {
        size_t n;
        struct amounts request;
    } unbound; /* pods bound to no node: unmet demand, in no group's sums */
    struct cluster_warning warnings[CLUSTER_WARNINGS_MAX];
    size_t n_warnings, n_warnings_left_out;
};

void cluster_init(struct cluster *cluster, const char *group_label);
void cluster_clear(struct cluster *cluster);
/* A Node, Pod, NodeMetrics or PersistentVolume, told by kind or, where a list leaves it out, by its members. Others are ignored. */
int cluster_add(struct cluster *cluster, const json_t *object, struct error *err) MUST_CHECK;
int cluster_group(struct cluster *cluster, struct error *err) MUST_CHECK;
struct node_usage cluster_usage(const struct cluster *cluster, const char *node_name);

void cluster_warn(struct cluster *cluster, const char *group, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);

/* What the decoders (node_json.c, pod_json.c, pod_rules_json.c) fill it with. -1: memory. */
int cluster_add_node(struct cluster *cluster, const struct node *node, struct error *err) MUST_CHECK;
int cluster_add_pod(struct cluster *cluster, const struct pod *pod, struct error *err) MUST_CHECK;
/* Index of a resource by its name, -1 when there are more kinds than RESOURCES_MAX. */
int cluster_resource(struct cluster *cluster, const char *name);

#endif
