/* node_watch.h - keeps what the adapter knows of nodes, pods and usage up to date: watches, polls, and the way to the worker.
 *
 * Shape    events are gathered for FLUSH_AFTER_MS, or up to BATCH_MAX of them, and go to the worker, which owns what is known;
 *          changed is called when that would make another snapshot. Without nodeGroups nothing is watched and nothing is told
 * Rights   list and watch nodes and pods; list nodes.metrics.k8s.io
 * Errors   a source that cannot be read is logged once when it fails and once when it is good again
 * Threads  the loop's, except node_watch_add_samples and _history_fails (the worker's)
 * Owner    loop, worker, client and http are borrowed. node_watch_free after the worker has ended */
#ifndef ADAPTER_NODE_WATCH_H
#define ADAPTER_NODE_WATCH_H

#include "adapter/config.h"
#include "base/http.h"
#include "base/worker.h"
#include "kube/client.h"
#include "metric/snapshot.h"

struct node_watch;

struct node_watch_options {
    struct loop *loop;
    struct worker *worker;
    struct kube_client *client;
    struct http_client *http;
    loop_callback *changed;
    void *context;
};

struct node_watch *node_watch_new(const struct node_watch_options *options, struct error *err) MUST_CHECK;
void node_watch_free(struct node_watch *watch); /* NULL is fine */

/* From now on so; the same settings as before change nothing. */
void node_watch_configure(struct node_watch *watch, const struct config_node_groups *settings);
/* Asks for nothing more; node_watch_is_idle says when the worker has done what it has. */
void node_watch_stop(struct node_watch *watch);
bool node_watch_is_idle(const struct node_watch *watch);

/* Both inside of a work of the same worker. */
void node_watch_add_samples(struct node_watch *watch, struct metric_builder *builder);
/* The history of node groups cannot be kept. */
bool node_watch_history_fails(const struct node_watch *watch);

#endif
