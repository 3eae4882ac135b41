/* kubeconfig_test.c - kubeconfigs that are followed, and each form that is refused, with its words. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "kube/kubeconfig.h"
#include "test/unit/kube/suites.h"

#define TEXT_MAX 8192
#define HEAD "current-context: lab\ncontexts:\n- name: lab\n  context: {cluster: c, user: u}\n"
#define CLUSTER "clusters:\n- name: c\n  cluster:\n    server: https://10.0.0.1:6443\n"
#define USER "users:\n- name: u\n  user:\n    token: abc\n"

/* base64 of "PEM\n" */
#define PEM64 "UEVNCg=="

static const struct {
    const char *label, *text, *context;
    const char *server, *namespace;
    struct kubeconfig_source ca, cert, key, token;
} good[] = {
    {"token", HEAD CLUSTER USER, NULL, "https://10.0.0.1:6443", "default", .token = {.text = "abc"}},
    {"kind's form",
     "apiVersion: v1\nkind: Config\npreferences: {}\nclusters:\n- cluster:\n    certificate-authority-data: " PEM64
     "\n    server: https://127.0.0.1:35467\n  name: kind-kind\ncontexts:\n- context:\n    cluster: kind-kind\n    user: kind-kind\n"
     "    namespace: coder\n  name: kind-kind\ncurrent-context: kind-kind\nusers:\n- name: kind-kind\n  user:\n"
     "    client-certificate-data: " PEM64 "\n    client-key-data: " PEM64 "\n",
     "", "https://127.0.0.1:35467", "coder", .ca = {.text = "PEM\n"}, .cert = {.text = "PEM\n"}, .key = {.text = "PEM\n"}},
    {"minikube's form, files",
     HEAD "clusters:\n- name: c\n  cluster:\n    server: https://h:8443/\n    certificate-authority: ca.crt\n    extensions:\n"
          "    - extension: {provider: minikube.sigs.k8s.io}\n      name: cluster_info\n"
          "users:\n- name: u\n  user: {client-certificate: /abs/client.crt, client-key: ../client.key}\n",
     NULL, "https://h:8443", "default", .ca = {.path = "/home/u/.kube/ca.crt"}, .cert = {.path = "/abs/client.crt"},
     .key = {.path = "/home/u/.kube/../client.key"}},
    {"data wins over files, tokenFile over token",
     HEAD "clusters:\n- name: c\n  cluster: {server: 'https://h', certificate-authority: x, certificate-authority-data: " PEM64 "}\n"
          "users:\n- name: u\n  user: {token: abc, tokenFile: token}\n",
     NULL, "https://h", "default", .ca = {.text = "PEM\n"}, .token = {.path = "/home/u/.kube/token"}},
    {"data in lines",
     HEAD "clusters:\n- name: c\n  cluster:\n    server: https://h\n    certificate-authority-data: |\n      UEVN\n      Cg==\n" USER, NULL,
     "https://h", "default", .ca = {.text = "PEM\n"}, .token = {.text = "abc"}},
    {"JSON",
     "{\"kind\":\"Config\",\"current-context\":\"lab\",\"contexts\":[{\"name\":\"lab\",\"context\":{\"cluster\":\"c\",\"user\":\"u\"}}],"
     "\"clusters\":[{\"name\":\"c\",\"cluster\":{\"server\":\"https://h:1/k8s/clusters/c-1\",\"insecure-skip-tls-verify\":false}}],"
     "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"t\"}}]}",
     NULL, "https://h:1/k8s/clusters/c-1", "default", .token = {.text = "t"}},
    {"another context", "current-context: none\ncontexts:\n- name: a\n  context: {cluster: c}\n" CLUSTER, "a", "https://10.0.0.1:6443",
     "default"},
    {"nulls and empty texts are absent",
     HEAD "clusters:\n- name: c\n  cluster: {server: https://h, proxy-url: '', certificate-authority: ~}\n"
          "users:\n- name: u\n  user: {exec: null, username: '', token: t, as: }\n",
     NULL, "https://h", "default", .token = {.text = "t"}},
    {"plain HTTP on loopback, IPv6", HEAD "clusters:\n- {name: c, cluster: {server: 'http://[::1]:8001'}}\n" USER, NULL,
     "http://[::1]:8001", "default", .token = {.text = "abc"}},
    {"plain HTTP on localhost", HEAD "clusters:\n- {name: c, cluster: {server: 'http://localhost'}}\n" USER, NULL, "http://localhost",
     "default", .token = {.text = "abc"}},
    {"plain HTTP on loopback", HEAD "clusters:\n- {name: c, cluster: {server: 'http://127.0.0.1:8001'}}\n" USER, NULL,
     "http://127.0.0.1:8001", "default", .token = {.text = "abc"}},
};

