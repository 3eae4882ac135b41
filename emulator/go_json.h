/* go_json.h - pieces of JSON as Go's encoding/json writes them. Pure.
 *
 * Shape    text goes to the end of a buffer; before: what stands between the piece and the one before it, as JSON
 * Errors   the buffer is marked failed */
#ifndef EMULATOR_GO_JSON_H
#define EMULATOR_GO_JSON_H

#include "base/buffer.h"
#include "emulator/stable_id.h"
#include "emulator/tagset.h"

/* Quoted; <, > and & escaped as well. */
void go_json_string(struct buffer *out, const char *text);
void go_json_member(struct buffer *out, const char *before, const char *text);
/* before ends with the opening quote */
void go_json_id(struct buffer *out, const char *before, struct stable_id id);
/* A time.Time in UTC: a fraction without zeros at its end. before ends with the opening quote */
void go_json_time(struct buffer *out, const char *before, int64_t unix_ms);
void go_json_tags(struct buffer *out, const struct tagset *tags);

#endif
