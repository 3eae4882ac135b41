/* prometheus.h - answers of the Prometheus HTTP API (Prometheus, Thanos, Mimir, VictoriaMetrics), and the queries we ask. Pure.
 *
 * Shape    an instant vector is a series with one point each, a matrix with many. NaN and infinity are gaps: the point is left
 *          out and counted. Nothing found is an answer without series, which is not zero
 * Units    at_unix_ms
 * Errors   any status but 200, or a status that is not success: the reason that the server gave, with what to look at. An answer
 *          with warnings (Thanos: a store is missing) or isPartial (VictoriaMetrics) is refused: a sum that lacks a part is false
 * Bounds   series and points by the size of the body; labels of a series by PROMETHEUS_LABELS_MAX
 * Owner    {0} / prometheus_answer_clear */
#ifndef NODEGROUP_PROMETHEUS_H
#define NODEGROUP_PROMETHEUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum { PROMETHEUS_LABELS_MAX = 64, PROMETHEUS_NODE_MAX = 254 };

struct prometheus_label {
    const char *name, *value;
};

struct prometheus_point {
    int64_t at_unix_ms;
    double value; /* finite */
};

struct prometheus_series {
    struct prometheus_label *labels;
    size_t n_labels;
    struct prometheus_point *points;
    size_t n_points;
};

struct prometheus_answer {
    struct prometheus_series *series;
    size_t n_series, n_gaps;
    struct arena arena;
};

void prometheus_answer_clear(struct prometheus_answer *answer);
int prometheus_decode(int status, const char *body, size_t len, struct prometheus_answer *out, struct error *err) MUST_CHECK;
const char *prometheus_label_of(const struct prometheus_series *series, const char *name); /* "" when absent */
/* The node that a series of node_exporter is of: its label node, or instance without its port. False: it has neither. */
bool prometheus_node_name(const struct prometheus_series *series, char out[PROMETHEUS_NODE_MAX], struct error *err);

/* The form body of POST /api/v1/query and /api/v1/query_range. partial_response=false is Thanos': others pass over it. */
void prometheus_instant_form(const char *query, struct buffer *out);
struct prometheus_range {
    int64_t from_unix_ms, to_unix_ms, step_ms;
};
void prometheus_range_form(const char *query, const struct prometheus_range *range, struct buffer *out);

/* --- the queries (prometheus_queries.c) --- */

enum { PROMETHEUS_QUERIES = 6, PROMETHEUS_IDENTITY_MAX = 2 };

struct prometheus_query {
    const char *name, *unit, *about;
    const char *identity[PROMETHEUS_IDENTITY_MAX]; /* the labels that tell its series apart; "node": see prometheus_node_name */
    const char *text;
};

const struct prometheus_query *prometheus_query_at(size_t i); /* NULL behind the last */

/* Our text of a query. NULL: there is none of that name. */
const char *prometheus_query_text(const char *name);
/* -1: no query has this name; err lists those that do. */
int prometheus_check_name(const char *name, struct error *err) MUST_CHECK;

#endif
