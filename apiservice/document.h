/* document.h - an answer that never changes while the program runs: discovery, OpenAPI, version.
 *
 * Shape    the body with its ETag, the upper-case hexadecimal SHA-512 of it, as kube-apiserver makes them
 * Owner    {0} / document_clear; document_make takes the body
 * Threads  read only once made */
#ifndef APISERVICE_DOCUMENT_H
#define APISERVICE_DOCUMENT_H

#include "apiservice/exchange.h"
#include "base/error.h"

enum { DOCUMENT_MAX = 256 * 1024, DOCUMENT_HASH_HEX = 128 };

struct document {
    struct buffer body;
    const char *content_type;         /* static */
    char etag[DOCUMENT_HASH_HEX + 3]; /* with its quotes */
};

int document_make(struct buffer *take, const char *content_type, struct document *out, struct error *err) MUST_CHECK;
void document_clear(struct document *document);
/* 200 with the body, or 304 when if_none_match (NULL: none) names its ETag. Where the response's form makes other bytes of the
 * body, there is no ETag. */
void document_respond(const struct document *document, const char *if_none_match, struct response *response);

#endif
