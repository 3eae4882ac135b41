/* serve_inside.h - what the files of the running program share. Nobody else includes it.
 *
 * Shape    serve.c          the parts, how they are made and in which order they end
 *          serve_config.c   the configuration file, read at the start and again whenever it changes
 *          serve_cluster.c  what needs a cluster: nodes, workshops, marks on pods, and what only one replica may write
 *          serve_port.c     the serving certificate, and the port that opens with the first one
 *          serve_stop.c     signals, and an end that leaves nothing behind
 * Threads  the loop's */
#ifndef ADAPTER_SERVE_INSIDE_H
#define ADAPTER_SERVE_INSIDE_H

#include "adapter/cluster.h"
#include "adapter/cluster_certificate.h"
#include "adapter/cluster_work.h"
#include "adapter/config.h"
#include "adapter/config_watch.h"
#include "adapter/confinement.h"
#include "adapter/delegation.h"
#include "adapter/leadership.h"
#include "adapter/node_watch.h"
#include "adapter/own_metrics.h"
#include "adapter/refresh.h"
#include "adapter/serve.h"
#include "adapter/serving_certificate.h"
#include "apiservice/server.h"

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
    struct confinement *confinement;                 /* NULL: not asked for */
    struct error failure;                            /* what ended the loop; else code ERROR_NONE */
    struct config_watch *config_watch;
    struct loop_watch *signal_watch;
    struct loop_timer *stop_timer;
    int signal_fd;
    bool stopping, stopping_at_once;
};

/* --- serve_config.c --- */

struct config *serve_read_config(const char *path, struct config_mistakes *mistakes, struct error *err) MUST_CHECK;
/* It is in force from now on. */
void serve_note_config(struct app *app, const struct config *config);
/* The callback of config_watch: a good file comes into force, unless it changes what is decided at the start. */
void serve_on_config(void *context, struct config *take, const struct config_mistakes *mistakes, const struct error *why);
void serve_reload_now(struct app *app);

/* Gives up what this configuration does not need; before the first thread. */
int serve_confine(struct app *app, const struct config *config, struct error *err) MUST_CHECK;

/* --- serve_cluster.c --- */

int serve_start_cluster_work(struct app *app, struct error *err) MUST_CHECK;
/* The configuration is about to be in force. */
void serve_follow_config(struct app *app, const struct config *config);
int serve_start_leadership(struct app *app, const struct config_serving *serving, struct error *err) MUST_CHECK;
/* The namespace of the adapter's Service; "" when it is not known. There is a cluster. */
const char *serve_own_namespace(const struct app *app, const struct config_serving *serving);

/* --- serve_port.c --- */

int serve_start_certificate(struct app *app, struct error *err) MUST_CHECK;

/* --- serve_stop.c --- */

int serve_watch_signals(struct app *app, struct error *err) MUST_CHECK;
void serve_stop_when_idle(void *context); /* the stop timer's callback */

#endif
