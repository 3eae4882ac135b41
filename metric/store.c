#include "metric/store.h"

#include <pthread.h>
#include <stdlib.h>

struct metric_store {
    pthread_mutex_t lock;
    struct metric_snapshot *newest; /* under lock; one reference is ours */
};

struct metric_store *metric_store_new(void)
{
    struct metric_store *store = calloc(1, sizeof(*store));

    if (store)
        (void)pthread_mutex_init(&store->lock, NULL);
    return store;
}

void metric_store_free(struct metric_store *store)
{
    if (!store)
        return;
    metric_snapshot_release(store->newest);
    (void)pthread_mutex_destroy(&store->lock);
    free(store);
}

void metric_store_publish(struct metric_store *store, struct metric_snapshot *take)
{
    struct metric_snapshot *old;

    (void)pthread_mutex_lock(&store->lock);
    old = store->newest;
    store->newest = take;
    (void)pthread_mutex_unlock(&store->lock);
    metric_snapshot_release(old); /* outside the lock: it may free a lot */
}

struct metric_snapshot *metric_store_acquire(struct metric_store *store)
{
    struct metric_snapshot *snapshot;

    (void)pthread_mutex_lock(&store->lock);
    snapshot = store->newest ? metric_snapshot_acquire(store->newest) : NULL;
    (void)pthread_mutex_unlock(&store->lock);
    return snapshot;
}
