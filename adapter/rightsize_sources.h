/* rightsize_sources.h - where the figures of rightsize come from: a Prometheus, or the API server.
 *
 * Errors   the source cannot be asked; a query without an answer is no error: its figure stays unknown
 * Threads  each makes a loop of its own and returns when all is read */
#ifndef ADAPTER_RIGHTSIZE_SOURCES_H
#define ADAPTER_RIGHTSIZE_SOURCES_H

#include <stddef.h>

#include "adapter/config.h"
#include "nodegroup/rightsize_report.h"

/* Pools and spans of the reports are given; fills in facts and, where they compare, before. */
int rightsize_ask_prometheus(const struct config_prometheus *where, struct rightsize_report *reports, size_t n, struct error *err)
    MUST_CHECK;
/* kubeconfig NULL: the pod's own cluster. */
int rightsize_ask_cluster(const char *kubeconfig, struct rightsize_report *reports, size_t n, struct error *err) MUST_CHECK;

#endif
