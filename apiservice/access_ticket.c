#include "apiservice/access_ticket.h"

#include <string.h>

static void wipe(struct buffer *question)
{
    if (question->data)
        explicit_bzero(question->data, question->len); /* it may be a token */
    buffer_reset(question);
}

void access_ticket_reset(struct access_ticket *ticket)
{
    for (size_t i = 0; i < REVIEW_KINDS; i++) {
        review_answer_release(ticket->answers[i]);
        ticket->answers[i] = NULL;
    }
    wipe(&ticket->question);
    ticket->failure = 0;
    ticket->started_us = 0;
}

void access_ticket_clear(struct access_ticket *ticket)
{
    access_ticket_reset(ticket);
    buffer_clear(&ticket->question);
}

void access_ticket_fail(struct access_ticket *ticket, int code)
{
    ticket->failure = code;
    ticket->resume(ticket->context);
}

void access_ticket_answer(struct access_ticket *ticket, struct review_answer *answer)
{
    ticket->answers[ticket->kind] = review_answer_acquire(answer);
    ticket->resume(ticket->context);
}

void access_tickets_end(struct access_ticket *waiting, struct review_answer *answer, int code)
{
    while (waiting) {
        struct access_ticket *ticket = waiting;

        waiting = ticket->next;
        if (answer)
            access_ticket_answer(ticket, answer);
        else
            access_ticket_fail(ticket, code);
    }
}

/* --- the queue --- */

void ticket_queue_open(struct ticket_queue *queue)
{
    (void)pthread_mutex_init(&queue->lock, NULL);
    queue->first = NULL;
    queue->last = &queue->first;
    queue->closed = false;
}

void ticket_queue_close(struct ticket_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    (void)pthread_mutex_unlock(&queue->lock);
}

void ticket_queue_free(struct ticket_queue *queue)
{
    (void)pthread_mutex_destroy(&queue->lock);
}

bool ticket_queue_put(struct ticket_queue *queue, struct access_ticket *ticket)
{
    bool open;

    ticket->next = NULL;
    (void)pthread_mutex_lock(&queue->lock);
    open = !queue->closed;
    if (open) {
        *queue->last = ticket;
        queue->last = &ticket->next;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return open;
}

bool ticket_queue_take_back(struct ticket_queue *queue, struct access_ticket *ticket)
{
    struct access_ticket **at = &queue->first;
    bool found;

    (void)pthread_mutex_lock(&queue->lock);
    while (*at && *at != ticket)
        at = &(*at)->next;
    found = *at != NULL;
    if (found) {
        *at = ticket->next;
        if (queue->last == &ticket->next)
            queue->last = at;
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return found;
}

struct access_ticket *ticket_queue_take(struct ticket_queue *queue)
{
    struct access_ticket *first;

    (void)pthread_mutex_lock(&queue->lock);
    first = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    (void)pthread_mutex_unlock(&queue->lock);
    return first;
}
