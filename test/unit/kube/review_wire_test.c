/* review_wire_test.c - reviews beside those that a Go server sent to a real API server, and the answers it got. */
#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "base/json.h"
#include "test/unit/kube/fixture_file.h"
#include "kube/review_wire.h"
#include "test/unit/kube/suites.h"

#define LIST(...)                                                                           \
    {                                                                                       \
        (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})) \
    }

static const struct kube_extra scopes = {"scopes/key", LIST("a", "b")};
static const struct kube_user viewer = {
    .name = "viewer", .uid = "uid-7", .groups = LIST("lab-viewers", "system:authenticated"), .extra = &scopes, .n_extra = 1};
static const struct kube_user bob = {.name = "bob", .groups = LIST("devs", "system:authenticated")};
static const struct kube_user aggregator = {.name = "system:kube-aggregator", .uid = "", .groups = LIST("system:authenticated")};
static const struct access_requirement requirements[] = {{"foo", "In", LIST("bar")}, {"z", "Exists", {NULL, 0}}};

#define METRIC .namespace = "lab", .group = "external.metrics.k8s.io", .version = "v1beta1", .resource = "my-external-metric"

static const struct {
    const char *file;
    struct access_question question;
    bool allowed;
    const char *reason;
} access_cases[] = {
    {"delegate-sar-resource",
     {.user = &viewer, METRIC, .verb = "list", .label_requirements = requirements, .n_label_requirements = 2},
     false,
     ""},
    {"delegate-sar-resource-allowed",
     {.user = &bob, METRIC, .verb = "list", .label_requirements = requirements, .n_label_requirements = 2},
     true,
     "RBAC: allowed by ClusterRoleBinding \"ext-metrics-devs\" of ClusterRole \"ext-metrics-reader\" to Group \"devs\""},
    {"delegate-sar-options", {.user = &bob, METRIC, .verb = ""}, false, ""},
    {"delegate-sar-metric-named-status",
     {.user = &bob,
      .verb = "get",
      .namespace = "lab",
      .group = "external.metrics.k8s.io",
      .version = "v1beta1",
      .resource = "namespaces",
      .subresource = "status",
      .name = "lab"},
     true,
     "RBAC: allowed by ClusterRoleBinding \"ext-metrics-devs\" of ClusterRole \"ext-metrics-reader\" to Group \"devs\""},
    {"delegate-sar-nonresource",
     {.user = &viewer, .path = "/apis/external.metrics.k8s.io/v1beta1", .verb = "get"},
     true,
     "RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \"system:discovery\" to Group \"system:authenticated\""},
    {"delegate-sar-kube-aggregator",
     {.user = &aggregator, .path = "/apis/external.metrics.k8s.io/v1beta1", .verb = "get"},
     true,
     "RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \"system:discovery\" to Group \"system:authenticated\""},
};

START_TEST(access_written)
{
    CLEANUP(buffer_clear) struct buffer expected = BUFFER_INIT(65536), got = BUFFER_INIT(65536);
    char name[128];

    (void)snprintf(name, sizeof(name), "%s.txt", access_cases[_i].file);
    fixture_wire_body(name, &expected);
    access_review_write(&access_cases[_i].question, &got);
    ck_assert_str_eq(buffer_text(&got), buffer_text(&expected));
}
END_TEST

START_TEST(access_answered)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    CLEANUP(json_decrefp) json_t *review = NULL;
    struct access_answer answer = {0};
    struct error err = {0};
    char name[128];

    (void)snprintf(name, sizeof(name), "%s.answer.txt", access_cases[_i].file);
    fixture_wire_body(name, &body);
    ck_assert_int_eq(json_read(buffer_text(&body), body.len, &review, &err), 0);
    ck_assert_msg(access_review_read(review, &answer, &err) == 0, "%s", err.text);
    ck_assert_int_eq(answer.allowed, access_cases[_i].allowed);
    ck_assert_str_eq(answer.reason, access_cases[_i].reason);
}
END_TEST

START_TEST(access_is_escaped)
{
    const struct kube_extra extra[] = {{"a\"b", LIST("\\")}, {"c", {NULL, 0}}};
    const struct kube_user user = {.name = "x\",\"groups\":[\"system:masters", .extra = extra, .n_extra = 2};
    const struct access_question question = {.user = &user, .path = "/a\nb", .verb = "get"};
    CLEANUP(buffer_clear) struct buffer got = BUFFER_INIT(65536);
    CLEANUP(json_decrefp) json_t *review = NULL;
    const json_t *spec;
    struct error err = {0};

    access_review_write(&question, &got);
    ck_assert_msg(json_read(buffer_text(&got), got.len, &review, &err) == 0, "%s", err.text);
    spec = json_object_get(review, "spec");
    ck_assert_str_eq(json_string_value(json_object_get(spec, "user")), user.name);
    ck_assert_ptr_null(json_object_get(spec, "groups"));
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(spec, "nonResourceAttributes"), "path")), "/a\nb");
    ck_assert_int_eq((int)json_array_size(json_object_get(json_object_get(spec, "extra"), "a\"b")), 1);
}
END_TEST

