/* The Secret: what is read out of any content, and what each step leaves in it. */
#include "adapter/certificate_secret.h"

#include <check.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

static const char *const names[] = {"adapter.coder.svc"};
static const int64_t now_ms = INT64_C(1795300000000), day_ms = INT64_C(24) * 3600 * 1000;

static struct own_ca_spec spec_at(int64_t at_ms)
{
    return (struct own_ca_spec){names, ARRAY_LEN(names), at_ms, 90 * day_ms};
}

static struct certificate_facts look_at(const json_t *secret, int64_t at_ms)
{
    CLEANUP(certificate_secret_clear) struct certificate_secret content = certificate_secret_init();
    struct certificate_facts facts = {.now_unix_ms = at_ms};
    const struct own_ca_spec spec = spec_at(at_ms);
    struct error err = {0};

    certificate_secret_read(secret, &content);
    ck_assert_msg(certificate_secret_look(&content, &spec, &facts, &err) == 0, "%s", err.text);
    return facts;
}

static void apply(json_t *secret, enum certificate_step step, int64_t at_ms)
{
    const struct own_ca_spec spec = spec_at(at_ms);
    struct error err = {0};

    ck_assert_msg(certificate_secret_apply(secret, step, &spec, &err) == 0, "%s", err.text);
}

/* Whatever is in it, it is read as far as it goes, and one step makes it good. */
static const char *const contents[] = {
    "{}",
    "{\"data\":null}",
    "{\"data\":{}}",
    "{\"data\":[]}",
    "{\"data\":{\"tls.crt\":\"\",\"tls.key\":\"\"}}", /* as a new Secret of type kubernetes.io/tls */
    "{\"data\":{\"tls.crt\":7}}",
    "{\"data\":{\"tls.crt\":\"not base64\"}}",
    "{\"data\":{\"tls.crt\":\"AAAA\",\"tls.key\":\"AAAA\",\"ca.crt\":\"AAAA\",\"next-tls.crt\":\"AAAA\"}}",
    "{\"data\":{\"ca.crt\":\"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t\"}}", /* a beginning, and no end */
};

START_TEST(any_content_is_made_good)
{
    CLEANUP(json_decrefp) json_t *secret = json_loads(contents[_i], 0, NULL);
    struct certificate_facts facts;

    ck_assert_ptr_nonnull(secret);
    facts = look_at(secret, now_ms);
    ck_assert(!own_pair_is_good(&facts.serving, now_ms));
    ck_assert(!own_pair_is_good(&facts.next, now_ms));
    apply(secret, CERTIFICATE_ISSUE, now_ms);
    facts = look_at(secret, now_ms);
    ck_assert(own_pair_is_good(&facts.serving, now_ms) && facts.serving.named);
    ck_assert(!facts.next.there);
    ck_assert(facts.bundle_tidy);
    ck_assert_int_eq(facts.bundle_first_end_unix_ms, now_ms + 90 * day_ms);
}
END_TEST

START_TEST(the_object_stays_what_it_was)
{
    CLEANUP(json_decrefp)
    json_t *secret = json_loads("{\"metadata\":{\"name\":\"tls\",\"resourceVersion\":\"41\",\"labels\":{\"a\":\"b\"}},"
                                "\"type\":\"kubernetes.io/tls\",\"data\":{\"other\":\"eA==\"}}",
                                0, NULL);
    const json_t *data;

    apply(secret, CERTIFICATE_ISSUE, now_ms);
    ck_assert_str_eq(json_string_value(json_object_get(secret, "apiVersion")), "v1");
    ck_assert_str_eq(json_string_value(json_object_get(secret, "kind")), "Secret");
    ck_assert_str_eq(json_string_value(json_object_get(secret, "type")), "kubernetes.io/tls");
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(secret, "metadata"), "resourceVersion")), "41");
    data = json_object_get(secret, "data");
    ck_assert_str_eq(json_string_value(json_object_get(data, "other")), "eA==");
    ck_assert_uint_eq(json_object_size(data), 4); /* no key that could sign */
}
END_TEST

START_TEST(a_renewal_step_by_step)
{
    CLEANUP(json_decrefp) json_t *secret = json_loads("{}", 0, NULL);
    CLEANUP(certificate_secret_clear) struct certificate_secret before = certificate_secret_init(), after = certificate_secret_init();
    int64_t due_ms = now_ms + 60 * day_ms, over_ms = now_ms + 90 * day_ms;
    struct certificate_facts facts;

    apply(secret, CERTIFICATE_ISSUE, now_ms);
    apply(secret, CERTIFICATE_PREPARE, due_ms);
    facts = look_at(secret, due_ms);
    ck_assert(own_pair_is_good(&facts.serving, due_ms) && own_pair_is_good(&facts.next, due_ms));
    ck_assert_int_eq(facts.next.ends_unix_ms, due_ms + 90 * day_ms);
    certificate_secret_read(secret, &before);

    apply(secret, CERTIFICATE_SWITCH, due_ms);
    facts = look_at(secret, due_ms);
    ck_assert(own_pair_is_good(&facts.serving, due_ms) && !facts.next.there && facts.bundle_tidy);
    certificate_secret_read(secret, &after);
    ck_assert_str_eq(buffer_text(&after.cert_pem), buffer_text(&before.next_cert_pem));
    ck_assert_str_eq(buffer_text(&after.bundle_pem), buffer_text(&before.bundle_pem));

    facts = look_at(secret, over_ms);
    ck_assert(!facts.bundle_tidy);
    apply(secret, CERTIFICATE_TIDY, over_ms);
    facts = look_at(secret, over_ms);
    ck_assert(own_pair_is_good(&facts.serving, over_ms) && facts.bundle_tidy);
    ck_assert_int_eq(facts.bundle_first_end_unix_ms, due_ms + 90 * day_ms);
}
END_TEST

START_TEST(tidying_drops_a_next_that_is_no_good_and_keeps_a_good_one)
{
    CLEANUP(json_decrefp) json_t *secret = json_loads("{}", 0, NULL);
    struct certificate_facts facts;

    apply(secret, CERTIFICATE_ISSUE, now_ms);
    apply(secret, CERTIFICATE_PREPARE, now_ms);
    apply(secret, CERTIFICATE_TIDY, now_ms);
    ck_assert(look_at(secret, now_ms).next.there);
    json_object_set_new(json_object_get(secret, "data"), "next-tls.key", json_string("eA=="));
    apply(secret, CERTIFICATE_TIDY, now_ms);
    facts = look_at(secret, now_ms);
    ck_assert(!facts.next.there);
    ck_assert(own_pair_is_good(&facts.serving, now_ms));
}
END_TEST

Suite *certificate_secret_suite(void)
{
    Suite *suite = suite_create("certificate_secret");
    TCase *tcase = tcase_create("certificate_secret");

    tcase_add_loop_test(tcase, any_content_is_made_good, 0, ARRAY_LEN(contents));
    tcase_add_test(tcase, the_object_stays_what_it_was);
    tcase_add_test(tcase, a_renewal_step_by_step);
    tcase_add_test(tcase, tidying_drops_a_next_that_is_no_good_and_keeps_a_good_one);
    suite_add_tcase(suite, tcase);
    return suite;
}
