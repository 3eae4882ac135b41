/* target.h - the request target: path segments and query parameters. Pure.
 *
 * Shape    the path is split before it is decoded, so that no escape makes a segment; the query likewise. A slash at the
 *          end of the path is dropped ("/apis/" is "/apis")
 * Bounds   TARGET_LEN_MAX, TARGET_SEGMENTS_MAX, TARGET_PARAMETERS_MAX
 * Errors   ERROR_INVALID (400): no origin form, bytes outside of 0x21..0x7e, a bad escape, %00, %2F, ";" in the query;
 *          ERROR_NOT_FOUND (404): an empty, "." or ".." segment, or more segments than any resource has;
 *          ERROR_LIMIT (414): too long. The text never repeats the target
 * Owner    {0} / target_clear; the decoded strings stand in target.storage
 * Source   RFC 9112 3.2.1, RFC 3986 3.4; "+" is a blank in the query (Go url.ParseQuery, which kube-apiserver applies) */
#ifndef APISERVICE_TARGET_H
#define APISERVICE_TARGET_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"

enum { TARGET_LEN_MAX = 12 * 1024, TARGET_SEGMENTS_MAX = 8, TARGET_PARAMETERS_MAX = 64 };

struct target_parameter {
    const char *name, *value; /* decoded; "" when there is no "=" */
};

struct target {
    char *storage;
    const char *segments[TARGET_SEGMENTS_MAX]; /* decoded */
    size_t n_segments;
    struct target_parameter parameters[TARGET_PARAMETERS_MAX];
    size_t n_parameters;
};

int target_parse(const char *text, struct target *out, struct error *err) MUST_CHECK;
void target_clear(struct target *target);
/* The first value of that name, NULL when there is none. */
const char *target_parameter(const struct target *target, const char *name);

#endif