static void check_source(const char *what, const struct kubeconfig_source *got, const struct kubeconfig_source *expected)
{
    ck_assert_msg((got->text == NULL) == (expected->text == NULL), "%s text", what);
    ck_assert_msg((got->path == NULL) == (expected->path == NULL), "%s path", what);
    if (got->text)
        ck_assert_str_eq(got->text, expected->text);
    if (got->path)
        ck_assert_str_eq(got->path, expected->path);
}

START_TEST(good_case)
{
    CLEANUP(kubeconfig_clear) struct kubeconfig config = {0};
    const struct kubeconfig_choice choice = {"/home/u/.kube", good[_i].context};
    struct error err = {0};

    ck_assert_msg(kubeconfig_read(good[_i].text, strlen(good[_i].text), &choice, &config, &err) == 0, "%s: %s", good[_i].label, err.text);
    ck_assert_str_eq(config.server, good[_i].server);
    ck_assert_str_eq(config.namespace, good[_i].namespace);
    check_source("ca", &config.ca, &good[_i].ca);
    check_source("cert", &config.client_cert, &good[_i].cert);
    check_source("key", &config.client_key, &good[_i].key);
    check_source("token", &config.token, &good[_i].token);
}
END_TEST

#define WITH_CLUSTER(members) HEAD "clusters:\n- name: c\n  cluster: {" members "}\n" USER
#define WITH_USER(members) HEAD CLUSTER "users:\n- name: u\n  user: {" members "}\n"

static const struct {
    const char *text, *error; /* the error contains that */
} bad[] = {
    {"", "the file is empty"},
    {"# nothing\n", "the file is empty"},
    {"~\n", "expected a kubeconfig, got null"},
    {"[]", "expected a kubeconfig, got array"},
    {"a: [\n", "line 2"},
    {"a: b\n\tc: d\n", "line 2"},
    {"a: \"\\0\"", "line 1, column 4: a NUL character"},
    {"a: \xff\n", "is not text"},
    {"a: &x b\n", "anchors and tags are not supported"},
    {"a: &x {}\n", "anchors and tags are not supported"},
    {"a: !!str b\n", "anchors and tags are not supported"},
    {"a: *x\n", "line 1"},
    {"a: b\na: c\n", "line 2, column 1: this key is there twice"},
    {"{[a]: b}", "a key must be plain text"},
    {"a: b\n---\nc: d\n", "a second document"},
    {"kind: Config\n", "current-context is missing; set it with"},
    {"current-context: [a]\n", "current-context: expected string, got array"},
    {"current-context: ''\n", "current-context is missing; set it with"},
    {"current-context: lab\ncontexts: [{name: lab, context: {cluster: [c]}}]\n", "context lab: cluster: expected string, got array"},
    {"current-context: lab\ncontexts: [{name: lab, context: {cluster: c, user: [u]}}]\n", "context lab: user: expected string, got array"},
    {"current-context: lab\ncontexts: [{name: lab, context: {cluster: c, namespace: [n]}}]\n", "context lab: namespace: expected string"},
    {"current-context: lab\n", "context lab: no such entry in contexts"},
    {"current-context: lab\ncontexts: {}\n", "contexts: expected array, got object"},
    {"current-context: lab\ncontexts: [{name: lab}]\n", "context lab: it has no context"},
    {"current-context: lab\ncontexts: [{name: lab, context: {user: u}}]\n", "context lab: cluster is missing"},
    {"current-context: lab\ncontexts: [{name: lab, context: {cluster: c}}]\n", "context lab: cluster c: no such entry in clusters"},
    {"current-context: lab\ncontexts: [{name: lab, context: 7}]\n", "context lab: context: expected object, got string"},
    {"current-context: lab\ncontexts: [7, {}, {name: other}]\n", "context lab: no such entry in contexts"},
    {HEAD CLUSTER, "context lab: user u: no such entry in users"},
    {WITH_CLUSTER("proxy-url: x"), "context lab: cluster c: proxy-url: proxies are not supported"},
    {WITH_CLUSTER("server: https://h, insecure-skip-tls-verify: true"),
     "cluster c: insecure-skip-tls-verify: certificates are always verified"},
    {WITH_CLUSTER("certificate-authority-data: " PEM64), "cluster c: server is missing"},
    {WITH_CLUSTER("server: 'http://10.0.0.1'"), "server: must begin with https://"},
    {WITH_CLUSTER("server: 'http://127.example.com'"), "server: must begin with https://"},
    {WITH_CLUSTER("server: 'http://localhost.example.com'"), "server: must begin with https://"},
    {WITH_CLUSTER("server: 'http://'"), "server: must begin with https://"},
    {WITH_CLUSTER("server: 'https://'"), "server: must begin with https://"},
    {WITH_CLUSTER("server: 'https://u:p@h'"), "server: not a plain URL"},
    {WITH_CLUSTER("server: \"https://h\\r\\nX: y\""), "server: not a plain URL"},
    {WITH_CLUSTER("server: 'https:///x'"), "server: must begin with https://"},
    {WITH_CLUSTER("server: \"https://h\\x7f\""), "server: not a plain URL"},
    {WITH_CLUSTER("server: https://h, tls-server-name: [h]"), "cluster c: tls-server-name: expected string, got array"},
    {WITH_CLUSTER("server: https://h, certificate-authority: [h]"), "cluster c: certificate-authority: expected string, got array"},
    {WITH_CLUSTER("server: https://h, certificate-authority-data: [h]"), "certificate-authority-data: expected string, got array"},
    {WITH_CLUSTER("server: [https]"), "cluster c: server: expected string, got array"},
    {WITH_CLUSTER("server: https://h, certificate-authority-data: '%%%'"), "certificate-authority-data: not base64"},
    {WITH_CLUSTER("server: https://h, certificate-authority-data: AAAA"), "certificate-authority-data: not PEM"},
    {WITH_USER("tokenFile: [a]"), "user u: tokenFile: expected string, got array"},
    {WITH_USER("token: [a]"), "user u: token: expected string, got array"},
    {WITH_USER("client-certificate: [a]"), "user u: client-certificate: expected string, got array"},
    {WITH_USER("client-key: [a]"), "user u: client-key: expected string, got array"},
    {WITH_USER("token: \"a\\x7f\""), "user u: token: a blank or control character inside"},
    {WITH_USER("exec: {command: aws}"), "context lab: user u: exec: programs are not run for credentials; give token"},
    {WITH_USER("auth-provider: {name: gcp}"), "user u: auth-provider: auth providers are not supported"},
    {WITH_USER("username: a, password: b"), "user u: username: basic authentication is not supported"},
    {WITH_USER("password: b"), "user u: password: basic authentication is not supported"},
    {WITH_USER("as: admin"), "user u: as: impersonation is not supported"},
    {WITH_USER("as-uid: x"), "user u: as-uid: impersonation"},
    {WITH_USER("as-groups: [x]"), "user u: as-groups: impersonation"},
    {WITH_USER("as-user-extra: {x: [y]}"), "user u: as-user-extra: impersonation"},
    {WITH_USER("token: 'a b'"), "user u: token: a blank or control character inside"},
    {WITH_USER("token: \"a\\r\\nX: y\""), "user u: token: a blank or control character inside"},
    {WITH_USER("client-certificate: a"), "user u: client-key is missing"},
    {WITH_USER("client-key-data: " PEM64), "user u: client-certificate is missing"},
};

