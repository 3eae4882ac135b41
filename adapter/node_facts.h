/* node_facts.h - what the cluster last said of its nodes and pods, and what they use.
 *
 * Shape    changes come in batches from the watches, usage as one list for each poll; then node_facts_settle makes of it what the
 *          samples are made of: the members of the usage windows at once, the figures of the groups (placement) when it is their time
 * Units    *_unix_ms: UTC by our clock; *_boot_ms: clock_boot_ms
 * Age      what is served is as old as the figures: while the pool is ahead of them, its sources are no newer than they are
 * Errors   an object that is not what it should be is left out and counted; -1: memory, or a limit, or bytes that are no object. Then
 *          something is lost, and only a restart with new lists mends it
 * Threads  one at a time: the worker's
 * Owner    node_facts_new / node_facts_free */
#ifndef ADAPTER_NODE_FACTS_H
#define ADAPTER_NODE_FACTS_H

#include "adapter/config.h"
#include "adapter/node_batch.h"
#include "adapter/node_figures.h"
#include "adapter/node_history.h"
#include "adapter/node_pool.h"
#include "adapter/node_usage.h"
#include "nodegroup/usage_samples.h"
#include "nodegroup/usage_tracker.h"

enum {
    NODE_ERROR_CODES = ERROR_NOT_FOUND + 1,
    NODE_WATCH_STALE_MS = 180000, /* a quiet watch proves itself each 90 s (kube/watch.h), and that is told at the next tick */
    NODE_TICK_SPACE_MS = 1000,    /* between two looks at all nodes' windows when no usage came */
    NODE_FIGURES_SPACE_MS = 2000, /* least between two makings of the figures */
    NODE_FIGURES_SHARE = 100,     /* they may take one part in so many of a core */
};

/* The first of them are the kinds of objects, in their order. */
enum node_source_id {
    NODE_SOURCE_NODES,
    NODE_SOURCE_PODS,
    NODE_SOURCE_USAGE,
    NODE_SOURCE_GAUGES, /* the first of them; only with Prometheus */
    NODE_SOURCES = NODE_SOURCE_GAUGES + NODE_GAUGES,
};

struct node_source {
    int64_t read_unix_ms, read_boot_ms; /* up to when what is served of it is known to be right; 0: never */
    int64_t stale_after_ms, duration_ms;
    struct error err; /* of the last reading; ERROR_NONE when it was good */
    uint64_t failures[NODE_ERROR_CODES];
};

/* One answer of the usage source, or why there is none. */
struct node_usage_reading {
    struct usage_samples *samples; /* NULL: err */
    const struct error *err;
    struct usage_clocks clocks; /* the source's clock, and ours, as the answer came */
    int64_t unix_ms;            /* UTC by our clock at the same moment */
    int64_t duration_ms;
};

struct node_facts {
    struct config_node_groups settings;
    struct node_pool *pool;
    struct node_pool *next;                 /* being listed, to take the pool's place; else NULL */
    bool lost;                              /* something that was told is in neither: they age, until both kinds are listed anew */
    struct usage_clocks proven[NODE_KINDS]; /* when the pool was last known to be right */
    struct usage_tracker *tracker;
    bool tick_due;
    int64_t ticked_boot_ms;
    struct node_history *history;
    struct node_figures figures;
    bool figured;
    int64_t figured_boot_ms, figures_took_ms;
    struct node_source sources[NODE_SOURCES];
    struct gauges gauges[NODE_GAUGES]; /* each as last read */
    uint64_t usage_refused;            /* nodes, disks and volumes of which the source said garbage */
};

struct node_facts *node_facts_new(const struct config_node_groups *settings, int64_t now_unix_ms, int64_t now_boot_ms, struct error *err)
    MUST_CHECK;
void node_facts_free(struct node_facts *state);
DEFINE_CLEANUP_POINTER(struct node_facts, node_facts_free)

int node_facts_apply(struct node_facts *state, const struct node_batch *batch, const struct usage_clocks *now, struct error *err)
    MUST_CHECK;
void node_facts_take_usage(struct node_facts *state, const struct node_usage_reading *reading);
/* take: of the same reading; NULL: err. */
void node_facts_take_gauges(struct node_facts *state, size_t which, struct gauges *take, const struct node_usage_reading *reading);
/* How many sources there are: all, or those that need no Prometheus. */
enum node_source_id node_facts_sources(const struct node_facts *state);
/* Brings all up to now. *due_ms: after how long it is to be called again, because figures are due; -1: no need. */
int node_facts_settle(struct node_facts *state, const struct usage_clocks *now, int64_t *due_ms, struct error *err) MUST_CHECK;

#endif
