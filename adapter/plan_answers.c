#include "adapter/plan_answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void plan_rooms_clear(struct plan_rooms *rooms)
{
    free(rooms->items);
    *rooms = (struct plan_rooms){0};
}

int plan_answer_check(const json_t *answer, const char *metric, struct error *err)
{
    const json_t *sources = json_object_get(answer, "sources"), *source;
    size_t i;

    json_array_foreach (sources, i, source)
        if (json_is_true(json_object_get(source, "stale")))
            return error_set(err, ERROR_UNAVAILABLE, "%s: what the adapter knows is stale; ask again when it can read its source", metric);
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

    json_array_foreach (items, i, item) {
        const json_t *value = json_object_get(item, "value");

        if (json_is_number(value) && strcmp(label_of(item, "quantile"), quantile) == 0)
            return json_number_value(value);
    }
    return -1;
}

bool plan_answer_builds(const json_t *answer, struct plan_crowd *crowd)
{
    double p50_s = quantile_of(answer, "0.5"), p95_s = quantile_of(answer, "0.95");

    if (p50_s < 0 || p95_s < 0)
        return false;
    plan_crowd_fit(crowd, p50_s, p95_s);
    return true;
}

/* --- room --- */

/* NULL: there is no place for it. */
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

void plan_answer_rooms(const json_t *answer, enum plan_amount amount, struct plan_rooms *rooms)
{
    const json_t *items = json_object_get(answer, "items"), *item;
    size_t i;

    json_array_foreach (items, i, item) {
        const json_t *value = json_object_get(item, "value");
        struct plan_room *room = json_is_number(value) ? room_of(rooms, label_of(item, "node_group")) : NULL;

        if (room)
            *(amount == PLAN_CORES ? &room->cores : &room->bytes) = json_number_value(value);
    }
}
