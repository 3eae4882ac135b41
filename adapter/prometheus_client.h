/* prometheus_client.h - one question to the Prometheus HTTP API of the configuration.
 *
 * Shape    POST of a form to URL/api/v1/PATH, with token, CA and headers; the token is read each time, since it may have been replaced
 * Errors   as base/http.h; the answer is for prometheus_decode
 * Threads  the loop's
 * Owner    all is borrowed for the call, but http, which must live longer than the transfer */
#ifndef ADAPTER_PROMETHEUS_CLIENT_H
#define ADAPTER_PROMETHEUS_CLIENT_H

#include "adapter/config.h"
#include "base/http.h"

enum { PROMETHEUS_ANSWER_MAX = 32 * 1024 * 1024, PROMETHEUS_FORM_MAX = 65536 };

struct prometheus_question {
    const char *path; /* "query", "query_range" */
    const struct buffer *form;
    int64_t timeout_ms;
    http_done *done;
    void *context;
};

struct http_transfer *prometheus_ask(struct http_client *http, const struct config_prometheus *where,
                                     const struct prometheus_question *question, struct error *err) MUST_CHECK;
/* The text of a query: the configuration's, or ours. */
const char *prometheus_text_of(const struct config_prometheus *where, const char *name);

#endif
