/* reference.h - what jobs and daemons are made of, read slowly and in other ways than queue/ reads it. Pure. */
#ifndef TEST_FUZZ_REFERENCE_H
#define TEST_FUZZ_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/tags.h"
#include "queue/uuid.h"

/* The whole document as one tree; NULL when it is not an array, or one of its elements is nested too deep for us. New. */
json_t *reference_array(const uint8_t *data, size_t size);
/* False: neither text, null nor missing. *out: "" when null or missing. */
bool reference_text(const json_t *object, const char *name, const char **out);
bool reference_uuid(const char *text, struct uuid *out);
bool reference_stamp(const char *text, int64_t *out_unix_ms);
/* Both take "", null and a missing member for nothing: nil and 0; so does the second with Go's zero time. */
bool reference_uuid_member(const json_t *object, const char *name, struct uuid *out);
bool reference_stamp_member(const json_t *object, const char *name, int64_t *out_unix_ms);
/* The member "tags" of an element. */
bool reference_tags_are_valid(const json_t *element);
bool reference_tags_are(const json_t *element, const struct tags *tags);

#endif
