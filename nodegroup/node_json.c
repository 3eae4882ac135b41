#include <stdlib.h>
#include <string.h>

#include "nodegroup/capacity_json.h"

static bool reads_as_ready(struct capacity_reader *reader, const json_t *status)
{
    const json_t *conditions = read_array(reader, status, "conditions"), *condition;
    size_t i;

    json_array_foreach (conditions, i, condition) {
        const char *type = read_text(reader, condition, "type"), *value = read_text(reader, condition, "status");

        if (type && strcmp(type, "Ready") == 0)
            return value && strcmp(value, "True") == 0;
    }
    return false;
}

static bool keeps_pods_off(const struct taint *taint)
{
    return strcmp(taint->effect, "NoSchedule") == 0 || strcmp(taint->effect, "NoExecute") == 0;
}

/* All taints that matter; the caller sorts out which of them are the node's state. */
static struct taint *read_taints(struct capacity_reader *reader, const json_t *spec, size_t *n)
{
    const json_t *array = read_array(reader, spec, "taints"), *item;
    size_t i, size = json_array_size(array);
    struct taint *taints = size > 0 ? read_alloc(reader, size, sizeof(*taints)) : NULL;

    *n = 0;
    if (!taints)
        return NULL;
    json_array_foreach (array, i, item) {
        const char *key = read_text(reader, item, "key"), *value = read_text(reader, item, "value");
        const char *effect = read_text(reader, item, "effect");
        struct taint taint = {read_keep(reader, key), read_keep(reader, value ? value : ""), read_keep(reader, effect)};

        if (taint.key && taint.value && taint.effect && (keeps_pods_off(&taint) || node_taint_is_state(&taint)))
            taints[(*n)++] = taint;
    }
    return taints;
}

static void read_state(struct capacity_reader *reader, const json_t *object, struct node *node)
{
    json_t *spec = read_object(reader, object, "spec");
    struct node_condition condition = {
        .ready = reads_as_ready(reader, read_object(reader, object, "status")),
        .deleting = read_text(reader, read_object(reader, object, "metadata"), "deletionTimestamp") != NULL,
        .unschedulable = read_bool(reader, spec, "unschedulable"),
    };
    size_t n = 0, kept = 0;
    struct taint *taints = read_taints(reader, spec, &n);

    node->state = node_state_of(&condition, taints, n);
    for (size_t i = 0; i < n; i++)
        if (!node_taint_is_state(&taints[i]))
            taints[kept++] = taints[i];
    node->taints = taints;
    node->n_taints = kept;
}

/* The API server sets allocatable to capacity where a kubelet reports none. */
static void read_size(struct capacity_reader *reader, const json_t *object, struct node *node)
{
    static const unsigned needed = 1U << RESOURCE_CPU | 1U << RESOURCE_MEMORY | 1U << RESOURCE_PODS;
    json_t *status = read_object(reader, object, "status"), *map = read_object(reader, status, "allocatable");
    struct resource_list list = read_resources(reader, map ? map : read_object(reader, status, "capacity"), "status.allocatable");
    struct amounts capacity = map ? read_resources(reader, read_object(reader, status, "capacity"), "status.capacity").amounts
                                  : list.amounts;

    for (size_t r = 0; r < RESOURCES_MAX; r++)
        if (capacity.of[r] < list.amounts.of[r])
            capacity.of[r] = list.amounts.of[r];
    node->allocatable = read_share(reader, &list.amounts, sizeof(list.amounts));
    node->capacity = read_share(reader, &capacity, sizeof(capacity));
    node->sized = (list.named & needed) == needed;
    if (!node->sized)
        cluster_warn(reader->cluster, NULL, "node-without-size",
                     "node %s: cpu, memory or pods of status.allocatable are not known: it counts as no room", reader->name);
}

static const char *first_label(const struct labels *labels, const char *key, const char *older)
{
    const char *value = labels_value(labels, key);

    if (!value)
        value = labels_value(labels, older);
    return value && *value ? value : NULL;
}

int cluster_read_node(struct cluster *cluster, const json_t *object, struct error *err)
{
    struct capacity_reader reader = {.cluster = cluster, .kind = "node", .name = "?"};
    const json_t *metadata = read_object(&reader, object, "metadata");
    const char *name = read_text(&reader, metadata, "name");
    struct node node = {.name = read_keep(&reader, name)};

    if (!name || !*name) {
        cluster_warn(cluster, NULL, "strange-object", "a node without a name was left out");
        return 0;
    }
    reader.name = name;
    node.labels = read_labels(&reader, read_object(&reader, metadata, "labels"));
    node.group = first_label(&node.labels, cluster->group_label, cluster->group_label);
    node.zone = first_label(&node.labels, LABEL_ZONE, LABEL_ZONE_OLD);
    node.instance_type = first_label(&node.labels, "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type");
    read_state(&reader, object, &node);
    read_size(&reader, object, &node);
    if (read_end(&reader, err) < 0)
        return -1;
    return cluster_add_node(cluster, &node, err);
}

int cluster_read_usage(struct cluster *cluster, const json_t *object, struct error *err)
{
    struct capacity_reader reader = {.cluster = cluster, .kind = "usage of node", .name = "?"};
    const char *name = read_text(&reader, read_object(&reader, object, "metadata"), "name");
    struct resource_list list;
    struct names_slot *slot;
    struct node_usage *usage;

    if (!name || !*name) {
        cluster_warn(cluster, NULL, "strange-object", "a NodeMetrics without a name was left out");
        return 0;
    }
    reader.name = name;
    list = read_resources(&reader, read_object(&reader, object, "usage"), "usage");
    usage = read_alloc(&reader, 1, sizeof(*usage));
    slot = names_slot(&cluster->usage, name);
    if (!usage || !slot)
        return error_no_memory(err);
    *usage = (struct node_usage){
        .cpu_milli = list.amounts.of[RESOURCE_CPU],
        .memory_bytes = list.amounts.of[RESOURCE_MEMORY],
        .known = (list.named & 1U << RESOURCE_CPU) && (list.named & 1U << RESOURCE_MEMORY),
    };
    slot->value = usage;
    return read_end(&reader, err);
}

int cluster_read_volume(struct cluster *cluster, const json_t *object, struct error *err)
{
    struct capacity_reader reader = {.cluster = cluster, .kind = "volume", .name = "?"};
    const json_t *spec = read_object(&reader, object, "spec"), *claim = read_object(&reader, spec, "claimRef");
    const char *namespace = read_text(&reader, claim, "namespace"), *name = read_text(&reader, claim, "name");
    const json_t *affinity = read_object(&reader, spec, "nodeAffinity");
    char key[2 * 512 + 2];
    struct node_terms *terms;
    struct names_slot *slot;

    if (!namespace || !name)
        return 0; /* bound to no claim: no pod can use it */
    reader.name = name;
    (void)snprintf(key, sizeof(key), "%s/%s", namespace, name);
    terms = read_alloc(&reader, 1, sizeof(*terms));
    slot = names_slot(&cluster->claims, key);
    if (!terms || !slot)
        return error_no_memory(err);
    *terms = read_node_terms(&reader, read_object(&reader, affinity, "required"));
    slot->value = terms;
    return read_end(&reader, err);
}
