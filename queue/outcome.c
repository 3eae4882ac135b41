#include "queue/outcome.h"

bool outcome_of(const struct job *job, enum outcome *out)
{
    switch (job->status) {
    case JOB_SUCCEEDED: *out = OUTCOME_SUCCEEDED; return true;
    case JOB_FAILED: *out = job->reaped ? OUTCOME_REAPED : OUTCOME_FAILED; return true;
    case JOB_CANCELED: *out = OUTCOME_CANCELED; return true;
    case JOB_PENDING:
    case JOB_RUNNING:
    case JOB_CANCELING:
    case JOB_OTHER_STATUS:
    default: return false;
    }
}

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOMES] = {
        [OUTCOME_SUCCEEDED] = "succeeded", [OUTCOME_FAILED] = "failed", [OUTCOME_CANCELED] = "canceled", [OUTCOME_REAPED] = "reaped"};

    return names[outcome];
}

static bool has_started(const struct job *job)
{
    return job->started_unix_ms != 0 && !(job->reaped && job->started_unix_ms >= job->completed_unix_ms);
}

int64_t outcome_wait_ms(const struct job *job)
{
    if (!has_started(job) || job->started_unix_ms < job->created_unix_ms)
        return -1;
    return job->started_unix_ms - job->created_unix_ms;
}

int64_t outcome_run_ms(const struct job *job)
{
    if (!has_started(job) || job->reaped || job->completed_unix_ms <= job->started_unix_ms)
        return -1;
    return job->completed_unix_ms - job->started_unix_ms;
}
