/* coder_json.h - members that several of Coder's objects have, on base/json.h.
 *
 * Errors   a required member that is missing, null, empty or malformed, and an optional one of a wrong type or malformed:
 *          the text starts with the member's name and never quotes what was there */
#ifndef QUEUE_CODER_JSON_H
#define QUEUE_CODER_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "queue/tags.h"
#include "queue/uuid.h"

int coder_uuid_required(const json_t *object, const char *name, struct uuid *out, struct error *err) MUST_CHECK;
int coder_uuid_optional(const json_t *object, const char *name, struct uuid *out, struct error *err) MUST_CHECK; /* nil when not said */
int coder_stamp_required(const json_t *object, const char *name, int64_t *out_unix_ms, struct error *err) MUST_CHECK;
/* 0 when not said; Go's zero time says nothing either. */
int coder_stamp_optional(const json_t *object, const char *name, int64_t *out_unix_ms, struct error *err) MUST_CHECK;
bool coder_stamp_is_zero(const char *text);                                                    /* empty, or Go's zero time */
int coder_tags_optional(const json_t *object, struct tags *out, struct error *err) MUST_CHECK; /* member "tags" */

#endif
