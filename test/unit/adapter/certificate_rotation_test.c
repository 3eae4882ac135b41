/* Whole renewals in a world of its own: a Secret, an APIService, leaders that come and go, time that is jumped over.
 *
 * The law: whatever certificate some replica may still serve (any that was ever in force, until it ends) is believed by whatever
 * API server, also by one that is KNOWN_LATE_MS behind with the APIService. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/ca_bundle.h"
#include "adapter/certificate_secret.h"
#include "base/base64.h"
#include "kube/objects.h"
#include "test/unit/run.h"
#include "test/unit/adapter/suites.h"

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    LIFETIME = 60 * MINUTE, /* renewed each 40 minutes */
    KNOWN_LATE_MS = 55 * SECOND,
    REST_MS = 30 * SECOND, /* after a write that failed */
    VERSIONS_MAX = 64,
    STEPS_MAX = 200,
};

static const char *const names[] = {"adapter", "adapter.coder", "adapter.coder.svc", "adapter.coder.svc.cluster.local"};
static const int64_t start_ms = INT64_C(1795300000000);

/* What was in force from when on. */
struct version {
    struct buffer cert_pem, key_pem; /* of tls.crt and tls.key */
    struct buffer bundle_pem;        /* of caBundle */
    int64_t from_ms;
};

struct world {
    json_t *secret, *api_service;
    int64_t now_ms;
    struct version certificates[VERSIONS_MAX], bundles[VERSIONS_MAX];
    size_t n_certificates, n_bundles;
    int steps[CERTIFICATE_PUBLISH + 1];

    /* the leader's memory, which goes with it */
    struct buffer settled_pem;
    int64_t settled_since_ms; /* -1: no */
};

static struct world *world_new(const char *service)
{
    struct world *world = calloc(1, sizeof(*world));

    ck_assert_ptr_nonnull(world);
    world->now_ms = start_ms;
    world->secret = json_pack("{s:{s:s}, s:{s:s}}", "metadata", "name", "tls", "data", "other", "a2VlcA==");
    world->api_service = json_pack("{s:{s:s}, s:{s:{s:s, s:s}}}", "metadata", "resourceVersion", "7", "spec", "service", "namespace",
                                   "coder", "name", service);
    world->settled_pem = BUFFER_INIT(OWN_CA_PEM_MAX);
    world->settled_since_ms = -1;
    return world;
}

static void world_free(struct world *world)
{
    json_decref(world->secret);
    json_decref(world->api_service);
    for (size_t i = 0; i < VERSIONS_MAX; i++) {
        buffer_clear(&world->certificates[i].cert_pem);
        buffer_clear(&world->certificates[i].key_pem);
        buffer_clear(&world->bundles[i].bundle_pem);
    }
    buffer_clear(&world->settled_pem);
    free(world);
}

static void new_leader(struct world *world)
{
    world->settled_since_ms = -1;
}

/* --- history --- */

static void note_certificate(struct world *world)
{
    CLEANUP(certificate_secret_clear) struct certificate_secret content = certificate_secret_init();
    struct version *last = world->n_certificates > 0 ? &world->certificates[world->n_certificates - 1] : NULL;

    certificate_secret_read(world->secret, &content);
    if (content.cert_pem.len == 0 || (last && strcmp(buffer_text(&last->cert_pem), buffer_text(&content.cert_pem)) == 0))
        return;
    ck_assert_uint_lt(world->n_certificates, VERSIONS_MAX);
    world->certificates[world->n_certificates++] = (struct version){
        .cert_pem = buffer_move(&content.cert_pem), .key_pem = buffer_move(&content.key_pem), .from_ms = world->now_ms};
}

