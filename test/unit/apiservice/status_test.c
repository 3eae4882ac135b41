/* Status documents, against those made with the real Go types. */
#include "apiservice/status.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static const struct {
    const char *fixture;
    struct status status;
} cases[] = {
    {"status-400", {400, "unable to parse requirement: found ',', expected: identifier", STATUS_DETAILS_NONE, NULL, NULL}},
    {"status-401", {401, "Unauthorized", STATUS_DETAILS_NONE, NULL, NULL}},
    {"status-403",
     {403,
      "queue_depth.external.metrics.k8s.io is forbidden: User \"viewer\" cannot list resource \"queue_depth\" in API group "
      "\"external.metrics.k8s.io\" in the namespace \"lab\"",
      STATUS_DETAILS_KIND, "external.metrics.k8s.io", "queue_depth"}},
    {"status-404-notfound", {404, "the server could not find the metric queue_depth for .", STATUS_DETAILS_NONE, NULL, NULL}},
    {"status-404-notfound-details",
     {404, "external.metrics.k8s.io \"queue_depth\" not found", STATUS_DETAILS_KIND, "external.metrics.k8s.io", "queue_depth"}},
    {"status-405", {405, STATUS_NO_SUCH_METHOD, STATUS_DETAILS_EMPTY, NULL, NULL}},
    {"status-500", {500, "Internal error occurred: backend exploded", STATUS_DETAILS_CAUSE, .cause = "backend exploded"}},
    {"status-503", {503, "no sample for queue_depth is fresh enough", STATUS_DETAILS_NONE, NULL, NULL}},
};

START_TEST(is_what_go_writes)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    char name[128];
    char *expected;

    (void)snprintf(name, sizeof(name), "%s.json", cases[_i].fixture);
    expected = fixture_text(name);
    status_write_json(&cases[_i].status, &out);
    ck_assert_str_eq(buffer_text(&out), expected);
    free(expected);
    buffer_reset(&out);
    (void)snprintf(name, sizeof(name), "%s.bin", cases[_i].fixture);
    status_write_protobuf(&cases[_i].status, &out);
    check_bytes(&out, name);
}
END_TEST

/* One field of a cause, and the name of an object: Kubernetes' own encoding of the two, type by type. */
START_TEST(causes_and_names_are_written_in_both_forms)
{
    static const struct status status = {.code = 422,
                                         .message = "m",
                                         .details = STATUS_DETAILS_KIND,
                                         .name = "red",
                                         .group = "g",
                                         .kind = "k",
                                         .cause = "c",
                                         .cause_reason = "FieldValueNotSupported",
                                         .cause_field = "f"};
    /* details: name 1, group 2, kind 3, causes 4 {reason 1, message 2, field 3}, retryAfterSeconds 5, uid 6 */
    static const char details[] = "\x0a\x03"
                                  "red\x12\x01g\x1a\x01k\x22\x1e\x0a\x16"
                                  "FieldValueNotSupported\x12\x01"
                                  "c\x1a\x01"
                                  "f\x28\x00\x32\x00";
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);

    status_write_json(&status, &out);
    ck_assert_str_eq(buffer_text(&out),
                     "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"m\","
                     "\"reason\":\"Invalid\",\"details\":{\"name\":\"red\",\"group\":\"g\",\"kind\":\"k\",\"causes\":[{"
                     "\"reason\":\"FieldValueNotSupported\",\"message\":\"c\",\"field\":\"f\"}]},\"code\":422}\n");
    buffer_reset(&out);
    status_write_protobuf(&status, &out);
    ck_assert_ptr_nonnull(memmem(buffer_text(&out), out.len, details, sizeof(details) - 1));
}
END_TEST

/* Go has no word for it either. */
START_TEST(a_code_without_a_reason)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);

    ck_assert_str_eq(status_reason(422), "Invalid");
    ck_assert_str_eq(status_reason(418), "");
    status_write_json(&(const struct status){.code = 418, .message = "m"}, &out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), ",\"reason\":\"\",\"code\":418}"));
}
END_TEST

static const struct {
    enum error_code error;
    int code;
} codes[] = {
    {ERROR_INVALID, 400}, {ERROR_NOT_FOUND, 404}, {ERROR_LIMIT, 414}, {ERROR_UNAVAILABLE, 503}, {ERROR_MEMORY, 500}, {ERROR_IO, 500},
};

START_TEST(errors_have_codes)
{
    struct response response;
    struct error err = {.code = codes[_i].error, .text = "why \"so\"\n"};
    json_t *document;

    response_init(&response);
    (void)buffer_add_text(&response.body, "half an answer");
    status_respond_error(&err, &response);
    ck_assert_int_eq(response.status, codes[_i].code);
    document = response_json(&response);
    ck_assert_int_eq(json_integer_value(json_object_get(document, "code")), codes[_i].code);
    ck_assert_str_eq(json_text_at(document, "message"), "why \"so\"\n");
    ck_assert_str_ne(json_text_at(document, "reason"), "");
    json_decref(document);
    response_clear(&response);
}
END_TEST

START_TEST(header_values_have_a_bound)
{
    char value[RESPONSE_TEXT_MAX];
    struct response response;

    response_init(&response);
    memset(value, 'a', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    response_copy_header(&response, "A", value);
    response_copy_header(&response, "B", "b");
    ck_assert_uint_eq(response.n_headers, 1);
    ck_assert_str_eq(response.headers[0].value, value);
    for (int i = 0; i < 2 * RESPONSE_HEADERS_MAX; i++)
        response_add_header(&response, "C", "c");
    ck_assert_uint_eq(response.n_headers, RESPONSE_HEADERS_MAX);
    response_clear(&response);
    ck_assert_uint_eq(response.n_headers, 0);
}
END_TEST

Suite *status_suite(void)
{
    Suite *suite = suite_create("status");
    TCase *tcase = tcase_create("status");

    tcase_add_loop_test(tcase, is_what_go_writes, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, causes_and_names_are_written_in_both_forms);
    tcase_add_test(tcase, a_code_without_a_reason);
    tcase_add_loop_test(tcase, errors_have_codes, 0, ARRAY_LEN(codes));
    tcase_add_test(tcase, header_values_have_a_bound);
    suite_add_tcase(suite, tcase);
    return suite;
}
