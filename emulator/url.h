/* url.h - the target of a request taken apart: segments of the path, pairs of the query, as Go's net/url reads them. Pure.
 *
 * Errors   a pair with a broken % escape is dropped, as Go does; more than URL_PAIRS_MAX pairs or segments, a NUL or a broken
 *          escape in the path: url_parse fails
 * Owner    {0} / url_clear */
#ifndef EMULATOR_URL_H
#define EMULATOR_URL_H

#include "base/error.h"

enum { URL_SEGMENTS_MAX = 12, URL_PAIRS_MAX = 64 };

struct url_pair {
    const char *key, *value;
};

struct url {
    char *text; /* what the rest points into */
    const char *segments[URL_SEGMENTS_MAX];
    struct url_pair pairs[URL_PAIRS_MAX];
    size_t n_segments, n_pairs;
};

int url_parse(const char *raw, struct url *out, struct error *err) MUST_CHECK;
void url_clear(struct url *target);
/* The first value; *count says how often the key is there. NULL when it is not. */
const char *url_value(const struct url *target, const char *key, size_t *count);

#endif
