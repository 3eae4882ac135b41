/* json.h - reading JSON from outside, on jansson.
 *
 * Bounds   duplicate keys, NUL, bad UTF-8, numbers beyond 64 bits are refused by jansson; size by the caller's buffer,
 *          an element of a streamed array by JSON_ELEMENT_MAX, depth by JSON_DEPTH_MAX
 * Errors   the text says what was expected and what was there, never the content
 * Owner    json_t out of these functions is borrowed from its parent, except where "new" is said; CLEANUP(json_decrefp)
 *          (jansson's own) frees those */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

enum { JSON_ELEMENT_MAX = 256 * 1024, JSON_DEPTH_MAX = 64 };

/* A whole document; new. */
int json_read(const char *text, size_t len, json_t **out_new, struct error *err) MUST_CHECK;

/* The text of an object or array without blanks, its members by name: equal values have equal texts. Free it. NULL: out of memory, also
 * where jansson would leave a name out and go on. */
char *json_canonical(const json_t *value) MUST_CHECK;

/* The elements of a top-level array, one after the other, so that the whole is never one tree. */
struct json_array_reader {
    const char *text;
    size_t len, at;
    size_t index; /* of the element that comes next */
    bool inside;  /* behind the "[" */
};
/* 1: *out_new is the next element; 0: the array ended and nothing but blanks follows; -1: err. */
int json_array_next(struct json_array_reader *reader, json_t **out_new, struct error *err) MUST_CHECK;
/* The same in two steps, for who reads elements in another way (json_scan.h): find moves to the next one, whose text then begins at
 * text + at, with 1, 0 or -1 as above; take reads it, and skip goes past its bytes. */
int json_array_find(struct json_array_reader *reader, struct error *err) MUST_CHECK;
int json_array_take(struct json_array_reader *reader, json_t **out_new, struct error *err) MUST_CHECK;
bool json_array_skip(struct json_array_reader *reader, size_t len); /* false: no comma, bracket or end follows; then nothing is done */

/* Members of an object. A missing or null member is *out = NULL / the default for _optional, an error for _required.
 * A member of a wrong type is always an error: "status: expected string, got integer". */
int json_text_required(const json_t *object, const char *name, const char **out, struct error *err) MUST_CHECK;
int json_text_optional(const json_t *object, const char *name, const char **out, struct error *err) MUST_CHECK;
int json_int_optional(const json_t *object, const char *name, int64_t fallback, int64_t *out, struct error *err) MUST_CHECK;
int json_bool_optional(const json_t *object, const char *name, bool fallback, bool *out, struct error *err) MUST_CHECK;
int json_object_optional(const json_t *object, const char *name, const json_t **out, struct error *err) MUST_CHECK;
int json_array_optional(const json_t *object, const char *name, const json_t **out, struct error *err) MUST_CHECK;
const char *json_type_name(const json_t *value);

#endif
