#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/capacity_json.h"

enum { CONTAINERS_MAX = 512 };

static void free_containers(struct request_container **containers)
{
    free(*containers);
}

static const json_t *find_status(struct capacity_reader *reader, const json_t *statuses, const char *name)
{
    const json_t *status;
    size_t i;

    json_array_foreach (statuses, i, status) {
        const char *text = read_text(reader, status, "name");

        if (text && name && strcmp(text, name) == 0)
            return status;
    }
    return NULL;
}

/* The wish from the spec's resources; allotment and reality from the status, when it has resources at all. */
static struct request_resize read_resize(struct capacity_reader *reader, const json_t *spec, const json_t *status)
{
    json_t *running = read_object(reader, status, "resources");
    json_t *wish = read_object(reader, read_object(reader, spec, "resources"), "requests");
    struct request_resize resize = {.spec = read_resources(reader, wish, "requests"), .has_status = running != NULL};

    if (running) {
        resize.allocated = read_resources(reader, read_object(reader, status, "allocatedResources"), "allocatedResources");
        resize.running = read_resources(reader, read_object(reader, running, "requests"), "status requests");
    }
    return resize;
}

/* Containers of one of the pod's lists, with what the kubelet says of each. NULL when there is none or no memory. */
static struct request_container *read_containers(struct capacity_reader *reader, const json_t *object, const char *list, size_t *n)
{
    const json_t *array = read_array(reader, read_object(reader, object, "spec"), list), *item;
    const json_t *status = read_object(reader, object, "status");
    const json_t *statuses = read_array(reader, status, *list == 'i' ? "initContainerStatuses" : "containerStatuses");
    size_t i, size = json_array_size(array);
    struct request_container *containers;

    if (size > CONTAINERS_MAX) {
        reader->strange = true;
        size = CONTAINERS_MAX;
    }
    containers = size > 0 ? calloc(size, sizeof(*containers)) : NULL;
    reader->no_memory |= size > 0 && !containers;
    *n = containers ? size : 0;
    json_array_foreach (array, i, item) {
        const char *policy = read_text(reader, item, "restartPolicy");

        if (i >= *n)
            break;
        containers[i].requests = read_resize(reader, item, find_status(reader, statuses, read_text(reader, item, "name")));
        containers[i].sidecar = policy && strcmp(policy, "Always") == 0;
    }
    return containers;
}

static bool reads_as_infeasible(struct capacity_reader *reader, const json_t *status)
{
    const json_t *conditions = read_array(reader, status, "conditions"), *condition;
    size_t i;

    json_array_foreach (conditions, i, condition) {
        const char *type = read_text(reader, condition, "type"), *reason = read_text(reader, condition, "reason");

        if (type && strcmp(type, "PodResizePending") == 0)
            return reason && strcmp(reason, "Infeasible") == 0;
    }
    return false;
}

static struct amounts read_request(struct capacity_reader *reader, const json_t *object)
{
    const json_t *spec = read_object(reader, object, "spec"), *status = read_object(reader, object, "status");
    struct request_pod pod = {
        .pod_level = read_resize(reader, spec, status),
        .overhead = read_resources(reader, read_object(reader, spec, "overhead"), "spec.overhead"),
        .resize_infeasible = reads_as_infeasible(reader, status),
    };
    CLEANUP(free_containers) struct request_container *init = read_containers(reader, object, "initContainers", &pod.n_init);
    CLEANUP(free_containers) struct request_container *regular = read_containers(reader, object, "containers", &pod.n_regular);

    pod.init = init;
    pod.regular = regular;
    return request_of_pod(&pod);
}

static bool is_of_daemon_set(struct capacity_reader *reader, const json_t *metadata)
{
    const json_t *owners = read_array(reader, metadata, "ownerReferences"), *owner;
    size_t i;

    json_array_foreach (owners, i, owner) {
        const char *kind = read_text(reader, owner, "kind");

        if (kind && strcmp(kind, "DaemonSet") == 0 && read_bool(reader, owner, "controller"))
            return true;
    }
    return false;
}

static bool is_mirror(struct capacity_reader *reader, const json_t *metadata)
{
    return json_object_get(read_object(reader, metadata, "annotations"), "kubernetes.io/config.mirror") != NULL;
}

static bool is_finished(struct capacity_reader *reader, const json_t *object)
{
    const char *phase = read_text(reader, read_object(reader, object, "status"), "phase");

    return phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);
}

static const char *keep_stem(struct capacity_reader *reader, const char *name)
{
    char stem[POD_NAME_MAX + 1];

    (void)snprintf(stem, sizeof(stem), "%.*s", (int)pod_stem_len(name), name);
    return read_keep(reader, stem);
}

/* name: of the pod. NULL: out of memory. */
static const struct pod_shape *read_shape(struct capacity_reader *reader, const json_t *object, const char *name)
{
    const json_t *metadata = read_object(reader, object, "metadata");
    const char *namespace = read_text(reader, metadata, "namespace");
    const struct amounts request = read_request(reader, object);
    struct pod_shape shape = {
        .namespace = read_keep(reader, namespace ? namespace : "default"),
        .stem = keep_stem(reader, name),
        .labels = read_labels(reader, read_object(reader, metadata, "labels")),
        .request = read_share(reader, &request, sizeof(request)),
        .dies_with_node = is_of_daemon_set(reader, metadata) || is_mirror(reader, metadata),
        .no_request = request.of[RESOURCE_CPU] == 0 || request.of[RESOURCE_MEMORY] == 0,
    };

    if (!reader->no_memory)
        shape.rules = read_pod_rules(reader, shape.namespace, object);
    return reader->no_memory ? NULL : read_share(reader, &shape, sizeof(shape));
}

int read_pod(struct cluster *cluster, const json_t *object, struct pod *out, struct error *err)
{
    struct capacity_reader reader = {.cluster = cluster, .kind = "pod", .name = "?"};
    const char *name = read_text(&reader, read_object(&reader, object, "metadata"), "name");
    const char *node_name = read_text(&reader, read_object(&reader, object, "spec"), "nodeName");
    struct pod pod = {0};

    *out = pod;
    if (!name || !*name) {
        cluster_warn(cluster, NULL, "strange-object", "a pod without a name was left out");
        return 0;
    }
    if (is_finished(&reader, object))
        return 0; /* holds no room, whatever else it says */
    reader.name = name;
    pod.node_name = node_name && *node_name ? read_keep(&reader, node_name) : NULL;
    (void)snprintf(pod.ending, sizeof(pod.ending), "%s", name + pod_stem_len(name));
    pod.shape = read_shape(&reader, object, name);
    if (read_end(&reader, err) < 0)
        return -1;
    *out = pod;
    return 0;
}

int cluster_read_pod(struct cluster *cluster, const json_t *object, struct error *err)
{
    struct pod pod;

    if (read_pod(cluster, object, &pod, err) < 0)
        return -1;
    return pod.shape ? cluster_add_pod(cluster, &pod, err) : 0;
}
