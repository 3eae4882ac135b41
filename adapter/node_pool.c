#include "adapter/node_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/capacity_json.h"

enum { KEY_MAX = 2 * 512 + 2 };

static const size_t waste_least = (size_t)8 << 20;

void node_pool_init(struct node_pool *pool, const char *group_label)
{
    *pool = (struct node_pool){0};
    cluster_init(&pool->cluster, group_label);
}

void node_pool_clear(struct node_pool *pool)
{
    cluster_clear(&pool->cluster);
    for (size_t kind = 0; kind < NODE_KINDS; kind++)
        free(pool->marks[kind]);
    node_pool_init(pool, pool->cluster.group_label);
}

bool node_pool_is_whole(const struct node_pool *pool)
{
    return pool->listed[KIND_NODES] && pool->listed[KIND_PODS];
}

bool node_pool_is_wasteful(const struct node_pool *pool)
{
    return node_pool_is_whole(pool) && pool->cluster.arena.used > 2 * pool->lean_bytes + waste_least;
}

/* --- which object --- */

static size_t count(const struct node_pool *pool, enum node_kind kind)
{
    return kind == KIND_NODES ? pool->cluster.n_nodes : pool->cluster.n_pods;
}

static struct names *names_of(struct node_pool *pool, enum node_kind kind)
{
    return kind == KIND_NODES ? &pool->cluster.node_names : &pool->cluster.pod_names;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* As capacity_cluster.c names it. */
static void key_of_object(enum node_kind kind, const json_t *object, char out[KEY_MAX])
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *name_space = text_of(metadata, "namespace");

    if (kind == KIND_NODES)
        (void)snprintf(out, KEY_MAX, "%s", text_of(metadata, "name"));
    else
        (void)snprintf(out, KEY_MAX, "%s/%s", name_space[0] ? name_space : "default", text_of(metadata, "name"));
}

static void key_at(const struct node_pool *pool, enum node_kind kind, size_t at, char out[KEY_MAX])
{
    if (kind == KIND_NODES)
        (void)snprintf(out, KEY_MAX, "%s", pool->cluster.nodes[at].name);
    else
        (void)snprintf(out, KEY_MAX, "%s/%s", pool->cluster.pods[at].namespace, pool->cluster.pods[at].name);
}

/* The number of an object, 0 of an unknown one. */
static size_t find(struct node_pool *pool, enum node_kind kind, const char *key)
{
    return names_find(names_of(pool, kind), key).number;
}

/* The name is known already, so nothing is allocated. */
static void set_number(struct node_pool *pool, enum node_kind kind, const char *key, size_t number)
{
    struct names_slot *slot = names_find(names_of(pool, kind), key).text ? names_slot(names_of(pool, kind), key) : NULL;

    if (slot)
        slot->number = (uint32_t)number;
}