START_TEST(bad_case)
{
    struct kubeconfig config = {0};
    const struct kubeconfig_choice choice = {"/home/u/.kube", NULL};
    struct error err = {0};

    ck_assert_msg(kubeconfig_read(bad[_i].text, strlen(bad[_i].text), &choice, &config, &err) == -1, "accepted: %s", bad[_i].text);
    ck_assert_msg(strstr(err.text, bad[_i].error) != NULL, "'%s' is not in '%s'", bad[_i].error, err.text);
    ck_assert_ptr_null(config.server);
}
END_TEST

/* Read from nowhere, files are named as they are written. */
START_TEST(paths_without_a_folder)
{
    static const char text[] = HEAD
        "clusters:\n- name: c\n  cluster: {server: 'https://h', certificate-authority: ca.crt, tls-server-name: n}\n" USER;
    CLEANUP(kubeconfig_clear) struct kubeconfig config = {0};
    const struct kubeconfig_choice choice = {"", NULL};
    struct error err = {0};

    ck_assert_msg(kubeconfig_read(text, strlen(text), &choice, &config, &err) == 0, "%s", err.text);
    ck_assert_str_eq(config.ca.path, "ca.crt");
    ck_assert_str_eq(config.tls_server_name, "n");
}
END_TEST

START_TEST(too_deep)
{
    char text[TEXT_MAX];
    struct kubeconfig config = {0};
    const struct kubeconfig_choice choice = {"", NULL};
    struct error err = {0};

    memset(text, '[', sizeof(text));
    ck_assert_int_eq(kubeconfig_read(text, sizeof(text), &choice, &config, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "nested too deep"));
}
END_TEST

Suite *kubeconfig_suite(void)
{
    Suite *suite = suite_create("kube/kubeconfig");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, good_case, 0, ARRAY_LEN(good));
    tcase_add_loop_test(tcase, bad_case, 0, ARRAY_LEN(bad));
    tcase_add_test(tcase, paths_without_a_folder);
    tcase_add_test(tcase, too_deep);
    suite_add_tcase(suite, tcase);
    return suite;
}
