#include "base/json.h"

#include <string.h>

#include "base/buffer.h"
#include "test/unit/base/suites.h"

/* --- whole documents --- */

static const struct {
    const char *text;
    bool reads;
    enum error_code code;
} documents[] = {
    {"{}", true, 0},
    {"[]", true, 0},
    {" [1, 2] \n", true, 0},
    {"\"text\"", true, 0},
    {"7", true, 0},
    {"null", true, 0},
    {"{\"a\":{\"b\":[true,false,null,1.5,-3,\"\\u00e9\"]}}", true, 0},
    {"9223372036854775807", true, 0},
    {"", false, ERROR_INVALID},
    {" ", false, ERROR_INVALID},
    {"{", false, ERROR_INVALID},
    {"{}x", false, ERROR_INVALID},
    {"{} {}", false, ERROR_INVALID},
    {"{a:1}", false, ERROR_INVALID},
    {"{\"a\":1,}", false, ERROR_INVALID},
    {"{\"a\":1,\"a\":2}", false, ERROR_INVALID},
    {"[1,]", false, ERROR_INVALID},
    {"[01]", false, ERROR_INVALID},
    {"NaN", false, ERROR_INVALID},
    {"1e999", false, ERROR_INVALID},
    {"9223372036854775808", false, ERROR_INVALID},
    {"\"\xff\"", false, ERROR_INVALID},
    {"\"\\ud800\"", false, ERROR_INVALID},
    {"\"\\u0000\"", false, ERROR_INVALID},
    {"\"a\nb\"", false, ERROR_INVALID},
    {"<html>", false, ERROR_INVALID},
};

START_TEST(document_case)
{
    CLEANUP(json_decrefp) json_t *value = NULL;
    struct error err = {0};
    int result = json_read(documents[_i].text, strlen(documents[_i].text), &value, &err);

    ck_assert_msg((result == 0) == documents[_i].reads, "%s: %s", documents[_i].text, err.text);
    ck_assert((value != NULL) == documents[_i].reads);
    ck_assert_int_eq(err.code, documents[_i].code);
}
END_TEST

static void nest(struct buffer *out, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        ck_assert_int_eq(buffer_add_char(out, '['), 0);
    for (size_t i = 0; i < depth; i++)
        ck_assert_int_eq(buffer_add_char(out, ']'), 0);
}

