/* tags.h - provisioner tags and Coder's matching rule. Pure.
 *
 * Shape    pairs sorted by key, keys unique; "scope" and "owner" are always there once normalized
 *          (scope=organization, owner="" when the text that made it did not say)
 * Source   Coder's provisioner_tagset_contains: a daemon can run a job iff the job's tags are within the daemon's, except that
 *          a job with exactly {scope: organization, owner: ""} needs a daemon with exactly these. Keys and values compare exactly
 * Owner    {0} / tags_clear; the key and the value of a pair are one allocation, which the key owns */
#ifndef QUEUE_TAGS_H
#define QUEUE_TAGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum { TAGS_MAX = 64 }; /* pairs in one set */

struct tag {
    char *key, *value;
};

struct tags {
    struct tag *pairs;
    size_t len;
};

void tags_clear(struct tags *tags);
struct tags tags_move(struct tags *tags);
int tags_set(struct tags *tags, const char *key, const char *value, struct error *err) MUST_CHECK; /* adds or replaces */
int tags_normalize(struct tags *tags, struct error *err) MUST_CHECK;                               /* adds scope and owner when missing */
/* A JSON object of strings, normalized; NULL and null stand for no tags. */
int tags_decode(json_t *object, struct tags *out, struct error *err) MUST_CHECK;
int tags_copy(const struct tags *tags, struct tags *out, struct error *err) MUST_CHECK;
const char *tags_get(const struct tags *tags, const char *key); /* NULL when absent */
bool tags_equal(const struct tags *a, const struct tags *b);
int tags_compare(const struct tags *a, const struct tags *b); /* any total order, as strcmp: 0 when equal */
bool tags_can_run(const struct tags *daemon, const struct tags *job);
/* There may be a job that daemons of either can run. */
bool tags_share_jobs(const struct tags *a, const struct tags *b);
bool tags_are_user_scoped(const struct tags *tags); /* scope=user */
/* For the label "tags": sorted key=value pairs joined by commas, without scope and owner. */
void tags_print(const struct tags *tags, struct buffer *out);

#endif
