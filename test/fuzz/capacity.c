/* capacity.c - Lists of nodes, pods and volumes as kubectl prints them, read leniently: nothing that is accepted is out of its bounds,
 * every pod stands in at most one group, and reading the same again gives the same. */
#include <stdlib.h>
#include <string.h>

#include "nodegroup/capacity_cluster.h"
#include "nodegroup/capacity_list.h"
#include "test/fuzz/fuzz.h"

static int add(void *context, const json_t *item, struct error *err)
{
    return cluster_add(context, item, err);
}

static bool read_cluster(const char *text, size_t len, struct cluster *cluster, struct error *err)
{
    struct capacity_list list = {.text = text, .len = len};

    cluster_init(cluster, CLUSTER_GROUP_LABEL);
    return capacity_list_read(&list, add, cluster, err) == 0 && cluster_group(cluster, err) == 0;
}

static void law_amounts(const struct amounts *amounts)
{
    for (size_t i = 0; i < sizeof(amounts->of) / sizeof(amounts->of[0]); i++)
        LAW(amounts->of[i] >= 0);
}

static void law_sound(const struct cluster *cluster)
{
    size_t nodes = 0, pods = 0;

    LAW(cluster->n_nodes <= CLUSTER_NODES_MAX && cluster->pods.len <= CLUSTER_PODS_MAX && cluster->n_warnings <= CLUSTER_WARNINGS_MAX);
    for (size_t i = 0; i < cluster->n_nodes; i++) {
        LAW(cluster->nodes[i].name && cluster->nodes[i].name[0] != '\0');
        law_amounts(cluster->nodes[i].allocatable);
        law_amounts(cluster->nodes[i].capacity);
    }
    for (size_t i = 0; i < cluster->pods.len; i++) {
        const struct pod *pod = &cluster->pods.items[i];
        char name[POD_NAME_MAX + 1];

        LAW(pod->shape->rules && pod_list_find(&cluster->pods, pod->shape->namespace, pod_name(pod, name)) == pod);
        law_amounts(pod->shape->request);
    }
    for (size_t i = 0; i < cluster->n_groups; i++) {
        const struct node_group *group = &cluster->groups[i];

        LAW(group->n_nodes > 0 && (i == 0 || strcmp(cluster->groups[i - 1].name, group->name) <= 0));
        for (size_t j = 0; j < group->n_nodes; j++)
            LAW(group->nodes[j] < cluster->n_nodes);
        for (size_t j = 0; j < group->n_pods; j++)
            LAW(group->pods[j] < cluster->pods.len && cluster->pods.items[group->pods[j]].node_name);
        nodes += group->n_nodes;
        pods += group->n_pods;
    }
    LAW(nodes == cluster->n_nodes && pods <= cluster->pods.len);
}

static void law_same(const struct cluster *a, const struct cluster *b)
{
    LAW(a->n_nodes == b->n_nodes && a->pods.len == b->pods.len && a->n_groups == b->n_groups && a->n_warnings == b->n_warnings);
    for (size_t i = 0; i < a->pods.len; i++)
        LAW(pod_compare(&a->pods.items[i], &b->pods.items[i]) == 0 &&
            memcmp(a->pods.items[i].shape->request, b->pods.items[i].shape->request, sizeof(struct amounts)) == 0);
    for (size_t i = 0; i < a->n_warnings; i++)
        LAW(strcmp(a->warnings[i].text, b->warnings[i].text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0}, other = {0};
    struct cluster once, twice;
    bool first = read_cluster((const char *)data, size, &once, &err);
    bool second = read_cluster((const char *)data, size, &twice, &other);

    LAW(first == second && strcmp(err.text, other.text) == 0);
    if (first) {
        law_sound(&once);
        law_same(&once, &twice);
    } else {
        law_error_is_told(&err);
    }
    cluster_clear(&once);
    cluster_clear(&twice);
    return 0;
}
