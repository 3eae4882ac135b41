/* Which queue of a new configuration is one of the old. */
#include "queue/queue.h"

#include "test/unit/queue/suites.h"

static const struct {
    char name[8], organization[8];
    const char *tag;
    bool same;
} rows[] = {
    {"a", "acme", "eu", true},  {"b", "acme", "eu", false}, {"a", "other", "eu", false},
    {"a", "acme", "us", false}, {"a", "acme", NULL, false},
};

static void fill(size_t row, char text[2][8], struct queue_spec *out)
{
    struct error err = {0};

    for (size_t i = 0; i < sizeof(text[0]); i++) {
        text[0][i] = rows[row].name[i];
        text[1][i] = rows[row].organization[i];
    }
    *out = (struct queue_spec){.name = text[0], .organization = text[1]};
    ck_assert_int_eq(tags_normalize(&out->tags, &err), 0);
    if (rows[row].tag)
        ck_assert_int_eq(tags_set(&out->tags, "region", rows[row].tag, &err), 0);
}

START_TEST(same_case)
{
    char first_text[2][8], text[2][8];
    struct queue_spec first, spec;

    fill(0, first_text, &first);
    fill((size_t)_i, text, &spec);
    ck_assert(queue_spec_is_same(&first, &spec) == rows[_i].same);
    ck_assert(queue_spec_is_same(&spec, &first) == rows[_i].same);
    tags_clear(&first.tags);
    tags_clear(&spec.tags);
}
END_TEST

Suite *queue_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, same_case, 0, ARRAY_LEN(rows));
    suite_add_tcase(suite, tcase);
    return suite;
}
