/* authorization_test.c - what a request wants to do, in the words of a SubjectAccessReview, and how it is told no. */
#include "apiservice/authorization.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/principal.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

#define GV "/apis/external.metrics.k8s.io/v1beta1"
#define METRIC "\"namespace\":\"lab\","
#define GROUP ",\"group\":\"external.metrics.k8s.io\",\"version\":\"v1beta1\",\"resource\":"

static const char *const devs[] = {"devs", "system:authenticated"};
static const struct kube_user bob = {.name = "bob", .groups = {devs, ARRAY_LEN(devs)}};

static const struct {
    const char *method, *target;
    const char *attributes; /* NULL: no such path can be asked about */
} questions[] = {
    {"GET", GV "/namespaces/lab/m", "\"resourceAttributes\":{" METRIC "\"verb\":\"list\"" GROUP "\"m\"}"},
    {"HEAD", GV "/namespaces/lab/m/", "\"resourceAttributes\":{" METRIC "\"verb\":\"list\"" GROUP "\"m\"}"},
    {"GET", GV "/namespaces/lab/m?labelSelector=a%3Db", "\"resourceAttributes\":{" METRIC "\"verb\":\"list\"" GROUP "\"m\"}"},
    {"GET", GV "/namespaces/lab/m?watch", "\"resourceAttributes\":{" METRIC "\"verb\":\"watch\"" GROUP "\"m\"}"},
    {"GET", GV "/namespaces/lab/m?watch=maybe", "\"resourceAttributes\":{" METRIC "\"verb\":\"watch\"" GROUP "\"m\"}"},
    {"GET", GV "/namespaces/lab/m?watch=False", "\"resourceAttributes\":{" METRIC "\"verb\":\"list\"" GROUP "\"m\"}"},
    {"GET", GV "/namespaces/lab/m?watch=0", "\"resourceAttributes\":{" METRIC "\"verb\":\"list\"" GROUP "\"m\"}"},
    {"GET", "/explain/namespaces/lab/m?labelSelector=a", "\"resourceAttributes\":{" METRIC "\"verb\":\"list\"" GROUP "\"m\"}"},
    {"GET", "/explain/m", "\"nonResourceAttributes\":{\"path\":\"/explain/m\",\"verb\":\"get\"}"},
    {"POST", GV "/namespaces/lab/m", "\"resourceAttributes\":{" METRIC "\"verb\":\"create\"" GROUP "\"m\"}"},
    {"PUT", GV "/namespaces/lab/m", "\"resourceAttributes\":{" METRIC "\"verb\":\"update\"" GROUP "\"m\"}"},
    {"PATCH", GV "/namespaces/lab/m", "\"resourceAttributes\":{" METRIC "\"verb\":\"patch\"" GROUP "\"m\"}"},
    {"DELETE", GV "/namespaces/lab/m", "\"resourceAttributes\":{" METRIC "\"verb\":\"deletecollection\"" GROUP "\"m\"}"},
    {"DELETE", GV "/namespaces/lab/m/n", "\"resourceAttributes\":{" METRIC "\"verb\":\"delete\"" GROUP "\"m\",\"name\":\"n\"}"},
    {"OPTIONS", GV "/namespaces/lab/m", "\"resourceAttributes\":{" METRIC GROUP "\"m\"}"},
    {"get", GV "/namespaces/lab/m", "\"resourceAttributes\":{" METRIC GROUP "\"m\"}"},
    {"GET", GV "/namespaces/lab/m/foo", "\"resourceAttributes\":{" METRIC "\"verb\":\"get\"" GROUP "\"m\",\"name\":\"foo\"}"},
    {"GET", GV "/namespaces/lab/m/foo/bar",
     "\"resourceAttributes\":{" METRIC "\"verb\":\"get\"" GROUP "\"m\",\"subresource\":\"bar\",\"name\":\"foo\"}"},
    {"GET", GV "/namespaces/lab/status",
     "\"resourceAttributes\":{" METRIC "\"verb\":\"get\"" GROUP "\"namespaces\",\"subresource\":\"status\",\"name\":\"lab\"}"},
    {"GET", GV "/namespaces/lab/finalize",
     "\"resourceAttributes\":{" METRIC "\"verb\":\"get\"" GROUP "\"namespaces\",\"subresource\":\"finalize\",\"name\":\"lab\"}"},
    {"GET", GV "/namespaces/lab", "\"resourceAttributes\":{" METRIC "\"verb\":\"get\"" GROUP "\"namespaces\",\"name\":\"lab\"}"},
    {"GET", GV "/namespaces", "\"resourceAttributes\":{\"verb\":\"list\"" GROUP "\"namespaces\"}"},
    {"GET", GV "/m", "\"resourceAttributes\":{\"verb\":\"list\"" GROUP "\"m\"}"},
    {"GET", GV "/watch/namespaces/lab/m", "\"resourceAttributes\":{" METRIC "\"verb\":\"watch\"" GROUP "\"m\"}"},
    {"DELETE", GV "/watch/m", "\"resourceAttributes\":{\"verb\":\"watch\"" GROUP "\"m\"}"},
    {"GET", GV "/proxy/m/n/s", "\"resourceAttributes\":{\"verb\":\"proxy\"" GROUP "\"m\",\"name\":\"n\"}"},
    {"GET", GV "/watch", NULL},
    {"GET", GV "/namespaces/l%C3%B6b/a%20b",
     "\"resourceAttributes\":{\"namespace\":\"l\xc3\xb6"
     "b\",\"verb\":\"list\"" GROUP "\"a b\"}"},
    {"GET", "/api/v1/nodes", "\"resourceAttributes\":{\"verb\":\"list\",\"version\":\"v1\",\"resource\":\"nodes\"}"},
    {"GET", "/apis/apps/v1/deployments",
     "\"resourceAttributes\":{\"verb\":\"list\",\"group\":\"apps\",\"version\":\"v1\",\"resource\":\"deployments\"}"},
    {"GET", GV, "\"nonResourceAttributes\":{\"path\":\"" GV "\",\"verb\":\"get\"}"},
    {"GET", GV "/", "\"nonResourceAttributes\":{\"path\":\"" GV "\",\"verb\":\"get\"}"},
    {"GET", "/apis", "\"nonResourceAttributes\":{\"path\":\"/apis\",\"verb\":\"get\"}"},
    {"GET", "/api/v1", "\"nonResourceAttributes\":{\"path\":\"/api/v1\",\"verb\":\"get\"}"},
    {"GET", "/", "\"nonResourceAttributes\":{\"path\":\"/\",\"verb\":\"get\"}"},
    {"GET", "/metrics?x=/y", "\"nonResourceAttributes\":{\"path\":\"/metrics\",\"verb\":\"get\"}"},
    {"POST", "/version", "\"nonResourceAttributes\":{\"path\":\"/version\",\"verb\":\"post\"}"},
    {"GET", "/livez/ping", "\"nonResourceAttributes\":{\"path\":\"/livez/ping\",\"verb\":\"get\"}"},
    {"GET", "/apisx/a/b/c/d", "\"nonResourceAttributes\":{\"path\":\"/apisx/a/b/c/d\",\"verb\":\"get\"}"},
};

