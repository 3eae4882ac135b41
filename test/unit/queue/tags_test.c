#include "queue/tags.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "test/unit/queue/suites.h"

/* "null" and the like are decoded too: any JSON value may stand where tags are expected. */
static int decode(const char *text, struct tags *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *value = NULL;

    ck_assert_msg(json_read(text, strlen(text), &value, err) == 0, "%s: %s", text, err->text);
    return tags_decode(value, out, err);
}

static void decode_good(const char *text, struct tags *out)
{
    struct error err = {0};

    ck_assert_msg(decode(text, out, &err) == 0, "%s: %s", text, err.text);
}

static const struct {
    const char *daemon, *job;
    bool can_run;
} matches[] = {
    /* untagged jobs want untagged daemons, exactly */
    {"{}", "{}", true},
    {"{\"cluster\":\"eu\"}", "{}", false},
    {"{\"scope\":\"organization\",\"owner\":\"\"}", "{}", true},
    /* a tagged job runs where all its tags are */
    {"{}", "{\"cluster\":\"eu\"}", false},
    {"{\"cluster\":\"eu\"}", "{\"cluster\":\"eu\"}", true},
    {"{\"cluster\":\"eu\",\"gpu\":\"a100\"}", "{\"cluster\":\"eu\"}", true},
    {"{\"cluster\":\"eu\",\"gpu\":\"a100\"}", "{\"gpu\":\"a100\"}", true},
    {"{\"cluster\":\"eu\"}", "{\"cluster\":\"eu\",\"gpu\":\"a100\"}", false},
    {"{\"cluster\":\"eu\"}", "{\"cluster\":\"us\"}", false},
    {"{\"a\":\"1\",\"c\":\"3\"}", "{\"b\":\"2\"}", false},
    {"{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}", "{\"a\":\"1\",\"c\":\"3\"}", true},
    {"{\"a\":\"1\"}", "{\"z\":\"1\"}", false},
    /* keys and values compare exactly */
    {"{\"cluster\":\"EU\"}", "{\"cluster\":\"eu\"}", false},
    {"{\"Cluster\":\"eu\"}", "{\"cluster\":\"eu\"}", false},
    {"{\"cluster\":\"eu \"}", "{\"cluster\":\"eu\"}", false},
    {"{\"cluster\":\"\"}", "{\"cluster\":\"\"}", true},
    /* scope and owner are tags like others, but for the rule of untagged jobs */
    {"{\"scope\":\"user\",\"owner\":\"u1\"}", "{\"scope\":\"user\",\"owner\":\"u1\"}", true},
    {"{\"scope\":\"user\",\"owner\":\"u1\"}", "{\"scope\":\"user\",\"owner\":\"u2\"}", false},
    {"{\"scope\":\"user\",\"owner\":\"u1\"}", "{}", false},
    {"{}", "{\"scope\":\"user\",\"owner\":\"u1\"}", false},
    {"{\"scope\":\"user\",\"owner\":\"u1\",\"a\":\"1\"}", "{\"scope\":\"user\",\"owner\":\"u1\"}", true},
    {"{\"owner\":\"u1\"}", "{}", false},
};

START_TEST(match_case)
{
    CLEANUP(tags_clear) struct tags daemon = {0};
    CLEANUP(tags_clear) struct tags job = {0};

    decode_good(matches[_i].daemon, &daemon);
    decode_good(matches[_i].job, &job);
    ck_assert_msg(tags_can_run(&daemon, &job) == matches[_i].can_run, "%s for %s", matches[_i].daemon, matches[_i].job);
}
END_TEST

