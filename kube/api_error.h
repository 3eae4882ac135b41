/* api_error.h - what the API server says when it refuses. Pure.
 *
 * Shape    the message of a metav1.Status; else, for an answer that is none (a proxy, an overloaded server), its first
 *          line. Bounded, control characters escaped
 * Codes    401 unauthorized, 403 forbidden, 404 not found, 408 and 504 timeout, 429 rate limited, other 5xx unavailable,
 *          the rest invalid */
#ifndef KUBE_API_ERROR_H
#define KUBE_API_ERROR_H

#include <stddef.h>

#include "base/error.h"

enum error_code api_error_code(int status);
/* "403: configmaps \"x\" is forbidden: ...". Always -1. */
int api_error_set(struct error *err, int status, const char *body, size_t len);

#endif
