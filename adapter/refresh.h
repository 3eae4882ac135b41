/* refresh.h - from Coder's answers to the next snapshot; the only writer of the store.
 *
 * Shape    pollers ask; each answer goes to the worker, which decodes it; then the worker models what changed and builds
 *          the next snapshot, and the loop publishes it. Builds are spaced so that they cost at most a tenth of one core
 * On read  refresh_now has everything polled once more, for readers who wait (apiservice/read_desk.h)
 * Errors   a failed reading is logged once when it starts to fail and once when it is good again; the last good value stays
 * Threads  the loop's, except refresh_settled (any). What Coder said belongs to the worker while it works
 * Owner    loop, worker, http, store and encoders are borrowed and outlive it; the configuration is its own */
#ifndef ADAPTER_REFRESH_H
#define ADAPTER_REFRESH_H

#include "adapter/config.h"
#include "adapter/node_watch.h"
#include "adapter/protection_report.h"
#include "apiservice/read_desk.h"
#include "base/http.h"
#include "base/worker.h"
#include "metric/store.h"

struct refresh;

struct refresh_options {
    struct loop *loop;
    struct worker *worker;
    struct http_client *http;
    struct metric_store *store;
    metric_encode *const *encoders; /* [METRIC_FORMS] */
    struct read_desk *readers;      /* NULL: none; else told what is published, and when refresh_now is over */
    /* NULL, or told with each snapshot whose pods must be the last to go; the report is borrowed. */
    void (*protect)(void *context, const struct protection_report *report);
    void *context;
};

struct refresh *refresh_new(const struct refresh_options *options, struct error *err) MUST_CHECK;
/* The worker must have ended. */
void refresh_free(struct refresh *refresh);
DEFINE_CLEANUP_POINTER(struct refresh, refresh_free)

/* Polls what the configuration says from now on (at once, or when the worker has done what it does); what is known of
 * organizations that stay is kept. The configuration is on the heap and freed here, also with
 * -1: out of memory, and the one in force stays so and is polled on. */
int refresh_configure(struct refresh *refresh, struct config *take, struct error *err) MUST_CHECK;
/* Workshops besides the configured ones, in place of those told before: they count with the next snapshot. */
void refresh_set_workshops(struct refresh *refresh, struct workshop_list take);
/* The grace period of that queue's pods, as the cluster says it: it counts with the next snapshot. */
void refresh_set_grace(struct refresh *refresh, const char *queue, int64_t grace_s);
/* Nodes and pods count besides, with the next snapshot; NULL: none. Borrowed; told before the worker has any snapshot to build. */
void refresh_set_nodes(struct refresh *refresh, struct node_watch *nodes);
/* Something besides Coder's readings has changed: a snapshot is due. */
void refresh_want_snapshot(struct refresh *refresh);
/* The configuration in force, or about to be. */
const struct config *refresh_config(const struct refresh *refresh);
/* Asks for nothing more. What the worker has is still taken; refresh_is_idle says when it is done. */
void refresh_stop(struct refresh *refresh);
/* Polls every organization at once, except for paths that rest after a failure; when that was published, or nothing could be asked, the
 * readers are told. A call while one is under way joins it. */
void refresh_now(struct refresh *refresh);
bool refresh_is_idle(const struct refresh *refresh);
/* One poll of every source ended, well or badly. */
bool refresh_settled(const struct refresh *refresh);

#endif
