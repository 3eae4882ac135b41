/* prometheus_past.h - what a node group was like, asked of Prometheus: the queries that fill a history, and their answers. Pure.
 *
 * Shape    a row for each series of the history (adapter/node_history.h). A query gives one series a group and an hour: its value at the
 *          end of an hour is the mean over it. $group stands for kube-state-metrics' label of the node's group, which it exports when
 *          its --metric-labels-allowlist says so
 * Errors   two series of one group (of two clusters, say) refuse the answer
 * Owner    what is told is borrowed from the answer */
#ifndef NODEGROUP_PROMETHEUS_PAST_H
#define NODEGROUP_PROMETHEUS_PAST_H

#include "nodegroup/history_store.h"
#include "nodegroup/prometheus.h"

enum { PAST_QUERIES = 9, PAST_LABEL_MAX = 330 };

struct past_query {
    const char *name;   /* "past_cpu_use" */
    const char *series; /* of a group's history: "cpu/use" */
    const char *unit;   /* of what the query gives */
    double scale;       /* from the query's unit to the history's */
    const char *text;
};

const struct past_query *past_query_at(size_t i); /* NULL behind the last */
/* Ours, or NULL. */
const char *past_query_text(const char *name);
/* "label_elastisys_io_node_group" */
void past_label(const char *node_label, char out[PAST_LABEL_MAX]);
/* The query with the label in place of each $group. */
void past_query_write(const char *text, const char *node_label, struct buffer *out);

/* Whole hours, from the first that begins at from_unix_ms or later to the last that ends at to_unix_ms. */
struct prometheus_range past_range(int64_t from_unix_ms, int64_t to_unix_ms);

/* Whose answer it is, and who is told its hours. */
struct past_reading {
    const struct past_query *query;
    const char *node_label;
    int (*visit)(void *context, const char *series, const struct history_row *bucket, struct error *err);
    void *context;
};
int past_read(const struct past_reading *reading, const struct prometheus_answer *answer, struct error *err) MUST_CHECK;

#endif
