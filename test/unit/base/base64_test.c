#include "base/base64.h"

#include <string.h>

#include "test/unit/base/suites.h"

/* RFC 4648 section 10, and every character of the alphabet. */
static const struct {
    const char *bytes;
    size_t len;
    const char *text;
} vectors[] = {
    {"", 0, ""},
    {"f", 1, "Zg=="},
    {"fo", 2, "Zm8="},
    {"foo", 3, "Zm9v"},
    {"foob", 4, "Zm9vYg=="},
    {"fooba", 5, "Zm9vYmE="},
    {"foobar", 6, "Zm9vYmFy"},
    {"\0", 1, "AA=="},
    {"\0\0\0", 3, "AAAA"},
    {"\xff\xff\xff", 3, "////"},
    {"\xfb\xef\xbe", 3, "++++"},
};

START_TEST(vector_case)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(100);
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(100);

    base64_encode(vectors[_i].bytes, vectors[_i].len, &text);
    ck_assert_str_eq(buffer_text(&text), vectors[_i].text);
    ck_assert(base64_decode(vectors[_i].text, strlen(vectors[_i].text), &bytes));
    ck_assert_uint_eq(bytes.len, vectors[_i].len);
    if (bytes.len > 0)
        ck_assert_int_eq(memcmp(bytes.data, vectors[_i].bytes, bytes.len), 0);
}
END_TEST

static const char *const refused[] = {
    "Z",    "Zg",     "Zg=",   "Zg==Zg==", "Zm9v=", "=",    "====", "Z===",     "Zh==",
    "Zm9=", "Zm9v\n", " Zm9v", "Zm 9",     "Zm-v",  "Zm_v", "Zg=a", "Zm9vZ===",
};

START_TEST(refused_case)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(100);

    ck_assert_int_eq(buffer_add_text(&bytes, "before"), 0);
    ck_assert_msg(!base64_decode(refused[_i], strlen(refused[_i]), &bytes), "%s", refused[_i]);
    ck_assert_str_eq(buffer_text(&bytes), "before");
}
END_TEST

START_TEST(what_is_encoded_is_decoded)
{
    unsigned char from[256];

    for (size_t i = 0; i < sizeof(from); i++)
        from[i] = (unsigned char)(i * 167 + 13);
    for (size_t len = 0; len <= sizeof(from); len++) {
        CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(400);
        CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(400);

        base64_encode(from, len, &text);
        ck_assert_uint_eq(text.len, (len + 2) / 3 * 4);
        ck_assert(base64_decode(buffer_text(&text), text.len, &bytes));
        ck_assert_uint_eq(bytes.len, len);
        ck_assert(len == 0 || memcmp(bytes.data, from, len) == 0);
    }
}
END_TEST

START_TEST(a_small_buffer_fails)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(5);

    ck_assert(!base64_decode("Zm9vYmFy", 8, &out));
    ck_assert(buffer_failed(&out));
}
END_TEST

Suite *base64_suite(void)
{
    Suite *suite = suite_create("base64");
    TCase *tcase = tcase_create("base64");

    tcase_add_loop_test(tcase, vector_case, 0, ARRAY_LEN(vectors));
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, what_is_encoded_is_decoded);
    tcase_add_test(tcase, a_small_buffer_fails);
    suite_add_tcase(suite, tcase);
    return suite;
}
