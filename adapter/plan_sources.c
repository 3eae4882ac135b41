#include "adapter/plan_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { SELECTOR_MAX = 256 };

void plan_rooms_clear(struct plan_rooms *rooms)
{
    free(rooms->items);
    *rooms = (struct plan_rooms){0};
}

/* What the adapter does not know for certain is no value. */
static int ask(const struct running_adapter *adapter, const struct explain_question *question, json_t **out_new, struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;
    const json_t *sources, *source;
    size_t i;

    if (running_adapter_explain(adapter, question, NULL, &answer, err) < 0)
        return error_wrap(err, "ask %s for %s", adapter->server, question->metric);
    sources = json_object_get(answer, "sources");
    json_array_foreach (sources, i, source)
        if (json_is_true(json_object_get(source, "stale")))
            return error_set(err, ERROR_UNAVAILABLE, "%s: what the adapter knows is stale; ask again when it can read its source",
                             question->metric);
    *out_new = json_incref(answer);
    return 0;
}

static const char *label_of(const json_t *item, const char *name)
{
    const char *text = json_string_value(json_object_get(json_object_get(item, "labels"), name));

    return text ? text : "";
}

/* --- builds --- */

/* -1: there is none. */
static double quantile_of(const json_t *answer, const char *quantile)
{
    const json_t *items = json_object_get(answer, "items"), *item;
    size_t i;

    json_array_foreach (items, i, item)
        if (strcmp(label_of(item, "quantile"), quantile) == 0)
            return json_number_value(json_object_get(item, "value"));
    return -1;
}

int plan_read_builds(const struct running_adapter *adapter, const char *queue, const char *name_space, struct plan_crowd *crowd,
                     struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;
    char selector[SELECTOR_MAX];
    const struct explain_question question = {"coder_provisioner_job_duration_seconds", name_space, selector};
    double p50_s, p95_s;

    if ((size_t)snprintf(selector, sizeof(selector), "queue=%s,job_type=workspace_build", queue) >= sizeof(selector))
        return error_set(err, ERROR_INVALID, "--from-history: the name of a queue has at most 63 characters");
    if (ask(adapter, &question, &answer, err) < 0)
        return -1;
    p50_s = quantile_of(answer, "0.5");
    p95_s = quantile_of(answer, "0.95");
    if (p50_s < 0 || p95_s < 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "--from-history %s: no workspace build of such a queue in namespace %s has ended in the last hour; give "
                         "--job-seconds and --job-cv",
                         queue, name_space);
    plan_crowd_fit(crowd, p50_s, p95_s);
    return 0;
}

/* --- room --- */

static struct plan_room *room_of(struct plan_rooms *rooms, const char *group)
{
    for (size_t i = 0; i < rooms->len; i++)
        if (strcmp(rooms->items[i].group, group) == 0)
            return &rooms->items[i];
    if (rooms->len == PLAN_ROOMS_MAX)
        return NULL;
    rooms->items[rooms->len] = (struct plan_room){.cores = -1, .bytes = -1};
    (void)snprintf(rooms->items[rooms->len].group, sizeof(rooms->items[rooms->len].group), "%s", group);
    return &rooms->items[rooms->len++];
}

static int read_amounts(const struct running_adapter *adapter, const struct explain_question *question, struct plan_rooms *rooms,
                        bool cores, struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;
    const json_t *items, *item;
    size_t i;

    if (ask(adapter, question, &answer, err) < 0)
        return -1;
    items = json_object_get(answer, "items");
    json_array_foreach (items, i, item) {
        struct plan_room *room = room_of(rooms, label_of(item, "node_group"));

        if (room)
            *(cores ? &room->cores : &room->bytes) = json_number_value(json_object_get(item, "value"));
    }
    return 0;
}

int plan_read_rooms(const struct running_adapter *adapter, const char *name_space, struct plan_rooms *out, struct error *err)
{
    CLEANUP(plan_rooms_clear) struct plan_rooms rooms = {.items = calloc(PLAN_ROOMS_MAX, sizeof(struct plan_room))};
    const struct explain_question cores = {"node_group_headroom_cores", name_space, "resilience=node"};
    const struct explain_question bytes = {"node_group_headroom_bytes", name_space, "resilience=node"};

    if (!rooms.items)
        return error_no_memory(err);
    if (read_amounts(adapter, &cores, &rooms, true, err) < 0 || read_amounts(adapter, &bytes, &rooms, false, err) < 0)
        return -1;
    *out = rooms;
    rooms = (struct plan_rooms){0};
    return 0;
}
