/* store_thread.c - one writer publishes snapshots while readers take the newest, as the loop and the server's threads do.
 *
 * Under ThreadSanitizer this must be silent. Built with -DWITHOUT_LOCK the readers look at a plain pointer instead, and the report
 * that must come then shows that the check has teeth (test/analysis/run threads). */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "metric/store.h"

enum { READERS = 3, SNAPSHOTS = 300, LOOKS = 3000 };

static struct metric_store *store;

#ifdef WITHOUT_LOCK
static uint64_t newest; /* a generation that nothing protects */

static void publish(struct metric_snapshot *take)
{
    newest = metric_snapshot_generation(take);
    metric_snapshot_release(take);
}

static uint64_t look(void)
{
    return newest;
}
#else
static void publish(struct metric_snapshot *take)
{
    metric_store_publish(store, take);
}

static uint64_t look(void)
{
    struct metric_snapshot *snapshot = metric_store_acquire(store);
    uint64_t generation = snapshot ? metric_snapshot_generation(snapshot) : 0;

    metric_snapshot_release(snapshot);
    return generation;
}
#endif

static struct metric_snapshot *make_snapshot(void)
{
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    metric_encode *const encoders[METRIC_FORMS] = {0};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    if (!builder || metric_builder_finish(builder, encoders, &snapshot, &err) < 0)
        abort();
    return snapshot;
}

/* NULL, or the argument when a snapshot came back after a newer one. */
static void *read_on(void *trouble)
{
    uint64_t last = 0;

    for (int i = 0; i < LOOKS; i++) {
        uint64_t generation = look();

        if (generation < last)
            return trouble;
        last = generation;
    }
    return NULL;
}

int main(void)
{
    pthread_t readers[READERS];
    int failed = 0;

    store = metric_store_new();
    for (int i = 0; i < READERS; i++)
        if (pthread_create(&readers[i], NULL, read_on, store) != 0)
            abort();
    for (int i = 0; i < SNAPSHOTS; i++)
        publish(make_snapshot());
    for (int i = 0; i < READERS; i++) {
        void *trouble = NULL;

        (void)pthread_join(readers[i], &trouble);
        if (trouble)
            failed = fprintf(stderr, "store_thread: an older snapshot came after a newer one\n");
    }
    metric_store_free(store);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