START_TEST(question_case)
{
    CLEANUP(target_clear) struct target target = {0};
    CLEANUP(arena_clear) struct arena arena = {.limit = 65536};
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536), want = BUFFER_INIT(65536);
    struct access_question question = {.user = &bob};
    struct error err = {0};

    ck_assert_int_eq(target_parse(questions[_i].target, &target, &err), 0);
    ck_assert(authorization_question(questions[_i].method, &target, &arena, &question) == (questions[_i].attributes != NULL));
    if (!questions[_i].attributes)
        return;
    access_review_write(&question, &body);
    ck_assert_int_eq(
        buffer_printf(&want,
                      "{\"kind\":\"SubjectAccessReview\",\"apiVersion\":\"authorization.k8s.io/v1\",\"metadata\":{},\"spec\":{%s,"
                      "\"user\":\"bob\",\"groups\":[\"devs\",\"system:authenticated\"]},\"status\":{\"allowed\":false}}",
                      questions[_i].attributes),
        0);
    {
        /* An empty verb leaves a comma in the row above; as JSON both are the same. */
        char *comma = strstr(want.data, ",,");
        json_t *got, *expected;

        if (comma)
            memmove(comma, comma + 1, strlen(comma));
        got = json_loads(body.data, 0, NULL);
        expected = json_loads(want.data, 0, NULL);
        ck_assert_ptr_nonnull(expected);
        ck_assert_msg(json_equal(got, expected), "%s\n%s", body.data, want.data);
        json_decref(got);
        json_decref(expected);
    }
}
END_TEST

