/* coder_samples.h - from what Coder said to samples of the public metric families. Pure.
 *
 * Source   DESIGN sections 4 and 6: a configured queue always has all its series, zero is a value; ratios with nothing to
 *          divide by are absent. Active jobs are attributed by the daemons, so all but the waiting jobs of a queue come from both sources
 * Units    see metric/snapshot.h */
#ifndef ADAPTER_CODER_SAMPLES_H
#define ADAPTER_CODER_SAMPLES_H

#include "adapter/coder_state.h"
#include "metric/snapshot.h"

/* state was modelled. */
void coder_samples_add(const struct coder_state *state, int64_t stale_after_ms, struct metric_builder *builder);

#endif
