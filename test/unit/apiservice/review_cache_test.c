/* review_cache_test.c - answers grow old, are asked for anew and give way; and never allow longer than they may. */
#include "apiservice/review_cache.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/run.h"
#include "test/unit/apiservice/suites.h"

enum { TTL = 30000, CAPACITY = 4 };

static struct review_key key_of(unsigned n)
{
    struct review_key key = {{0}};

    memcpy(key.bytes, &n, sizeof(n));
    return key;
}

static struct review_time at(int64_t now_ms)
{
    return (struct review_time){.now_ms = now_ms, .ttl_ms = TTL};
}

static void store(struct review_cache *cache, unsigned n, bool yes, int64_t asked_ms, const char *question)
{
    CLEANUP(review_answer_releasep) struct review_answer *answer = review_answer_new(yes, "because", NULL);
    const struct review_key key = key_of(n);

    review_cache_store(cache, &key, &(const struct review_result){.answer = answer, .asked_ms = asked_ms, .question = question});
}

/* 1: yes, 0: no, -1: not known */
static int find(struct review_cache *cache, unsigned n, struct review_time time)
{
    const struct review_key key = key_of(n);
    CLEANUP(review_answer_releasep) struct review_answer *answer = review_cache_find(cache, &key, time);

    return answer ? answer->yes : -1;
}

static const struct {
    int64_t ttl_ms, age_ms;
    bool yes;
    int found;
} ages[] = {
    {30000, 0, true, 1},       {30000, 29999, true, 1}, {30000, 30000, true, -1}, {30000, 1000000, true, -1}, {30000, 9999, false, 0},
    {30000, 10000, false, -1}, {4000, 3999, false, 0},  {4000, 4000, false, -1},  {4000, 4000, true, -1},
};

START_TEST(age_case)
{
    CLEANUP(review_cache_freep) struct review_cache *cache = review_cache_new(CAPACITY);
    const struct review_time time = {.now_ms = 1000 + ages[_i].age_ms, .ttl_ms = ages[_i].ttl_ms};

    store(cache, 1, ages[_i].yes, 1000, "question");
    ck_assert_int_eq(find(cache, 1, time), ages[_i].found);
    ck_assert_uint_eq(review_cache_len(cache), ages[_i].found >= 0 ? 1 : 0);
}
END_TEST

START_TEST(a_younger_answer_stays)
{
    CLEANUP(review_cache_freep) struct review_cache *cache = review_cache_new(CAPACITY);

    store(cache, 1, false, 2000, "question");
    store(cache, 1, true, 1000, "question"); /* its question was asked before the right was taken away */
    ck_assert_int_eq(find(cache, 1, at(2000)), 0);
    store(cache, 1, true, 3000, "question");
    ck_assert_int_eq(find(cache, 1, at(3000)), 1);
}
END_TEST

START_TEST(what_is_unused_for_longest_gives_way)
{
    CLEANUP(review_cache_freep) struct review_cache *cache = review_cache_new(CAPACITY);

    for (unsigned i = 0; i < CAPACITY; i++)
        store(cache, i, true, 1000, "question");
    ck_assert_int_eq(find(cache, 0, at(1000)), 1);
    store(cache, 100, true, 1000, "question");
    ck_assert_uint_eq(review_cache_len(cache), CAPACITY);
    ck_assert_int_eq(find(cache, 0, at(1000)), 1);
    ck_assert_int_eq(find(cache, 1, at(1000)), -1);
    ck_assert_int_eq(find(cache, 100, at(1000)), 1);
}
END_TEST

static size_t due(struct review_cache *cache, int64_t now_ms)
{
    struct review_due out[CAPACITY];
    size_t n = review_cache_due(cache, at(now_ms), out, CAPACITY);

    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(strcmp(out[i].question, "question") == 0, "%s", out[i].question);
        review_due_clear(&out[i]);
    }
    return n;
}

START_TEST(who_keeps_asking_is_asked_for_ahead)
{
    CLEANUP(review_cache_freep) struct review_cache *cache = review_cache_new(CAPACITY);

    store(cache, 1, true, 0, "question");
    store(cache, 2, false, 0, "question"); /* a no is not kept alive */
    ck_assert_uint_eq(due(cache, TTL / 2 - 1), 0);
    ck_assert_uint_eq(due(cache, TTL / 2), 1);
    ck_assert_uint_eq(due(cache, TTL / 2 + REVIEW_RESTS_MS - 1), 0); /* it is being asked */
    ck_assert_uint_eq(due(cache, TTL / 2 + REVIEW_RESTS_MS), 1);     /* there was no answer */
    store(cache, 1, true, TTL / 2 + REVIEW_RESTS_MS, "question");
    ck_assert_uint_eq(due(cache, TTL), 0);
    ck_assert_int_eq(find(cache, 1, at(TTL)), 1);
    ck_assert_uint_eq(due(cache, TTL + REVIEW_USED_LATELY_MS), 1);
    ck_assert_uint_eq(due(cache, TTL + REVIEW_USED_LATELY_MS + REVIEW_RESTS_MS + 1), 0); /* nobody asks any more */
}
END_TEST

