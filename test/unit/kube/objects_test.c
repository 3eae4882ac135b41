/* objects_test.c - entries of a Secret and the patch of an APIService. */
#include "kube/objects.h"

#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "base/json.h"
#include "test/unit/kube/suites.h"

static const struct {
    const char *secret;
    int result;
    enum error_code code;
    const char *text; /* the entry tls.crt, or the error */
} entries[] = {
    {"{\"data\":{\"tls.crt\":\"UEVNCg==\"}}", 0, ERROR_NONE, "PEM\n"},
    {"{\"data\":{\"tls.crt\":\"\"}}", 0, ERROR_NONE, ""},
    {"{\"data\":{}}", -1, ERROR_NOT_FOUND, "data.tls.crt: not in the Secret"},
    {"{}", -1, ERROR_NOT_FOUND, "data.tls.crt: not in the Secret"},
    {"{\"data\":{\"tls.crt\":\"UEVNCg=\"}}", -1, ERROR_INVALID, "data.tls.crt: not base64"},
    {"{\"data\":{\"tls.crt\":7}}", -1, ERROR_INVALID, "data: tls.crt: expected string, got integer"},
    {"{\"data\":[]}", -1, ERROR_INVALID, "data: expected object, got array"},
    {"{\"data\":{\"tls.crt\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OQ==\"}}", -1, ERROR_LIMIT,
     "data.tls.crt: larger than 32 bytes"},
};

START_TEST(entry_case)
{
    CLEANUP(json_decrefp) json_t *secret = json_loads(entries[_i].secret, 0, NULL);
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(32);
    struct error err = {0};

    ck_assert_int_eq(secret_entry_read(secret, "tls.crt", &out, &err), entries[_i].result);
    ck_assert_int_eq(err.code, entries[_i].code);
    ck_assert_str_eq(entries[_i].result == 0 ? buffer_text(&out) : err.text, entries[_i].text);
}
END_TEST

START_TEST(entry_written_and_read)
{
    static const char *const secrets[] = {"{}", "{\"data\":null}", "{\"data\":{\"other\":\"YQ==\",\"key\":\"YQ==\"}}"};
    const char bytes[] = {0, 1, (char)0xff, '\n', 'x'};

    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        CLEANUP(json_decrefp) json_t *secret = json_loads(secrets[i], 0, NULL);
        CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(32);
        struct error err = {0};

        ck_assert_int_eq(secret_entry_set(secret, "key", bytes, sizeof(bytes), &err), 0);
        ck_assert_msg(secret_entry_read(secret, "key", &out, &err) == 0, "%s", err.text);
        ck_assert_mem_eq(out.data, bytes, sizeof(bytes));
        ck_assert_uint_eq(out.len, sizeof(bytes));
        ck_assert_int_eq(json_object_get(json_object_get(secret, "data"), "other") != NULL, i == 2);
    }
}
END_TEST

START_TEST(ca_bundle_patch)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096), small = BUFFER_INIT(8);
    struct error err = {0};

    ck_assert_int_eq(ca_bundle_patch_write("12", "PEM\n", &out, &err), 0);
    ck_assert_str_eq(buffer_text(&out), "{\"metadata\":{\"resourceVersion\":\"12\"},\"spec\":{\"caBundle\":\"UEVNCg==\"}}");
    ck_assert_int_eq(ca_bundle_patch_write("12", "PEM\n", &small, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
}
END_TEST

Suite *objects_suite(void)
{
    Suite *suite = suite_create("kube/objects");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, entry_case, 0, ARRAY_LEN(entries));
    tcase_add_test(tcase, entry_written_and_read);
    tcase_add_test(tcase, ca_bundle_patch);
    suite_add_tcase(suite, tcase);
    return suite;
}