START_TEST(depth_is_bounded)
{
    CLEANUP(buffer_clear) struct buffer deep = BUFFER_INIT(100000);
    CLEANUP(json_decrefp) json_t *value = NULL;
    struct error err = {0};

    nest(&deep, JSON_DEPTH_MAX);
    ck_assert_msg(json_read(deep.data, deep.len, &value, &err) == 0, "%s", err.text);
    buffer_reset(&deep);
    nest(&deep, JSON_DEPTH_MAX + 1);
    ck_assert_int_eq(json_read(deep.data, deep.len, &value, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    buffer_reset(&deep);
    nest(&deep, 50000);
    ck_assert_int_eq(json_read(deep.data, deep.len, &value, &err), -1);
}
END_TEST

/* Brackets inside strings are no depth. */
START_TEST(text_is_not_deep)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(4096);
    CLEANUP(json_decrefp) json_t *value = NULL;
    struct error err = {0};

    ck_assert_int_eq(buffer_add_text(&text, "\"\\\"\\\\"), 0);
    for (int i = 0; i < 200; i++)
        ck_assert_int_eq(buffer_add_char(&text, '['), 0);
    ck_assert_int_eq(buffer_add_char(&text, '"'), 0);
    ck_assert_msg(json_read(text.data, text.len, &value, &err) == 0, "%s", err.text);
}
END_TEST

/* --- arrays, element by element --- */

static const struct {
    const char *text;
    int n;             /* elements that come before the end or the error */
    const char *error; /* NULL: a good end */
} arrays[] = {
    {"[]", 0, NULL},
    {" [ ] \n", 0, NULL},
    {"[1]", 1, NULL},
    {"[1,2,3]", 3, NULL},
    {" [ {\"a\": [1, 2]} , \"]\" , [ ] ,null,true ] ", 5, NULL},
    {"[\"\xc3\xa9\xf0\x9f\x98\x80\",{\"k\":\"\\u00e9\"},1]", 3, NULL}, /* bytes, not characters, are counted */
    {"[1.5,-2e3,0]", 3, NULL},
    {"", 0, "expected a JSON array"},
    {"{}", 0, "expected a JSON array"},
    {"null", 0, "expected a JSON array"},
    {"\xef\xbb\xbf[]", 0, "expected a JSON array"},
    {"[", 0, "truncated"},
    {"[1", 1, "truncated"},
    {"[1,", 1, "truncated"},
    {"[1,{\"a\":", 1, "truncated"},
    {"[1,\"ab", 1, "truncated"},
    {"[1,]", 1, "element 1"},
    {"[,1]", 0, "element 0"},
    {"[1 2]", 0, "element 0"},
    {"[1;2]", 0, "element 0"},
    {"[1}", 1, "expected ',' or ']'"},
    {"[1]x", 1, "after the array"},
    {"[1][2]", 1, "after the array"},
    {"[]]", 0, "after the array"},
    {"[1,nul]", 1, "element 1"},
    {"[1,{\"a\":1,\"a\":2}]", 1, "element 1"},
    {"[1,\"\xff\"]", 1, "element 1"},
};

START_TEST(array_case)
{
    struct json_array_reader reader = {.text = arrays[_i].text, .len = strlen(arrays[_i].text)};
    struct error err = {0};
    json_t *element = NULL;
    int n = 0, result;

    while ((result = json_array_next(&reader, &element, &err)) == 1) {
        ck_assert_ptr_nonnull(element);
        json_decref(element);
        n++;
        ck_assert_int_le(n, 10);
    }
    ck_assert_int_eq(n, arrays[_i].n);
    ck_assert_msg((result == 0) == (arrays[_i].error == NULL), "%s: %s", arrays[_i].text, err.text);
    if (arrays[_i].error)
        ck_assert_msg(strstr(err.text, arrays[_i].error), "'%s' is not in: %s", arrays[_i].error, err.text);
}
END_TEST

static int read_one(const struct buffer *text, struct error *err)
{
    struct json_array_reader reader = {.text = text->data, .len = text->len};
    json_t *element = NULL;
    int result = json_array_next(&reader, &element, err);

    if (result == 1)
        json_decref(element);
    return result;
}

/* One check for all: a check for each byte takes seconds on a busy machine. */
static void add_letters(struct buffer *text, size_t up_to)
{
    while (text->len < up_to && buffer_add_char(text, 'x') == 0) {
    }
    ck_assert_uint_eq(text->len, up_to);
}

START_TEST(an_element_is_bounded)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT((size_t)4 * JSON_ELEMENT_MAX);
    struct error err = {0};

    ck_assert_int_eq(buffer_add_text(&text, "[\""), 0);
    add_letters(&text, JSON_ELEMENT_MAX - 1); /* with its quote the element ends exactly at its limit */
    ck_assert_int_eq(buffer_add_text(&text, "\"]"), 0);
    ck_assert_msg(read_one(&text, &err) == 1, "%s", err.text);

    buffer_reset(&text);
    ck_assert_int_eq(buffer_add_text(&text, "[\""), 0);
    add_letters(&text, (size_t)2 * JSON_ELEMENT_MAX);
    ck_assert_int_eq(buffer_add_text(&text, "\"]"), 0);
    ck_assert_int_eq(read_one(&text, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
}
END_TEST

START_TEST(an_element_is_not_too_deep)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(10000);
    struct error err = {0};

    nest(&text, JSON_DEPTH_MAX + 1); /* the outer one is the array that is read */
    ck_assert_msg(read_one(&text, &err) == 1, "%s", err.text);
    buffer_reset(&text);
    nest(&text, JSON_DEPTH_MAX + 2);
    ck_assert_int_eq(read_one(&text, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
}
END_TEST

/* --- members --- */

enum { TEXT = 1, INT = 2, BOOL = 4, OBJECT = 8, ARRAY = 16, REQUIRED_TEXT = 32, OPTIONAL = TEXT | INT | BOOL | OBJECT | ARRAY };

/* Which readers take the member "x". */
static const struct {
    const char *object;
    int takes;
    const char *wrong; /* the type as the error names it */
} members[] = {
    {"{}", OPTIONAL, "nothing"},
    {"{\"y\":1}", OPTIONAL, "nothing"},
    {"{\"x\":null}", OPTIONAL, "null"},
    {"{\"x\":\"t\"}", TEXT | REQUIRED_TEXT, "string"},
    {"{\"x\":\"\"}", TEXT | REQUIRED_TEXT, "string"},
    {"{\"x\":5}", INT, "integer"},
    {"{\"x\":5.0}", 0, "number"},
    {"{\"x\":true}", BOOL, "boolean"},
    {"{\"x\":false}", BOOL, "boolean"},
    {"{\"x\":{}}", OBJECT, "object"},
    {"{\"x\":[]}", ARRAY, "array"},
};

static int readers_that_take(const json_t *object, struct error *last)
{
    const json_t *value = NULL;
    const char *text = NULL;
    int64_t number = 0;
    bool flag = false;
    int takes = 0;

    takes |= json_text_optional(object, "x", &text, last) == 0 ? TEXT : 0;
    takes |= json_int_optional(object, "x", 7, &number, last) == 0 ? INT : 0;
    takes |= json_bool_optional(object, "x", true, &flag, last) == 0 ? BOOL : 0;
    takes |= json_object_optional(object, "x", &value, last) == 0 ? OBJECT : 0;
    takes |= json_array_optional(object, "x", &value, last) == 0 ? ARRAY : 0;
    takes |= json_text_required(object, "x", &text, last) == 0 ? REQUIRED_TEXT : 0;
    return takes;
}

START_TEST(member_case)
{
    CLEANUP(json_decrefp) json_t *object = NULL;
    struct error err = {0};
    char end[32] = ", got ";

    ck_assert_int_eq(json_read(members[_i].object, strlen(members[_i].object), &object, &err), 0);
    ck_assert_int_eq(readers_that_take(object, &err), members[_i].takes);
    memcpy(end + 6, members[_i].wrong, strlen(members[_i].wrong) + 1);
    ck_assert_msg(strstr(err.text, "x: expected ") == err.text && strstr(err.text, end), "%s", err.text);
}
END_TEST

START_TEST(values_and_defaults)
{
    CLEANUP(json_decrefp) json_t *object = NULL;
    static const char text[] = "{\"t\":\"text\",\"i\":-5,\"b\":false,\"o\":{},\"a\":[1]}";
    struct error err = {0};
    const json_t *value = NULL;
    const char *got = NULL;
    int64_t number = 0;
    bool flag = true;

    ck_assert_int_eq(json_read(text, strlen(text), &object, &err), 0);
    ck_assert_int_eq(json_text_required(object, "t", &got, &err), 0);
    ck_assert_str_eq(got, "text");
    ck_assert_int_eq(json_text_optional(object, "no", &got, &err), 0);
    ck_assert_ptr_null(got);
    ck_assert_int_eq(json_int_optional(object, "i", 7, &number, &err), 0);
    ck_assert_int_eq(number, -5);
    ck_assert_int_eq(json_int_optional(object, "no", 7, &number, &err), 0);
    ck_assert_int_eq(number, 7);
    ck_assert_int_eq(json_bool_optional(object, "b", true, &flag, &err), 0);
    ck_assert(!flag);
    ck_assert_int_eq(json_bool_optional(object, "no", true, &flag, &err), 0);
    ck_assert(flag);
    ck_assert_int_eq(json_array_optional(object, "a", &value, &err), 0);
    ck_assert_uint_eq(json_array_size(value), 1);
    ck_assert_int_eq(json_object_optional(object, "no", &value, &err), 0);
    ck_assert_ptr_null(value);
}
END_TEST

START_TEST(equal_values_have_equal_texts)
{
    static const char one[] = " {\"b\" : [1, \"x\"],\n\"a\":{\"d\":null,\"c\":1.5}}",
                      other[] = "{\"a\":{\"c\":1.5,\"d\":null},\"b\":[1,\"x\"]}";
    CLEANUP(json_decrefp) json_t *value = json_loads(one, 0, NULL);
    char *text = json_canonical(value);

    ck_assert_str_eq(text, other);
    free(text);
}
END_TEST

Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");

    tcase_add_loop_test(tcase, document_case, 0, ARRAY_LEN(documents));
    tcase_add_test(tcase, depth_is_bounded);
    tcase_add_test(tcase, text_is_not_deep);
    tcase_add_loop_test(tcase, array_case, 0, ARRAY_LEN(arrays));
    tcase_add_test(tcase, an_element_is_bounded);
    tcase_add_test(tcase, an_element_is_not_too_deep);
    tcase_add_loop_test(tcase, member_case, 0, ARRAY_LEN(members));
    tcase_add_test(tcase, values_and_defaults);
    tcase_add_test(tcase, equal_values_have_equal_texts);
    suite_add_tcase(suite, tcase);
    return suite;
}
