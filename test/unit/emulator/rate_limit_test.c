#include "emulator/rate_limit.h"

#include <stdio.h>

#include "test/unit/emulator/suites.h"

enum { PER_MINUTE = 10 };

static int ask_many(struct rate_limit *limit, int times, int64_t now_ms)
{
    int allowed = 0;

    for (int i = 0; i < times; i++)
        allowed += rate_limit_ask(limit, "user", "/jobs", PER_MINUTE, now_ms).allowed;
    return allowed;
}

START_TEST(a_minute_has_its_limit)
{
    struct rate_limit limit = {0};
    struct rate_verdict verdict = rate_limit_ask(&limit, "user", "/jobs", PER_MINUTE, 61000);

    ck_assert(verdict.allowed);
    ck_assert_int_eq(verdict.remaining, PER_MINUTE - 1);
    ck_assert_int_eq(verdict.resets_ms, 120000);
    ck_assert_int_eq(ask_many(&limit, 20, 62000), PER_MINUTE - 1);
    verdict = rate_limit_ask(&limit, "user", "/jobs", PER_MINUTE, 62000);
    ck_assert(!verdict.allowed);
    ck_assert_int_eq(verdict.remaining, 0);
}
END_TEST

/* At the begin of the next minute the last one still counts, half way through it counts half, a minute later not at all. */
START_TEST(the_minute_slides)
{
    struct rate_limit limit = {0};

    ck_assert_int_eq(ask_many(&limit, PER_MINUTE, 0), PER_MINUTE);
    ck_assert_int_eq(ask_many(&limit, 5, 60000), 0);
    ck_assert_int_eq(ask_many(&limit, 20, 90000), PER_MINUTE / 2);
    ck_assert_int_eq(ask_many(&limit, 20, 180000), PER_MINUTE);
}
END_TEST

START_TEST(users_and_paths_are_apart)
{
    struct rate_limit limit = {0};

    ck_assert_int_eq(ask_many(&limit, PER_MINUTE, 0), PER_MINUTE);
    ck_assert(rate_limit_ask(&limit, "user", "/daemons", PER_MINUTE, 0).allowed);
    ck_assert(rate_limit_ask(&limit, "anyone", "/jobs", PER_MINUTE, 0).allowed);
    ck_assert(!rate_limit_ask(&limit, "user", "/jobs", PER_MINUTE, 0).allowed);
}
END_TEST

START_TEST(the_table_is_bounded)
{
    struct rate_limit limit = {0};
    char path[32];

    for (int i = 0; i < 3 * RATE_LIMIT_KEYS_MAX; i++) {
        (void)snprintf(path, sizeof(path), "/%d", i);
        ck_assert(rate_limit_ask(&limit, "user", path, PER_MINUTE, i).allowed);
    }
    ck_assert_uint_eq(limit.len, RATE_LIMIT_KEYS_MAX);
}
END_TEST

/* Who asked in this minute stays, whatever place it has. */
START_TEST(the_longest_unused_makes_room)
{
    struct rate_limit limit = {0};
    char path[32];

    for (int i = 0; i < RATE_LIMIT_KEYS_MAX; i++) {
        (void)snprintf(path, sizeof(path), "/%d", i);
        ck_assert(rate_limit_ask(&limit, "user", path, 1, i == 7 ? 0 : RATE_LIMIT_WINDOW_MS).allowed);
    }
    ck_assert(rate_limit_ask(&limit, "user", "/new", 1, RATE_LIMIT_WINDOW_MS).allowed);
    for (int i = 0; i < RATE_LIMIT_KEYS_MAX; i++) {
        (void)snprintf(path, sizeof(path), "/%d", i);
        if (i != 7)
            ck_assert(!rate_limit_ask(&limit, "user", path, 1, RATE_LIMIT_WINDOW_MS).allowed);
    }
    ck_assert(!rate_limit_ask(&limit, "user", "/new", 1, RATE_LIMIT_WINDOW_MS).allowed);
    ck_assert(rate_limit_ask(&limit, "user", "/7", 1, RATE_LIMIT_WINDOW_MS).allowed); /* forgotten */
}
END_TEST

START_TEST(nothing_remains_of_a_lower_limit)
{
    struct rate_limit limit = {0};
    struct rate_verdict verdict;

    ck_assert_int_eq(ask_many(&limit, PER_MINUTE, 0), PER_MINUTE);
    verdict = rate_limit_ask(&limit, "user", "/jobs", PER_MINUTE / 2, 0);
    ck_assert(!verdict.allowed);
    ck_assert_int_eq(verdict.remaining, 0);
}
END_TEST

Suite *rate_limit_suite(void)
{
    Suite *suite = suite_create("rate_limit");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, a_minute_has_its_limit);
    tcase_add_test(tcase, the_minute_slides);
    tcase_add_test(tcase, users_and_paths_are_apart);
    tcase_add_test(tcase, the_table_is_bounded);
    tcase_add_test(tcase, the_longest_unused_makes_room);
    tcase_add_test(tcase, nothing_remains_of_a_lower_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
