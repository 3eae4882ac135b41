/* wire_json.h - ExternalMetricValue in JSON, the bytes of METRIC_FORM_JSON.
 *
 * Shape    one object without a newline: an answer is list head, items and commas, list tail. Each item stands for itself too:
 *          kind and apiVersion (inline members of the type) and a metadata that Go's type lacks and skips, but by which
 *          kubectl knows an object (-o json, -o name, describe). A series of any namespace carries none
 * Source   k8s.io/metrics external_metrics/v1beta1, members in Go's order; kubernetes-api 3.7 */
#ifndef APISERVICE_WIRE_JSON_H
#define APISERVICE_WIRE_JSON_H

#include "apiservice/wire_item.h"

#define WIRE_JSON_LIST_HEAD \
    "{\"kind\":\"ExternalMetricValueList\",\"apiVersion\":\"external.metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":["
#define WIRE_JSON_LIST_TAIL "]}\n"

/* A metric_encode. */
void wire_json_item(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out);
/* The same, or the bytes that were made of it with the snapshot. */
void wire_json_append(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out);
/* What Go's type writes of an item: its members, without braces. */
void wire_json_members(const struct wire_item *item, struct buffer *out);
/* {"name":...,"namespace":...} of a series. */
void wire_json_metadata(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out);

#endif
