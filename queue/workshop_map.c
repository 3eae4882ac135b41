/* workshop_map.c - a workshop as a ConfigMap tells it: texts from people who have no access to the adapter. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/timestamp.h"
#include "queue/workshop.h"

enum { USERS_DIGITS = 6, QUOTED = 40, QUOTED_BYTES = 4 * QUOTED };

static const char default_queue[] = "default", default_lead[] = "15m";
static const int64_t longest_lead_ms = 86400000;

bool workshop_time_parse(const char *text, const struct zone *zone, enum zone_choice choice, int64_t *out_unix_ms)
{
    static const char shortest[] = "2026-11-25T09:00", seconds[] = ":00";
    char whole[TIMESTAMP_TEXT_MAX];
    size_t len = strlen(text);
    int64_t local_ms = 0;

    if (timestamp_parse(text, out_unix_ms))
        return true;
    if (len + sizeof(seconds) + 1 > sizeof(whole))
        return false;
    (void)snprintf(whole, sizeof(whole), "%s%sZ", text, len == sizeof(shortest) - 1 ? seconds : "");
    if (!timestamp_parse(whole, &local_ms))
        return false;
    *out_unix_ms = zone_to_unix(zone, local_ms / 1000, choice) * 1000 + local_ms % 1000;
    return true;
}

/* --- values --- */

/* NULL when left out. */
static const char *value_of(const struct workshop_map *map, const char *key)
{
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->entries[i].key, key) == 0)
            return map->entries[i].value;
    return NULL;
}

static int refuse(const char *key, const char *value, const char *wanted, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer quoted = BUFFER_INIT(QUOTED_BYTES);

    if (!value)
        return error_set(err, ERROR_INVALID, "%s is missing; want %s", key, wanted);
    escape_controls(&quoted, value, strnlen(value, QUOTED));
    return error_set(err, ERROR_INVALID, "%s: '%s' is wrong; want %s", key, buffer_text(&quoted), wanted);
}

static int read_time(const struct workshop_map *map, const char *key, enum zone_choice choice, int64_t *out, struct error *err)
{
    const char *value = value_of(map, key);

    if (!value || !workshop_time_parse(value, map->zone, choice, out))
        return refuse(key, value, "a time, like 2026-11-25T09:00:00+01:00, or 2026-11-25T09:00 in the adapter's time zone", err);
    return 0;
}

static int read_users(const struct workshop_map *map, int64_t *out, struct error *err)
{
    const char *value = value_of(map, "users");
    size_t len = value ? strlen(value) : 0;
    long users;

    if (len == 0 || len > USERS_DIGITS || strspn(value, "0123456789") != len)
        return refuse("users", value, "a whole number from 1 to 100000", err);
    users = strtol(value, NULL, 10);
    if (users < 1 || users > WORKSHOP_USERS_MAX)
        return refuse("users", value, "a whole number from 1 to 100000", err);
    *out = users;
    return 0;
}

static int read_lead(const struct workshop_map *map, int64_t *out, struct error *err)
{
    const char *value = value_of(map, "lead");
    int64_t lead_ms = 0;

    if (!duration_parse(value ? value : default_lead, &lead_ms) || lead_ms > longest_lead_ms)
        return refuse("lead", value, "a duration up to 24h, like 15m", err);
    *out = lead_ms;
    return 0;
}

static int refuse_key(const char *key, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer quoted = BUFFER_INIT(QUOTED_BYTES);

    escape_controls(&quoted, key, strnlen(key, QUOTED));
    return error_set(err, ERROR_INVALID, "unknown key '%s'; known are queue, start, end, users, lead", buffer_text(&quoted));
}

/* The keys are checked as strictly as those of the configuration: a workshop with a misspelt key would come too late. */
static int check_keys(const struct workshop_map *map, struct error *err)
{
    static const char *const known[] = {"queue", "start", "end", "users", "lead"};

    for (size_t i = 0; i < map->n; i++) {
        bool found = false;

        for (size_t j = 0; j < ARRAY_LEN(known); j++)
            found = found || strcmp(map->entries[i].key, known[j]) == 0;
        if (!found)
            return refuse_key(map->entries[i].key, err);
    }
    return 0;
}

static int copy_names(const struct workshop_map *map, struct workshop *out, struct error *err)
{
    const char *queue = value_of(map, "queue");

    if (queue && (queue[0] == '\0' || strlen(queue) > WORKSHOP_NAME_MAX))
        return refuse("queue", queue, "the name of a queue of the adapter's configuration", err);
    out->name = strdup(map->name);
    out->queue = strdup(queue ? queue : default_queue);
    return out->name && out->queue ? 0 : error_no_memory(err);
}

static int read_values(const struct workshop_map *map, struct workshop *out, struct error *err)
{
    if (check_keys(map, err) < 0 || read_users(map, &out->users, err) < 0 || read_lead(map, &out->lead_ms, err) < 0)
        return -1;
    if (read_time(map, "start", ZONE_EARLIER, &out->start_unix_ms, err) < 0)
        return -1;
    if (read_time(map, "end", ZONE_LATER, &out->end_unix_ms, err) < 0)
        return -1;
    if (out->end_unix_ms <= out->start_unix_ms)
        return error_set(err, ERROR_INVALID, "end is not after start");
    return copy_names(map, out, err);
}

int workshop_read(const struct workshop_map *map, struct workshop *out, struct error *err)
{
    CLEANUP(workshop_clear) struct workshop workshop = {0};

    if (read_values(map, &workshop, err) < 0)
        return error_wrap(err, "workshop %s", map->name);
    *out = workshop;
    workshop = (struct workshop){0};
    return 0;
}
