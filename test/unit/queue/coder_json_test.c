#include "queue/coder_json.h"

#include <string.h>

#include "base/json.h"
#include "test/unit/queue/suites.h"

#define ID "4ea6ae5d-be31-5631-ae1d-ad219cf00a6c"

/* What the four readers make of a member "x": a number, -1 for an error, and the error's text. */
static const struct {
    const char *object;
    int64_t stamp_required, stamp_optional; /* -1: refused */
    int uuid_required, uuid_optional;       /* 1: a UUID, 0: nil, -1: refused */
} cases[] = {
    {"{}", -1, 0, -1, 0},
    {"{\"x\":null}", -1, 0, -1, 0},
    {"{\"x\":\"\"}", -1, 0, -1, 0},
    {"{\"x\":1}", -1, -1, -1, -1},
    {"{\"x\":[]}", -1, -1, -1, -1},
    {"{\"x\":\"1970-01-01T00:00:01Z\"}", 1000, 1000, -1, -1},
    {"{\"x\":\"1970-01-01T01:00:01.5+01:00\"}", 1500, 1500, -1, -1},
    {"{\"x\":\"0001-01-01T00:00:00Z\"}", -1, 0, -1, -1},
    {"{\"x\":\"2026-13-01T00:00:00Z\"}", -1, -1, -1, -1},
    {"{\"x\":\"" ID "\"}", -1, -1, 1, 1},
    {"{\"x\":\"00000000-0000-0000-0000-000000000000\"}", -1, -1, -1, 0},
    {"[]", -1, 0, -1, 0},
};

static void check_error(int result, const struct error *err)
{
    if (result < 0)
        ck_assert_msg(strncmp(err->text, "x: ", 3) == 0 && err->code == ERROR_INVALID, "%s", err->text);
}

START_TEST(member_case)
{
    CLEANUP(json_decrefp) json_t *object = NULL;
    struct error err = {0};
    struct uuid uuid = {.bytes = {9}};
    int64_t stamp = -9;
    int result;

    ck_assert_int_eq(json_read(cases[_i].object, strlen(cases[_i].object), &object, &err), 0);
    result = coder_stamp_required(object, "x", &stamp, &err);
    ck_assert_int_eq(result < 0 ? -1 : stamp, cases[_i].stamp_required);
    check_error(result, &err);
    result = coder_stamp_optional(object, "x", &stamp, &err);
    ck_assert_int_eq(result < 0 ? -1 : stamp, cases[_i].stamp_optional);
    check_error(result, &err);
    result = coder_uuid_required(object, "x", &uuid, &err);
    ck_assert_int_eq(result < 0 ? -1 : !uuid_is_nil(&uuid), cases[_i].uuid_required);
    check_error(result, &err);
    result = coder_uuid_optional(object, "x", &uuid, &err);
    ck_assert_int_eq(result < 0 ? -1 : !uuid_is_nil(&uuid), cases[_i].uuid_optional);
    check_error(result, &err);
}
END_TEST

Suite *coder_json_suite(void)
{
    Suite *suite = suite_create("coder_json");
    TCase *tcase = tcase_create("coder_json");

    tcase_add_loop_test(tcase, member_case, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
