/* config_check.c - the rules of the configuration that no single key can break: what keys must agree on. Pure. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapter/config.h"
#include "adapter/option_text.h"
#include "nodegroup/prometheus_past.h"

struct checker {
    struct config *config;
    const struct tree_node *root;
    struct config_mistakes *mistakes;
};

/* ---- Telling ---- */

/* The child of node that the first step of *path names; moves *path behind the step. */
static const struct tree_node *step(const struct tree_node *node, const char **path)
{
    char key[CONFIG_PATH_MAX];
    size_t len, index;

    if (**path == '[') {
        const struct tree_node *child = node->kind == TREE_LIST ? node->first : NULL;

        index = strtoul(*path + 1, NULL, 10);
        *path += strcspn(*path, "]") + 1;
        while (child && index-- > 0)
            child = child->next;
        return child;
    }
    *path += **path == '.';
    len = strcspn(*path, ".[");
    (void)snprintf(key, sizeof(key), "%.*s", (int)len, *path);
    *path += len;
    return tree_child(node, key);
}

/* Where the key stands, or where the innermost section stands that would have it. */
static struct config_place place_of(const struct tree_node *root, const char *path)
{
    const struct tree_node *node = root;

    while (*path != '\0') {
        const struct tree_node *child = step(node, &path);

        if (!child)
            break;
        node = child;
    }
    return node->at;
}

/* One key and another do not agree. Silent where one of them is known to be wrong itself: the default in its place proves nothing. */
PRINTF_LIKE(4, 5)
static void disagree(const struct checker *checker, const char *path, const char *other_path, const char *format, ...)
{
    char text[sizeof(checker->mistakes->items[0].text)];
    va_list args;

    if (config_mistakes_has(checker->mistakes, path) || config_mistakes_has(checker->mistakes, other_path))
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    config_mistakes_add(checker->mistakes, place_of(checker->root, path), path, "%s", text);
}

/* "queues[3].name" */
static void path_in(char out[CONFIG_PATH_MAX], const char *list, size_t index, const char *key)
{
    (void)snprintf(out, CONFIG_PATH_MAX, "%s[%zu].%s", list, index, key);
}

/* ---- Serving, Coder, node groups ---- */

static void check_serving(const struct checker *checker)
{
    const struct config_serving *serving = &checker->config->serving;

    if (serving->cert_file[0] != '\0' && serving->key_file[0] == '\0')
        disagree(checker, "serving.certFile", "serving.keyFile", "there is a certFile but no keyFile; give both or none");
    if (serving->key_file[0] != '\0' && serving->cert_file[0] == '\0')
        disagree(checker, "serving.keyFile", "serving.certFile", "there is a keyFile but no certFile; give both or none");
    if (serving->authentication == CONFIG_AUTHENTICATION_NONE && !text_is_loopback(serving->address))
        disagree(checker, "serving.authentication", "serving.address",
                 "none is allowed on a loopback address only, and serving.address is %s; use 127.0.0.1 or ::1, or delegated",
                 serving->address);
}

static void check_freshness(const struct checker *checker)
{
    const struct config_coder *coder = &checker->config->coder;
    const struct config_node_groups *groups = &checker->config->node_groups;

    if (coder->stale_after_ms < coder->poll_interval_ms)
        disagree(checker, "coder.staleAfter", "coder.pollInterval",
                 "shorter than coder.pollInterval: every reading would be stale before the next; want at least the interval");
    if (groups->usage.stale_after_ms < groups->usage.interval_ms)
        disagree(checker, "nodeGroups.usage.staleAfter", "nodeGroups.usage.interval",
                 "shorter than nodeGroups.usage.interval: every reading would be stale before the next; want at least the interval");
    if (groups->on && groups->usage.source == CONFIG_USAGE_PROMETHEUS && !groups->usage.prometheus.on)
        disagree(checker, "nodeGroups.usage.source", "nodeGroups.usage.prometheus",
                 "prometheus is the source but has no section; write nodeGroups.usage.prometheus with its url");
}