static void publish(struct world *world, const struct buffer *bundle_pem)
{
    CLEANUP(buffer_clear) struct buffer patch = BUFFER_INIT(OBJECT_BYTES_MAX);
    CLEANUP(json_decrefp) json_t *patched = NULL;
    struct version *version = &world->bundles[world->n_bundles++];
    struct error err = {0};

    ck_assert_uint_le(world->n_bundles, VERSIONS_MAX);
    ck_assert_int_eq(ca_bundle_patch_write("7", buffer_text(bundle_pem), &patch, &err), 0);
    patched = json_loads(buffer_text(&patch), 0, NULL);
    ck_assert_int_eq(json_object_update_recursive(world->api_service, patched), 0); /* as a merge patch does */
    ck_assert_ptr_null(json_object_get(json_object_get(world->api_service, "spec"), "insecureSkipTLSVerify"));
    version->bundle_pem = BUFFER_INIT(OWN_CA_PEM_MAX);
    ck_assert_int_eq(buffer_add_text(&version->bundle_pem, buffer_text(bundle_pem)), 0);
    version->from_ms = world->now_ms;
}

/* --- one leader --- */

static int64_t settled_ms(struct world *world, const struct buffer *bundle_pem, bool stands)
{
    if (!stands) {
        world->settled_since_ms = -1;
        return 0;
    }
    if (world->settled_since_ms < 0 || strcmp(buffer_text(bundle_pem), buffer_text(&world->settled_pem)) != 0) {
        buffer_reset(&world->settled_pem);
        ck_assert_int_eq(buffer_add_text(&world->settled_pem, buffer_text(bundle_pem)), 0);
        world->settled_since_ms = world->now_ms;
    }
    return world->now_ms - world->settled_since_ms;
}

static struct certificate_plan plan_of(struct world *world, const struct certificate_secret *content, const struct own_ca_spec *spec)
{
    struct certificate_facts facts = {
        .leads = true, .secret_known = true, .secret_exists = true, .lifetime_ms = LIFETIME, .now_unix_ms = world->now_ms};
    struct error err = {0};

    ck_assert_msg(certificate_secret_look(content, spec, &facts, &err) == 0, "%s", err.text);
    facts.registration = ca_bundle_registration(world->api_service, "coder", "adapter");
    facts.published = facts.registration == REGISTRATION_OURS && ca_bundle_is(world->api_service, &content->bundle_pem);
    facts.settled_ms = settled_ms(world, &content->bundle_pem, facts.published || facts.registration != REGISTRATION_OURS);
    return certificate_plan(&facts);
}

/* One look of the leader; the step that it took, or WAIT after the time was jumped over. */
static enum certificate_step advance(struct world *world, bool writes_fail)
{
    CLEANUP(certificate_secret_clear) struct certificate_secret content = certificate_secret_init();
    const struct own_ca_spec spec = {names, ARRAY_LEN(names), world->now_ms, LIFETIME};
    struct certificate_plan plan;
    struct error err = {0};

    certificate_secret_read(world->secret, &content);
    plan = plan_of(world, &content, &spec);
    if (plan.step == CERTIFICATE_WAIT)
        world->now_ms += plan.wait_ms + 1;
    else
        world->now_ms += writes_fail ? REST_MS : SECOND;
    if (plan.step == CERTIFICATE_WAIT || writes_fail)
        return plan.step;
    world->steps[plan.step]++;
    if (plan.step == CERTIFICATE_PUBLISH)
        publish(world, &content.bundle_pem);
    else
        ck_assert_msg(certificate_secret_apply(world->secret, plan.step, &spec, &err) == 0, "%s", err.text);
    note_certificate(world);
    return plan.step;
}

/* --- the law --- */

static int64_t end_of(const struct world *world, const struct version *certificate)
{
    const struct own_pair_text text = {&certificate->cert_pem, &certificate->key_pem, &world->bundles[world->n_bundles - 1].bundle_pem};

    for (size_t i = 0; i < world->n_bundles; i++) {
        const struct own_pair_text by = {text.cert_pem, text.key_pem, &world->bundles[i].bundle_pem};
        const struct own_pair pair = own_ca_look(&by, names, ARRAY_LEN(names));

        if (pair.whole)
            return pair.ends_unix_ms;
    }
    ck_abort_msg("no caBundle ever had its CA");
    return 0;
}

