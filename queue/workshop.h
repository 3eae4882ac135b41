/* workshop.h - provisioners for people who will all come at a known time, whatever the queue says now. Pure.
 *
 * Shape    a workshop asks for its provisioners from lead before its start until its end. Workshops of a queue that overlap count as one
 *          crowd. The guidelines turn people into provisioners
 * Units    *_unix_ms: UTC
 * Owner    {0} / workshop_clear, workshop_list_clear; all else is borrowed for the call
 * Source   capacity.md section 6: whatever the table says, it promises at most two waves of builds; beyond its end that is computed */
#ifndef QUEUE_WORKSHOP_H
#define QUEUE_WORKSHOP_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "queue/zone.h"

enum { WORKSHOP_USERS_MAX = 100000, WORKSHOP_NAME_MAX = 63 };

struct workshop {
    char *name, *queue;
    int64_t start_unix_ms, end_unix_ms, lead_ms, users;
};

/* A row of the guidelines; rows ascend by users. */
struct guideline {
    int64_t users;             /* from so many on */
    int64_t replicas, minimum; /* recommended, and the least that will do */
};

void workshop_clear(struct workshop *workshop);

struct workshop_list {
    struct workshop *items;
    size_t len;
};
void workshop_list_clear(struct workshop_list *list);

/* The row for so many people: the last that begins at or below them; NULL below the first row and above the table's end. The last row
 * ends where its replicas would need a third wave. */
const struct guideline *guideline_for(const struct guideline *rows, size_t n, int64_t users);
/* Provisioners for so many people: the row's, or two waves of builds where there is none; 0 for nobody. */
int64_t guideline_replicas(const struct guideline *rows, size_t n, int64_t users);

/* People of the queue's workshops that are on at that moment, leads included. */
int64_t workshop_users(const struct workshop *workshops, size_t n, const char *queue, int64_t now_unix_ms);

/* --- a workshop as a ConfigMap tells it (workshop_map.c) --- */

struct workshop_entry {
    const char *key, *value;
};

struct workshop_map {
    const char *name;
    const struct workshop_entry *entries;
    size_t n;
    const struct zone *zone; /* the configuration's */
};

/* The data of a ConfigMap: start, end and users; queue (default when left out) and lead (15m). A time is RFC 3339; without an offset
 * it is in zone, and where the clocks are set back or forward a start is the earlier and an end the later of what it may mean. */
int workshop_read(const struct workshop_map *map, struct workshop *out, struct error *err) MUST_CHECK;
/* Such a time alone. False when it is none; *out is then untouched. */
bool workshop_time_parse(const char *text, const struct zone *zone, enum zone_choice choice, int64_t *out_unix_ms);

#endif