static void tell_names(const struct checker *checker, const char *path, const struct error *err)
{
    CLEANUP(buffer_clear) struct buffer names = BUFFER_INIT(1024);

    for (size_t i = 0; past_query_at(i); i++)
        (void)buffer_printf(&names, ", %s", past_query_at(i)->name);
    disagree(checker, path, path, "%s%s", err->text, buffer_text(&names));
}

/* A query that nobody asks would be silently without effect. */
static void check_queries(const struct checker *checker)
{
    const struct option_pairs *queries = &checker->config->node_groups.usage.prometheus.queries;
    char path[CONFIG_PATH_MAX];
    struct error err = {0};

    for (size_t i = 0; i < queries->len; i++) {
        (void)snprintf(path, sizeof(path), "nodeGroups.usage.prometheus.queries.%s", queries->items[i].name);
        if (!past_query_text(queries->items[i].name) && prometheus_check_name(queries->items[i].name, &err) < 0)
            tell_names(checker, path, &err);
    }
}

/* ---- Queues ---- */

static bool is_pool_wrong(const struct checker *checker, size_t index)
{
    char tags[CONFIG_PATH_MAX], organization[CONFIG_PATH_MAX];

    path_in(tags, "queues", index, "tags");
    path_in(organization, "queues", index, "organization");
    return config_mistakes_has(checker->mistakes, tags) || config_mistakes_has(checker->mistakes, organization);
}

static void check_same_queue(const struct checker *checker, size_t index, size_t earlier)
{
    const struct queue_spec *queue = &checker->config->queues[index], *other = &checker->config->queues[earlier];
    char path[CONFIG_PATH_MAX], other_path[CONFIG_PATH_MAX];

    if (queue->name && other->name && strcmp(queue->name, other->name) == 0) {
        path_in(path, "queues", index, "name");
        path_in(other_path, "queues", earlier, "name");
        disagree(checker, path, other_path, "%s is the name of queues[%zu] already; names are unique", queue->name, earlier);
    }
    /* Coder looks organizations up without regard to small and capital letters. */
    if (strcasecmp(queue->organization, other->organization) != 0 || !tags_equal(&queue->tags, &other->tags))
        return;
    path_in(path, "queues", index, "tags");
    if (!is_pool_wrong(checker, index) && !is_pool_wrong(checker, earlier))
        disagree(checker, path, path, "the same organization (%s) and tags as queues[%zu]; two queues cannot share one pool",
                 queue->organization, earlier);
}

static void check_replicas(const struct checker *checker, size_t index)
{
    const struct queue_spec *queue = &checker->config->queues[index];
    char path[CONFIG_PATH_MAX], other_path[CONFIG_PATH_MAX];

    if (queue->replicas_min <= queue->replicas_max)
        return;
    path_in(path, "queues", index, "replicas.min");
    path_in(other_path, "queues", index, "replicas.max");
    disagree(checker, path, other_path, "%" PRId64 " is more than replicas.max, which is %" PRId64, queue->replicas_min,
             queue->replicas_max);
}

/* "coder-provisioner-" and the queue's name, where no workload is named. */
static void name_workload(const struct checker *checker, size_t index)
{
    static const char prefix[] = "coder-provisioner-";
    struct queue_spec *queue = &checker->config->queues[index];
    char path[CONFIG_PATH_MAX], name_path[CONFIG_PATH_MAX], name[sizeof(prefix) + 64];
    char *copy;

    if (!queue->name || queue->workload.name[0] != '\0')
        return;
    (void)snprintf(name, sizeof(name), "%s%s", prefix, queue->name);
    if (!text_is_object_name(name)) {
        path_in(path, "queues", index, "workload.name");
        path_in(name_path, "queues", index, "name");
        disagree(checker, path, name_path, "missing, and %s cannot be the name of a workload; write the name", name);
        return;
    }
    copy = strdup(name);
    if (!copy) {
        config_mistakes_no_memory(checker->mistakes);
        return;
    }
    free(queue->workload.name);
    queue->workload.name = copy;
}

