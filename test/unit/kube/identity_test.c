/* identity_test.c - a pod's and a kubeconfig's identity, from files that change. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "kube/identity.h"
#include "test/unit/kube/suites.h"

#define CA "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"

static char folder[64];

static const char *path_of(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of("new"), "we");
    char fresh[256];

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    (void)snprintf(fresh, sizeof(fresh), "%s", path_of("new"));
    ck_assert_int_eq(rename(fresh, path_of(name)), 0);
}

static void make_folder(void)
{
    (void)snprintf(folder, sizeof(folder), "identity-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    static const char *const names[] = {"token", "ca.crt", "namespace", "config", "key", "new"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        (void)unlink(path_of(names[i]));
    (void)rmdir(folder);
}

static const struct {
    const char *host, *port;
    const char *server; /* NULL: refused */
    const char *error;
} servers[] = {
    {"10.96.0.1", "443", "https://10.96.0.1:443", ""},
    {"fd00::1", "6443", "https://[fd00::1]:6443", ""},
    {"kubernetes.default.svc", "443", "https://kubernetes.default.svc:443", ""},
    {"", "443", NULL, "not in a pod"},
    {"10.96.0.1", "", NULL, "not in a pod"},
    {"10.96.0.1", "tcp://10.96.0.1:443", NULL, "KUBERNETES_SERVICE_PORT is not a port number"},
    {"10.96.0.1", "4430000", NULL, "KUBERNETES_SERVICE_PORT is not a port number"},
    {"evil.example.com/", "443", NULL, "KUBERNETES_SERVICE_HOST is not a host"},
    {"u@h", "443", NULL, "KUBERNETES_SERVICE_HOST is not a host"},
};

START_TEST(server_case)
{
    const struct kube_pod pod = {servers[_i].host, servers[_i].port, folder};
    CLEANUP(kube_identity_freep) struct kube_identity *identity = NULL;
    struct error err = {0};

    write_file("token", "t\n");
    write_file("ca.crt", CA);
    identity = kube_identity_new_pod(&pod, &err);
    ck_assert_msg((identity != NULL) == (servers[_i].server != NULL), "%s", err.text);
    if (identity)
        ck_assert_str_eq(kube_identity_server(identity), servers[_i].server);
    else
        ck_assert_ptr_nonnull(strstr(err.text, servers[_i].error));
}
END_TEST

START_TEST(pod_files)
{
    const struct kube_pod pod = {"10.96.0.1", "443", folder};
    CLEANUP(kube_identity_freep) struct kube_identity *identity = NULL;
    struct kube_credentials now;
    struct error err = {0};

    write_file("token", "first\n");
    write_file("ca.crt", CA);
    write_file("namespace", "coder");
    identity = kube_identity_new_pod(&pod, &err);
    ck_assert_msg(identity != NULL, "%s", err.text);
    ck_assert_str_eq(kube_identity_namespace(identity), "coder");
    now = kube_identity_credentials(identity);
    ck_assert_str_eq(now.token, "first");
    ck_assert_str_eq(now.ca_pem, CA);
    ck_assert_ptr_null(now.client_cert_pem);

    write_file("token", "second\n");
    write_file("ca.crt", "# two\n" CA CA);
    now = kube_identity_credentials(identity);
    ck_assert_str_eq(now.token, "second");
    ck_assert_str_eq(now.ca_pem, "# two\n" CA CA);

    /* What cannot be used does not replace what can: empty, gone, no PEM. */
    write_file("token", "\n");
    write_file("ca.crt", "oops");
    now = kube_identity_credentials(identity);
    ck_assert_str_eq(now.token, "second");
    ck_assert_str_eq(now.ca_pem, "# two\n" CA CA);
    ck_assert_int_eq(unlink(path_of("token")), 0);
    now = kube_identity_credentials(identity);
    ck_assert_str_eq(now.token, "second");
    ck_assert(!kube_identity_reread_token(identity));
    write_file("token", "second");
    ck_assert(!kube_identity_reread_token(identity));
    write_file("token", "third");
    ck_assert(kube_identity_reread_token(identity));
    ck_assert_str_eq(kube_identity_credentials(identity).token, "third");
}
END_TEST

