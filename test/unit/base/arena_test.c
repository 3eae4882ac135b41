#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/base/suites.h"

/* Sizes from tiny to larger than a chunk: aligned, zeroed, apart from each other. */
START_TEST(allocations_do_not_meet)
{
    static const size_t sizes[] = {1, 3, 16, 17, 100, 4096, 16383, 16384, 16385, 100000, 1, 7};
    CLEANUP(arena_clear) struct arena arena = {.limit = (size_t)1024 * 1024};
    unsigned char *memory[ARRAY_LEN(sizes)];

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        memory[i] = arena_alloc(&arena, sizes[i]);
        ck_assert_ptr_nonnull(memory[i]);
        ck_assert_uint_eq((uintptr_t)memory[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < sizes[i]; j++)
            ck_assert_uint_eq(memory[i][j], 0);
        memset(memory[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        for (size_t j = 0; j < sizes[i]; j++)
            ck_assert_uint_eq(memory[i][j], i + 1);
}
END_TEST

static const struct {
    size_t limit, first, second;
    bool first_fits, second_fits;
} limits[] = {
    {64, 64, 1, true, false},
    {64, 32, 32, true, true},
    {64, 33, 17, true, false}, /* rounded up to 48 */
    {64, 65, 1, false, false}, /* it stays failed */
    {0, 1, 1, false, false},
    {64, SIZE_MAX, 1, false, false},
    {64, SIZE_MAX - 3, 1, false, false},
    {SIZE_MAX, 16, SIZE_MAX - 20, true, false},
};

START_TEST(limit_case)
{
    CLEANUP(arena_clear) struct arena arena = {.limit = limits[_i].limit};

    ck_assert((arena_alloc(&arena, limits[_i].first) != NULL) == limits[_i].first_fits);
    ck_assert((arena_alloc(&arena, limits[_i].second) != NULL) == limits[_i].second_fits);
    ck_assert(arena.failed != limits[_i].second_fits);
}
END_TEST

START_TEST(copies)
{
    CLEANUP(arena_clear) struct arena arena = {.limit = 4096};
    char text[] = "text";
    char *copy = arena_text(&arena, text);

    memset(text, 'x', 4);
    ck_assert_str_eq(copy, "text");
    ck_assert_int_eq(memcmp(arena_copy(&arena, "a\0b", 3), "a\0b", 3), 0);
    ck_assert_str_eq(arena_text(&arena, ""), "");
    ck_assert(!arena.failed);
    (void)arena_copy(&arena, NULL, 0);
    ck_assert(!arena.failed);
}
END_TEST

START_TEST(clear_makes_room_again)
{
    CLEANUP(arena_clear) struct arena arena = {.limit = 32};

    ck_assert_ptr_nonnull(arena_alloc(&arena, 32));
    ck_assert_ptr_null(arena_alloc(&arena, 1));
    arena_clear(&arena);
    ck_assert_uint_eq(arena.used, 0);
    ck_assert_uint_eq(arena.limit, 32);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 32));
}
END_TEST

Suite *arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");

    tcase_add_test(tcase, allocations_do_not_meet);
    tcase_add_loop_test(tcase, limit_case, 0, ARRAY_LEN(limits));
    tcase_add_test(tcase, copies);
    tcase_add_test(tcase, clear_makes_room_again);
    suite_add_tcase(suite, tcase);
    return suite;
}
