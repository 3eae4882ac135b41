/* error.h - what went wrong, told from the outside in.
 *
 * Shape    a value on the caller's stack: nothing to free, nothing to leak; {0} is "no error"
 * Use      what can fail returns 0 or -1, fills err (its last parameter) and leaves *out untouched.
 *          The place that fails calls error_set; a caller that knows which one calls error_wrap:
 *          "refresh queue: list provisioner jobs of acme: GET /provisionerjobs: HTTP 502"
 * Threads  none: an error belongs to its stack */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/attributes.h"

enum error_code {
    ERROR_NONE = 0,
    ERROR_INVALID,      /* the input is wrong */
    ERROR_MEMORY,       /* an allocation failed */
    ERROR_IO,           /* a file, a socket */
    ERROR_TIMEOUT,      /* no answer in time */
    ERROR_LIMIT,        /* larger than we accept */
    ERROR_UNAVAILABLE,  /* the other side cannot answer now */
    ERROR_UNAUTHORIZED, /* 401: the credential is refused */
    ERROR_FORBIDDEN,    /* 403 or Coder's 404: the credential may not */
    ERROR_RATE_LIMITED, /* 429 */
    ERROR_NOT_FOUND,
};

struct error {
    enum error_code code;
    char text[512]; /* one line: a control character becomes ?; cut at the end when too long */
};

/* Always -1, so that "return error_set(...)" reads well. */
int error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "context: " before the text; keeps the code. Always -1. */
int error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* For a failed allocation. Always -1. */
int error_no_memory(struct error *err);
/* The word for metrics and logs: "timeout", "rate_limited", ... */
const char *error_code_name(enum error_code code);

#endif