START_TEST(pod_without_files)
{
    const struct kube_pod pod = {"10.96.0.1", "443", folder};
    struct error err = {0};

    ck_assert_ptr_null(kube_identity_new_pod(&pod, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "automountServiceAccountToken"));
    ck_assert_ptr_nonnull(strstr(err.text, path_of("token")));
    write_file("token", "t");
    ck_assert_ptr_null(kube_identity_new_pod(&pod, &err));
    ck_assert_ptr_nonnull(strstr(err.text, path_of("ca.crt")));
}
END_TEST

#define CONFIG(cluster, user)                                                                                                             \
    "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {" cluster "}}]\nusers: [{" \
    "name: u, user: {" user "}}]\n"

static const struct {
    const char *config, *key;
    const char *error; /* NULL: taken */
} configs[] = {
    {CONFIG("server: https://h:1", "tokenFile: token"), NULL, NULL},
    {CONFIG("server: https://h:1, certificate-authority: ca.crt", "client-certificate: ca.crt, client-key: key"), KEY, NULL},
    {CONFIG("server: https://h:1, tls-server-name: H", "token: t"), NULL, NULL},
    {CONFIG("server: 'https://[::1]:1', tls-server-name: '[::1]'", "token: t"), NULL, NULL},
    {CONFIG("server: https://h:1, tls-server-name: other", "token: t"), NULL, "tls-server-name: a name other than"},
    {CONFIG("server: https://h:1, tls-server-name: h:1", "token: t"), NULL, "tls-server-name: a name other than"},
    {CONFIG("server: https://h:1", "tokenFile: missing"), NULL, "context c: tokenFile: "},
    {CONFIG("server: https://h:1, certificate-authority: token", "token: t"), NULL, "context c: certificate-authority: read "},
    {CONFIG("server: https://h:1", "client-certificate: ca.crt, client-key: key"), "nothing", "client-key: read "},
    {CONFIG("server: https://h:1", "client-certificate: ca.crt, client-key: key"),
     "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "the key is encrypted"},
    {CONFIG("server: https://h:1", "client-certificate: ca.crt, client-key: key"),
     "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", "the key is encrypted"},
    {CONFIG("server: https://h:1", "exec: {command: x}"), NULL, "context c: user u: exec: "},
};

START_TEST(config_case)
{
    CLEANUP(kube_identity_freep) struct kube_identity *identity = NULL;
    struct error err = {0};

    write_file("config", configs[_i].config);
    write_file("token", "t\n");
    write_file("ca.crt", CA);
    if (configs[_i].key)
        write_file("key", configs[_i].key);
    identity = kube_identity_new_kubeconfig(path_of("config"), NULL, &err);
    ck_assert_msg((identity != NULL) == (configs[_i].error == NULL), "%s", err.text);
    if (!configs[_i].error)
        return;
    ck_assert_msg(strstr(err.text, configs[_i].error) != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(err.text, path_of("config")));
}
END_TEST

START_TEST(config_missing)
{
    struct error err = {0};

    ck_assert_ptr_null(kube_identity_new_kubeconfig("/nonexistent/config", NULL, &err));
    ck_assert_str_eq(err.text, "kubeconfig: open /nonexistent/config: No such file or directory");
}
END_TEST

Suite *identity_suite(void)
{
    Suite *suite = suite_create("kube/identity");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_loop_test(tcase, server_case, 0, ARRAY_LEN(servers));
    tcase_add_test(tcase, pod_files);
    tcase_add_test(tcase, pod_without_files);
    tcase_add_loop_test(tcase, config_case, 0, ARRAY_LEN(configs));
    tcase_add_test(tcase, config_missing);
    suite_add_tcase(suite, tcase);
    return suite;
}
