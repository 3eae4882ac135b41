#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

enum { EVENTS_PER_TURN = 64 };

struct loop_watch {
    struct loop *loop;
    loop_fd_callback *callback;
    void *context;
    int fd;
    bool dead; /* freed while its event may still be in this turn's batch */
    struct loop_watch *next_dead;
};

struct loop_timer {
    struct loop *loop;
    loop_callback *callback;
    void *context;
    int64_t due_ms; /* boot clock; INT64_MAX: stopped */
    struct loop_timer *next;
};

struct post {
    loop_callback *callback;
    void *context;
    struct post *next;
};

struct loop {
    int epoll_fd, event_fd;
    struct loop_watch *event_watch;
    struct loop_watch *dead_watches;
    struct loop_timer *timers; /* few: a list is enough */
    pthread_mutex_t lock;
    struct post *first_post, **last_post; /* under lock */
    bool stopping;                        /* under lock */
};

static int fail_errno(struct error *err, const char *doing)
{
    char why[128];

    return error_set(err, ERROR_IO, "%s: %s", doing, strerror_r(errno, why, sizeof(why)));
}

/* --- work from other threads --- */

static struct post *take_posts(struct loop *loop)
{
    struct post *first;

    (void)pthread_mutex_lock(&loop->lock);
    first = loop->first_post;
    loop->first_post = NULL;
    loop->last_post = &loop->first_post;
    (void)pthread_mutex_unlock(&loop->lock);
    return first;
}

static void run_posts(void *context, int fd, uint32_t events UNUSED)
{
    struct loop *loop = context;
    uint64_t count;
    struct post *post;

    if (read(fd, &count, sizeof(count)) < 0)
        return; /* EAGAIN: an earlier turn took the posts already */
    post = take_posts(loop);
    while (post) {
        struct post *next = post->next;

        post->callback(post->context);
        free(post);
        post = next;
    }
}

static void wake(struct loop *loop)
{
    uint64_t one = 1;

    if (write(loop->event_fd, &one, sizeof(one)) < 0)
        return; /* the counter is full: the loop is awake anyway */
}

int loop_post(struct loop *loop, loop_callback *callback, void *context)
{
    struct post *post = calloc(1, sizeof(*post));

    if (!post)
        return -1;
    post->callback = callback;
    post->context = context;
    (void)pthread_mutex_lock(&loop->lock);
    *loop->last_post = post;
    loop->last_post = &post->next;
    (void)pthread_mutex_unlock(&loop->lock);
    wake(loop);
    return 0;
}

void loop_stop(struct loop *loop)
{
    (void)pthread_mutex_lock(&loop->lock);
    loop->stopping = true;
    (void)pthread_mutex_unlock(&loop->lock);
    wake(loop);
}

static bool is_stopping(struct loop *loop)
{
    bool stopping;

    (void)pthread_mutex_lock(&loop->lock);
    stopping = loop->stopping;
    (void)pthread_mutex_unlock(&loop->lock);
    return stopping;
}

/* --- file descriptors --- */

struct loop_watch *loop_watch_new(struct loop *loop, int fd, uint32_t events, loop_fd_callback *callback, void *context)
{
    struct loop_watch *watch = calloc(1, sizeof(*watch));
    struct epoll_event event = {.events = events, .data.ptr = watch};

    if (!watch)
        return NULL;
    *watch = (struct loop_watch){.loop = loop, .callback = callback, .context = context, .fd = fd};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        free(watch);
        return NULL;
    }
    return watch;
}

