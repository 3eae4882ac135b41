#include "queue/daemon.h"

#include <stdlib.h>

void daemon_list_clear(struct daemon_list *daemons)
{
    for (size_t i = 0; i < daemons->len; i++)
        tags_clear(&daemons->items[i].tags);
    free(daemons->items);
    *daemons = (struct daemon_list){0};
}

struct daemon_list daemon_list_move(struct daemon_list *daemons)
{
    struct daemon_list moved = *daemons;

    *daemons = (struct daemon_list){0};
    return moved;
}

static int compare_id(const void *key, const void *row)
{
    return uuid_compare(key, &((const struct daemon_row *)row)->id);
}

const struct daemon_row *daemon_list_find(const struct daemon_list *daemons, const struct uuid *id)
{
    if (daemons->len == 0)
        return NULL;
    return bsearch(id, daemons->items, daemons->len, sizeof(*daemons->items), compare_id);
}

const char *daemon_status_name(enum daemon_status status)
{
    static const char *const names[DAEMON_STATUSES] = {
        [DAEMON_IDLE] = "idle",
        [DAEMON_BUSY] = "busy",
        [DAEMON_OFFLINE] = "offline",
    };

    return names[status < DAEMON_STATUSES ? status : DAEMON_OFFLINE];
}