START_TEST(access_has_a_limit)
{
    const struct access_question question = {.user = &viewer, METRIC, .verb = "list"};
    CLEANUP(buffer_clear) struct buffer small = BUFFER_INIT(200);

    access_review_write(&question, &small);
    ck_assert(buffer_failed(&small));
}
END_TEST

#define SAR "{\"kind\":\"SubjectAccessReview\",\"status\":"

static const struct {
    const char *body;
    int result;
    bool allowed;
    const char *text; /* the reason, or what the error contains */
} access_answers[] = {
    {SAR "{\"allowed\":true}}", 0, true, ""},
    {SAR "{\"allowed\":true,\"denied\":true,\"reason\":\"policy\"}}", 0, false, "policy"},
    {SAR "{\"allowed\":false,\"evaluationError\":\"webhook\\u001b is down\"}}", 0, false, "webhook\\x1b is down"},
    {SAR "{\"allowed\":false,\"reason\":\"\",\"evaluationError\":\"down\"}}", 0, false, "down"},
    {SAR "{\"allowed\":true,\"reason\":7}}", -1, false, "reason: expected string, got integer"},
    {SAR "{\"allowed\":true,\"evaluationError\":7}}", -1, false, "evaluationError: expected string, got integer"},
    {SAR "{}}", 0, false, ""},
    {SAR "{\"allowed\":\"true\"}}", -1, false, "allowed: expected boolean, got string"},
    {SAR "{\"allowed\":1}}", -1, false, "allowed: expected boolean, got integer"},
    {SAR "{\"allowed\":true,\"denied\":\"no\"}}", -1, false, "denied: expected boolean, got string"},
    {SAR "null}", -1, false, "it has no status"},
    {SAR "[]}", -1, false, "status: expected object, got array"},
    {"{\"kind\":\"TokenReview\",\"status\":{\"allowed\":true}}", -1, false, "expected SubjectAccessReview"},
    {"{\"status\":{\"allowed\":true}}", -1, false, "kind: expected string, got nothing"},
};

START_TEST(access_answer_case)
{
    CLEANUP(json_decrefp) json_t *review = NULL;
    struct access_answer answer = {0};
    struct error err = {0};
    int result;

    ck_assert_int_eq(json_read(access_answers[_i].body, strlen(access_answers[_i].body), &review, &err), 0);
    result = access_review_read(review, &answer, &err);
    ck_assert_int_eq(result, access_answers[_i].result);
    ck_assert_int_eq(answer.allowed, access_answers[_i].allowed);
    if (result == 0)
        ck_assert_str_eq(answer.reason, access_answers[_i].text);
    else
        ck_assert_msg(strstr(err.text, access_answers[_i].text) != NULL, "%s", err.text);
}
END_TEST

/* --- tokens --- */

START_TEST(token_written)
{
    const struct text_list none = {0}, two = LIST("a", "b");
    CLEANUP(buffer_clear) struct buffer expected = BUFFER_INIT(65536), got = BUFFER_INIT(65536), with = BUFFER_INIT(65536);

    fixture_wire_body("delegate-tokenreview-valid.txt", &expected);
    token_review_write("<token-removed>", &none, &got);
    ck_assert_str_eq(buffer_text(&got), buffer_text(&expected));
    token_review_write("t", &two, &with);
    ck_assert_str_eq(buffer_text(&with), "{\"kind\":\"TokenReview\",\"apiVersion\":\"authentication.k8s.io/v1\",\"metadata\":{},"
                                         "\"spec\":{\"token\":\"t\",\"audiences\":[\"a\",\"b\"]},\"status\":{\"user\":{}}}");
}
END_TEST

START_TEST(token_valid)
{
    static const struct text_list none = {0};
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    CLEANUP(json_decrefp) json_t *review = NULL;
    CLEANUP(token_answer_clear) struct token_answer answer = {0};
    struct error err = {0};

    fixture_wire_body("delegate-tokenreview-valid.answer.txt", &body);
    ck_assert_int_eq(json_read(buffer_text(&body), body.len, &review, &err), 0);
    ck_assert_msg(token_review_read(review, &none, &answer, &err) == 0, "%s", err.text);
    json_decref(review);
    review = NULL; /* the answer stands on its own */
    ck_assert(answer.authenticated);
    ck_assert_str_eq(answer.user.name, "system:serviceaccount:lab:reader");
    ck_assert_str_eq(answer.user.uid, "03eb62da-12a6-4283-90ca-6db7c20c632c");
    ck_assert_uint_eq(answer.user.groups.len, 3);
    ck_assert_str_eq(answer.user.groups.items[1], "system:serviceaccounts:lab");
    ck_assert_uint_eq(answer.user.n_extra, 1);
    ck_assert_str_eq(answer.user.extra[0].key, "authentication.kubernetes.io/credential-id");
    ck_assert_str_eq(answer.user.extra[0].values.items[0], "JTI=afb253a1-e4a7-4d6f-97c8-b013da778c45");
}
END_TEST

