#include "apiservice/read_desk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"

struct read_desk {
    struct loop *loop;
    loop_callback *poll;
    void *context;
    atomic_bool on;
    _Atomic int64_t answered_boot_ms; /* of what is published; 0: nothing is */

    /* the loop's */
    struct loop_timer *timer;
    struct read_ticket *waiting, **last; /* in the order of their ends */
    bool polling;

    pthread_mutex_t lock;
    struct read_ticket *first, **end; /* handed in, not yet seen by the loop; under lock */
    bool closed;                      /* under lock */
};

/* From resume on the ticket is its request's again: nothing of it may be touched. */
static void end_ticket(struct read_ticket *ticket)
{
    ticket->resume(ticket->context);
}

static void end_tickets(struct read_ticket *waiting)
{
    while (waiting) {
        struct read_ticket *ticket = waiting;

        waiting = ticket->next;
        end_ticket(ticket);
    }
}

/* --- the loop's turn --- */

static struct read_ticket *take_all(struct read_desk *desk)
{
    struct read_ticket *waiting = desk->waiting;

    desk->waiting = NULL;
    desk->last = &desk->waiting;
    return waiting;
}

static struct read_ticket *take_handed_in(struct read_desk *desk)
{
    struct read_ticket *first;

    (void)pthread_mutex_lock(&desk->lock);
    first = desk->first;
    desk->first = NULL;
    desk->end = &desk->first;
    (void)pthread_mutex_unlock(&desk->lock);
    return first;
}

static void arm(struct read_desk *desk)
{
    if (desk->waiting)
        loop_timer_after(desk->timer, desk->waiting->until_boot_ms - clock_boot_ms());
    else
        loop_timer_stop(desk->timer);
}

static void on_timer(void *context)
{
    struct read_desk *desk = context;
    int64_t now = clock_boot_ms();

    while (desk->waiting && desk->waiting->until_boot_ms <= now) {
        struct read_ticket *ticket = desk->waiting;

        desk->waiting = ticket->next;
        end_ticket(ticket);
    }
    if (!desk->waiting)
        desk->last = &desk->waiting;
    arm(desk);
}

/* Those who were handed in before join those who wait; a poll that is under way serves them too. */
static void begin_tickets(void *context)
{
    struct read_desk *desk = context;

    for (struct read_ticket *next = take_handed_in(desk); next;) {
        struct read_ticket *ticket = next;

        next = ticket->next;
        ticket->next = NULL;
        *desk->last = ticket;
        desk->last = &ticket->next;
    }
    arm(desk);
    if (!desk->waiting || desk->polling)
        return;
    desk->polling = true;
    desk->poll(desk->context);
}

void read_desk_answered(struct read_desk *desk)
{
    desk->polling = false;
    loop_timer_stop(desk->timer);
    end_tickets(take_all(desk));
}

void read_desk_note(struct read_desk *desk, int64_t answered_boot_ms)
{
    atomic_store_explicit(&desk->answered_boot_ms, answered_boot_ms, memory_order_release);
}

void read_desk_switch(struct read_desk *desk, bool on)
{
    atomic_store_explicit(&desk->on, on, memory_order_release);
}

/* --- any thread --- */

bool read_desk_is_due(const struct read_desk *desk, int64_t now_boot_ms)
{
    return atomic_load_explicit(&desk->on, memory_order_acquire) &&
           now_boot_ms - atomic_load_explicit(&desk->answered_boot_ms, memory_order_acquire) > READ_AGE_MAX_MS;
}

/* False: the desk is closed. */
static bool put_last(struct read_desk *desk, struct read_ticket *ticket, bool *alone)
{
    bool open;

    ticket->next = NULL;
    (void)pthread_mutex_lock(&desk->lock);
    open = !desk->closed;
    *alone = desk->first == NULL;
    if (open) {
        *desk->end = ticket;
        desk->end = &ticket->next;
    }
    (void)pthread_mutex_unlock(&desk->lock);
    return open;
}

void read_desk_wait(struct read_desk *desk, struct read_ticket *ticket, loop_callback *resume, void *context)
{
    bool alone;

    ticket->waits = false;
    ticket->waited = true;
    ticket->resume = resume;
    ticket->context = context;
    ticket->until_boot_ms = clock_boot_ms() + READ_WAIT_MAX_MS;
    if (!put_last(desk, ticket, &alone)) {
        end_ticket(ticket);
        return;
    }
    /* The first of those handed in wakes the loop for all. Without memory for that nobody would: then all are served as things are. */
    if (alone && loop_post(desk->loop, begin_tickets, desk) < 0)
        end_tickets(take_handed_in(desk));
}

/* --- the desk --- */

struct read_desk *read_desk_new(struct loop *loop, loop_callback *poll, void *context, struct error *err)
{
    struct read_desk *desk = calloc(1, sizeof(*desk));

    if (!desk) {
        (void)error_no_memory(err);
        return NULL;
    }
    desk->loop = loop;
    desk->poll = poll;
    desk->context = context;
    desk->last = &desk->waiting;
    desk->end = &desk->first;
    (void)pthread_mutex_init(&desk->lock, NULL);
    desk->timer = loop_timer_new(loop, on_timer, desk);
    if (!desk->timer) {
        (void)error_no_memory(err);
        read_desk_free(desk);
        return NULL;
    }
    return desk;
}

void read_desk_close(struct read_desk *desk)
{
    (void)pthread_mutex_lock(&desk->lock);
    desk->closed = true;
    (void)pthread_mutex_unlock(&desk->lock);
    read_desk_answered(desk);
    end_tickets(take_handed_in(desk));
}

void read_desk_free(struct read_desk *desk)
{
    if (!desk)
        return;
    if (desk->timer)
        read_desk_close(desk);
    loop_timer_free(desk->timer);
    (void)pthread_mutex_destroy(&desk->lock);
    free(desk);
}
