#include "adapter/serve.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "adapter/families.h"
#include "adapter/serve_inside.h"
#include "apiservice/wire_json.h"
#include "apiservice/wire_value.h"
#include "base/clock.h"
#include "base/log.h"

enum {
    READY_AT_LATEST_MS = 10000, /* Coder's trouble does not keep a replica out for longer */
    MMAP_THRESHOLD_BYTES = 128 * 1024,
};

static metric_encode *const encoders[METRIC_FORMS] = {[METRIC_FORM_JSON] = wire_json_item, [METRIC_FORM_PROTOBUF] = wire_value_item};

/* --- the parts --- */

static bool sources_polled(void *context, char *reason, size_t size)
{
    const struct app *app = context;

    if (refresh_settled(app->refresh) || clock_boot_ms() - app->started_boot_ms > READY_AT_LATEST_MS)
        return true;
    (void)snprintf(reason, size, "Coder's answers to the first polls are awaited");
    return false;
}

/* Somebody reads, and what is published is too old for them. */
static void on_readers(void *context)
{
    const struct app *app = context;

    refresh_now(app->refresh);
}

static int make_inside(struct app *app, struct error *err)
{
    app->loop = loop_new(err);
    if (!app->loop || serve_watch_signals(app, err) < 0)
        return -1;
    app->http = http_client_new(app->loop, err);
    app->worker = worker_new(app->loop, err);
    app->store = metric_store_new();
    app->readers = read_desk_new(app->loop, on_readers, app, err);
    app->stop_timer = loop_timer_new(app->loop, serve_stop_when_idle, app);
    if (!app->http || !app->worker || !app->readers || cluster_access_open(app->loop, app->options->kubeconfig, &app->cluster, err) < 0)
        return -1;
    return app->store && app->stop_timer ? 0 : error_no_memory(err);
}

static void on_protection(void *context, const struct protection_report *report)
{
    const struct app *app = context;

    if (app->cluster_work)
        cluster_work_protect(app->cluster_work, report);
}

static int start_refresh(struct app *app, struct config *take, struct error *err)
{
    const struct refresh_options options = {
        .loop = app->loop,
        .worker = app->worker,
        .http = app->http,
        .store = app->store,
        .encoders = encoders,
        .readers = app->readers,
        .protect = app->cluster ? on_protection : NULL,
        .context = app,
    };

    app->refresh = refresh_new(&options, err);
    if (!app->refresh) {
        config_free(take);
        return -1;
    }
    if (refresh_configure(app->refresh, take, err) < 0)
        return -1;
    serve_note_config(app, refresh_config(app->refresh));
    return 0;
}

static int start_delegation(struct app *app, struct error *err)
{
    const struct config_serving *serving = &refresh_config(app->refresh)->serving;

    if (serving->authentication == CONFIG_AUTHENTICATION_NONE)
        return 0;
    if (!app->cluster)
        return error_set(
            err, ERROR_INVALID,
            "serving.authentication: delegated needs a cluster: run in a pod, give --kubeconfig, or set none with serving.address "
            "on a loopback address");
    app->delegation = delegation_new(app->cluster->client, serving, err);
    return app->delegation ? 0 : -1;
}

static int make_api(struct app *app, struct error *err)
{
    struct api_options options = {
        .store = app->store,
        .checks = app->checks,
        .n_checks = 1,
        .collectors = app->collectors,
        .readers = app->readers,
        .n_collectors = 1,
        .version = {.version = VERSION, .git_commit = ""},
    };

    app->checks[0] = (struct health_check){.name = "sources-polled", .check = sources_polled, .context = app};
    app->collectors[0] = (struct api_collector){own_metrics_expose, &app->own};
    if (app->delegation) {
        options.access = delegation_access(app->delegation);
        app->checks[options.n_checks++] = (struct health_check){
            .name = "authentication-config", .check = delegation_is_ready, .context = app->delegation};
        app->collectors[options.n_collectors++] = (struct api_collector){delegation_expose, app->delegation};
    }
    if (app->cluster_work)
        app->collectors[options.n_collectors++] = (struct api_collector){cluster_work_expose, app->cluster_work};
    options.families = families_all(&options.n_families);
    app->api = api_new(&options, err);
    return app->api ? 0 : -1;
}

static int run(struct app *app, struct config *take, struct file_stamp config_seen, struct error *err)
{
    const struct config_watch_options watch = {
        .path = app->options->config_path, .seen = config_seen, .changed = serve_on_config, .context = app};

    if (start_refresh(app, take, err) < 0 || start_delegation(app, err) < 0 || serve_start_cluster_work(app, err) < 0 ||
        make_api(app, err) < 0)
        return -1;
    app->config_watch = config_watch_new(app->loop, &watch, err);
    if (!app->config_watch || serve_start_certificate(app, err) < 0 || loop_run(app->loop, err) < 0)
        return -1;
    if (app->failure.code == ERROR_NONE)
        return 0;
    *err = app->failure;
    return -1;
}

static void end(struct app *app)
{
    api_server_stop(app->server);
    config_watch_free(app->config_watch);
    serving_certificate_free(app->certificate);
    cluster_certificate_free(app->cluster_certificate);
    cluster_work_free(app->cluster_work);
    leadership_free(app->leadership);
    api_free(app->api);
    delegation_free(app->delegation);
    worker_free(app->worker); /* before what it works on */
    refresh_free(app->refresh);
    node_watch_free(app->nodes);
    read_desk_free(app->readers);
    metric_store_free(app->store);
    cluster_access_free(app->cluster);
    http_client_free(app->http);
    loop_timer_free(app->stop_timer);
    loop_watch_free(app->signal_watch);
    loop_free(app->loop);
    if (app->signal_fd >= 0)
        (void)close(app->signal_fd);
    tls_identity_release(app->identity);
    confinement_free(app->confinement);
}

/* Snapshots come and go by the second, made by one thread and freed by another. A fixed threshold has their memory mapped and given back,
 * where glibc's moving one would keep it in the heap of the thread that made them. */
static void keep_memory_small(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread yet */
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
}

int serve(const struct serve_options *options, struct error *err)
{
    struct app app = {.options = options, .started_boot_ms = clock_boot_ms(), .signal_fd = -1};
    struct config_mistakes mistakes = {0};
    struct file_stamp seen = file_stamp_of(options->config_path); /* before it is read: no change falls between */
    struct config *config = serve_read_config(options->config_path, &mistakes, err);
    int status = -1;

    if (!config)
        return -1;
    keep_memory_small();
    json_object_seed(0); /* before the threads that would seed it at once */
    if (serve_confine(&app, config, err) == 0 && make_inside(&app, err) == 0)
        status = run(&app, config, seen, err);
    else
        config_free(config);
    end(&app);
    if (status == 0)
        log_info("stopped", NULL);
    return status;
}
