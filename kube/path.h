/* path.h - paths and queries of API requests, percent-escaped. Pure.
 *
 * Errors   what does not fit marks the buffer failed; a segment "", "." or ".." marks it failed too, since it would
 *          name another object than the one meant
 * Source   RFC 3986: everything but unreserved characters is escaped */
#ifndef KUBE_PATH_H
#define KUBE_PATH_H

#include "base/buffer.h"

/* "/" and the segment */
void path_add_segment(struct buffer *out, const char *segment);
/* "?" or "&", name, "=", value; a value NULL or "" is left out with its name. The name is a literal of ours. */
void path_add_query(struct buffer *out, const char *name, const char *value);

#endif