#define TOKEN "{\"kind\":\"TokenReview\",\"status\":"

static const struct {
    const char *body;
    struct text_list audiences;
    int result;
    bool authenticated;
    const char *text;
} token_answers[] = {
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\"}}}", {NULL, 0}, 0, true, ""},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\"},\"audiences\":[\"x\",\"a\"]}}", LIST("a"), 0, true, ""},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\"},\"audiences\":[\"x\"]}}", LIST("a", "b"), 0, false, "another audience"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\"}}}", LIST("a"), 0, false, "another audience"},
    {TOKEN "{\"user\":{},\"error\":\"invalid bearer token\"}}", {NULL, 0}, 0, false, "invalid bearer token"},
    {TOKEN "{}}", {NULL, 0}, 0, false, ""},
    {TOKEN "{\"authenticated\":true}}", {NULL, 0}, -1, false, "username: expected string, got nothing"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"\"}}}", {NULL, 0}, -1, false, "username: it is empty"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":7}}}", {NULL, 0}, -1, false, "username: expected string, got integer"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\",\"groups\":[\"a\",1]}}}",
     {NULL, 0},
     -1,
     false,
     "groups: expected strings"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\",\"groups\":\"a\"}}}", {NULL, 0}, -1, false, "groups: expected array"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\",\"extra\":[]}}}", {NULL, 0}, -1, false, "extra: expected object"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\",\"extra\":{\"k\":\"v\"}}}}",
     {NULL, 0},
     -1,
     false,
     "extra: k: expected array"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\",\"extra\":null}}}", {NULL, 0}, 0, true, ""},
    {TOKEN "{\"authenticated\":true,\"user\":7}}", {NULL, 0}, -1, false, "user: expected object, got integer"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\",\"uid\":7}}}", {NULL, 0}, -1, false, "uid: expected string, got integer"},
    {TOKEN "{\"authenticated\":true,\"user\":{\"username\":\"u\"},\"audiences\":\"a\"}}",
     {NULL, 0},
     -1,
     false,
     "audiences: expected array"},
    {TOKEN "{\"authenticated\":false,\"error\":7}}", {NULL, 0}, -1, false, "error: expected string, got integer"},
    {TOKEN "{\"authenticated\":\"true\"}}", {NULL, 0}, -1, false, "authenticated: expected boolean"},
    {"{\"kind\":\"SubjectAccessReview\",\"status\":{\"authenticated\":true}}", {NULL, 0}, -1, false, "expected TokenReview"},
};

START_TEST(token_answer_case)
{
    CLEANUP(json_decrefp) json_t *review = NULL;
    CLEANUP(token_answer_clear) struct token_answer answer = {0};
    struct error err = {0};
    int result;

    ck_assert_int_eq(json_read(token_answers[_i].body, strlen(token_answers[_i].body), &review, &err), 0);
    result = token_review_read(review, &token_answers[_i].audiences, &answer, &err);
    ck_assert_int_eq(result, token_answers[_i].result);
    ck_assert_int_eq(answer.authenticated, token_answers[_i].authenticated);
    ck_assert_msg(strstr(result == 0 ? answer.reason : err.text, token_answers[_i].text) != NULL, "%s%s", answer.reason, err.text);
}
END_TEST

/* A user is kept whole or not at all. */
START_TEST(a_user_has_a_limit)
{
    static const struct text_list none = {0};
    CLEANUP(token_answer_clear) struct token_answer answer = {0};
    CLEANUP(json_decrefp)
    json_t *review = json_pack("{s:s, s:{s:b, s:{s:s, s:[]}}}", "kind", "TokenReview", "status", "authenticated", 1, "user", "username",
                               "u", "groups");
    json_t *groups = json_object_get(json_object_get(json_object_get(review, "status"), "user"), "groups");
    char name[1025];
    struct error err = {0};

    memset(name, 'g', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_int_eq(token_review_read(review, &none, &answer, &err), 0);
    for (size_t bytes = 0; bytes <= REVIEW_ARENA_MAX; bytes += sizeof(name))
        ck_assert_int_eq(json_array_append_new(groups, json_string(name)), 0);
    token_answer_clear(&answer);
    ck_assert_int_eq(token_review_read(review, &none, &answer, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "the user is larger than"));
    ck_assert(!answer.authenticated);
}
END_TEST

Suite *review_wire_suite(void)
{
    Suite *suite = suite_create("kube/review_wire");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, access_written, 0, ARRAY_LEN(access_cases));
    tcase_add_loop_test(tcase, access_answered, 0, ARRAY_LEN(access_cases));
    tcase_add_loop_test(tcase, access_answer_case, 0, ARRAY_LEN(access_answers));
    tcase_add_test(tcase, access_is_escaped);
    tcase_add_test(tcase, access_has_a_limit);
    tcase_add_test(tcase, token_written);
    tcase_add_test(tcase, token_valid);
    tcase_add_loop_test(tcase, token_answer_case, 0, ARRAY_LEN(token_answers));
    tcase_add_test(tcase, a_user_has_a_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
