#include "adapter/tags_label.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

/* A set of one tag: its value is len bytes of a character, and an end. */
static void write(const char *character, size_t len, const char *end, struct buffer *out)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    CLEANUP(buffer_clear) struct buffer value = BUFFER_INIT(1 << 20);
    struct error err = {0};

    for (size_t i = 0; i < len; i += strlen(character))
        (void)buffer_add_text(&value, character);
    (void)buffer_add_text(&value, end);
    ck_assert_int_eq(tags_set(&tags, "k", buffer_text(&value), &err), 0);
    ck_assert_int_eq(tags_label_write(&tags, out), 0);
}

/* k= is two bytes; a character that does not fit is left out as a whole. */
static const struct {
    const char *character;
    size_t len, expect_len;
    bool cut;
} lengths[] = {
    {"a", 0, 2, false},
    {"a", TAGS_LABEL_MAX - 2, TAGS_LABEL_MAX, false},
    {"a", TAGS_LABEL_MAX - 1, TAGS_LABEL_MAX, true},
    {"a", 200000, TAGS_LABEL_MAX, true},
    {"\xc3\xa9", 200000, TAGS_LABEL_MAX, true},             /* 8154 bytes are left after k= */
    {"\xf0\x9f\x98\x80", 200000, TAGS_LABEL_MAX - 2, true}, /* 8152 of them are whole characters */
};

START_TEST(length_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(TAGS_LABEL_MAX);
    const char *mark;

    write(lengths[_i].character, lengths[_i].len, "", &out);
    ck_assert_uint_eq(out.len, lengths[_i].expect_len);
    mark = strstr(buffer_text(&out), "...#");
    ck_assert(lengths[_i].cut == (mark != NULL));
    if (mark)
        ck_assert_uint_eq(strspn(mark + 4, "0123456789abcdef"), 32);
}
END_TEST

/* What begins alike, far behind the cut, is two; the same is the same. */
START_TEST(cut_sets_stay_apart)
{
    CLEANUP(buffer_clear) struct buffer one = BUFFER_INIT(TAGS_LABEL_MAX);
    CLEANUP(buffer_clear) struct buffer two = BUFFER_INIT(TAGS_LABEL_MAX);
    CLEANUP(buffer_clear) struct buffer again = BUFFER_INIT(TAGS_LABEL_MAX);

    write("a", 9000, "x", &one);
    write("a", 9000, "y", &two);
    write("a", 9000, "x", &again);
    ck_assert_str_ne(buffer_text(&one), buffer_text(&two));
    ck_assert_str_eq(buffer_text(&one), buffer_text(&again));
}
END_TEST

Suite *tags_label_suite(void)
{
    Suite *suite = suite_create("tags_label");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, length_case, 0, ARRAY_LEN(lengths));
    tcase_add_test(tcase, cut_sets_stay_apart);
    suite_add_tcase(suite, tcase);
    return suite;
}
