/* table.h - a meta.k8s.io Table: what kubectl get prints. Pure.
 *
 * Shape    columns Metric, Labels, Value and Age (of the reading); with -o wide also Source and Window. Each row carries the
 *          series' metadata, its item, or nothing, as the client asks
 * Source   apimachinery meta/v1 Table; kubernetes-api 3.7 and 8 */
#ifndef APISERVICE_TABLE_H
#define APISERVICE_TABLE_H

#include "base/buffer.h"
#include "metric/snapshot.h"

enum table_object { TABLE_OBJECT_METADATA, TABLE_OBJECT_ITEM, TABLE_OBJECT_NONE };

struct table_options {
    const char *version; /* of meta.k8s.io: "v1" or "v1beta1" */
    enum table_object object;
};

/* Metadata for NULL and "". */
int table_object_parse(const char *include_object, enum table_object *out, struct error *err) MUST_CHECK;

struct table {
    struct table_options options;
    const struct metric_snapshot *snapshot;
    int64_t now_boot_ms;
    size_t n_rows;
    struct buffer *out;
};

void table_begin(struct table *table);
void table_row(struct table *table, const struct metric_set *set, const struct metric_sample *sample);
void table_end(struct table *table);

#endif