static const struct {
    const char *a, *b;
    bool share;
} pools[] = {
    {"{}", "{}", true},
    {"{}", "{\"cluster\":\"eu\"}", false}, /* an untagged job wants an untagged daemon */
    {"{\"cluster\":\"eu\"}", "{\"cluster\":\"us\"}", false},
    {"{\"cluster\":\"eu\"}", "{\"cluster\":\"eu\",\"gpu\":\"a100\"}", true},
    {"{\"cluster\":\"eu\",\"disk\":\"ssd\"}", "{\"cluster\":\"eu\",\"gpu\":\"a100\"}", true},
    {"{\"disk\":\"ssd\"}", "{\"gpu\":\"a100\"}", false},
    {"{\"scope\":\"user\",\"owner\":\"u1\"}", "{\"scope\":\"user\",\"owner\":\"u1\",\"gpu\":\"a100\"}", true},
    {"{\"scope\":\"user\",\"owner\":\"u1\",\"gpu\":\"a100\"}", "{\"scope\":\"user\",\"owner\":\"u2\",\"gpu\":\"a100\"}", false},
    {"{\"scope\":\"user\",\"owner\":\"u1\",\"gpu\":\"a100\"}", "{\"gpu\":\"a100\"}", false},
};

START_TEST(share_case)
{
    CLEANUP(tags_clear) struct tags a = {0};
    CLEANUP(tags_clear) struct tags b = {0};
    CLEANUP(tags_clear) struct tags job = {0};

    decode_good(pools[_i].a, &a);
    decode_good(pools[_i].b, &b);
    ck_assert_msg(tags_share_jobs(&a, &b) == pools[_i].share, "%s and %s", pools[_i].a, pools[_i].b);
    ck_assert(tags_share_jobs(&b, &a) == pools[_i].share);
    /* The other way: no job of the table above that both can run may be missed. */
    for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
        decode_good(matches[i].job, &job);
        ck_assert_msg(!tags_can_run(&a, &job) || !tags_can_run(&b, &job) || pools[_i].share, "both run %s", matches[i].job);
        tags_clear(&job);
    }
}
END_TEST

static const struct {
    const char *json, *printed;
    size_t len;
} prints[] = {
    {"{}", "", 2},
    {"null", "", 2},
    {"{\"scope\":\"user\",\"owner\":\"u1\"}", "", 2},
    {"{\"b\":\"2\",\"a\":\"1\"}", "a=1,b=2", 4},
    {"{\"gpu\":\"a100\",\"owner\":\"\",\"scope\":\"organization\",\"cluster\":\"eu-1\"}", "cluster=eu-1,gpu=a100", 4},
    {"{\"z\":\"\",\"p\":\"x=y\"}", "p=x=y,z=", 4},
};

START_TEST(print_case)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(256);

    decode_good(prints[_i].json, &tags);
    tags_print(&tags, &out);
    ck_assert_str_eq(buffer_text(&out), prints[_i].printed);
    ck_assert_uint_eq(tags.len, prints[_i].len);
}
END_TEST

static const struct {
    const char *json, *error;
} refused[] = {
    {"[]", "expected object of strings, got array"},
    {"\"a=b\"", "expected object of strings, got string"},
    {"7", "expected object of strings, got integer"},
    {"false", "expected object of strings, got boolean"},
    {"{\"a\":1}", "expected strings, got integer"},
    {"{\"a\":null}", "expected strings, got null"},
    {"{\"a\":\"1\",\"b\":{}}", "expected strings, got object"},
};

START_TEST(refused_case)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    struct error err = {0};

    ck_assert_int_eq(decode(refused[_i].json, &tags, &err), -1);
    ck_assert_str_eq(err.text, refused[_i].error);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    ck_assert_uint_eq(tags.len, 0);
    ck_assert_ptr_null(tags.pairs);
}
END_TEST

START_TEST(set_sorts_and_replaces)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    struct error err = {0};
    static const char *const keys[] = {"m", "a", "z", "m", "b"};
    static const char *const sorted[] = {"a", "b", "m", "z"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        ck_assert_int_eq(tags_set(&tags, keys[i], i == 3 ? "new" : "old", &err), 0);
    ck_assert_uint_eq(tags.len, ARRAY_LEN(sorted));
    for (size_t i = 0; i < ARRAY_LEN(sorted); i++)
        ck_assert_str_eq(tags.pairs[i].key, sorted[i]);
    ck_assert_str_eq(tags_get(&tags, "m"), "new");
    ck_assert_str_eq(tags_get(&tags, "a"), "old");
    ck_assert_ptr_null(tags_get(&tags, "n"));
    ck_assert_ptr_null(tags_get(&tags, ""));
}
END_TEST

