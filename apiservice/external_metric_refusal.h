/* external_metric_refusal.h - why an autoscaler gets no number from a reading. Pure.
 *
 * Rules    a stale source behind any set that the reading sees is 503; two values of a label that may not be summed are 400. The
 *          message names the source, its age and its last error, or the label and its values
 * Source   DESIGN sections 4 and 6 */
#ifndef APISERVICE_EXTERNAL_METRIC_REFUSAL_H
#define APISERVICE_EXTERNAL_METRIC_REFUSAL_H

#include "apiservice/external_metric_reading.h"

/* 0, or the code with its message. */
int reading_refuse_stale(const struct reading *reading, struct buffer *message);
int reading_refuse_sum(const struct reading *reading, struct buffer *message);
/* The first of the two that holds: what a list is answered with. */
int reading_refuse(const struct reading *reading, struct buffer *message);

void refusal_write_stale(const struct reading *reading, const struct metric_source *source, struct buffer *message);

#endif
