#include "emulator/event_heap.h"

#include "emulator/stable_id.h"
#include "test/unit/emulator/suites.h"

enum { MANY = 2000 };

/* The law: what comes out is ordered by time, and by the order of the pushes within one time. */
START_TEST(events_come_in_order)
{
    struct event_heap heap = {0};
    struct event event, last = {.at_ms = -1};
    struct error err = {0};
    size_t n = 0;

    for (uint64_t i = 0; i < MANY; i++) {
        event = (struct event){.at_ms = (int64_t)stable_dice(1, STABLE_JOB, i, 50), .subject = i};
        ck_assert_int_eq(event_heap_push(&heap, event, &err), 0);
    }
    for (; event_heap_pop(&heap, INT64_MAX, &event); n++) {
        ck_assert_int_ge(event.at_ms, last.at_ms);
        if (event.at_ms == last.at_ms)
            ck_assert_uint_gt(event.subject, last.subject);
        last = event;
    }
    ck_assert_uint_eq(n, MANY);
    event_heap_clear(&heap);
}
END_TEST

START_TEST(later_events_stay)
{
    struct event_heap heap = {0};
    struct event event;
    struct error err = {0};

    ck_assert(!event_heap_pop(&heap, INT64_MAX, &event));
    ck_assert_int_eq(event_heap_push(&heap, (struct event){.at_ms = 10}, &err), 0);
    ck_assert(!event_heap_pop(&heap, 9, &event));
    ck_assert(event_heap_pop(&heap, 10, &event));
    event_heap_clear(&heap);
}
END_TEST

Suite *event_heap_suite(void)
{
    Suite *suite = suite_create("event_heap");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, events_come_in_order);
    tcase_add_test(tcase, later_events_stay);
    suite_add_tcase(suite, tcase);
    return suite;
}
