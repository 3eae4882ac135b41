/* serve_port.c - the serving certificate, and the port that opens with the first one. */
#include <stdio.h>

#include "adapter/serve_inside.h"
#include "base/log.h"

/* --- the port --- */

static int64_t port_of(const struct app *app, const struct config *config)
{
    return app->options->port >= 0 ? app->options->port : config->serving.port;
}

static struct server_limits limits_of(const struct config_serving *serving)
{
    return (struct server_limits){
        .connections = (unsigned)serving->limits.connections,
        .per_peer = (unsigned)serving->limits.per_peer,
        .header_bytes = (unsigned)serving->limits.header_bytes,
        .requests_in_flight = (unsigned)serving->limits.requests_in_flight,
        .header_timeout_ms = serving->limits.header_timeout_ms,
        .idle_timeout_ms = serving->limits.idle_timeout_ms,
    };
}

static int start_server(struct app *app, struct error *err)
{
    const struct config_serving *serving = &refresh_config(app->refresh)->serving;
    const struct api_server_options options = {
        .address = serving->address,
        .port = (uint16_t)port_of(app, refresh_config(app->refresh)),
        .api = app->api,
        .identity = app->identity,
        .limits = limits_of(serving),
    };
    char port[8];

    app->server = api_server_start(&options, err);
    if (!app->server)
        return -1;
    (void)snprintf(port, sizeof(port), "%u", (unsigned)api_server_port(app->server));
    log_info("serving external.metrics.k8s.io/v1beta1 over HTTPS", "address", serving->address, "port", port, NULL);
    return 0;
}

/* --- the certificate --- */

/* Files, or one in memory, are there before the server starts; in a cluster it is the first certificate that opens the port. */
static void on_certificate(void *context, struct tls_identity *identity)
{
    struct app *app = context;

    tls_identity_release(app->identity);
    app->identity = tls_identity_acquire(identity);
    if (app->server) {
        api_server_set_identity(app->server, identity);
    } else if (app->cluster_certificate && !app->stopping && start_server(app, &app->failure) < 0) {
        log_error("the port cannot be opened", "error", app->failure.text, NULL);
        loop_stop(app->loop);
    }
}

static int follow_cluster_certificate(struct app *app, const struct config_serving *serving, struct error *err)
{
    struct cluster_certificate_options certificate = {.client = app->cluster->client,
                                                      .own = &app->own,
                                                      .serving = serving,
                                                      .name_space = serve_own_namespace(app, serving),
                                                      .changed = on_certificate,
                                                      .context = app};

    if (serve_start_leadership(app, serving, err) < 0)
        return -1;
    certificate.leadership = app->leadership;
    app->cluster_certificate = cluster_certificate_new(&certificate, err);
    return app->cluster_certificate ? 0 : -1;
}

int serve_start_certificate(struct app *app, struct error *err)
{
    const struct config_serving *serving = &refresh_config(app->refresh)->serving;

    if (app->cluster && serving->cert_file[0] == '\0')
        return follow_cluster_certificate(app, serving, err);
    app->certificate = serving_certificate_new(app->loop, serving, on_certificate, app, err);
    return app->certificate ? start_server(app, err) : -1;
}
