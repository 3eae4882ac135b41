/* pod_rules.h - where a pod may run: label selectors, node affinity, taints, required (anti-)affinity. Pure.
 *
 * Shape    texts are interned (capacity_names.h): equal texts are equal pointers
 * Source   core/v1 NodeSelector, LabelSelector, Toleration; component-helpers nodeaffinity and apimachinery labels:
 *          In needs the label, NotIn also holds without it, Gt and Lt need an integer; expressions are joined by
 *          "and", node selector terms by "or", and a term without any expression matches nothing */
#ifndef NODEGROUP_POD_RULES_H
#define NODEGROUP_POD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LABEL_ZONE "topology.kubernetes.io/zone"
#define LABEL_ZONE_OLD "failure-domain.beta.kubernetes.io/zone"
#define LABEL_HOSTNAME "kubernetes.io/hostname"
#define LABEL_NAMESPACE_NAME "kubernetes.io/metadata.name"
#define FIELD_NODE_NAME "metadata.name"

struct label {
    const char *key, *value;
};

struct labels {
    const struct label *items;
    size_t n;
};

enum label_operator { LABEL_IN, LABEL_NOT_IN, LABEL_EXISTS, LABEL_DOES_NOT_EXIST, LABEL_GREATER, LABEL_LESS, LABEL_UNKNOWN };

struct label_requirement {
    const char *key;
    enum label_operator op; /* an unknown operator matches nothing */
    const char *const *values;
    size_t n_values;
};

struct label_selector {
    const struct label_requirement *all; /* joined by "and"; none: everything */
    size_t n;
};

/* One of a node affinity's terms, a PersistentVolume's or a pod's nodeSelector; fields know metadata.name only. */
struct node_term {
    struct label_selector labels, fields;
};

/* At least one term must match; none at all is no wish. */
struct node_terms {
    const struct node_term *any;
    size_t n;
};

/* A required pod affinity or anti-affinity term, or a host port, which no two pods of a node can share. */
struct pod_term {
    const char *topology_key;
    struct label_selector labels;
    struct label_selector namespaces; /* on the namespace's own name, which is also a label of it */
    const char *host_port;            /* "TCP 80": matches every pod that carries this very term */
};

struct toleration {
    const char *key, *value, *effect; /* NULL: any */
    bool exists;                      /* operator Exists: any value */
};

struct taint {
    const char *key, *value, *effect;
};

enum { POD_RULES_VOLUMES_MAX = 16 };

/* Shared by all pods of equal wishes. */
struct pod_rules {
    uint32_t id;
    struct label_selector node_selector;
    struct node_terms affinity;
    const char *const *claims; /* "namespace/name" of its volume claims */
    size_t n_claims;
    const struct node_terms *volumes[POD_RULES_VOLUMES_MAX]; /* of those claims whose volume is known */
    size_t n_volumes;
    const struct toleration *tolerations;
    size_t n_tolerations;
    const uint32_t *apart, *together; /* ids of pod terms: anti-affinity and host ports; affinity */
    size_t n_apart, n_together;
};

const char *labels_value(const struct labels *labels, const char *key); /* NULL when missing; key need not be interned */
bool label_selector_matches(const struct label_selector *selector, const struct labels *labels);
bool node_terms_match(const struct node_terms *terms, const char *node_name, const struct labels *labels);
/* nodeSelector, affinity and volumes; not the taints. */
bool pod_rules_allow_node(const struct pod_rules *rules, const char *node_name, const struct labels *labels);
bool pod_rules_tolerate(const struct pod_rules *rules, const struct taint *taint);
/* Does a term of one pod in its namespace speak of another pod? */
bool pod_term_matches(const struct pod_term *term, const char *namespace_of_other, const struct labels *labels_of_other);

/* The part of the wishes that speaks of places (zone, host, node name): a pod that has it is bound there by a volume or
 * by its owner's will, and cannot leave when the place is lost. */
bool pod_rules_bind(const struct pod_rules *rules);
bool pod_rules_bind_to(const struct pod_rules *rules, const char *node_name, const struct labels *labels);

#endif
