/* node_usage.h - asks at an interval what each node uses: metrics.k8s.io, or Prometheus, never both. Prometheus is asked for what only it
 * knows, too: load, disks, volumes, Ceph.
 *
 * Shape    one poll after the other; its answer goes to the sink as bytes, to be decoded by node_usage_decode where there is time
 * Errors   a failed poll goes to the sink as well; the next one comes at the next interval
 * Threads  the loop's; node_usage_decode any
 * Owner    settings, client and http are borrowed; the answer is the sink's, to be cleared with node_usage_answer_clear */
#ifndef ADAPTER_NODE_USAGE_H
#define ADAPTER_NODE_USAGE_H

#include "adapter/config.h"
#include "base/http.h"
#include "kube/client.h"
#include "nodegroup/prometheus_gauges.h"
#include "nodegroup/usage_samples.h"

#define NODE_USAGE_PATH "/apis/metrics.k8s.io/v1beta1/nodes"

enum {
    NODE_USAGE_VECTORS = 2, /* cpu and memory: the first of the queries (nodegroup/prometheus_queries.c) */
    NODE_USAGE_PARTS = PROMETHEUS_QUERIES,
    NODE_GAUGES = NODE_USAGE_PARTS - NODE_USAGE_VECTORS,
    NODE_USAGE_BYTES_MAX = 32 * 1024 * 1024,
    NODE_USAGE_TIMEOUT_MS = 15000,
};

struct node_usage_part {
    struct buffer body;
    int status;
    struct error err; /* only of what comes behind the vectors: they fail the whole answer */
};

struct node_usage_answer {
    enum config_usage_source source;
    struct node_usage_part parts[NODE_USAGE_PARTS]; /* Prometheus: one a query; metrics.k8s.io: the first */
    struct usage_clocks clocks;                     /* the source's, and ours */
    int64_t unix_ms, duration_ms;
    struct error err; /* ERROR_NONE: there is an answer */
};

typedef void node_usage_sink(void *context, struct node_usage_answer *take);

struct node_usage_options {
    struct loop *loop;
    struct kube_client *client;
    struct http_client *http;
    const struct config_node_groups *settings;
    node_usage_sink *sink;
    void *context;
};

struct node_usage;
struct node_usage *node_usage_new(const struct node_usage_options *options, struct error *err) MUST_CHECK;
void node_usage_free(struct node_usage *usage); /* NULL is fine; not from within the sink */

void node_usage_answer_clear(struct node_usage_answer *answer);
int node_usage_decode(const struct node_usage_answer *answer, struct usage_samples *out, struct error *err) MUST_CHECK;
/* Of Prometheus only: which < NODE_GAUGES. */
int node_usage_decode_gauges(const struct node_usage_answer *answer, size_t which, struct gauges *out, struct error *err) MUST_CHECK;

#endif
