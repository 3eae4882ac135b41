#include "adapter/node_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "nodegroup/capacity_json.h"

static const size_t waste_least = (size_t)2 << 20;

void node_pool_init(struct node_pool *pool, const char *group_label)
{
    *pool = (struct node_pool){0};
    cluster_init(&pool->cluster, group_label);
}

void node_pool_clear(struct node_pool *pool)
{
    cluster_clear(&pool->cluster);
    node_pool_init(pool, pool->cluster.group_label);
}

bool node_pool_is_whole(const struct node_pool *pool)
{
    return pool->listed[KIND_NODES] && pool->listed[KIND_PODS];
}

bool node_pool_is_wasteful(const struct node_pool *pool)
{
    return node_pool_is_whole(pool) && pool->cluster.arena.used > pool->lean_bytes + pool->lean_bytes / 2 + waste_least;
}

/* --- which object --- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static const char *name_of(const json_t *object)
{
    return text_of(json_object_get(object, "metadata"), "name");
}

static struct node *find_node(const struct node_pool *pool, const json_t *object)
{
    size_t number = names_find(&pool->cluster.node_names, name_of(object)).number;

    return number > 0 ? &pool->cluster.nodes[number - 1] : NULL;
}

static struct pod *find_pod(const struct node_pool *pool, const json_t *object)
{
    const char *namespace = text_of(json_object_get(object, "metadata"), "namespace");

    return pod_list_find(&pool->cluster.pods, namespace[0] ? namespace : "default", name_of(object));
}

/* The name is known already, so nothing is allocated. */
static void set_number(struct node_pool *pool, const struct node *node, size_t number)
{
    struct names_slot *slot = names_slot(&pool->cluster.node_names, node->name);

    if (slot)
        slot->number = (uint32_t)number;
}

/* The last one takes its place. */
static void remove_node(struct node_pool *pool, struct node *node)
{
    const struct node *last = &pool->cluster.nodes[pool->cluster.n_nodes - 1];

    set_number(pool, node, 0);
    if (node != last) {
        set_number(pool, last, (size_t)(node - pool->cluster.nodes) + 1);
        *node = *last;
    }
    pool->cluster.n_nodes--;
}

static void note_change(struct node_pool *pool, enum node_kind kind)
{
    pool->changed = true;
    pool->nodes_changed |= kind == KIND_NODES;
}

/* --- what of a node is decoded --- */

static int hash_piece(const char *bytes, size_t len, void *context)
{
    uint64_t *hash = context;

    *hash = hash_bytes(*hash, bytes, len);
    return 0;
}

