/* json_scan.h - the members of a JSON object in one pass: no tree, no allocation, no copy. Pure.
 *
 * Shape    each member of the outermost object is visited with its key and value as they stand in the text
 * Law      what it takes, jansson takes as json.h sets it up, with the same members (fuzzed in test/fuzz/jobs.c). It leaves alone what is
 *          seldom there, and what is wrong: fractions, integers of more than 18 digits, escapes in keys, \u escapes of surrogates, many
 *          members, deep nesting. json.h then reads the same text, or says what is wrong with it
 * Bounds   JSON_SCAN_DEPTH_MAX levels, JSON_SCAN_MEMBERS_MAX members of an object, JSON_ELEMENT_MAX bytes */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_SCAN_DEPTH_MAX = 8, JSON_SCAN_MEMBERS_MAX = 48 };

enum json_scan_kind {
    JSON_SCAN_TEXT,    /* a string that means what stands between its quotes */
    JSON_SCAN_ESCAPED, /* a string with escapes */
    JSON_SCAN_OBJECT,
    JSON_SCAN_NULL,
    JSON_SCAN_OTHER, /* an array, a number or a boolean */
};

struct json_slice {
    const char *text;
    size_t len;
};

struct json_scan_member {
    struct json_slice key, value; /* strings without their quotes */
    enum json_scan_kind kind;
};

/* False ends the scan: this is for json.h, too. */
typedef bool json_scan_visitor(void *context, const struct json_scan_member *member);

/* The length of the object at text; 0: leave it to json.h, whatever was visited. */
size_t json_scan_object(const char *text, size_t len, json_scan_visitor *visit, void *context);
bool json_slice_equal(struct json_slice a, struct json_slice b);

#endif
