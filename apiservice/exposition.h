/* exposition.h - the Prometheus text format, and a snapshot in it.
 *
 * Shape    exposition_family, then its samples; a family is written once
 * Errors   what does not fit marks the buffer failed
 * Source   Prometheus exposition formats, text 0.0.4 */
#ifndef APISERVICE_EXPOSITION_H
#define APISERVICE_EXPOSITION_H

#include "base/buffer.h"
#include "metric/snapshot.h"

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition {
    struct buffer *out;
    const char *family; /* the one whose samples come now */
};

/* type: "gauge", "counter", "histogram", "summary" */
void exposition_family(struct exposition *exposition, const char *name, const char *help, const char *type);
/* suffix: "", "_bucket", "_sum", "_count" */
void exposition_sample(struct exposition *exposition, const char *suffix, const struct metric_label *labels, size_t n, double value);

/* Writes families of its own; called for every scrape, on a server thread. */
typedef void exposition_collect(void *context, struct exposition *exposition);

/* All families of the table, and adapter_source_*. Series with a stale source are left out. snapshot: NULL before the first. */
void exposition_snapshot(struct exposition *exposition, const struct metric_family *families, size_t n,
                         const struct metric_snapshot *snapshot, int64_t now_boot_ms);

#endif
