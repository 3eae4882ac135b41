/* outcome.h - how a provisioner job ended, and how long it waited and ran. Pure.
 *
 * Units    milliseconds; -1: it has no such time
 * Source   coder-api.md 3. A job that the reaper took while it waited got both stamps from the reaper: it never started, so that it has
 *          neither time. One that hung did start and has a wait, but its end is the reaper's: no run time */
#ifndef QUEUE_OUTCOME_H
#define QUEUE_OUTCOME_H

#include "queue/job.h"

enum outcome { OUTCOME_SUCCEEDED, OUTCOME_FAILED, OUTCOME_CANCELED, OUTCOME_REAPED, OUTCOMES };

/* False while the job has not ended; *out is then untouched. */
bool outcome_of(const struct job *job, enum outcome *out);
const char *outcome_name(enum outcome outcome); /* "succeeded", "failed", "canceled", "reaped" */
int64_t outcome_wait_ms(const struct job *job); /* from its creation to its start */
int64_t outcome_run_ms(const struct job *job);  /* from its start to its end */

#endif
