/* base64.h - RFC 4648 section 4: the alphabet with + and /, with padding. Pure.
 *
 * Errors   decode is strict: no blanks, no line breaks, whole groups, padding only at the end, unused bits zero.
 *          False leaves *out as it was, or marks it failed when it was too small
 * Owner    both append to the caller's buffer */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"

void base64_encode(const void *bytes, size_t len, struct buffer *out);
bool base64_decode(const char *text, size_t len, struct buffer *out) MUST_CHECK;

#endif