/* What the Go library asked, as it was recorded, but for the selectors that are left out here. */
static const struct {
    const char *recorded, *method, *target;
} recordings[] = {
    {"delegate-sar-metric-named-status.txt", "GET", GV "/namespaces/lab/status"},
    {"delegate-sar-options.txt", "OPTIONS", GV "/namespaces/lab/my-external-metric"},
    {"delegate-sar-resource-allowed.txt", "GET", GV "/namespaces/lab/my-external-metric?labelSelector=foo%3Dbar,z"},
};

START_TEST(recorded_case)
{
    CLEANUP(target_clear) struct target target = {0};
    CLEANUP(arena_clear) struct arena arena = {.limit = 65536};
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    struct access_question question = {.user = &bob};
    struct error err = {0};
    json_t *got, *recorded = fixture_answer_json(recordings[_i].recorded);

    ck_assert_int_eq(target_parse(recordings[_i].target, &target, &err), 0);
    ck_assert(authorization_question(recordings[_i].method, &target, &arena, &question));
    access_review_write(&question, &body);
    got = json_loads(body.data, 0, NULL);
    (void)json_object_del(json_object_get(json_object_get(recorded, "spec"), "resourceAttributes"), "labelSelector");
    ck_assert_msg(json_equal(got, recorded), "%s", body.data);
    json_decref(got);
    json_decref(recorded);
}
END_TEST

static const struct {
    const char *target;
    bool health;
} health_paths[] = {
    {"/healthz", true}, {"/livez", true}, {"/readyz?verbose", true}, {"/livez/", true}, {"/livez/ping", false},
    {"/livezz", false}, {"/", false},     {"/metrics", false},
};

START_TEST(health_case)
{
    CLEANUP(target_clear) struct target target = {0};
    struct error err = {0};

    ck_assert_int_eq(target_parse(health_paths[_i].target, &target, &err), 0);
    ck_assert(authorization_is_health(&target) == health_paths[_i].health);
}
END_TEST

START_TEST(masters_are_free)
{
    const char *const masters[] = {"a", "system:masters"};
    const struct kube_user root = {.name = "root", .groups = {masters, 2}};

    ck_assert(authorization_is_free(&(struct access_question){.user = &root}));
    ck_assert(!authorization_is_free(&(struct access_question){.user = &bob}));
}
END_TEST

/* --- 403 --- */

static const struct kube_user viewer = {.name = "viewer"}, anonymous = {.name = "system:anonymous"};

static const struct {
    const char *recorded;
    const struct kube_user *user;
    const char *method, *target;
} refusals[] = {
    {"ref/fp-viewer-403.http", &viewer, "GET", GV "/namespaces/lab/my-external-metric"},
    {"ref/nocert.http", &anonymous, "GET", GV "/namespaces/lab/my-external-metric"},
    {"ref/fp-devs-options.http", &bob, "OPTIONS", GV "/namespaces/lab/my-external-metric"},
    {"ref/fp-devs-delete.http", &bob, "DELETE", GV "/namespaces/lab/my-external-metric"},
    {"ref/fp-devs-post.http", &bob, "POST", GV "/namespaces/lab/my-external-metric"},
    {"ref/fp-viewer-nonres.http", &viewer, "GET", "/metrics"},
    {"ref/fp-viewer-nores2.http", &viewer, "POST", "/version"},
    {"ref/nocert-disc.http", &anonymous, "GET", GV},
};

static json_t *refuse(const struct kube_user *user, const char *method, const char *text, const char *reason)
{
    CLEANUP(target_clear) struct target target = {0};
    CLEANUP(arena_clear) struct arena arena = {.limit = 65536};
    CLEANUP(response_clear) struct response response;
    struct access_question question = {.user = user};
    struct error err = {0};

    response_init(&response);
    ck_assert_int_eq(target_parse(text, &target, &err), 0);
    ck_assert(authorization_question(method, &target, &arena, &question));
    authorization_forbid(&question, reason, &response);
    ck_assert_int_eq(response.status, 403);
    ck_assert_str_eq(response.headers[0].name, "X-Content-Type-Options");
    return response_json(&response);
}

START_TEST(refusal_case)
{
    json_t *got = refuse(refusals[_i].user, refusals[_i].method, refusals[_i].target, "");
    json_t *recorded = fixture_answer_json(refusals[_i].recorded);

    ck_assert_msg(json_equal(got, recorded), "%s", json_text_at(got, "message"));
    json_decref(got);
    json_decref(recorded);
}
END_TEST

