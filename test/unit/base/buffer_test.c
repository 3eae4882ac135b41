#include "base/buffer.h"

#include <stdint.h>
#include <string.h>

#include "test/unit/base/suites.h"

START_TEST(all_ways_to_append)
{
    CLEANUP(buffer_clear) struct buffer buffer = BUFFER_INIT(100);

    ck_assert_str_eq(buffer_text(&buffer), "");
    ck_assert_int_eq(buffer_add_text(&buffer, "ab"), 0);
    ck_assert_int_eq(buffer_add_char(&buffer, 'c'), 0);
    ck_assert_int_eq(buffer_append(&buffer, "de", 2), 0);
    ck_assert_int_eq(buffer_append(&buffer, NULL, 0), 0);
    ck_assert_int_eq(buffer_printf(&buffer, "%d%s", 12, ""), 0);
    ck_assert_str_eq(buffer_text(&buffer), "abcde12");
    ck_assert_uint_eq(buffer.len, 7);
    ck_assert_int_eq(buffer_append(&buffer, "\0x", 2), 0); /* bytes, not only text */
    ck_assert_uint_eq(buffer.len, 9);
    ck_assert_int_eq(memcmp(buffer.data, "abcde12\0x", 10), 0);
}
END_TEST

/* Appends of step bytes to a limit of 10: how many fit. */
static const struct {
    size_t step, fitting;
} limits[] = {{1, 10}, {2, 5}, {3, 3}, {10, 1}, {11, 0}, {SIZE_MAX, 0}, {SIZE_MAX - 5, 0}};

START_TEST(limit_case)
{
    CLEANUP(buffer_clear) struct buffer buffer = BUFFER_INIT(10);
    size_t n = 0;

    while (n < 100 && buffer_append(&buffer, "0123456789", limits[_i].step) == 0)
        n++;
    ck_assert_uint_eq(n, limits[_i].fitting);
    ck_assert_uint_eq(buffer.len, limits[_i].fitting * limits[_i].step);
    ck_assert(buffer_failed(&buffer));
    ck_assert_int_eq(buffer_add_char(&buffer, 'x'), -1); /* refuses the rest, also what would fit */
    ck_assert_int_eq(buffer_printf(&buffer, "x"), -1);
    buffer_reset(&buffer);
    ck_assert(!buffer_failed(&buffer));
    ck_assert_str_eq(buffer_text(&buffer), "");
    ck_assert_int_eq(buffer_add_char(&buffer, 'x'), 0);
}
END_TEST

START_TEST(printf_stops_at_the_limit)
{
    CLEANUP(buffer_clear) struct buffer buffer = BUFFER_INIT(4);

    ck_assert_int_eq(buffer_printf(&buffer, "%s", "1234"), 0);
    ck_assert_int_eq(buffer_printf(&buffer, "%s", ""), 0);
    ck_assert_int_eq(buffer_printf(&buffer, "5"), -1);
    ck_assert_str_eq(buffer_text(&buffer), "1234");
}
END_TEST

START_TEST(it_grows_and_moves)
{
    CLEANUP(buffer_clear) struct buffer buffer = BUFFER_INIT((size_t)1024 * 1024);
    CLEANUP(buffer_clear) struct buffer moved = {0};
    const char *data;

    for (unsigned i = 0; i < 20000; i++)
        ck_assert_int_eq(buffer_printf(&buffer, "%05u", i), 0);
    ck_assert_uint_eq(buffer.len, 100000);
    ck_assert_int_eq(strncmp(buffer.data + 61725, "12345", 5), 0);
    data = buffer.data;
    moved = buffer_move(&buffer);
    ck_assert_ptr_eq(moved.data, data);
    ck_assert_ptr_null(buffer.data);
    ck_assert_uint_eq(buffer.len, 0);
    ck_assert_uint_eq(buffer.limit, moved.limit);
    ck_assert_int_eq(buffer_add_text(&buffer, "new"), 0);
    ck_assert_str_eq(buffer_text(&buffer), "new");
}
END_TEST

START_TEST(clear_keeps_the_limit)
{
    struct buffer buffer = BUFFER_INIT(2);

    ck_assert_int_eq(buffer_add_text(&buffer, "abc"), -1);
    buffer_clear(&buffer);
    ck_assert_uint_eq(buffer.limit, 2);
    ck_assert(!buffer_failed(&buffer));
    ck_assert_int_eq(buffer_add_text(&buffer, "ab"), 0);
    buffer_clear(&buffer);
    buffer_clear(&buffer);
}
END_TEST

Suite *buffer_suite(void)
{
    Suite *suite = suite_create("buffer");
    TCase *tcase = tcase_create("buffer");

    tcase_add_test(tcase, all_ways_to_append);
    tcase_add_loop_test(tcase, limit_case, 0, ARRAY_LEN(limits));
    tcase_add_test(tcase, printf_stops_at_the_limit);
    tcase_add_test(tcase, it_grows_and_moves);
    tcase_add_test(tcase, clear_keeps_the_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
