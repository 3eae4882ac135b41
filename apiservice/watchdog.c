#include "apiservice/watchdog.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

struct watchdog {
    pthread_t thread;
    int wake; /* eventfd: the first entry came, or the end */
    int period_ms;
    atomic_bool stopping;
    atomic_uint_fast64_t ended;
    pthread_mutex_t lock;
    struct watchdog_entry *first; /* under lock */
};

/* Drops what is still to be sent, so that a slow reader cannot keep the socket. */
static void end_connection(struct watchdog *watchdog, struct watchdog_entry *entry)
{
    const struct linger drop = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(entry->fd, SOL_SOCKET, SO_LINGER, &drop, sizeof(drop));
    (void)shutdown(entry->fd, SHUT_RDWR);
    watchdog_set(entry, WATCHDOG_NEVER);
    (void)atomic_fetch_add(&watchdog->ended, 1);
}

/* False when there is nothing to watch. */
static bool end_late_ones(struct watchdog *watchdog)
{
    int64_t now = clock_boot_ms();
    bool any;

    (void)pthread_mutex_lock(&watchdog->lock);
    any = watchdog->first != NULL;
    for (struct watchdog_entry *entry = watchdog->first; entry; entry = entry->next) {
        int64_t deadline = atomic_load_explicit(&entry->deadline_boot_ms, memory_order_relaxed);

        if (deadline != WATCHDOG_NEVER && now > deadline)
            end_connection(watchdog, entry);
    }
    (void)pthread_mutex_unlock(&watchdog->lock);
    return any;
}

static void *watch(void *context)
{
    struct watchdog *watchdog = context;
    bool any = false;

    while (!atomic_load(&watchdog->stopping)) {
        struct pollfd wake = {.fd = watchdog->wake, .events = POLLIN};
        uint64_t count;

        if (poll(&wake, 1, any ? watchdog->period_ms : -1) == 1)
            (void)!read(watchdog->wake, &count, sizeof(count));
        any = end_late_ones(watchdog);
    }
    return NULL;
}

static void wake_up(struct watchdog *watchdog)
{
    const uint64_t one = 1;

    (void)!write(watchdog->wake, &one, sizeof(one));
}

struct watchdog *watchdog_new(int period_ms, struct error *err)
{
    struct watchdog *watchdog = calloc(1, sizeof(*watchdog));
    int status = ENOMEM;
    char reason[128];

    if (watchdog) {
        watchdog->period_ms = period_ms;
        (void)pthread_mutex_init(&watchdog->lock, NULL);
        watchdog->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        status = watchdog->wake < 0 ? errno : pthread_create(&watchdog->thread, NULL, watch, watchdog);
    }
    if (status == 0)
        return watchdog;
    (void)error_set(err, ERROR_IO, "start the thread for connection deadlines: %s", strerror_r(status, reason, sizeof(reason)));
    if (watchdog && watchdog->wake >= 0)
        (void)close(watchdog->wake);
    free(watchdog);
    return NULL;
}

void watchdog_free(struct watchdog *watchdog)
{
    if (!watchdog)
        return;
    atomic_store(&watchdog->stopping, true);
    wake_up(watchdog);
    (void)pthread_join(watchdog->thread, NULL);
    assert(!watchdog->first);
    (void)pthread_mutex_destroy(&watchdog->lock);
    (void)close(watchdog->wake);
    free(watchdog);
}

void watchdog_add(struct watchdog *watchdog, struct watchdog_entry *entry, int fd, int64_t deadline_boot_ms)
{
    bool was_empty;

    entry->fd = fd;
    entry->previous = NULL;
    atomic_init(&entry->deadline_boot_ms, deadline_boot_ms);
    (void)pthread_mutex_lock(&watchdog->lock);
    was_empty = watchdog->first == NULL;
    entry->next = watchdog->first;
    if (entry->next)
        entry->next->previous = entry;
    watchdog->first = entry;
    (void)pthread_mutex_unlock(&watchdog->lock);
    if (was_empty)
        wake_up(watchdog);
}

void watchdog_remove(struct watchdog *watchdog, struct watchdog_entry *entry)
{
    (void)pthread_mutex_lock(&watchdog->lock);
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        watchdog->first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    (void)pthread_mutex_unlock(&watchdog->lock);
}

void watchdog_set(struct watchdog_entry *entry, int64_t deadline_boot_ms)
{
    atomic_store_explicit(&entry->deadline_boot_ms, deadline_boot_ms, memory_order_relaxed);
}

uint64_t watchdog_ended(const struct watchdog *watchdog)
{
    return atomic_load(&watchdog->ended);
}
