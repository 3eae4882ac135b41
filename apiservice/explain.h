/* explain.h - why a read of a metric says what it says: /explain/namespaces/{namespace}/{metric}?labelSelector=. Pure.
 *
 * Shape    {"metric":"...","namespace":"...","selector":"...",
 *           "hpaReads":12,                what an HPA adds up; null: it gets an error, or no item
 *           "error":null,                 the message of the Status that a read gets
 *           "items":[{"labels":{..},"value":12,"timestamp":"2026-01-02T03:04:05Z","ageSeconds":1.5,"explanation":{..}}],
 *           "sources":[{"name":"coder/default/jobs","ageSeconds":1.5,"staleAfterSeconds":60,"stale":false,"lastError":null}],
 *           "withoutQueueSelector":12}    what it would add up without the queue in its selector; null: an error, or no item
 *          Values are numbers of at most three decimals. Items of stale sources are shown, with the age of what they say; before the
 *          first reading value, timestamp and ageSeconds are null, for there is none. explanation: what the set was told with
 * Rules    the same series as a read of the metric sees (external_metric_reading.h). What is wrong with the question itself, an unknown
 *          metric or a malformed selector, is a Status, as there
 * Units    seconds, with three decimals */
#ifndef APISERVICE_EXPLAIN_H
#define APISERVICE_EXPLAIN_H

#include "apiservice/external_metric.h"

/* Of the query, name and table have no effect. */
struct external_metric_subject explain_answer(const struct external_metric_query *query, struct response *response);

#endif
