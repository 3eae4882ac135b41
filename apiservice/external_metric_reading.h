/* external_metric_reading.h - which series of a snapshot one request is about. Pure.
 *
 * Shape    a reading is the sets of one family, narrowed to those that the namespace may see and the selector can match;
 *          within them it goes from sample to sample
 * Owner    everything is borrowed from the query, its snapshot and the selector's text */
#ifndef APISERVICE_EXTERNAL_METRIC_READING_H
#define APISERVICE_EXTERNAL_METRIC_READING_H

#include "apiservice/external_metric.h"
#include "apiservice/selector.h"

struct reading {
    const struct external_metric_query *query;
    const struct metric_family *family;
    const struct metric_set *sets; /* of the family */
    size_t n_sets;
    size_t first_visible, end_visible; /* no set outside of this range is visible: most readings are of one queue of many */
    size_t n_excluding;
    unsigned char excluding[SELECTOR_REQUIREMENTS_MAX]; /* the requirements by which a set can be left out as a whole */
    struct selector selector;
};

/* The selector is parsed and the family known; finds the sets. */
void reading_begin(struct reading *reading);
/* May a sample of this set be part of the answer, as far as the labels tell that all its samples share? */
bool reading_sees(const struct reading *reading, const struct metric_set *set);
/* The first source that is stale behind any set that the reading sees; NULL: all are fresh. */
const struct metric_source *reading_stale_source(const struct reading *reading);
const struct metric_source *reading_stale_source_of(const struct reading *reading, const struct metric_set *set);
/* The one queue among the sets that the reading sees, "" when there are none or several. */
const char *reading_only_queue(const struct reading *reading);

/* {0} before the first. */
struct reading_cursor {
    size_t set, next_sample;
    bool begun;
};

/* The next sample that the request selects; NULL at the end. *set is the one it belongs to. */
const struct metric_sample *reading_next(const struct reading *reading, struct reading_cursor *cursor, const struct metric_set **set);

#endif
