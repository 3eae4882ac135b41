/* series.h - one value an hour, with gaps.
 *
 * Shape    values[i] is the mean of hour first_hour + i; NaN where nothing is known
 * Units    hours since 1970, UTC
 * Owner    {0} / series_clear */
#ifndef NODEGROUP_SERIES_H
#define NODEGROUP_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

enum { SERIES_HOURS_MAX = 10 * 366 * 24 }; /* ten years */

struct series {
    double *values;
    size_t len;
    int64_t first_hour;
    size_t n_known; /* values that are not NaN */
};

void series_clear(struct series *series);

/* From CSV text: two columns, time (RFC 3339, or Unix seconds) and value; a first line of names is skipped. The lines may come in
 * any order; the values of an hour are averaged. An empty value, NaN or null is a gap; anything else that is no finite number is
 * an error that names the line. Hours run from the first to the last line. */
int series_read_csv(const char *text, size_t len, struct series *out, struct error *err) MUST_CHECK;

#endif
