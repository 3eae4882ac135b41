/* wire_value.h - ExternalMetricValue in protobuf, the bytes of METRIC_FORM_PROTOBUF.
 *
 * Shape    an item's bytes are its field of the list, with tag and length: an answer is envelope, list head, items, end,
 *          and its length, which stands in front, is a sum
 * Source   k8s.io/metrics external_metrics/v1beta1; kubernetes-api 7.5 */
#ifndef APISERVICE_WIRE_VALUE_H
#define APISERVICE_WIRE_VALUE_H

#include "apiservice/wire_item.h"

/* A metric_encode. */
void wire_value_item(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out);
void wire_value_write(const struct wire_item *item, struct buffer *out);

/* A body around items of items_len bytes, which the caller appends between the two. */
void wire_value_list_begin(size_t items_len, struct buffer *out);
void wire_value_list_end(struct buffer *out);

#endif
