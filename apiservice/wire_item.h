/* wire_item.h - one ExternalMetricValue before it takes a wire form. Pure.
 *
 * Units    timestamp_unix_ms: when its sources said it, 0: nobody did; window_seconds: the time that the value is about,
 *          0: that one moment
 * Owner    all strings are borrowed
 * Source   k8s.io/metrics external_metrics/v1beta1; Go writes a map's keys sorted, and so does this */
#ifndef APISERVICE_WIRE_ITEM_H
#define APISERVICE_WIRE_ITEM_H

#include "metric/snapshot.h"

struct wire_item {
    const char *metric_name;
    struct metric_label labels[METRIC_LABELS_MAX]; /* sorted by name */
    size_t n_labels;
    int64_t timestamp_unix_ms;
    bool has_window;
    int64_t window_seconds;
    int64_t value_milli;
};

struct wire_item wire_item_of(const struct metric_set *set, const struct metric_sample *sample);

#endif
