/* refresh.h - from Coder's answers to the next snapshot; the only writer of the store.
 *
 * Shape    pollers ask; each answer goes to the worker, which decodes it; then the worker models what changed and builds
 *          the next snapshot, and the loop publishes it. Builds are spaced so that they cost at most a tenth of one core
 * Errors   a failed reading is logged once when it starts to fail and once when it is good again; the last good value stays
 * Threads  the loop's, except refresh_settled (any). What Coder said belongs to the worker while it works
 * Owner    loop, worker, http, store and encoders are borrowed and outlive it; the configuration is its own */
#ifndef ADAPTER_REFRESH_H
#define ADAPTER_REFRESH_H

#include "adapter/config.h"
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
};

struct refresh *refresh_new(const struct refresh_options *options, struct error *err) MUST_CHECK;
/* The worker must have ended. */
void refresh_free(struct refresh *refresh);
DEFINE_CLEANUP_POINTER(struct refresh, refresh_free)

/* Polls what the configuration says from now on (at once, or when the worker has done what it does); what is known of
 * organizations that stay is kept. The configuration is on the heap and freed here. */
void refresh_configure(struct refresh *refresh, struct config *take);
/* The configuration in force, or about to be. */
const struct config *refresh_config(const struct refresh *refresh);
/* Asks for nothing more. What the worker has is still taken; refresh_is_idle says when it is done. */
void refresh_stop(struct refresh *refresh);
bool refresh_is_idle(const struct refresh *refresh);
/* One poll of every source ended, well or badly. */
bool refresh_settled(const struct refresh *refresh);

#endif
