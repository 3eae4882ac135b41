/* The APIService: whose it is, and what it trusts. */
#include "adapter/ca_bundle.h"

#include <check.h>

#include "base/attributes.h"
#include "test/unit/adapter/suites.h"

static const struct {
    const char *api_service;
    enum registration registration;
    bool published; /* caBundle is "pem" */
} rows[] = {
    {NULL, REGISTRATION_MISSING, false},
    {"{}", REGISTRATION_FOREIGN, false},
    {"{\"spec\":null}", REGISTRATION_FOREIGN, false},
    {"{\"spec\":{\"service\":null}}", REGISTRATION_FOREIGN, false}, /* served by kube-apiserver itself */
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"}}}", REGISTRATION_OURS, false},
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"},\"caBundle\":\"cGVt\"}}", REGISTRATION_OURS, true},
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"},\"caBundle\":\"cGVtCg==\"}}", REGISTRATION_OURS, false},
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"},\"caBundle\":\"\"}}", REGISTRATION_OURS, false},
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"},\"caBundle\":\"not base64\"}}", REGISTRATION_OURS, false},
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"},\"caBundle\":7}}", REGISTRATION_OURS, false},
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":\"other\"},\"caBundle\":\"cGVt\"}}", REGISTRATION_FOREIGN, true},
    {"{\"spec\":{\"service\":{\"namespace\":\"other\",\"name\":\"adapter\"}}}", REGISTRATION_FOREIGN, false},
    {"{\"spec\":{\"service\":{\"namespace\":\"coder\",\"name\":1}}}", REGISTRATION_FOREIGN, false},
    {"{\"spec\":{\"insecureSkipTLSVerify\":true,\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"}}}", REGISTRATION_INSECURE,
     false},
    {"{\"spec\":{\"insecureSkipTLSVerify\":false,\"service\":{\"namespace\":\"coder\",\"name\":\"adapter\"}}}", REGISTRATION_OURS, false},
    {"{\"spec\":{\"insecureSkipTLSVerify\":true,\"service\":{\"namespace\":\"coder\",\"name\":\"other\"}}}", REGISTRATION_FOREIGN, false},
};

START_TEST(registration_case)
{
    CLEANUP(json_decrefp) json_t *api_service = rows[_i].api_service ? json_loads(rows[_i].api_service, 0, NULL) : NULL;
    CLEANUP(buffer_clear) struct buffer pem = BUFFER_INIT(16);
    CLEANUP(buffer_clear) struct buffer empty = BUFFER_INIT(16);

    ck_assert(!rows[_i].api_service || api_service);
    ck_assert_int_eq(buffer_add_text(&pem, "pem"), 0);
    ck_assert_int_eq(ca_bundle_registration(api_service, "coder", "adapter"), rows[_i].registration);
    ck_assert_int_eq(ca_bundle_is(api_service, &pem), rows[_i].published);
    ck_assert(!ca_bundle_is(api_service, &empty)); /* nothing is never told */
}
END_TEST

START_TEST(names_the_service)
{
    CLEANUP(json_decrefp) json_t *api_service = json_loads("{\"spec\":{\"service\":{\"namespace\":\"a\",\"name\":\"b\"}}}", 0, NULL);
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(64);

    ca_bundle_service(api_service, &text);
    ck_assert_str_eq(buffer_text(&text), "a/b");
}
END_TEST

Suite *ca_bundle_suite(void)
{
    Suite *suite = suite_create("ca_bundle");
    TCase *tcase = tcase_create("ca_bundle");

    tcase_add_loop_test(tcase, registration_case, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, names_the_service);
    suite_add_tcase(suite, tcase);
    return suite;
}
