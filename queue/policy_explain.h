/* policy_explain.h - the policy's answer, told by its parts: for people, and as JSON. Pure.
 *
 * Shape    "7 waiting, 3 running, headroom 1 -> 11; held at 13 for 4m10s more; served as 14; HPA would set 13"
 * JSON     {"summary":"7 waiting, ...","wanted":13,"served":14,"hpaWouldSet":13,"decidedBy":"scaleDownAfter","waiting":7,"active":3,
 *           "heldForSeconds":250,"parts":{"demand":10,...}};
 *          summary is the text above; heldForSeconds is null when nothing is held, hpaWouldSet when that is not known; a part that asks
 *          for nothing is 0 */
#ifndef QUEUE_POLICY_EXPLAIN_H
#define QUEUE_POLICY_EXPLAIN_H

#include "base/buffer.h"
#include "queue/policy.h"

/* What a stock HPA with the queue's range makes of the answer at so many replicas, once its rates and windows allow it. */
int64_t policy_hpa_replicas(const struct policy_answer *answer, double hpa_tolerance, int64_t current);

/* hpa_replicas: of policy_hpa_replicas; -1: not known, not told. */
void policy_explain(const struct policy_answer *answer, int64_t hpa_replicas, struct buffer *out);
void policy_explain_json(const struct policy_answer *answer, int64_t hpa_replicas, struct buffer *out);

#endif
