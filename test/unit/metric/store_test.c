#include "metric/store.h"

#include <pthread.h>
#include <stdatomic.h>

#include "test/unit/metric/suites.h"

enum { READERS = 3, PUBLISHES = 500 };

static struct metric_snapshot *empty_snapshot(void)
{
    static metric_encode *const none[METRIC_FORMS] = {NULL};
    struct metric_builder *builder = metric_builder_new();
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    ck_assert_int_eq(metric_builder_finish(builder, none, &snapshot, &err), 0);
    metric_builder_free(builder);
    return snapshot;
}

START_TEST(nothing_at_first)
{
    struct metric_store *store = metric_store_new();

    ck_assert_ptr_null(metric_store_acquire(store));
    metric_store_free(store);
}
END_TEST

START_TEST(a_reader_keeps_what_it_acquired)
{
    struct metric_store *store = metric_store_new();
    struct metric_snapshot *old, *newest;

    metric_store_publish(store, empty_snapshot());
    old = metric_store_acquire(store);
    metric_store_publish(store, empty_snapshot());
    newest = metric_store_acquire(store);
    ck_assert_uint_lt(metric_snapshot_generation(old), metric_snapshot_generation(newest));
    metric_store_free(store);
    ck_assert_uint_gt(metric_snapshot_generation(newest), 0); /* still there */
    metric_snapshot_release(old);
    metric_snapshot_release(newest);
}
END_TEST

struct readers {
    struct metric_store *store;
    atomic_bool stop, went_back;
};

/* Never sees an older snapshot after a newer one. */
static void *read_on(void *context)
{
    struct readers *readers = context;
    uint64_t last = 0;

    while (!atomic_load(&readers->stop)) {
        struct metric_snapshot *snapshot = metric_store_acquire(readers->store);
        uint64_t generation = snapshot ? metric_snapshot_generation(snapshot) : 0;

        if (generation < last)
            atomic_store(&readers->went_back, true);
        last = generation;
        metric_snapshot_release(snapshot);
    }
    return NULL;
}

START_TEST(readers_go_forward_only)
{
    struct readers readers = {.store = metric_store_new()};
    pthread_t threads[READERS];

    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_on, &readers), 0);
    for (int i = 0; i < PUBLISHES; i++)
        metric_store_publish(readers.store, empty_snapshot());
    atomic_store(&readers.stop, true);
    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert(!atomic_load(&readers.went_back));
    metric_store_free(readers.store);
}
END_TEST

Suite *store_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("store");

    tcase_add_test(tcase, nothing_at_first);
    tcase_add_test(tcase, a_reader_keeps_what_it_acquired);
    tcase_add_test(tcase, readers_go_forward_only);
    suite_add_tcase(suite, tcase);
    return suite;
}