START_TEST(there_are_not_too_many)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    struct error err = {0};
    char key[16];

    for (int i = 0; i < TAGS_MAX; i++) {
        (void)snprintf(key, sizeof(key), "key%d", i);
        ck_assert_int_eq(tags_set(&tags, key, "", &err), 0);
    }
    ck_assert_int_eq(tags_set(&tags, "key0", "replaced", &err), 0);
    ck_assert_int_eq(tags_set(&tags, "one more", "", &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_uint_eq(tags.len, TAGS_MAX);
}
END_TEST

START_TEST(copy_is_its_own)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    CLEANUP(tags_clear) struct tags copy = {0};
    struct error err = {0};

    decode_good("{\"a\":\"1\",\"b\":\"2\"}", &tags);
    ck_assert_int_eq(tags_copy(&tags, &copy, &err), 0);
    ck_assert(tags_equal(&tags, &copy));
    ck_assert_int_eq(tags_set(&copy, "a", "other", &err), 0);
    ck_assert(!tags_equal(&tags, &copy));
    ck_assert_str_eq(tags_get(&tags, "a"), "1");
}
END_TEST

/* In ascending order: each is less than all that follow. */
static const char *const ascending[] = {
    "{}", "{\"owner\":\"u\"}", "{\"a\":\"1\"}", "{\"a\":\"2\"}", "{\"b\":\"1\"}", "{\"a\":\"1\",\"b\":\"1\"}",
};

START_TEST(compare_is_an_order)
{
    for (size_t i = 0; i < ARRAY_LEN(ascending); i++) {
        for (size_t j = 0; j < ARRAY_LEN(ascending); j++) {
            CLEANUP(tags_clear) struct tags a = {0};
            CLEANUP(tags_clear) struct tags b = {0};
            int order;

            decode_good(ascending[i], &a);
            decode_good(ascending[j], &b);
            order = tags_compare(&a, &b);
            ck_assert_msg((order < 0) == (i < j) && (order > 0) == (i > j), "%s and %s: %d", ascending[i], ascending[j], order);
            ck_assert(tags_equal(&a, &b) == (i == j));
        }
    }
}
END_TEST

START_TEST(normalize_keeps_what_is_said)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    struct error err = {0};

    ck_assert_int_eq(tags_set(&tags, "scope", "user", &err), 0);
    ck_assert_int_eq(tags_normalize(&tags, &err), 0);
    ck_assert_int_eq(tags_normalize(&tags, &err), 0);
    ck_assert_uint_eq(tags.len, 2);
    ck_assert_str_eq(tags_get(&tags, "scope"), "user");
    ck_assert_str_eq(tags_get(&tags, "owner"), "");
    ck_assert(tags_are_user_scoped(&tags));
}
END_TEST

Suite *tags_suite(void)
{
    Suite *suite = suite_create("tags");
    TCase *tcase = tcase_create("tags");

    tcase_add_loop_test(tcase, match_case, 0, ARRAY_LEN(matches));
    tcase_add_loop_test(tcase, share_case, 0, ARRAY_LEN(pools));
    tcase_add_loop_test(tcase, print_case, 0, ARRAY_LEN(prints));
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, set_sorts_and_replaces);
    tcase_add_test(tcase, there_are_not_too_many);
    tcase_add_test(tcase, copy_is_its_own);
    tcase_add_test(tcase, compare_is_an_order);
    tcase_add_test(tcase, normalize_keeps_what_is_said);
    suite_add_tcase(suite, tcase);
    return suite;
}