int loop_watch_set(struct loop_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    return epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_watch_free(struct loop_watch *watch)
{
    if (!watch)
        return;
    /* Fails only when the fd was closed before: then epoll has forgotten it already. */
    (void)epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->dead = true;
    watch->next_dead = watch->loop->dead_watches;
    watch->loop->dead_watches = watch;
}

static void bury_watches(struct loop *loop)
{
    while (loop->dead_watches) {
        struct loop_watch *watch = loop->dead_watches;

        loop->dead_watches = watch->next_dead;
        free(watch);
    }
}

/* --- timers --- */

struct loop_timer *loop_timer_new(struct loop *loop, loop_callback *callback, void *context)
{
    struct loop_timer *timer = calloc(1, sizeof(*timer));

    if (!timer)
        return NULL;
    *timer = (struct loop_timer){.loop = loop, .callback = callback, .context = context, .due_ms = INT64_MAX, .next = loop->timers};
    loop->timers = timer;
    return timer;
}

void loop_timer_after(struct loop_timer *timer, int64_t ms)
{
    timer->due_ms = clock_boot_ms() + (ms > 0 ? ms : 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
    timer->due_ms = INT64_MAX;
}

void loop_timer_free(struct loop_timer *timer)
{
    struct loop_timer **at;

    if (!timer)
        return;
    for (at = &timer->loop->timers; *at != timer;)
        at = &(*at)->next;
    *at = timer->next;
    free(timer);
}

static struct loop_timer *earliest_timer(const struct loop *loop)
{
    struct loop_timer *earliest = NULL;

    for (struct loop_timer *timer = loop->timers; timer; timer = timer->next)
        if (timer->due_ms != INT64_MAX && (!earliest || timer->due_ms < earliest->due_ms))
            earliest = timer;
    return earliest;
}

/* Asks for the earliest anew after each callback, since a callback may free any timer.
 * Timers that a callback arms for now wait for the next turn: sockets get theirs in between. */
static void run_timers(struct loop *loop)
{
    int64_t now = clock_boot_ms();
    struct loop_timer *timer = earliest_timer(loop);

    for (int turn = 0; timer && timer->due_ms <= now && turn < EVENTS_PER_TURN; turn++) {
        timer->due_ms = INT64_MAX;
        timer->callback(timer->context);
        timer = earliest_timer(loop);
    }
}

static int wait_ms(const struct loop *loop)
{
    const struct loop_timer *timer = earliest_timer(loop);
    int64_t left;

    if (!timer)
        return -1;
    left = timer->due_ms - clock_boot_ms();
    if (left <= 0)
        return 0;
    return left < 60000 ? (int)left : 60000;
}

/* --- the loop --- */

struct loop *loop_new(struct error *err)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (!loop) {
        error_no_memory(err);
        return NULL;
    }
    loop->last_post = &loop->first_post;
    (void)pthread_mutex_init(&loop->lock, NULL);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd >= 0 && loop->event_fd >= 0)
        loop->event_watch = loop_watch_new(loop, loop->event_fd, EPOLLIN, run_posts, loop);
    if (!loop->event_watch) {
        (void)fail_errno(err, "make the event loop");
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    struct post *post;

    if (!loop)
        return;
    post = take_posts(loop);
    while (post) {
        struct post *next = post->next;

        free(post);
        post = next;
    }
    loop_watch_free(loop->event_watch);
    bury_watches(loop);
    while (loop->timers)
        loop_timer_free(loop->timers);
    if (loop->event_fd >= 0)
        (void)close(loop->event_fd);
    if (loop->epoll_fd >= 0)
        (void)close(loop->epoll_fd);
    (void)pthread_mutex_destroy(&loop->lock);
    free(loop);
}

int loop_run(struct loop *loop, struct error *err)
{
    struct epoll_event events[EVENTS_PER_TURN];

    while (!is_stopping(loop)) {
        int n = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, wait_ms(loop));

        if (n < 0 && errno != EINTR)
            return fail_errno(err, "wait for events");
        for (int i = 0; i < n; i++) {
            struct loop_watch *watch = events[i].data.ptr;

            if (!watch->dead)
                watch->callback(watch->context, watch->fd, events[i].events);
        }
        run_timers(loop);
        bury_watches(loop);
    }
    return 0;
}