/* The last one takes its place. */
static void remove_at(struct node_pool *pool, enum node_kind kind, size_t at)
{
    size_t last = count(pool, kind) - 1;
    char key[KEY_MAX];

    key_at(pool, kind, at, key);
    set_number(pool, kind, key, 0);
    if (at != last) {
        key_at(pool, kind, last, key);
        set_number(pool, kind, key, at + 1);
        pool->marks[kind][at] = pool->marks[kind][last];
    }
    if (kind == KIND_NODES)
        pool->cluster.nodes[at] = pool->cluster.nodes[--pool->cluster.n_nodes];
    else
        pool->cluster.pods[at] = pool->cluster.pods[--pool->cluster.n_pods];
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

    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
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
    uint64_t hash = UINT64_C(14695981039346656037);

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

static bool is_same_pod(const struct pod *a, const struct pod *b)
{
    return a->node_name == b->node_name && a->labels == b->labels && a->rules == b->rules && a->dies_with_node == b->dies_with_node &&
           a->no_request == b->no_request && a->request == b->request;
}

static int reserve_mark(struct node_pool *pool, enum node_kind kind, struct error *err)
{
    size_t bigger = pool->marks_room[kind] ? pool->marks_room[kind] * 2 : 64;
    struct pool_mark *moved;

    if (count(pool, kind) < pool->marks_room[kind])
        return 0;
    moved = reallocarray(pool->marks[kind], bigger, sizeof(*moved));
    if (!moved)
        return error_no_memory(err);
    pool->marks[kind] = moved;
    pool->marks_room[kind] = bigger;
    return 0;
}

static void count_strange(struct node_pool *pool)
{
    struct cluster *cluster = &pool->cluster;

    pool->strange += cluster->n_warnings;
    if (cluster->n_warnings > 0)
        (void)snprintf(pool->strange_text, sizeof(pool->strange_text), "%s", cluster->warnings[cluster->n_warnings - 1].text);
    cluster->n_warnings = 0;
}

static int read_object_of(struct node_pool *pool, enum node_kind kind, const json_t *object, struct error *err)
{
    return kind == KIND_NODES ? cluster_read_node(&pool->cluster, object, err) : cluster_read_pod(&pool->cluster, object, err);
}

/* Adds what is not there. */
static int add(struct node_pool *pool, enum node_kind kind, const json_t *object, const char *key, struct error *err)
{
    size_t before = count(pool, kind);
    int status = reserve_mark(pool, kind, err) < 0 ? -1 : read_object_of(pool, kind, object, err);
    size_t after = count(pool, kind);

    count_strange(pool);
    set_number(pool, kind, key, after > before ? after : 0); /* a pod that has no node yet, or has ended, is not kept */
    if (after > before)
        pool->marks[kind][before] = (struct pool_mark){.round = pool->round[kind]};
    return status;
}

static int put_node(struct node_pool *pool, const json_t *object, const char *key, struct error *err)
{
    size_t number = find(pool, KIND_NODES, key);
    uint64_t print = print_of_node(object);

    if (number > 0 && pool->marks[KIND_NODES][number - 1].print == print) {
        pool->marks[KIND_NODES][number - 1].round = pool->round[KIND_NODES];
        return 0;
    }
    note_change(pool, KIND_NODES);
    if (number > 0)
        remove_at(pool, KIND_NODES, number - 1);
    if (add(pool, KIND_NODES, object, key, err) < 0)
        return -1;
    number = find(pool, KIND_NODES, key);
    if (number > 0)
        pool->marks[KIND_NODES][number - 1].print = print;
    return 0;
}

static int put_pod(struct node_pool *pool, const json_t *object, const char *key, struct error *err)
{
    size_t number = find(pool, KIND_PODS, key);
    struct pod old = {0};
    bool was = number > 0, is;

    if (was) {
        old = pool->cluster.pods[number - 1];
        remove_at(pool, KIND_PODS, number - 1);
    }
    pool->cluster.unbound.n = 0; /* the scheduler's queue is nobody's load here */
    if (add(pool, KIND_PODS, object, key, err) < 0) {
        note_change(pool, KIND_PODS);
        return -1;
    }
    number = find(pool, KIND_PODS, key);
    is = number > 0;
    if (was != is || (is && !is_same_pod(&old, &pool->cluster.pods[number - 1])))
        note_change(pool, KIND_PODS);
    return 0;
}

int node_pool_put(struct node_pool *pool, enum node_kind kind, const json_t *object, struct error *err)
{
    char key[KEY_MAX];

    key_of_object(kind, object, key);
    return kind == KIND_NODES ? put_node(pool, object, key, err) : put_pod(pool, object, key, err);
}

void node_pool_remove(struct node_pool *pool, enum node_kind kind, const json_t *object)
{
    char key[KEY_MAX];
    size_t number;

    key_of_object(kind, object, key);
    number = find(pool, kind, key);
    if (number == 0)
        return;
    remove_at(pool, kind, number - 1);
    note_change(pool, kind);
}

/* --- lists --- */

void node_pool_begin(struct node_pool *pool, enum node_kind kind)
{
    pool->round[kind]++;
}

void node_pool_end(struct node_pool *pool, enum node_kind kind)
{
    for (size_t i = count(pool, kind); i-- > 0;) {
        if (pool->marks[kind][i].round == pool->round[kind])
            continue;
        remove_at(pool, kind, i);
        note_change(pool, kind);
    }
    if (!pool->listed[kind])
        note_change(pool, kind);
    pool->listed[kind] = true;
    if (pool->lean_bytes == 0 && node_pool_is_whole(pool))
        pool->lean_bytes = pool->cluster.arena.used;
}
