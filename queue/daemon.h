/* daemon.h - provisioner daemons as Coder lists them.
 *
 * Shape    a list's rows are sorted by id, every id once; of two rows of one daemon the busy one stays
 * Units    last_seen_unix_ms: UTC by Coder's clock; 0: never connected
 * Errors   like job.h: a missing id or a wrong type fails the list; a missing or unknown status is worked out from
 *          last_seen_at (90 s, Coder's own rule) and current_job. A previous_job that cannot be read is none: no number hangs on it alone
 * Owner    {0} / daemon_list_clear
 * Source   coder-api.md 1.6; a daemon may be listed twice */
#ifndef QUEUE_DAEMON_H
#define QUEUE_DAEMON_H

#include <stdint.h>

#include "base/error.h"
#include "queue/tags.h"
#include "queue/uuid.h"

enum daemon_status { DAEMON_IDLE, DAEMON_BUSY, DAEMON_OFFLINE, DAEMON_STATUSES };

enum {
    DAEMON_NAME_MAX = 63,
    DAEMON_LIST_MAX = 10000, /* the limit that is asked for */
};

struct daemon_row {
    struct uuid id, current_job, previous_job; /* nil: none */
    char name[DAEMON_NAME_MAX + 1];            /* the pod's name by default; cut when longer */
    int64_t last_seen_unix_ms;
    enum daemon_status status;
    bool built_in;    /* key_name "built-in" or its reserved key id */
    bool user_scoped; /* tag scope=user */
    struct tags tags;
};

struct daemon_list {
    struct daemon_row *items;
    size_t len, capacity;
};

void daemon_list_clear(struct daemon_list *daemons);
struct daemon_list daemon_list_move(struct daemon_list *daemons);
/* The body of GET .../provisionerdaemons, asked with limit DAEMON_LIST_MAX. now_unix_ms: by Coder's clock. DAEMON_LIST_MAX rows mean a
 * truncated list: an error. */
int daemon_list_decode(const char *body, size_t len, int64_t now_unix_ms, struct daemon_list *out, struct error *err) MUST_CHECK;

const struct daemon_row *daemon_list_find(const struct daemon_list *daemons, const struct uuid *id); /* NULL when it is not there */
const char *daemon_status_name(enum daemon_status status);                                           /* "idle", "busy", "offline" */

#endif
