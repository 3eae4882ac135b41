/* config_mistakes_test.c - order, limit and printing of mistakes. */
#include <string.h>

#include "adapter/config_mistakes.h"

#include "test/unit/adapter/suites.h"

static void add(struct config_mistakes *mistakes, unsigned line, unsigned column, const char *path)
{
    config_mistakes_add(mistakes, (struct config_place){line, column}, path, "wrong");
}

START_TEST(in_file_order)
{
    static struct config_mistakes mistakes = {.file = "a\x1b[2Jb.yaml"};
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(4096);

    add(&mistakes, 3, 1, "late");
    add(&mistakes, 1, 9, "b");
    add(&mistakes, 1, 2, "a\n1:1: forged");
    add(&mistakes, 3, 1, "later");
    add(&mistakes, 0, 0, "");
    config_mistakes_print(&mistakes, &told);
    ck_assert_str_eq(buffer_text(&told), "a\\x1b[2Jb.yaml: wrong\n"
                                         "a\\x1b[2Jb.yaml:1:2: a\\n1:1: forged: wrong\n"
                                         "a\\x1b[2Jb.yaml:1:9: b: wrong\n"
                                         "a\\x1b[2Jb.yaml:3:1: late: wrong\n"
                                         "a\\x1b[2Jb.yaml:3:1: later: wrong\n");
}
END_TEST

START_TEST(first_ones_are_kept)
{
    static struct config_mistakes mistakes = {.file = "f"};
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(1 << 16);

    for (unsigned line = 2 * CONFIG_MISTAKES_MAX; line > 0; line--)
        add(&mistakes, line, 1, "x");
    ck_assert_uint_eq(mistakes.len, CONFIG_MISTAKES_MAX);
    ck_assert_uint_eq(mistakes.left_out, CONFIG_MISTAKES_MAX);
    ck_assert_uint_eq(mistakes.items[0].at.line, 1);
    ck_assert_uint_eq(mistakes.items[CONFIG_MISTAKES_MAX - 1].at.line, CONFIG_MISTAKES_MAX);
    add(&mistakes, 1000, 1, "x");
    ck_assert_uint_eq(mistakes.items[CONFIG_MISTAKES_MAX - 1].at.line, CONFIG_MISTAKES_MAX);
    config_mistakes_print(&mistakes, &told);
    ck_assert_ptr_nonnull(strstr(buffer_text(&told), "f: 51 more mistakes follow; correct these first\n"));
}
END_TEST

START_TEST(known_mistakes)
{
    static struct config_mistakes mistakes;

    ck_assert(!config_mistakes_any(&mistakes));
    add(&mistakes, 1, 1, "queues[1].tags.x");
    ck_assert(config_mistakes_has(&mistakes, "queues[1].tags.x"));
    ck_assert(config_mistakes_has(&mistakes, "queues[1].tags"));
    ck_assert(config_mistakes_has(&mistakes, "queues"));
    ck_assert(!config_mistakes_has(&mistakes, "queues[1].ta"));
    ck_assert(!config_mistakes_has(&mistakes, "queues[1].tags.xy"));
    ck_assert(config_mistakes_any(&mistakes));
}
END_TEST

START_TEST(out_of_memory)
{
    static struct config_mistakes mistakes = {.file = "f"};
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(4096);

    config_mistakes_no_memory(&mistakes);
    ck_assert(config_mistakes_any(&mistakes));
    config_mistakes_print(&mistakes, &told);
    ck_assert_str_eq(buffer_text(&told), "f: not fully checked: out of memory\n");
}
END_TEST

Suite *config_mistakes_suite(void)
{
    Suite *suite = suite_create("config_mistakes");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, in_file_order);
    tcase_add_test(tcase, first_ones_are_kept);
    tcase_add_test(tcase, known_mistakes);
    tcase_add_test(tcase, out_of_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
