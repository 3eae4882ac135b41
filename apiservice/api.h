/* api.h - from a request to its answer: the routes of external.metrics.k8s.io and their handlers, free of the server library.
 *
 * Waiting  with access an answer may have to wait for the API server, with readers for a poll: api_answer then says API_WAITS and has
 *          done nothing; the caller hands the request over to api_wait and, once it was resumed, calls api_answer again
 * Threads  api_answer: any number at once. No lock but the store's, no allocation that grows with the cluster on a metric read
 * Owner    api_new borrows families, store, checks, collectors, access, readers and version for the life of the api */
#ifndef APISERVICE_API_H
#define APISERVICE_API_H

#include "apiservice/access.h"
#include "apiservice/exchange.h"
#include "apiservice/exposition.h"
#include "apiservice/health.h"
#include "apiservice/read_desk.h"
#include "apiservice/version.h"
#include "metric/store.h"

struct api_collector {
    exposition_collect *collect;
    void *context;
};

struct api_options {
    const struct metric_family *families;
    size_t n_families;
    struct metric_store *store;
    const struct health_check *checks; /* at most HEALTH_CHECKS_MAX */
    size_t n_checks;
    const struct api_collector *collectors; /* what else stands in /metrics */
    size_t n_collectors;
    struct access *access;     /* who may do what; NULL: everybody may everything */
    struct read_desk *readers; /* who waits for a poll; NULL: nobody does */
    struct build_version version;
};

struct api;

struct api *api_new(const struct api_options *options, struct error *err) MUST_CHECK;
void api_free(struct api *api);
DEFINE_CLEANUP_POINTER(struct api, api_free)

enum api_outcome { API_ANSWERED, API_WAITS };

/* Fills the response, unless it waits. */
enum api_outcome api_answer(struct api *api, const struct request *request, struct response *response);
/* resume(context) is called once, perhaps before this returns. */
void api_wait(struct api *api, const struct request *request, loop_callback *resume, void *context);
/* Who waits is resumed and refused, and nobody waits any more. The loop's thread, or when the loop does not run. */
void api_end_waiting(struct api *api);
bool api_wants_certificates(const struct api *api); /* of clients */
/* For what the server refuses before it comes to a route: a Status, counted. */
void api_refuse(struct api *api, int code, const char *message, struct response *response);
/* The server's own families in /metrics; before its threads run, and after they ended. */
void api_set_server_collector(struct api *api, struct api_collector collector);
/* From now on /readyz fails; all else goes on. */
void api_begin_shutdown(struct api *api);
bool api_is_shutting_down(const struct api *api);

#endif
