/* coder_policies.h - the replica policy of every configured queue: decided whenever a snapshot is built.
 *
 * Shape    state->policies, one for each queue in configuration order. A queue whose jobs or daemons were never read is not decided:
 *          what it remembers would be false
 * Threads  as coder_state.h
 * Source   queue/policy.h; DESIGN section 5 */
#ifndef ADAPTER_CODER_POLICIES_H
#define ADAPTER_CODER_POLICIES_H

#include "adapter/coder_state.h"
#include "queue/schedule.h"
#include "queue/workshop.h"

/* What is known in advance; borrowed from the configuration. */
struct queue_plan {
    const struct workshop *workshops;
    size_t n_workshops;
    const struct workshop *told; /* by ConfigMaps: one with the name of a configured workshop does not count */
    size_t n_told;
    const struct guideline *guidelines;
    size_t n_guidelines;
    const struct zone *zone;         /* of the hours that are learned */
    const struct schedule *schedule; /* of the workspaces that Coder will start */
};

/* state was modelled. */
void coder_policies_decide(struct coder_state *state, const struct queue_plan *plan, const struct queue_moment *now);
/* Queues that stay keep what they remember. */
void coder_policies_inherit(struct coder_state *state, struct coder_state *old);
void coder_policies_clear(struct coder_state *state);

#endif
