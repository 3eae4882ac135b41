/* authentication_config_test.c - states of the ConfigMap, one after the other. */
#include "apiservice/authentication_config.h"

#include <check.h>
#include <string.h>

#include "test/unit/apiservice/certificates.h"
#include "test/unit/apiservice/suites.h"

static struct cert ca;

static void setup(void)
{
    ca = cert_make(&(struct cert_spec){.common_names = {"ca"}, .ca = true}, NULL);
}

static void teardown(void)
{
    cert_clear(&ca);
}

/* "CA" in a value stands for a good certificate. */
static struct authentication_config *read_state(const char *text, const struct authentication_config *before, struct error *err)
{
    json_t *map = json_loads(text, 0, NULL), *data = json_object_get(map, "data"), *value;
    struct authentication_config *config;
    const char *key;

    ck_assert_ptr_nonnull(map);
    json_object_foreach (data, key, value) {
        if (json_is_string(value) && strcmp(json_string_value(value), "CA") == 0)
            json_string_set(value, ca.pem);
    }
    config = authentication_config_from_map(map, before, err);
    json_decref(map);
    return config;
}

#define PROXY "\"requestheader-client-ca-file\":"
#define CLIENTS "\"client-ca-file\":"

static const struct {
    const char *before, *now;
    bool front_proxy, clients;
} states[] = {
    {NULL, "{\"data\":{" PROXY "\"CA\"," CLIENTS "\"CA\"}}", true, true},
    {NULL, "{\"data\":{" CLIENTS "\"CA\"}}", false, true},
    {NULL, "{\"data\":{" PROXY "\"CA\"}}", true, false},
    {NULL, "{\"data\":{}}", false, false},
    {NULL, "{\"data\":{" PROXY "\"\"," CLIENTS "null}}", false, false},
    {"{\"data\":{" PROXY "\"CA\"," CLIENTS "\"CA\"}}", "{\"data\":{" PROXY "\"\"}}", true, true}, /* what was there stays */
    {"{\"data\":{}}", "{\"data\":{" PROXY "\"CA\"}}", true, false},
};

START_TEST(state_case)
{
    CLEANUP(authentication_config_releasep) struct authentication_config *before = NULL;
    CLEANUP(authentication_config_releasep) struct authentication_config *now = NULL;
    struct error err = {0};

    if (states[_i].before)
        before = read_state(states[_i].before, NULL, &err);
    now = read_state(states[_i].now, before, &err);
    ck_assert_msg(now != NULL, "%s", err.text);
    ck_assert(!!now->front_proxy == states[_i].front_proxy && !!now->clients == states[_i].clients);
    ck_assert_uint_eq(now->generation, before ? 2 : 1);
}
END_TEST

static const struct {
    const char *text, *why;
} broken[] = {
    {"{}", "ConfigMap kube-system/extension-apiserver-authentication: it has no data"},
    {"{\"data\":7}", "data"},
    {"{\"data\":{" PROXY "\"rubbish\"}}", "requestheader-client-ca-file: there is no certificate"},
    {"{\"data\":{" CLIENTS "\"rubbish\"}}", "client-ca-file: there is no certificate"},
    {"{\"data\":{" CLIENTS "7}}", "client-ca-file: expected string"},
    {"{\"data\":{\"requestheader-allowed-names\":\"x\"}}", "requestheader-allowed-names"},
};

START_TEST(broken_case)
{
    struct error err = {0};

    ck_assert_ptr_null(read_state(broken[_i].text, NULL, &err));
    ck_assert_msg(strstr(err.text, broken[_i].why) != NULL, "%s", err.text);
}
END_TEST

Suite *authentication_config_suite(void)
{
    Suite *suite = suite_create("authentication_config");
    TCase *tcase = tcase_create("authentication_config");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, state_case, 0, ARRAY_LEN(states));
    tcase_add_loop_test(tcase, broken_case, 0, ARRAY_LEN(broken));
    suite_add_tcase(suite, tcase);
    return suite;
}
