/* request_metrics.h - what the server counts about its own requests.
 *
 * Shape    adapter_request_duration_seconds by route and code, adapter_external_reads_total by family, queue and code
 * Bounds   routes and codes are the fixed sets below; a family, queue or code beyond REQUEST_READS_MAX counts with the
 *          queue "other"
 * Threads  any number may count: atomics only, but for the first read of a family, queue and code, which takes a lock */
#ifndef APISERVICE_REQUEST_METRICS_H
#define APISERVICE_REQUEST_METRICS_H

#include <stdint.h>

#include "apiservice/exposition.h"
#include "base/attributes.h"

enum { REQUEST_ROUTES_MAX = 32, REQUEST_READS_MAX = 4096, REQUEST_QUEUE_MAX = 64 };

struct request_metrics;

/* routes: their names, static, the label "route"; the index is what observe takes. */
struct request_metrics *request_metrics_new(const char *const *routes, size_t n) MUST_CHECK;
void request_metrics_free(struct request_metrics *metrics);
DEFINE_CLEANUP_POINTER(struct request_metrics, request_metrics_free)

void request_metrics_observe(struct request_metrics *metrics, size_t route, int code, int64_t duration_us);
/* family: static; queue: copied. */
void request_metrics_count_read(struct request_metrics *metrics, const char *family, const char *queue, int code);
void request_metrics_expose(struct request_metrics *metrics, struct exposition *exposition);

#endif
