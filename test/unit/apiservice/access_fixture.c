#include "test/unit/apiservice/access_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct access_fixture access_fixture;

static void write_kubeconfig(char *path, size_t size)
{
    FILE *file;

    (void)snprintf(access_fixture.folder, sizeof(access_fixture.folder), "access-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(access_fixture.folder));
    (void)snprintf(path, size, "%s/config", access_fixture.folder);
    file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    (void)fprintf(file,
                  "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
                  "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%d'}}]\nusers: [{name: u, user: {token: t}}]\n",
                  access_fixture.api.port);
    ck_assert_int_eq(fclose(file), 0);
}

static void *run_loop(void *context)
{
    struct error err = {0};

    ck_assert_int_eq(loop_run(context, &err), 0);
    return NULL;
}

static void make_people(void)
{
    struct access_fixture *f = &access_fixture;

    f->proxy_ca = cert_make(&(struct cert_spec){.common_names = {"front-proxy-ca"}, .ca = true}, NULL);
    f->client_ca = cert_make(&(struct cert_spec){.common_names = {"client-ca"}, .ca = true}, NULL);
    f->proxy = cert_make(&(struct cert_spec){.common_names = {"front-proxy-client"}, .usage = "clientAuth"}, &f->proxy_ca);
    f->anna = cert_make(&(struct cert_spec){.common_names = {"allowed-anna"}, .usage = "clientAuth"}, &f->client_ca);
    f->by_proxy = (struct raw_options){.read_timeout_ms = 20000, .certificate = f->proxy.certificate, .key = f->proxy.key};
    f->by_anna = (struct raw_options){.read_timeout_ms = 20000, .certificate = f->anna.certificate, .key = f->anna.key};
}

void trust_front_proxy_ca(const char *pem)
{
    CLEANUP(authentication_config_releasep) struct authentication_config *before = access_config(access_fixture.access);
    CLEANUP(authentication_config_releasep) struct authentication_config *config = NULL;
    struct error err = {0};
    json_t *map = json_pack("{s:{s:s,s:s,s:s,s:s,s:s,s:s}}", "data", "requestheader-username-headers", "[\"X-Remote-User\"]",
                            "requestheader-group-headers", "[\"X-Remote-Group\"]", "requestheader-extra-headers-prefix",
                            "[\"X-Remote-Extra-\"]", "requestheader-allowed-names", "[\"front-proxy-client\"]",
                            "requestheader-client-ca-file", pem, "client-ca-file", access_fixture.client_ca.pem);

    config = authentication_config_from_map(map, before, &err);
    ck_assert_msg(config != NULL, "%s", err.text);
    json_decref(map);
    access_set_config(access_fixture.access, config);
}

void start_access(const struct server_limits *limits, int64_t ttl_ms)
{
    struct access_fixture *f = &access_fixture;
    struct access_desk_options options = {.ttl_ms = ttl_ms};
    struct error err = {0};
    char path[128];

    json_object_seed(0);
    fake_api_start(&f->api);
    make_people();
    write_kubeconfig(path, sizeof(path));
    options.loop = f->loop = loop_new(&err);
    f->identity = kube_identity_new_kubeconfig(path, NULL, &err);
    ck_assert_msg(f->identity != NULL, "%s", err.text);
    (void)unlink(path); /* all of it is read, and a test that fails leaves nothing */
    (void)rmdir(f->folder);
    options.client = f->client = kube_client_new(f->loop, f->identity, &err);
    f->desk = access_desk_new(&options, &err);
    ck_assert_msg(f->desk != NULL, "%s", err.text);
    f->access = access_new(f->desk, &err);
    trust_front_proxy_ca(f->proxy_ca.pem);
    start_server_with_access(limits, f->access);
    ck_assert_int_eq(pthread_create(&f->thread, NULL, run_loop, f->loop), 0);
}

void stop_loop(void)
{
    loop_stop(access_fixture.loop);
    (void)pthread_join(access_fixture.thread, NULL);
}

void stop_access(void)
{
    struct access_fixture *f = &access_fixture;

    stop_server();
    access_free(f->access);
    access_desk_free(f->desk);
    kube_client_free(f->client);
    kube_identity_free(f->identity);
    loop_free(f->loop);
    fake_api_stop(&f->api);
    cert_clear(&f->proxy_ca);
    cert_clear(&f->client_ca);
    cert_clear(&f->proxy);
    cert_clear(&f->anna);
}

int get_as(struct exchange *exchange, const char *path, const char *user)
{
    CLEANUP(buffer_clear) struct buffer head = BUFFER_INIT(65536);

    (void)buffer_printf(&head, "GET %s HTTP/1.1\r\n" HOST, path);
    if (user)
        (void)buffer_printf(&head, "X-Remote-User: %s\r\n", user);
    (void)buffer_add_text(&head, "\r\n");
    raw_send(&exchange->client, head.data, head.len);
    return read_next(exchange);
}

int get_once(const char *path, const char *user)
{
    struct exchange exchange = connect_as(&access_fixture.by_proxy);
    int status = get_as(&exchange, path, user);

    disconnect(&exchange);
    return status;
}
