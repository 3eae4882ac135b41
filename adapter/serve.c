#include "adapter/serve.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adapter/cluster.h"
#include "adapter/cluster_certificate.h"
#include "adapter/cluster_work.h"
#include "adapter/config.h"
#include "adapter/config_watch.h"
#include "adapter/delegation.h"
#include "adapter/families.h"
#include "adapter/leadership.h"
#include "adapter/node_watch.h"
#include "adapter/own_metrics.h"
#include "adapter/refresh.h"
#include "adapter/serving_certificate.h"
#include "apiservice/server.h"
#include "apiservice/wire_json.h"
#include "apiservice/wire_value.h"
#include "base/clock.h"
#include "base/log.h"

enum {
    READY_AT_LATEST_MS = 10000, /* Coder's trouble does not keep a replica out for longer */
    IDLE_LOOK_MS = 5,
    MMAP_THRESHOLD_BYTES = 128 * 1024,
};

struct app {
    const struct serve_options *options;
    int64_t started_boot_ms;
    struct own_metrics own;
    struct health_check checks[2];
    struct api_collector collectors[3];
    struct loop *loop;
    struct worker *worker;
    struct http_client *http;
    struct cluster_access *cluster; /* NULL: there is none */
    struct delegation *delegation;  /* NULL: everybody may everything */
    struct metric_store *store;
    struct read_desk *readers; /* who waits for a poll */
    struct refresh *refresh;
    struct api *api;
    struct api_server *server;
    struct tls_identity *identity;
    struct serving_certificate *certificate;
    struct leadership *leadership;                   /* NULL while there is nothing that only one replica may write */
    struct cluster_certificate *cluster_certificate; /* our own in a cluster, else NULL; the port opens when it has one */
    struct cluster_work *cluster_work;               /* NULL without a cluster */
    struct node_watch *nodes;                        /* the same */
    struct error failure;                            /* what ended the loop; else code ERROR_NONE */
    struct config_watch *config_watch;
    struct loop_watch *signal_watch;
    struct loop_timer *stop_timer;
    int signal_fd;
    bool stopping, stopping_at_once;
};

static metric_encode *const encoders[METRIC_FORMS] = {[METRIC_FORM_JSON] = wire_json_item, [METRIC_FORM_PROTOBUF] = wire_value_item};

/* --- configuration --- */

static int64_t port_of(const struct app *app, const struct config *config)
{
    return app->options->port >= 0 ? app->options->port : config->serving.port;
}

static void refuse_config(struct app *app, const struct config_mistakes *mistakes, const struct error *err)
{
    atomic_store(&app->own.config_refused, true);
    log_error("the configuration is refused; the one in force stays", "file", app->options->config_path, "error", err->text, NULL);
    for (size_t i = 1; mistakes && i < mistakes->len; i++) {
        CLEANUP(buffer_clear) struct buffer line = BUFFER_INIT(1024);

        config_mistake_print(mistakes, i, &line);
        log_error("one more mistake of the configuration", "error", buffer_text(&line), NULL);
    }
}

static void note_config(struct app *app, const struct config *config)
{
    atomic_store(&app->own.config_refused, false);
    atomic_store(&app->own.config_hash, config->hash);
    atomic_store(&app->own.config_loaded_unix_ms, clock_unix_ms());
}

static void follow_config(struct app *app, const struct config *config);

/* The callback of config_watch: a good file comes into force, unless it changes what is decided at the start. */
static void on_config(void *context, struct config *take, const struct config_mistakes *mistakes, const struct error *why)
{
    struct app *app = context;
    struct error err = {0};

    if (!take) {
        refuse_config(app, mistakes, why);
        return;
    }
    if (config_can_reload(refresh_config(app->refresh), take, &err) < 0) {
        refuse_config(app, NULL, &err);
        config_free(take);
        return;
    }
    note_config(app, take);
    log_info("the configuration was reloaded", "file", app->options->config_path, NULL);
    delegation_configure(app->delegation, &take->serving);
    follow_config(app, take);
    refresh_configure(app->refresh, take);
}

static struct config *read_config(const char *path, struct config_mistakes *mistakes, struct error *err)
{
    CLEANUP(config_clear) struct config config = {0};
    struct config *taken = NULL;

    if (config_read(path, &config, mistakes, err) < 0)
        return NULL;
    taken = config_new(&config);
    if (!taken)
        error_no_memory(err);
    return taken;
}

static void reload_now(struct app *app)
{
    struct config_mistakes mistakes = {0};
    struct error err = {0};
    struct config *config = read_config(app->options->config_path, &mistakes, &err);

    on_config(app, config, &mistakes, &err);
}

/* --- stopping --- */

/* The worker may still hold an answer: it is waited for, so that nothing is left behind. */
static void stop_when_idle(void *context)
{
    struct app *app = context;

    refresh_stop(app->refresh);
    if (app->nodes)
        node_watch_stop(app->nodes);
    if (refresh_is_idle(app->refresh) && (!app->nodes || node_watch_is_idle(app->nodes)) &&
        (leadership_is_given_up(app->leadership) || app->stopping_at_once)) {
        loop_stop(app->loop);
        return;
    }
    loop_timer_after(app->stop_timer, IDLE_LOOK_MS);
}

