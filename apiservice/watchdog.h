/* watchdog.h - absolute deadlines for connections: one byte a second keeps an inactivity timeout from ever ending.
 *
 * Shape    an entry a connection; a thread that shuts the sockets of those past their deadline down, which the server then
 *          notices and closes. It never closes a descriptor
 * Threads  set: any, without a lock. add and remove: any; after remove the descriptor is not touched any more
 * Units    clock_boot_ms */
#ifndef APISERVICE_WATCHDOG_H
#define APISERVICE_WATCHDOG_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

enum { WATCHDOG_NEVER = 0 };

struct watchdog_entry {
    struct watchdog_entry *next, *previous; /* the watchdog's */
    int fd;
    atomic_int_fast64_t deadline_boot_ms; /* WATCHDOG_NEVER: none */
};

struct watchdog;

/* period_ms: how late a deadline may be noticed */
struct watchdog *watchdog_new(int period_ms, struct error *err) MUST_CHECK;
void watchdog_free(struct watchdog *watchdog); /* NULL is fine; no entry may be left */
DEFINE_CLEANUP_POINTER(struct watchdog, watchdog_free)
void watchdog_add(struct watchdog *watchdog, struct watchdog_entry *entry, int fd, int64_t deadline_boot_ms);
void watchdog_remove(struct watchdog *watchdog, struct watchdog_entry *entry);
void watchdog_set(struct watchdog_entry *entry, int64_t deadline_boot_ms);
uint64_t watchdog_ended(const struct watchdog *watchdog); /* connections it ended so far */

#endif
