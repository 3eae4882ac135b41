/* coder_error.h - what an answer of Coder means when it is not a list: why, and what to do about it. Pure.
 *
 * Errors   code and text, bounded; of the body only Coder's own "message" is quoted, cut and with its controls escaped
 * Source   coder-api.md 2, table "Answers": 404 means a missing role at least as often as a missing organization */
#ifndef QUEUE_CODER_ERROR_H
#define QUEUE_CODER_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { CODER_RETRY_AFTER_MS = 60000 }; /* after a 429 that does not say for how long */

/* The parts of an HTTP answer that count here. */
struct coder_reply {
    int status;
    const char *content_type; /* "" when missing */
    const char *body;
    size_t body_len;
    int64_t retry_after_ms; /* -1 when missing */
};

/* What was asked, in words for the error. */
struct coder_question {
    const char *organization;
    const char *permission; /* "provisioner_jobs:read" */
    const char *token_file;
};

/* 0 when the reply is 200 and may be JSON. -1 and err otherwise. */
int coder_check(const struct coder_question *question, const struct coder_reply *reply, struct error *err) MUST_CHECK;
/* How long the path has to rest: -1 when the reply does not ask for it. */
int64_t coder_rest_ms(const struct coder_reply *reply);

#endif
