#include "nodegroup/capacity_cluster.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/capacity_json.h"

enum { WARNING_MAX = 512 };

static const size_t arena_max = (size_t)4 << 30;

void cluster_init(struct cluster *cluster, const char *group_label)
{
    *cluster = (struct cluster){.group_label = group_label};
    cluster->arena.limit = arena_max;
    cluster->texts.arena = cluster->node_names.arena = cluster->values.arena = &cluster->arena;
    cluster->rule_texts.arena = cluster->term_texts.arena = &cluster->arena;
    cluster->claims.arena = cluster->usage.arena = &cluster->arena;
}

void cluster_clear(struct cluster *cluster)
{
    struct names *const tables[] = {&cluster->texts,      &cluster->node_names, &cluster->rule_texts,
                                    &cluster->term_texts, &cluster->claims,     &cluster->usage};

    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        names_clear(tables[i]);
    values_clear(&cluster->values);
    pod_list_clear(&cluster->pods);
    free(cluster->nodes);
    free(cluster->terms);
    free(cluster->rules);
    arena_clear(&cluster->arena);
    cluster_init(cluster, cluster->group_label);
}

void cluster_warn(struct cluster *cluster, const char *group, const char *code, const char *format, ...)
{
    char text[WARNING_MAX];
    const char *kept;
    va_list args;

    if (cluster->n_warnings == CLUSTER_WARNINGS_MAX) {
        cluster->n_warnings_left_out++;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    kept = arena_text(&cluster->arena, text);
    if (kept)
        cluster->warnings[cluster->n_warnings++] = (struct cluster_warning){group, code, kept};
}

int cluster_resource(struct cluster *cluster, const char *name)
{
    static const char *const reported[] = {"cpu", "memory", "pods"};

    for (int r = 0; r < RESOURCES_REPORTED; r++)
        if (strcmp(name, reported[r]) == 0)
            return r;
    for (int r = RESOURCE_FIRST_OTHER; r < RESOURCES_MAX; r++) {
        if (!cluster->resource_names[r])
            cluster->resource_names[r] = names_keep(&cluster->texts, name);
        if (cluster->resource_names[r] && strcmp(name, cluster->resource_names[r]) == 0)
            return r;
    }
    return -1;
}

/* Room for one more of an array. */
static int reserve(void **array, size_t n, size_t *room, size_t size)
{
    size_t bigger = *room ? *room * 2 : 64;
    void *moved;

    if (n < *room)
        return 0;
    moved = reallocarray(*array, bigger, size);
    if (!moved)
        return -1;
    *array = moved;
    *room = bigger;
    return 0;
}

int cluster_add_node(struct cluster *cluster, const struct node *node, struct error *err)
{
    struct names_slot *slot = names_slot(&cluster->node_names, node->name);
    void *nodes = cluster->nodes;

    if (slot && slot->number > 0) {
        cluster_warn(cluster, NULL, "repeated-object", "node %s is there twice: the second one was left out", node->name);
        return 0;
    }
    if (cluster->n_nodes == CLUSTER_NODES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d nodes", CLUSTER_NODES_MAX);
    if (!slot || reserve(&nodes, cluster->n_nodes, &cluster->nodes_room, sizeof(*node)) < 0)
        return error_no_memory(err);
    cluster->nodes = nodes;
    cluster->nodes[cluster->n_nodes++] = *node;
    slot->number = (uint32_t)cluster->n_nodes;
    return 0;
}

int cluster_add_pod(struct cluster *cluster, const struct pod *pod, struct error *err)
{
    const char *namespace = pod->shape->namespace;
    char name[POD_NAME_MAX + 1];

    if (pod_list_find(&cluster->pods, namespace, pod_name(pod, name))) {
        cluster_warn(cluster, NULL, "repeated-object", "pod %s/%s is there twice: the second one was left out", namespace, name);
        return 0;
    }
    if (cluster->pods.len == CLUSTER_PODS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d pods", CLUSTER_PODS_MAX);
    if (pod_list_add(&cluster->pods, pod) < 0)
        return error_no_memory(err);
    if (!pod->node_name) {
        cluster->unbound.n++;
        amounts_add(&cluster->unbound.request, pod->shape->request);
    }
    return 0;
}

/* A list answered by the API leaves out the kind of its items: then the members tell. */
static const char *kind_of(const json_t *object)
{
    const json_t *kind = json_object_get(object, "kind");

    if (json_is_string(kind))
        return json_string_value(kind);
    if (json_object_get(object, "usage"))
        return "NodeMetrics";
    if (json_object_get(json_object_get(object, "spec"), "containers"))
        return "Pod";
    if (json_object_get(json_object_get(object, "spec"), "persistentVolumeReclaimPolicy"))
        return "PersistentVolume";
    if (json_object_get(json_object_get(object, "status"), "allocatable") || json_object_get(json_object_get(object, "status"), "nodeInfo"))
        return "Node";
    return "";
}

int cluster_add(struct cluster *cluster, const json_t *object, struct error *err)
{
    static const struct {
        const char *kind;
        int (*read)(struct cluster *cluster, const json_t *object, struct error *err);
    } kinds[] = {
        {"Node", cluster_read_node},
        {"Pod", cluster_read_pod},
        {"NodeMetrics", cluster_read_usage},
        {"PersistentVolume", cluster_read_volume},
    };
    const char *kind = kind_of(object);

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].read(cluster, object, err);
    if (!json_is_object(object))
        cluster_warn(cluster, NULL, "strange-object", "an item of the list is no object but %s: left out", json_type_name(object));
    return 0;
}

struct node_usage cluster_usage(const struct cluster *cluster, const char *node_name)
{
    const struct node_usage *usage = names_find(&cluster->usage, node_name).value;

    return usage ? *usage : (struct node_usage){0};
}
