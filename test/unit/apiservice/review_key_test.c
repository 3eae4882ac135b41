/* review_key_test.c - keys: the same for the same, another for another, and none without bytes. */
#include "apiservice/review_key.h"

#include <check.h>
#include <string.h>

#include "test/unit/apiservice/suites.h"

typedef bool make_key(const struct review_secret *secret, const struct buffer *bytes, struct review_key *out);
static make_key *const kinds[] = {review_key_of_token, review_key_of_question};

static struct review_key key_of(make_key *make, const struct review_secret *secret, const char *text)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(64);
    struct review_key key = {{0}};

    (void)buffer_add_text(&bytes, text);
    ck_assert(make(secret, &bytes, &key));
    return key;
}

START_TEST(keys_tell_texts_apart)
{
    make_key *make = kinds[_i];
    struct review_secret *one = review_secret_new(), *other = review_secret_new();
    const struct review_key a = key_of(make, one, "a"), again = key_of(make, one, "a"), b = key_of(make, one, "b");
    const struct review_key elsewhere = key_of(make, other, "a");

    ck_assert_mem_eq(&a, &again, sizeof(a));
    ck_assert_mem_ne(&a, &b, sizeof(a));
    ck_assert_mem_ne(&a, &elsewhere, sizeof(a)); /* every process has its own */
    review_secret_free(one);
    review_secret_free(other);
    review_secret_free(NULL);
}
END_TEST

START_TEST(nothing_has_no_key)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4);
    struct review_secret *secret = review_secret_new();
    struct review_key key;

    ck_assert(!kinds[_i](secret, &bytes, &key));
    ck_assert_int_eq(buffer_add_text(&bytes, "too long"), -1);
    ck_assert(!kinds[_i](secret, &bytes, &key)); /* a part of it would be another's */
    review_secret_free(secret);
}
END_TEST

Suite *review_key_suite(void)
{
    Suite *suite = suite_create("review_key");
    TCase *tcase = tcase_create("review_key");

    tcase_add_loop_test(tcase, keys_tell_texts_apart, 0, ARRAY_LEN(kinds));
    tcase_add_loop_test(tcase, nothing_has_no_key, 0, ARRAY_LEN(kinds));
    suite_add_tcase(suite, tcase);
    return suite;
}
