/* json_indent.h - JSON for people: the same document with line breaks and two blanks a level. Pure.
 *
 * Shape    as Go's json.Indent writes it; nothing follows the last brace
 * Input    valid JSON of our own making; anything else is copied in some shape, within the buffer's limit */
#ifndef APISERVICE_JSON_INDENT_H
#define APISERVICE_JSON_INDENT_H

#include "base/buffer.h"

void json_indent(const char *json, size_t len, struct buffer *out);
/* The length of the string that starts with a quote at json, with both quotes. */
size_t json_string_len(const char *json, size_t len);

#endif
