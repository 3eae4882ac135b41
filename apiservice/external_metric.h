/* external_metric.h - the answer to one read of one external metric. Pure.
 *
 * Rules    in this order: an unknown family is 404; no snapshot yet is 503; a malformed selector is 400; a stale source behind
 *          any set that the selector can match is 503, without Retry-After; in a list, which an autoscaler adds up, two values
 *          of a label that may not be summed are 400, while a table, which people read, shows them all; else 200 with the items
 *          that match, perhaps none. One series by its name is 404 when there is none, and stale only by its own sources
 * Forms    a list in JSON or protobuf, as response.form says; a table or one series in JSON
 * Cost     one walk over the sets of the family (two for protobuf, whose length stands in front); the bytes of items are
 *          copied, never made
 * Source   DESIGN sections 4 and 6; kubernetes-api 7 and 8.1 */
#ifndef APISERVICE_EXTERNAL_METRIC_H
#define APISERVICE_EXTERNAL_METRIC_H

#include "apiservice/exchange.h"
#include "apiservice/table.h"
#include "metric/snapshot.h"

struct external_metric_query {
    const struct metric_family *families;
    size_t n_families;
    const struct metric_snapshot *snapshot; /* NULL before the first one */
    const char *name_space;                 /* NULL: all namespaces */
    const char *metric;
    const char *name;                  /* of one series; NULL: all that match */
    const char *selector;              /* NULL: none */
    const struct table_options *table; /* NULL: a list, or the one series itself */
    int64_t now_boot_ms;
};

/* What was read, for the counters; borrowed from the families and the snapshot. */
struct external_metric_subject {
    const struct metric_family *family; /* NULL: unknown */
    const char *queue;                  /* the one queue that the selector can match, "" when there are none or several */
};

struct reading;

/* Fills the reading; where it cannot be made (no such family, no snapshot, a malformed selector), the response has the Status. NULL:
 * the family is unknown. The reading need not be zeroed before. */
const struct metric_family *external_metric_open(const struct external_metric_query *query, struct reading *reading,
                                                 struct response *response);
struct external_metric_subject external_metric_answer(const struct external_metric_query *query, struct response *response);

#endif