static void check_law(const struct world *world)
{
    for (size_t c = 0; c < world->n_certificates; c++) {
        const struct version *certificate = &world->certificates[c];
        int64_t ends_ms = end_of(world, certificate);

        ck_assert_msg(c == 0 || certificate->from_ms < end_of(world, certificate - 1), "certificate %zu came too late", c);
        for (size_t b = 0; b < world->n_bundles; b++) {
            const struct version *bundle = &world->bundles[b];
            int64_t known_until_ms = b + 1 < world->n_bundles ? bundle[1].from_ms + KNOWN_LATE_MS : INT64_MAX;
            const struct own_pair_text text = {&certificate->cert_pem, &certificate->key_pem, &bundle->bundle_pem};

            if (bundle->from_ms < ends_ms && certificate->from_ms < known_until_ms)
                ck_assert_msg(own_ca_look(&text, names, ARRAY_LEN(names)).whole, "certificate %zu is not believed by bundle %zu", c, b);
        }
    }
}

static size_t count_cas(const struct buffer *pem)
{
    size_t n = 0;

    for (const char *at = buffer_text(pem); (at = strstr(at, "BEGIN CERTIFICATE")); at++)
        n++;
    return n;
}

/* Runs until that many certificates were in force and everything old is gone; a crash: the leader dies before (or after) that
 * write, -1: never. */
static void run_renewals(struct world *world, size_t certificates, int crash_before, bool lost_write)
{
    int writes = 0;

    for (int i = 0; i < STEPS_MAX && (world->n_certificates < certificates || world->steps[CERTIFICATE_TIDY] + 1 < (int)certificates);
         i++) {
        bool crash = writes == crash_before;
        enum certificate_step step = advance(world, crash && lost_write);

        if (step != CERTIFICATE_WAIT)
            writes++;
        if (crash && step != CERTIFICATE_WAIT)
            new_leader(world);
    }
    while (advance(world, false) != CERTIFICATE_WAIT)
        ;
}

START_TEST(two_renewals_in_a_row)
{
    struct world *world = world_new("adapter");

    run_renewals(world, 3, -1, false);
    check_law(world);
    ck_assert_int_eq(world->steps[CERTIFICATE_ISSUE], 1);
    ck_assert_int_eq(world->steps[CERTIFICATE_PREPARE], 2);
    ck_assert_int_eq(world->steps[CERTIFICATE_SWITCH], 2);
    ck_assert_int_eq(world->steps[CERTIFICATE_TIDY], 2);
    ck_assert_int_eq(world->steps[CERTIFICATE_PUBLISH], 5); /* the first, and each CA's coming and going */
    ck_assert_uint_eq(count_cas(&world->bundles[0].bundle_pem), 1);
    ck_assert_uint_eq(count_cas(&world->bundles[1].bundle_pem), 2);
    ck_assert_uint_eq(count_cas(&world->bundles[2].bundle_pem), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(world->secret, "data"), "other")), "a2VlcA==");
    world_free(world);
}
END_TEST

enum { WRITES_OF_TWO_RENEWALS = 12 };

/* The leader dies around each of the writes, once with the write done and once without; another goes on. */
START_TEST(a_crash_between_any_two_steps)
{
    struct world *world = world_new("adapter");

    run_renewals(world, 3, _i / 2, _i % 2 == 0);
    check_law(world);
    ck_assert_uint_eq(world->n_certificates, 3);
    world_free(world);
}
END_TEST

/* Nobody leads for longer than one look. */
START_TEST(a_new_leader_at_every_step)
{
    struct world *world = world_new("adapter");

    for (int i = 0; i < STEPS_MAX && world->n_certificates < 3; i++)
        if (advance(world, false) != CERTIFICATE_WAIT)
            new_leader(world);
    check_law(world);
    ck_assert_uint_eq(world->n_certificates, 3);
    world_free(world);
}
END_TEST

