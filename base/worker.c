#include "base/worker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct work_item {
    loop_callback *work, *done;
    void *context;
    struct work_item *next;
};

struct worker {
    struct loop *loop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct work_item *first, **last; /* under lock */
    bool stopping;                   /* under lock */
};

/* Waits for a item; NULL when the worker ends. */
static struct work_item *take_item(struct worker *worker)
{
    struct work_item *item = NULL;

    (void)pthread_mutex_lock(&worker->lock);
    while (!worker->first && !worker->stopping)
        (void)pthread_cond_wait(&worker->changed, &worker->lock);
    if (!worker->stopping) {
        item = worker->first;
        worker->first = item->next;
        if (!worker->first)
            worker->last = &worker->first;
    }
    (void)pthread_mutex_unlock(&worker->lock);
    return item;
}

static void *run(void *context)
{
    struct worker *worker = context;
    struct work_item *item;

    while ((item = take_item(worker)) != NULL) {
        item->work(item->context);
        /* Out of memory for a post of 24 bytes: there is no way to tell the loop; trying again is all that is left. */
        while (loop_post(worker->loop, item->done, item->context) < 0)
            ;
        free(item);
    }
    return NULL;
}

struct worker *worker_new(struct loop *loop, struct error *err)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    int status;

    if (!worker) {
        error_no_memory(err);
        return NULL;
    }
    worker->loop = loop;
    worker->last = &worker->first;
    (void)pthread_mutex_init(&worker->lock, NULL);
    (void)pthread_cond_init(&worker->changed, NULL);
    status = pthread_create(&worker->thread, NULL, run, worker);
    if (status != 0) {
        error_set(err, ERROR_IO, "start the worker thread: %s", strerrordesc_np(status));
        (void)pthread_cond_destroy(&worker->changed);
        (void)pthread_mutex_destroy(&worker->lock);
        free(worker);
        return NULL;
    }
    (void)pthread_setname_np(worker->thread, "worker");
    return worker;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    (void)pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    (void)pthread_cond_signal(&worker->changed);
    (void)pthread_mutex_unlock(&worker->lock);
    (void)pthread_join(worker->thread, NULL);
    while (worker->first) {
        struct work_item *item = worker->first;

        worker->first = item->next;
        free(item);
    }
    (void)pthread_cond_destroy(&worker->changed);
    (void)pthread_mutex_destroy(&worker->lock);
    free(worker);
}

int worker_submit(struct worker *worker, loop_callback *work, loop_callback *done, void *context)
{
    struct work_item *item = calloc(1, sizeof(*item));

    if (!item)
        return -1;
    *item = (struct work_item){.work = work, .done = done, .context = context};
    (void)pthread_mutex_lock(&worker->lock);
    *worker->last = item;
    worker->last = &item->next;
    (void)pthread_cond_signal(&worker->changed);
    (void)pthread_mutex_unlock(&worker->lock);
    return 0;
}
