/* Deadlines on real sockets. */
#include "apiservice/watchdog.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/unit/apiservice/suites.h"

/* Does the other end see the end of the connection within ms? */
static bool ends(int fd, int ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN | POLLRDHUP};
    char byte;

    return poll(&wait, 1, ms) == 1 && read(fd, &byte, 1) <= 0;
}

START_TEST(ends_what_is_late_and_nothing_else)
{
    struct error err = {0};
    struct watchdog *watchdog = watchdog_new(10, &err);
    struct watchdog_entry late, early, never, moved, removed;
    struct watchdog_entry *const entries[] = {&late, &early, &never, &moved, &removed};
    int pairs[5][2];
    int64_t now = clock_boot_ms();
    const int64_t deadlines[] = {now + 30, now + 60000, WATCHDOG_NEVER, now + 30, now + 30};

    ck_assert_ptr_nonnull(watchdog);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        watchdog_add(watchdog, entries[i], pairs[i][0], deadlines[i]);
    }
    watchdog_set(&moved, now + 60000);
    watchdog_remove(watchdog, &removed);
    ck_assert(ends(pairs[0][1], 2000));
    ck_assert_int_ge(clock_boot_ms(), now + 30);
    for (int i = 1; i < 5; i++)
        ck_assert_msg(!ends(pairs[i][1], 20), "pair %d", i);
    ck_assert_uint_eq(watchdog_ended(watchdog), 1);
    watchdog_set(&moved, now);
    ck_assert(ends(pairs[3][1], 2000));
    for (int i = 0; i < 4; i++)
        watchdog_remove(watchdog, entries[i]);
    watchdog_free(watchdog);
    for (int i = 0; i < 5; i++) {
        (void)close(pairs[i][0]);
        (void)close(pairs[i][1]);
    }
}
END_TEST

START_TEST(stops_with_nothing_to_watch)
{
    struct error err = {0};

    watchdog_free(watchdog_new(500, &err));
    watchdog_free(NULL);
}
END_TEST

Suite *watchdog_suite(void)
{
    Suite *suite = suite_create("watchdog");
    TCase *tcase = tcase_create("watchdog");

    tcase_add_test(tcase, ends_what_is_late_and_nothing_else);
    tcase_add_test(tcase, stops_with_nothing_to_watch);
    suite_add_tcase(suite, tcase);
    return suite;
}
