/* coder_completions.h - the ended jobs of an organization: from readings of Coder to the durations of its queues.
 *
 * Shape    between coder_state, which knows what Coder said, and queue/completion.h, which compares it with what it said before
 * Fresh    the source "completions" is as new as the last list of active jobs after which nothing was left to ask for, or as the last
 *          answer about ended jobs
 * Threads  as coder_state.h */
#ifndef ADAPTER_CODER_COMPLETIONS_H
#define ADAPTER_CODER_COMPLETIONS_H

#include "adapter/coder_state.h"

/* The organization's list of active jobs is new, and modelled. */
int coder_completions_observe(struct coder_state *state, size_t index, struct error *err) MUST_CHECK;
/* Coder's answer about ended jobs; the organization is modelled. */
int coder_completions_take(struct coder_state *state, size_t index, const struct coder_answer *answer, struct error *err) MUST_CHECK;
void coder_completions_put_off(struct coder_state *state, size_t index); /* there was none */
/* Moves what old knows about queues whose name, organization and tags stay. */
void coder_completions_inherit(struct coder_state *state, struct coder_state *old);

#endif