static void begin_stop(struct app *app)
{
    int64_t grace = app->stopping ? 0 : refresh_config(app->refresh)->serving.shutdown_grace_ms;

    if (!app->stopping)
        log_info("stopping: not ready from now on, requests go on for the grace", NULL);
    app->stopping_at_once = app->stopping;
    app->stopping = true;
    if (app->server)
        api_server_drain(app->server);
    leadership_give_up(app->leadership);
    loop_timer_after(app->stop_timer, grace);
}

static void on_signal(void *context, int fd, uint32_t events UNUSED)
{
    struct app *app = context;
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo == SIGHUP)
        reload_now(app);
    else
        begin_stop(app);
}

static int watch_signals(struct app *app, struct error *err)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    /* Before any thread starts, so that all of them leave these signals to the loop. */
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    app->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (app->signal_fd >= 0)
        app->signal_watch = loop_watch_new(app->loop, app->signal_fd, EPOLLIN, on_signal, app);
    return app->signal_watch ? 0 : error_set(err, ERROR_IO, "cannot watch for signals");
}

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
    if (!app->loop || watch_signals(app, err) < 0)
        return -1;
    app->http = http_client_new(app->loop, err);
    app->worker = worker_new(app->loop, err);
    app->store = metric_store_new();
    app->readers = read_desk_new(app->loop, on_readers, app, err);
    app->stop_timer = loop_timer_new(app->loop, stop_when_idle, app);
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
    note_config(app, take);
    refresh_configure(app->refresh, take);
    return 0;
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

/* --- what only one replica may write --- */

static void on_leadership(void *context)
{
    const struct app *app = context;

    if (app->cluster_certificate)
        cluster_certificate_consider(app->cluster_certificate);
    if (app->cluster_work)
        cluster_work_lead(app->cluster_work);
}

static const char *own_namespace(const struct app *app, const struct config_serving *serving)
{
    return serving->service.name_space[0] != '\0' ? serving->service.name_space : kube_identity_namespace(app->cluster->identity);
}

static int start_leadership(struct app *app, const struct config_serving *serving, struct error *err)
{
    const struct leadership_options options = {.client = app->cluster->client,
                                               .name_space = own_namespace(app, serving),
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

/* The configuration is about to be in force. */
static void follow_config(struct app *app, const struct config *config)
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
    if (cluster_work_needs_leader(config) && start_leadership(app, &config->serving, &err) < 0)
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

static int start_cluster_work(struct app *app, struct error *err)
{
    if (app->cluster) {
        const struct cluster_work_options options = {app->cluster->client, app->refresh, leads, app};

        app->cluster_work = cluster_work_new(&options, err);
        if (!app->cluster_work || start_nodes(app, err) < 0)
            return -1;
    }
    follow_config(app, refresh_config(app->refresh));
    return 0;
}

/* --- the serving certificate --- */

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
                                                      .name_space = own_namespace(app, serving),
                                                      .changed = on_certificate,
                                                      .context = app};

    if (start_leadership(app, serving, err) < 0)
        return -1;
    certificate.leadership = app->leadership;
    app->cluster_certificate = cluster_certificate_new(&certificate, err);
    return app->cluster_certificate ? 0 : -1;
}

static int start_certificate(struct app *app, struct error *err)
{
    const struct config_serving *serving = &refresh_config(app->refresh)->serving;

    if (app->cluster && serving->cert_file[0] == '\0')
        return follow_cluster_certificate(app, serving, err);
    app->certificate = serving_certificate_new(app->loop, serving, on_certificate, app, err);
    return app->certificate ? start_server(app, err) : -1;
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
        .path = app->options->config_path, .seen = config_seen, .changed = on_config, .context = app};

    if (start_refresh(app, take, err) < 0 || start_delegation(app, err) < 0 || start_cluster_work(app, err) < 0 || make_api(app, err) < 0)
        return -1;
    app->config_watch = config_watch_new(app->loop, &watch, err);
    if (!app->config_watch || start_certificate(app, err) < 0 || loop_run(app->loop, err) < 0)
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
}

/* Snapshots come and go by the second, made by one thread and freed by another. A fixed threshold has their memory mapped and given back,
 * where glibc's moving one would keep it in the heap of the thread that made them. */
static void keep_memory_small(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
}

int serve(const struct serve_options *options, struct error *err)
{
    struct app app = {.options = options, .started_boot_ms = clock_boot_ms(), .signal_fd = -1};
    struct config_mistakes mistakes = {0};
    struct file_stamp seen = file_stamp_of(options->config_path); /* before it is read: no change falls between */
    struct config *config = read_config(options->config_path, &mistakes, err);
    int status = -1;

    if (!config)
        return -1;
    keep_memory_small();
    json_object_seed(0); /* before the threads that would seed it at once */
    if (make_inside(&app, err) == 0)
        status = run(&app, config, seen, err);
    else
        config_free(config);
    end(&app);
    if (status == 0)
        log_info("stopped", NULL);
    return status;
}
