/* gzip.h - a body packed for the wire. Pure.
 *
 * Errors   -1: no memory, or the packed bytes do not fit; *out is then marked failed
 * Source   RFC 1952, RFC 9110 12.5.3 */
#ifndef APISERVICE_GZIP_H
#define APISERVICE_GZIP_H

#include "base/buffer.h"

int gzip_pack(const char *bytes, size_t len, struct buffer *out) MUST_CHECK;
/* Does Accept-Encoding (NULL: there is none) take gzip? */
bool gzip_is_accepted(const char *accept_encoding);

#endif
