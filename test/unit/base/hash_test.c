#include "base/hash.h"

#include "base/attributes.h"
#include "test/unit/base/suites.h"

/* The authors' own vectors of 64-bit FNV-1a. */
static const struct {
    const char *text;
    uint64_t hash;
} vectors[] = {
    {"", UINT64_C(0xcbf29ce484222325)},
    {"a", UINT64_C(0xaf63dc4c8601ec8c)},
    {"foobar", UINT64_C(0x85944171f73967e8)},
};

START_TEST(vector_case)
{
    ck_assert_uint_eq(hash_text(HASH_START, vectors[_i].text), vectors[_i].hash);
}
END_TEST

START_TEST(pieces_are_as_the_whole)
{
    ck_assert_uint_eq(hash_text(hash_bytes(HASH_START, "foo", 3), "bar"), hash_text(HASH_START, "foobar"));
    ck_assert_uint_lt(hash_place(hash_secret_start(), 64), 64);
}
END_TEST

Suite *hash_suite(void)
{
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("hash");

    tcase_add_loop_test(tests, vector_case, 0, (int)ARRAY_LEN(vectors));
    tcase_add_test(tests, pieces_are_as_the_whole);
    suite_add_tcase(suite, tests);
    return suite;
}
