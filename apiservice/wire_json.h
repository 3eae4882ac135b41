/* wire_json.h - ExternalMetricValue in JSON, the bytes of METRIC_FORM_JSON.
 *
 * Shape    one object that starts with "{" and a member, without a newline: an answer is list head, items and commas, list
 *          tail. Who needs members that depend on the request (kind, metadata) writes "{" and them, then the item from its second byte on
 * Source   k8s.io/metrics external_metrics/v1beta1; member order as Go writes it */
#ifndef APISERVICE_WIRE_JSON_H
#define APISERVICE_WIRE_JSON_H

#include "metric/snapshot.h"

#define WIRE_JSON_LIST_HEAD \
    "{\"kind\":\"ExternalMetricValueList\",\"apiVersion\":\"external.metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":["
#define WIRE_JSON_LIST_TAIL "]}\n"

/* A metric_encode. */
void wire_json_item(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out);

#endif
