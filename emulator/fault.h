/* fault.h - what can go wrong between the adapter and Coder, and when. Pure.
 *
 * Shape    plain data of fixed size
 * Units    at_ms, until_ms: emulated milliseconds since the start; delay_ms: real milliseconds, since it tries a real client's patience */
#ifndef EMULATOR_FAULT_H
#define EMULATOR_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_kind {
    FAULT_DOWN,          /* the connection is closed without an answer */
    FAULT_SLOW,          /* the right answer, too late */
    FAULT_RATE_LIMIT,    /* 429 with Retry-After */
    FAULT_HTML,          /* 200 with a login page, as a proxy in front gives it */
    FAULT_BAD_GATEWAY,   /* 502 with a page */
    FAULT_TRUNCATED,     /* JSON cut in the middle, with a Content-Length that fits the cut */
    FAULT_CUT,           /* the connection ends in the middle of the body */
    FAULT_TOKEN_REVOKED, /* 401 */
    FAULT_ERROR_500,
    FAULT_FORBIDDEN,  /* 404: how Coder says that the token lacks the role */
    FAULT_WRONG_TYPE, /* a member of the first element has a wrong type */
    FAULT_KINDS,
};

enum { FAULT_PATH_MAX = 128, FAULTS_MAX = 64, FAULT_EVERY_ORGANIZATION = -1, FAULT_DEFAULT_DELAY_MS = 30000 };

#define FAULT_FOREVER INT64_MAX

struct fault {
    int64_t at_ms, until_ms;   /* from at up to, not including, until */
    int64_t delay_ms;          /* of FAULT_SLOW */
    int64_t organization;      /* index in the scenario, or FAULT_EVERY_ORGANIZATION */
    int kind;                  /* enum fault_kind, as an int so that a table of keys may set it */
    char path[FAULT_PATH_MAX]; /* only requests whose path has this in it; "": every path */
};

struct fault_list {
    struct fault items[FAULTS_MAX];
    size_t len;
};

const char *fault_kind_name(enum fault_kind kind);
bool fault_kind_parse(const char *name, int *out);
/* Begins, and ends, later by this much. */
void fault_shift(struct fault *fault, int64_t by_ms);
/* The first one that hits a request now; NULL when none does. organization: an index, or FAULT_EVERY_ORGANIZATION when the
 * request belongs to none; then only faults of every organization hit it. */
const struct fault *fault_list_find(const struct fault_list *faults, int64_t now_ms, int64_t organization, const char *path);
/* Takes the place of one with the same kind, organization and path. False: FAULTS_MAX are there. */
bool fault_list_put(struct fault_list *faults, const struct fault *fault);
/* Ends what is on now; what is planned for later stays. */
void fault_list_end(struct fault_list *faults, int64_t now_ms);

#endif
