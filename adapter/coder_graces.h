/* coder_graces.h - grace periods against measured builds, queue by queue: whenever a snapshot is built.
 *
 * Shape    state->policies[].grace; a warning in the log when a period becomes too short, and again when what to set it to grows
 * Threads  as coder_state.h
 * Source   adapter/grace.h; run times of workspace builds of the last hour */
#ifndef ADAPTER_CODER_GRACES_H
#define ADAPTER_CODER_GRACES_H

#include "adapter/coder_state.h"

void coder_graces_check(struct coder_state *state, int64_t now_unix_ms);

#endif
