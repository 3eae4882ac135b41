/* serve_cluster.c - what needs a cluster. */
#include "adapter/serve_inside.h"
#include "base/log.h"

/* --- what only one replica may write --- */

static void on_leadership(void *context)
{
    const struct app *app = context;

    if (app->cluster_certificate)
        cluster_certificate_consider(app->cluster_certificate);
    if (app->cluster_work)
        cluster_work_lead(app->cluster_work);
}

const char *serve_own_namespace(const struct app *app, const struct config_serving *serving)
{
    return serving->service.name_space[0] != '\0' ? serving->service.name_space : kube_identity_namespace(app->cluster->identity);
}

int serve_start_leadership(struct app *app, const struct config_serving *serving, struct error *err)
{
    const struct leadership_options options = {.client = app->cluster->client,
                                               .name_space = serve_own_namespace(app, serving),
                                               .lease_name = serving->lease_name,
                                               .own = &app->own,
                                               .changed = on_leadership,
                                               .context = app};

    if (app->leadership)
        return 0;
    if (options.name_space[0] == '\0')
        return error_set(err, ERROR_INVALID, "the namespace of the adapter's Service is not known; set serving.service.namespace");
    app->leadership = leadership_new(&options, err);
    return app->leadership ? 0 : -1;
}

static bool leads(void *context)
{
    const struct app *app = context;

    return app->leadership && leadership_leads(app->leadership);
}

/* --- nodes, workshops, marks on pods --- */

void serve_follow_config(struct app *app, const struct config *config)
{
    struct error err = {0};

    if (!app->cluster) {
        if (cluster_work_is_wanted(config))
            log_warn("protectBusy, workshopNamespaces and nodeGroups do nothing without a cluster: run in a pod, or give --kubeconfig",
                     NULL);
        return;
    }
    cluster_work_configure(app->cluster_work, config);
    node_watch_configure(app->nodes, &config->node_groups);
    if (cluster_work_needs_leader(config) && serve_start_leadership(app, &config->serving, &err) < 0)
        log_error("busy provisioners are not protected", "error", err.text, NULL);
}

static void on_nodes(void *context)
{
    const struct app *app = context;

    refresh_want_snapshot(app->refresh);
}

static int start_nodes(struct app *app, struct error *err)
{
    const struct node_watch_options options = {
        .loop = app->loop,
        .worker = app->worker,
        .client = app->cluster->client,
        .http = app->http,
        .changed = on_nodes,
        .context = app,
    };

    app->nodes = node_watch_new(&options, err);
    if (app->nodes)
        refresh_set_nodes(app->refresh, app->nodes);
    return app->nodes ? 0 : -1;
}

int serve_start_cluster_work(struct app *app, struct error *err)
{
    if (app->cluster) {
        const struct cluster_work_options options = {app->cluster->client, app->refresh, leads, app};

        app->cluster_work = cluster_work_new(&options, err);
        if (!app->cluster_work || start_nodes(app, err) < 0)
            return -1;
    }
    serve_follow_config(app, refresh_config(app->refresh));
    return 0;
}