/* Whether this queue is the first of its organization. */
static bool is_new_organization(const struct config *config, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (config->queues[i].organization && strcasecmp(config->queues[i].organization, config->queues[index].organization) == 0)
            return false;
    return true;
}

static void check_queues(const struct checker *checker)
{
    size_t organizations = 0;
    char path[CONFIG_PATH_MAX];

    for (size_t i = 0; i < checker->config->n_queues; i++) {
        if (!checker->config->queues[i].organization)
            continue; /* was no map: told */
        check_replicas(checker, i);
        name_workload(checker, i);
        if (is_new_organization(checker->config, i) && ++organizations == CONFIG_ORGANIZATIONS_MAX + 1) {
            path_in(path, "queues", i, "organization");
            disagree(checker, path, path, "one organization more than the %d that are polled", CONFIG_ORGANIZATIONS_MAX);
        }
        for (size_t j = 0; j < i; j++)
            if (checker->config->queues[j].organization)
                check_same_queue(checker, i, j);
    }
}

/* ---- Guidelines and workshops ---- */

static void check_guidelines(const struct checker *checker)
{
    struct config *config = checker->config;
    char path[CONFIG_PATH_MAX], other_path[CONFIG_PATH_MAX];

    for (size_t i = 0; i < config->n_guidelines; i++) {
        struct guideline *row = &config->guidelines[i];

        if (row->minimum == 0)
            row->minimum = row->replicas;
        path_in(path, "guidelines", i, "minimum");
        path_in(other_path, "guidelines", i, "replicas");
        if (row->minimum > row->replicas)
            disagree(checker, path, other_path, "%" PRId64 " is more than replicas, which is %" PRId64, row->minimum, row->replicas);
        if (i == 0 || row->users > row[-1].users || row->replicas == 0 || row[-1].replicas == 0)
            continue; /* without replicas: no map, told */
        path_in(path, "guidelines", i, "users");
        path_in(other_path, "guidelines", i - 1, "users");
        disagree(checker, path, other_path, "%" PRId64 " is not more than the %" PRId64 " of the row before; rows ascend", row->users,
                 row[-1].users);
    }
}

/* A queue whose own name is wrong (told) may be the one that is meant. */
static bool may_be_queue(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_queues; i++)
        if (!config->queues[i].name || strcmp(config->queues[i].name, name) == 0)
            return true;
    return false;
}

static void check_workshop(const struct checker *checker, size_t index)
{
    const struct workshop *workshop = &checker->config->workshops[index];
    char path[CONFIG_PATH_MAX], other_path[CONFIG_PATH_MAX];

    path_in(path, "workshops", index, "queue");
    if (!may_be_queue(checker->config, workshop->queue))
        disagree(checker, path, path, "there is no queue named %s; want the name of one of queues", workshop->queue);
    path_in(path, "workshops", index, "end");
    path_in(other_path, "workshops", index, "start");
    if (workshop->end_unix_ms <= workshop->start_unix_ms)
        disagree(checker, path, other_path, "not after start");
    for (size_t i = 0; i < index; i++) {
        const struct workshop *other = &checker->config->workshops[i];

        if (!workshop->name || !other->name || strcmp(other->name, workshop->name) != 0)
            continue;
        path_in(path, "workshops", index, "name");
        path_in(other_path, "workshops", i, "name");
        disagree(checker, path, other_path, "%s is the name of workshops[%zu] already; names are unique", workshop->name, i);
    }
}

void config_check(struct config *config, const struct tree_node *root, struct config_mistakes *mistakes)
{
    struct checker checker = {config, root, mistakes};

    check_serving(&checker);
    check_freshness(&checker);
    check_queries(&checker);
    check_queues(&checker);
    check_guidelines(&checker);
    for (size_t i = 0; i < config->n_workshops; i++)
        if (config->workshops[i].queue)
            check_workshop(&checker, i);
}
