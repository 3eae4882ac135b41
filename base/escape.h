/* escape.h - text made safe for where it is written.
 *
 * Errors   what does not fit marks the buffer failed; invalid UTF-8 becomes U+FFFD, one per bad byte */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stddef.h>

#include "base/buffer.h"

/* With its quotes; ", \, controls, DEL escaped; valid UTF-8 as it is. */
void escape_json_string(struct buffer *out, const char *text, size_t len);
/* With its quotes, as Go's %q: ", \ and controls escaped, an invalid byte as \xff. */
void escape_go_string(struct buffer *out, const char *text, size_t len);
/* For a terminal or a log line: control characters as \n, \t or \x1b. */
void escape_controls(struct buffer *out, const char *text, size_t len);
/* Length of the valid UTF-8 sequence at text (1 to 4), 0 when it is none (overlong, surrogate, above U+10FFFF, cut). */
size_t utf8_sequence_len(const char *text, size_t len);

#endif