START_TEST(questions_have_a_bound)
{
    CLEANUP(review_cache_freep) struct review_cache *cache = review_cache_new(1024);
    char *question = malloc(65536);
    struct review_due *out = calloc(1024, sizeof(*out));
    size_t n;

    memset(question, 'q', 65535);
    question[65535] = '\0';
    for (unsigned i = 0; i < 1024; i++)
        store(cache, i, true, 0, question);
    n = review_cache_due(cache, at(TTL / 2), out, 1024);
    ck_assert_uint_eq(n, REVIEW_QUESTIONS_BYTES_MAX / 65536);
    for (size_t i = 0; i < n; i++)
        review_due_clear(&out[i]);
    free(out);
    free(question);
}
END_TEST

/* --- the law, over random uses: what is found was answered, and not too long ago --- */

enum { KEYS = 12, STEPS = 20000, LAW_CAPACITY = 8 };

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 16;
}

START_TEST(no_answer_counts_longer_than_its_lifetime)
{
    CLEANUP(review_cache_freep) struct review_cache *cache = review_cache_new(LAW_CAPACITY);
    int64_t newest_ms[KEYS][2] = {{0}}; /* when a no and a yes were asked for last */
    unsigned seed = (unsigned)_i + 1, found_any = 0;
    int64_t now_ms = 100000;

    for (int step = 0; step < STEPS; step++) {
        unsigned n = next(&seed) % KEYS;
        struct review_time time = {.now_ms = now_ms, .ttl_ms = 1000 + next(&seed) % 40000};
        int found;

        if (next(&seed) % 3 == 0) {
            bool yes = next(&seed) % 2;
            int64_t asked_ms = now_ms - next(&seed) % 11000;

            store(cache, n, yes, asked_ms, "question");
            if (asked_ms > newest_ms[n][yes])
                newest_ms[n][yes] = asked_ms;
        }
        found = find(cache, n, time);
        if (found >= 0) {
            ck_assert_int_lt(now_ms - newest_ms[n][found], found || time.ttl_ms < 10000 ? time.ttl_ms : 10000);
            found_any++;
        }
        ck_assert_uint_le(review_cache_len(cache), LAW_CAPACITY);
        now_ms += next(&seed) % 2000;
    }
    ck_assert_uint_gt(found_any, STEPS / 20); /* or the law was about nothing */
}
END_TEST

START_TEST(a_user_is_copied)
{
    const char *const groups[] = {"a", "b"}, *const values[] = {"v"};
    const struct kube_extra extra[] = {{"k", {values, 1}}};
    const struct kube_user user = {.name = "u", .uid = "7", .groups = {groups, 2}, .extra = extra, .n_extra = 1};
    struct review_answer *answer = review_answer_new(true, "", &user);
    const struct kube_user *copy = &answer->principal.user;

    ck_assert_ptr_ne(copy->name, user.name);
    ck_assert_str_eq(copy->name, "u");
    ck_assert_str_eq(copy->uid, "7");
    ck_assert_str_eq(copy->groups.items[1], "b");
    ck_assert_str_eq(copy->extra[0].values.items[0], "v");
    review_answer_release(review_answer_acquire(answer));
    review_answer_release(answer);
    review_answer_release(NULL);
}
END_TEST

Suite *review_cache_suite(void)
{
    Suite *suite = suite_create("review_cache");
    TCase *tcase = tcase_create("review_cache"), *native = tcase_create("native");

    tcase_add_loop_test(tcase, age_case, 0, ARRAY_LEN(ages));
    tcase_add_test(tcase, a_younger_answer_stays);
    tcase_add_test(tcase, what_is_unused_for_longest_gives_way);
    tcase_add_test(tcase, who_keeps_asking_is_asked_for_ahead);
    tcase_add_test(tcase, questions_have_a_bound);
    tcase_add_test(tcase, a_user_is_copied);
    suite_add_tcase(suite, tcase);
    NATIVE_ONLY(native, "hundreds of thousands of rounds");
    tcase_add_loop_test(native, no_answer_counts_longer_than_its_lifetime, 0, 10);
    suite_add_tcase(suite, native);
    return suite;
}
