/* access_ticket.h - a request's place among those who wait for the API server, and the queue in which it gets to the loop.
 *
 * Threads  a ticket belongs to its request's thread; from ticket_queue_put until resume is called to whoever has it out of the queue.
 *          The queue: any
 * Owner    ACCESS_TICKET_INIT / access_ticket_clear. The queue holds tickets, it does not own them */
#ifndef APISERVICE_ACCESS_TICKET_H
#define APISERVICE_ACCESS_TICKET_H

#include <pthread.h>

#include "apiservice/review_cache.h"
#include "base/loop.h"

enum review_kind { REVIEW_ACCESS, REVIEW_TOKEN, REVIEW_KINDS };

enum { QUESTION_BYTES_MAX = 64 * 1024 };

struct access_ticket {
    struct review_answer *answers[REVIEW_KINDS]; /* what was heard */
    int failure;                                 /* HTTP status code; 0: none */
    int64_t started_us;                          /* when the request came */

    /* the question that waits: a SubjectAccessReview's body, or a token */
    enum review_kind kind;
    struct review_key key;
    struct buffer question;

    /* the desk's */
    loop_callback *resume;
    void *context;
    struct access_ticket *next;
};

#define ACCESS_TICKET_INIT ((struct access_ticket){.question = BUFFER_INIT(QUESTION_BYTES_MAX)})
/* For the next request; keeps the memory. */
void access_ticket_reset(struct access_ticket *ticket);
void access_ticket_clear(struct access_ticket *ticket);

/* Give it its answer, or the status code of its failure, and resume its request: from then on nothing of it may be touched. */
void access_ticket_answer(struct access_ticket *ticket, struct review_answer *answer);
void access_ticket_fail(struct access_ticket *ticket, int code);
/* All of a list; answer NULL: they fail with code. */
void access_tickets_end(struct access_ticket *waiting, struct review_answer *answer, int code);

struct ticket_queue {
    pthread_mutex_t lock;
    struct access_ticket *first, **last; /* under lock */
    bool closed;                         /* under lock */
};

void ticket_queue_open(struct ticket_queue *queue);
void ticket_queue_close(struct ticket_queue *queue); /* nothing comes in any more */
void ticket_queue_free(struct ticket_queue *queue);
bool ticket_queue_put(struct ticket_queue *queue, struct access_ticket *ticket) MUST_CHECK; /* false: it is closed */
/* False: it was taken already. */
bool ticket_queue_take_back(struct ticket_queue *queue, struct access_ticket *ticket) MUST_CHECK;
struct access_ticket *ticket_queue_take(struct ticket_queue *queue) MUST_CHECK; /* all of them, as a list in their order */

#endif
