/* yaml_form.h - a JSON document in YAML's block style. Pure.
 *
 * Shape    members in the document's order; a string stands bare when no reader of YAML 1.1 or 1.2 could take it for
 *          something else, and in its JSON quotes otherwise, which YAML reads the same way
 * Input    valid JSON of our own making without blanks between its parts; depth at most YAML_FORM_DEPTH_MAX
 * Errors   what does not fit, and what is no such JSON, marks the buffer failed */
#ifndef APISERVICE_YAML_FORM_H
#define APISERVICE_YAML_FORM_H

#include "base/buffer.h"

enum { YAML_FORM_DEPTH_MAX = 32 };

void yaml_form_of_json(const char *json, size_t len, struct buffer *out);

#endif