static void hash_part(const json_t *part, uint64_t *hash)
{
    if (part)
        (void)json_dump_callback(part, hash_piece, hash, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    (void)hash_piece("\n", 1, hash);
}

static const json_t *ready_of(const json_t *status)
{
    const json_t *condition;
    size_t i;

    json_array_foreach (json_object_get(status, "conditions"), i, condition)
        if (strcmp(text_of(condition, "type"), "Ready") == 0)
            return json_object_get(condition, "status");
    return NULL;
}

/* Nearly all events of a node are heartbeats: what is read from them is as before. */
static uint64_t print_of_node(const json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata"), *spec = json_object_get(object, "spec");
    const json_t *status = json_object_get(object, "status");
    uint64_t hash = HASH_START;

    hash_part(json_object_get(metadata, "labels"), &hash);
    hash_part(json_object_get(metadata, "deletionTimestamp"), &hash);
    hash_part(json_object_get(spec, "taints"), &hash);
    hash_part(json_object_get(spec, "unschedulable"), &hash);
    hash_part(json_object_get(status, "allocatable"), &hash);
    hash_part(json_object_get(status, "capacity"), &hash);
    hash_part(ready_of(status), &hash);
    return hash;
}

/* --- put --- */

static void count_strange(struct node_pool *pool)
{
    struct cluster *cluster = &pool->cluster;

    pool->strange += cluster->n_warnings;
    if (cluster->n_warnings > 0)
        (void)snprintf(pool->strange_text, sizeof(pool->strange_text), "%s", cluster->warnings[cluster->n_warnings - 1].text);
    cluster->n_warnings = 0;
}

static int put_node(struct node_pool *pool, const json_t *object, struct error *err)
{
    struct node *node = find_node(pool, object);
    uint64_t print = print_of_node(object);
    int status;

    if (node && node->print == print) {
        node->named = true;
        return 0;
    }
    note_change(pool, KIND_NODES);
    if (node)
        remove_node(pool, node);
    status = cluster_read_node(&pool->cluster, object, err);
    count_strange(pool);
    node = find_node(pool, object);
    if (node) {
        node->named = true;
        node->print = print;
    }
    return status;
}

/* A pod that has no node yet, or has ended, is not kept. */
static int keep_pod(struct node_pool *pool, struct pod *known, const struct pod *pod, struct error *err)
{
    bool holds_room = pod->shape && pod->node_name;

    if (known && holds_room)
        *known = *pod;
    else if (known)
        pod_list_remove(&pool->cluster.pods, known);
    else if (holds_room)
        return cluster_add_pod(&pool->cluster, pod, err);
    return 0;
}

static bool is_same_pod(const struct pod *a, const struct pod *b)
{
    return a->shape == b->shape && a->node_name == b->node_name;
}

static int put_pod(struct node_pool *pool, const json_t *object, struct error *err)
{
    struct pod *known = find_pod(pool, object);
    const struct pod old = known ? *known : (struct pod){0};
    struct pod pod = {0};
    int status = read_pod(&pool->cluster, object, &pod, err);

    count_strange(pool);
    if (status < 0)
        return -1;
    pod.named = true;
    if (known ? !is_same_pod(&old, &pod) : pod.shape && pod.node_name)
        note_change(pool, KIND_PODS);
    return keep_pod(pool, known, &pod, err);
}

int node_pool_put(struct node_pool *pool, enum node_kind kind, const json_t *object, struct error *err)
{
    return kind == KIND_NODES ? put_node(pool, object, err) : put_pod(pool, object, err);
}

void node_pool_remove(struct node_pool *pool, enum node_kind kind, const json_t *object)
{
    struct node *node = kind == KIND_NODES ? find_node(pool, object) : NULL;
    struct pod *pod = kind == KIND_PODS ? find_pod(pool, object) : NULL;

    if (node)
        remove_node(pool, node);
    if (pod)
        pod_list_remove(&pool->cluster.pods, pod);
    if (node || pod)
        note_change(pool, kind);
}

/* --- lists --- */

void node_pool_begin(struct node_pool *pool, enum node_kind kind)
{
    struct cluster *cluster = &pool->cluster;

    for (size_t i = 0; kind == KIND_NODES && i < cluster->n_nodes; i++)
        cluster->nodes[i].named = false;
    for (size_t i = 0; kind == KIND_PODS && i < cluster->pods.len; i++)
        cluster->pods.items[i].named = false;
}

/* From the end, since the last one takes the place of one that goes. */
static void remove_unnamed(struct node_pool *pool, enum node_kind kind)
{
    struct cluster *cluster = &pool->cluster;

    for (size_t i = cluster->n_nodes; kind == KIND_NODES && i-- > 0;)
        if (!cluster->nodes[i].named)
            remove_node(pool, &cluster->nodes[i]);
    for (size_t i = cluster->pods.len; kind == KIND_PODS && i-- > 0;)
        if (!cluster->pods.items[i].named)
            pod_list_remove(&cluster->pods, &cluster->pods.items[i]);
}

void node_pool_end(struct node_pool *pool, enum node_kind kind)
{
    size_t before = pool->cluster.n_nodes + pool->cluster.pods.len;

    remove_unnamed(pool, kind);
    if (!pool->listed[kind] || pool->cluster.n_nodes + pool->cluster.pods.len < before)
        note_change(pool, kind);
    pool->listed[kind] = true;
    if (pool->lean_bytes == 0 && node_pool_is_whole(pool))
        pool->lean_bytes = pool->cluster.arena.used;
}