/* caBundle cannot be written from the first renewal on: the certificate in force is kept to its very end. */
START_TEST(without_the_right_to_write_ca_bundle)
{
    struct world *world = world_new("adapter");
    int64_t ends_ms;

    (void)advance(world, false);
    (void)advance(world, false);
    ends_ms = end_of(world, &world->certificates[0]);
    while (world->n_certificates < 2) {
        CLEANUP(certificate_secret_clear) struct certificate_secret content = certificate_secret_init();
        const struct own_ca_spec spec = {names, ARRAY_LEN(names), world->now_ms, LIFETIME};

        certificate_secret_read(world->secret, &content);
        (void)advance(world, plan_of(world, &content, &spec).step == CERTIFICATE_PUBLISH);
        ck_assert_int_lt(world->now_ms, ends_ms + MINUTE);
    }
    ck_assert_int_ge(world->certificates[1].from_ms, ends_ms);
    world_free(world);
}
END_TEST

/* The APIService of somebody else: renewed all the same, and never written. */
START_TEST(beside_a_foreign_api_service)
{
    struct world *world = world_new("prometheus-adapter");

    for (int i = 0; i < STEPS_MAX && world->n_certificates < 3; i++)
        (void)advance(world, false);
    ck_assert_uint_eq(world->n_certificates, 3);
    ck_assert_int_eq(world->steps[CERTIFICATE_PUBLISH], 0);
    ck_assert_ptr_null(json_object_get(json_object_get(world->api_service, "spec"), "caBundle"));
    world_free(world);
}
END_TEST

/* Nobody was there for a year. */
START_TEST(everything_has_expired)
{
    struct world *world = world_new("adapter");

    run_renewals(world, 2, -1, false);
    world->now_ms += INT64_C(365) * 24 * 60 * MINUTE;
    new_leader(world);
    ck_assert_int_eq(advance(world, false), CERTIFICATE_ISSUE);
    ck_assert_int_eq(advance(world, false), CERTIFICATE_PUBLISH);
    ck_assert_uint_eq(count_cas(&world->bundles[world->n_bundles - 1].bundle_pem), 1);
    ck_assert_int_eq(advance(world, false), CERTIFICATE_WAIT);
    world_free(world);
}
END_TEST

static const char *const broken_entries[] = {"tls.crt", "tls.key", "ca.crt", "next-tls.crt", "next-tls.key"};

/* Each entry in turn is spoiled in the middle of a renewal; a few steps later all is well, and what some replica still serves
 * is believed, as long as ca.crt is not what was spoiled. */
START_TEST(what_somebody_breaks_is_mended)
{
    const char *entry = broken_entries[_i];
    struct world *world = world_new("adapter");
    int looks = 0;

    while (advance(world, false) != CERTIFICATE_PREPARE)
        ;
    json_object_set_new(json_object_get(world->secret, "data"), entry, json_string("Z2FyYmFnZQ=="));
    while (advance(world, false) != CERTIFICATE_WAIT || world->steps[CERTIFICATE_SWITCH] + world->steps[CERTIFICATE_ISSUE] < 2)
        ck_assert_msg(looks++ < 10, "%s: not mended", entry);
    ck_assert_msg(world->n_certificates >= 2, "%s", entry);
    if (strcmp(entry, "ca.crt") != 0) {
        const struct own_pair_text first = {&world->certificates[0].cert_pem, &world->certificates[0].key_pem,
                                            &world->bundles[world->n_bundles - 1].bundle_pem};

        ck_assert_msg(own_ca_look(&first, names, ARRAY_LEN(names)).whole, "%s: the old certificate is not believed", entry);
    }
    world_free(world);
}
END_TEST

Suite *certificate_rotation_suite(void)
{
    Suite *suite = suite_create("certificate_rotation");
    TCase *tcase = tcase_create("certificate_rotation"), *native = tcase_create("native");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, two_renewals_in_a_row);
    tcase_add_test(tcase, a_new_leader_at_every_step);
    tcase_add_test(tcase, without_the_right_to_write_ca_bundle);
    tcase_add_test(tcase, beside_a_foreign_api_service);
    tcase_add_test(tcase, everything_has_expired);
    tcase_add_loop_test(tcase, what_somebody_breaks_is_mended, 0, ARRAY_LEN(broken_entries));
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(native, 30);
    NATIVE_ONLY(native, "each round makes four certificates");
    tcase_add_loop_test(native, a_crash_between_any_two_steps, 0, 2 * WRITES_OF_TWO_RENEWALS);
    suite_add_tcase(suite, native);
    return suite;
}
