#include "emulator/demo_table.h"

#include <string.h>

#include "test/unit/emulator/suites.h"

static const struct {
    struct demo_row row;
    const char *line;
} rows[] = {
    {{.now_ms = 1200, .wanted = 6, .there = 6, .readable = true}, "  0:01        0       0             6            -\n"},
    {{.now_ms = 46000, .waiting = 4, .active = 6, .wanted = 12, .there = 6, .oldest_wait_ms = 15400, .readable = true},
     "  0:46        4       6       6 -> 12         0:15  ######....\n"},
    {{.now_ms = 3600000, .waiting = 300, .active = 15, .wanted = 15, .there = 15, .oldest_wait_ms = 61000, .readable = true},
     " 60:00      300      15            15         1:01  ##......................................\n"},
    {{.now_ms = 0, .active = 1, .wanted = 6, .there = 6},
     "  0:00        0       1             6            -  #  the metric cannot be read: the HPA holds\n"},
};

START_TEST(row_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(1024);

    demo_write_row(&rows[_i].row, false, &out);
    ck_assert_str_eq(buffer_text(&out), rows[_i].line);
}
END_TEST

/* The bar never exceeds its width, what is there is in it, and it is exact while it fits. */
static bool bar_is_right(int64_t active, int64_t waiting)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(1024);
    const struct demo_row row = {.waiting = waiting, .active = active, .readable = true};
    int64_t hashes = 0, dots = 0;

    demo_write_row(&row, false, &out);
    for (size_t i = 0; i < out.len; i++) {
        hashes += out.data[i] == '#';
        dots += out.data[i] == '.';
    }
    if (active + waiting <= DEMO_BAR_MAX)
        return hashes == active && dots == waiting;
    return hashes + dots == DEMO_BAR_MAX && (hashes > 0) == (active > 0);
}

START_TEST(bars_are_bounded)
{
    for (int64_t active = 0; active <= 60; active += 3)
        for (int64_t waiting = 0; waiting <= 600; waiting += 7)
            ck_assert_msg(bar_is_right(active, waiting), "%lld active, %lld waiting", (long long)active, (long long)waiting);
}
END_TEST

START_TEST(colours_only_when_asked)
{
    CLEANUP(buffer_clear) struct buffer plain = BUFFER_INIT(1024), coloured = BUFFER_INIT(1024);
    const struct demo_row row = {.waiting = 3, .active = 3, .readable = true};

    demo_write_header(false, &plain);
    demo_write_row(&row, false, &plain);
    ck_assert_ptr_null(strchr(plain.data, '\033'));
    demo_write_header(true, &coloured);
    demo_write_row(&row, true, &coloured);
    ck_assert_ptr_nonnull(strstr(coloured.data, "\033[32m###\033[0m\033[33m...\033[0m"));
}
END_TEST

static const struct {
    struct demo_outcome scaled, fixed;
    const char *says;
} sentences[] = {
    {{20, 30000, 100000, 110000, 280000},
     {20, 120000, 290000, 324000, 480000},
     "the unluckiest of 20 people waited 1:50 min for a provisioner; with 6 provisioners all the time, 5:24 min"},
    {{20, 0, 0, 0, 60000}, {20, 0, 0, 0, 60000}, "Scaling did not help this time"},
    {{20, 0, 0, 5000, 60000}, {20, 0, 0, 4000, 60000}, "Scaling did not help this time"},
    {{500, 0, 0, 5000, 60000}, {320, 0, 0, 9000, 60000}, "Not comparable: 500 builds found a provisioner with scaling and 320 without"},
};

START_TEST(sentence_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    const struct demo_comparison comparison = {20, 6, 15, sentences[_i].scaled, sentences[_i].fixed};

    demo_write_comparison(&comparison, &out);
    ck_assert_msg(strstr(buffer_text(&out), sentences[_i].says) != NULL, "%s", buffer_text(&out));
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "HPA 6 to 15        always 6\n"));
}
END_TEST

Suite *demo_table_suite(void)
{
    Suite *suite = suite_create("demo_table");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, row_case, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, bars_are_bounded);
    tcase_add_test(tcase, colours_only_when_asked);
    tcase_add_loop_test(tcase, sentence_case, 0, ARRAY_LEN(sentences));
    suite_add_tcase(suite, tcase);
    return suite;
}