static const struct {
    const char *user, *target, *reason, *message;
} texts[] = {
    {"u", GV "/namespaces/lab/m/n", "no luck",
     "m.external.metrics.k8s.io \"n\" is forbidden: User \"u\" cannot get resource \"m\" in API group \"external.metrics.k8s.io\" in the "
     "namespace \"lab\": no luck"},
    {"u", GV "/namespaces/lab/status", "",
     "namespaces.external.metrics.k8s.io \"lab\" is forbidden: User \"u\" cannot get resource \"namespaces/status\" in API group "
     "\"external.metrics.k8s.io\" in the namespace \"lab\""},
    {"u", GV "/m", "",
     "m.external.metrics.k8s.io is forbidden: User \"u\" cannot list resource \"m\" in API group \"external.metrics.k8s.io\" at the "
     "cluster "
     "scope"},
    {"u", "/api/v1/nodes", "", "nodes is forbidden: User \"u\" cannot list resource \"nodes\" in API group \"\" at the cluster scope"},
    {"a<b>&\"c\\\t\x01", "/x", "", "forbidden: User \"a&lt;b&gt;&amp;\\\"c\\\\\\t\\x01\" cannot get path \"/x\""},
};

START_TEST(text_case)
{
    const struct kube_user user = {.name = texts[_i].user};
    json_t *got = refuse(&user, "GET", texts[_i].target, texts[_i].reason);

    ck_assert_str_eq(json_text_at(got, "message"), texts[_i].message);
    json_decref(got);
}
END_TEST

/* --- keys --- */

static const char *const ab[] = {"a", "b"}, *const ab_joined[] = {"ab"}, *const a[] = {"a"}, *const b[] = {"b"};
static const struct kube_extra x[] = {{"k", {a, 1}}}, y[] = {{"k", {b, 1}}}, z[] = {{"ka", {NULL, 0}}};

/* All different: no two of them may have the same key. */
static const struct {
    struct kube_user user;
    struct access_question question;
} keys[] = {
    {{.name = "u"}, {.verb = "get", .path = "/x"}},
    {{.name = "v"}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .uid = "1"}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .groups = {ab, 2}}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .groups = {ab_joined, 1}}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .groups = {a, 1}}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .groups = {a, 1}, .extra = y, .n_extra = 1}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .extra = x, .n_extra = 1}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .extra = y, .n_extra = 1}, {.verb = "get", .path = "/x"}},
    {{.name = "u", .extra = z, .n_extra = 1}, {.verb = "get", .path = "/x"}},
    {{.name = "u"}, {.verb = "post", .path = "/x"}},
    {{.name = "u"}, {.verb = "get", .path = "/xu"}},
    {{.name = "u"}, {.verb = "list", .namespace = "n", .group = "g", .version = "v", .resource = "r"}},
    {{.name = "u"}, {.verb = "list", .namespace = "n", .group = "g", .version = "v", .resource = "r", .name = "s"}},
    {{.name = "u"}, {.verb = "list", .namespace = "n", .group = "g", .version = "v", .resource = "r", .subresource = "s"}},
    {{.name = "u"}, {.verb = "list", .namespace = "", .group = "g", .version = "v", .resource = "r"}},
};

START_TEST(keys_are_unambiguous)
{
    CLEANUP(buffer_clear) struct buffer one = BUFFER_INIT(4096);
    struct access_question question = keys[_i].question;

    question.user = &keys[_i].user;
    authorization_write_key(&question, &one);
    for (size_t j = 0; j < ARRAY_LEN(keys); j++) {
        CLEANUP(buffer_clear) struct buffer other = BUFFER_INIT(4096);

        question = keys[j].question;
        question.user = &keys[j].user;
        authorization_write_key(&question, &other);
        ck_assert_msg((one.len == other.len && memcmp(one.data, other.data, one.len) == 0) == (j == (size_t)_i), "%d and %zu", _i, j);
    }
}
END_TEST

Suite *authorization_suite(void)
{
    Suite *suite = suite_create("authorization");
    TCase *tcase = tcase_create("authorization");

    tcase_add_loop_test(tcase, question_case, 0, ARRAY_LEN(questions));
    tcase_add_loop_test(tcase, recorded_case, 0, ARRAY_LEN(recordings));
    tcase_add_loop_test(tcase, health_case, 0, ARRAY_LEN(health_paths));
    tcase_add_test(tcase, masters_are_free);
    tcase_add_loop_test(tcase, refusal_case, 0, ARRAY_LEN(refusals));
    tcase_add_loop_test(tcase, text_case, 0, ARRAY_LEN(texts));
    tcase_add_loop_test(tcase, keys_are_unambiguous, 0, ARRAY_LEN(keys));
    suite_add_tcase(suite, tcase);
    return suite;
}
