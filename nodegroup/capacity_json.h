/* capacity_json.h - the JSON forms of Node, Pod, PersistentVolume and NodeMetrics, read leniently into a cluster.
 *
 * Shape    an object is from outside and may be anything: a member of a wrong type counts as missing and makes one
 *          warning for its object, a garbage Quantity one that names it
 * Errors   -1 only for memory
 * Owner    what is decoded lives in the cluster's arena */
#ifndef NODEGROUP_CAPACITY_JSON_H
#define NODEGROUP_CAPACITY_JSON_H

#include "nodegroup/capacity_cluster.h"

/* What is being read, so that a warning can name it. */
struct capacity_reader {
    struct cluster *cluster;
    const char *kind, *name; /* "node", "n1" */
    bool strange, no_memory; /* something had a wrong type; an allocation failed */
};

json_t *read_object(struct capacity_reader *reader, const json_t *object, const char *name);
json_t *read_array(struct capacity_reader *reader, const json_t *object, const char *name);
/* NULL when missing, too long, or not a string; borrowed from the JSON. */
const char *read_text(struct capacity_reader *reader, const json_t *object, const char *name);
bool read_bool(struct capacity_reader *reader, const json_t *object, const char *name);
/* The kept copy of a text; NULL of NULL. */
const char *read_keep(struct capacity_reader *reader, const char *text);
/* The one kept copy of a value (capacity_values.h). */
const void *read_share(struct capacity_reader *reader, const void *bytes, size_t len);
/* A map of Quantities; what is garbage or negative is warned of and left out. */
struct resource_list read_resources(struct capacity_reader *reader, json_t *map, const char *path);
/* A map of strings, sorted by key; equal ones share their items. */
struct labels read_labels(struct capacity_reader *reader, json_t *map);
void *read_alloc(struct capacity_reader *reader, size_t n, size_t size);

struct label_selector read_node_selector(struct capacity_reader *reader, json_t *map);
struct label_selector read_expressions(struct capacity_reader *reader, const json_t *array);
struct node_terms read_node_terms(struct capacity_reader *reader, const json_t *selector);
const struct pod_rules *read_pod_rules(struct capacity_reader *reader, const char *namespace, const json_t *object);

/* For whoever keeps the pods up to date: the pod is not added. Its shape is NULL when it is none that holds room. */
int read_pod(struct cluster *cluster, const json_t *object, struct pod *out, struct error *err) MUST_CHECK;

int cluster_read_node(struct cluster *cluster, const json_t *object, struct error *err) MUST_CHECK;
int cluster_read_pod(struct cluster *cluster, const json_t *object, struct error *err) MUST_CHECK;
int cluster_read_usage(struct cluster *cluster, const json_t *object, struct error *err) MUST_CHECK;
int cluster_read_volume(struct cluster *cluster, const json_t *object, struct error *err) MUST_CHECK;
/* Ends the reading of one object: its one warning about wrong types, and -1 when memory failed. */
int read_end(const struct capacity_reader *reader, struct error *err) MUST_CHECK;

#endif
