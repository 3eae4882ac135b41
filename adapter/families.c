#include "adapter/families.h"

#define QUEUE_LABELS         \
    {"queue", true},         \
    {                        \
        "organization", true \
    }
#define QUEUE_LABELS_APART    \
    {"queue", false},         \
    {                         \
        "organization", false \
    }

static const struct metric_family families[FAMILIES] =
    {
        [FAMILY_QUEUE_DEPTH] =
            {
                .name = "coder_provisioner_queue_depth",
                .kind = "CoderProvisionerQueueDepth",
                .short_name = "cpq",
                .help = "Provisioner jobs that wait in the queue",
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS, {"job_type", true}, {"initiator", true}},
            },
        [FAMILY_ACTIVE_JOBS] =
            {
                .name = "coder_provisioner_active_jobs",
                .kind = "CoderProvisionerActiveJobs",
                .short_name = "cpa",
                .help = "Terraform jobs that run or are being canceled on the queue's provisioners",
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS, {"job_type", true}, {"initiator", true}},
            },
        [FAMILY_DEMAND] =
            {
                .name = "coder_provisioner_demand",
                .kind = "CoderProvisionerDemand",
                .short_name = "cpd",
                .help = "Provisioners that the queue's jobs need now: waiting and active jobs together",
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS},
            },
        [FAMILY_OLDEST_PENDING] =
            {
                .name = "coder_provisioner_oldest_pending_seconds",
                .kind = "CoderProvisionerOldestPendingSeconds",
                .short_name = "cpo",
                .help = "Age of the job that waits longest in the queue; 0 when none waits",
                .unit = METRIC_SECONDS,
                .labels = {QUEUE_LABELS},
            },
        [FAMILY_DAEMONS] =
            {
                .name = "coder_provisioner_daemons",
                .kind = "CoderProvisionerDaemons",
                .short_name = "cpn",
                .help = "Provisioner daemons of the queue by status",
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS, {"status", false}},
            },
        [FAMILY_UTILIZATION] =
            {
                .name = "coder_provisioner_utilization_ratio",
                .kind = "CoderProvisionerUtilizationRatio",
                .short_name = "cpu",
                .help = "Busy provisioners / (busy + idle); absent while no provisioner is connected",
                .unit = METRIC_RATIO,
                .labels = {QUEUE_LABELS_APART},
            },
        [FAMILY_UNSERVED_JOBS] =
            {
                .name = "coder_provisioner_unserved_jobs",
                .kind = "CoderProvisionerUnservedJobs",
                .short_name = "cpun",
                .help = "Waiting jobs that neither a configured queue nor any connected provisioner can run",
                .unit = METRIC_COUNT,
                .labels = {{"organization", true}, {"tags", true}},
            },
        [FAMILY_UNMANAGED_JOBS] =
            {
                .name = "coder_provisioner_unmanaged_jobs",
                .kind = "CoderProvisionerUnmanagedJobs",
                .short_name = "cpum",
                .help = "Waiting jobs that only provisioners outside the configured queues can run",
                .unit = METRIC_COUNT,
                .labels = {{"organization", true}, {"tags", true}},
            },
        [FAMILY_JOB_DURATION] =
            {
                .name = "coder_provisioner_job_duration_seconds",
                .kind = "CoderProvisionerJobDurationSeconds",
                .short_name = "cpjd",
                .help = "Run time of jobs that finished in the last hour",
                .unit = METRIC_SECONDS,
                .labels = {QUEUE_LABELS_APART, {"job_type", false}, {"quantile", false}},
            },
        [FAMILY_JOB_DURATION_SUM] =
            {
                .name = "coder_provisioner_job_duration_seconds_sum",
                .help = "Run time of all jobs that finished since the adapter started, together",
                .type = METRIC_COUNTER,
                .unit = METRIC_SECONDS,
                .labels = {QUEUE_LABELS, {"job_type", true}},
                .local = true,
                .continues = true,
            },
        [FAMILY_JOB_DURATION_COUNT] =
            {
                .name = "coder_provisioner_job_duration_seconds_count",
                .help = "Jobs that finished since the adapter started and did run",
                .type = METRIC_COUNTER,
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS, {"job_type", true}},
                .local = true,
                .continues = true,
            },
        [FAMILY_JOB_WAIT] =
            {
                .name = "coder_provisioner_job_wait_seconds",
                .kind = "CoderProvisionerJobWaitSeconds",
                .short_name = "cpjw",
                .help = "Time that jobs which started in the last hour had waited",
                .unit = METRIC_SECONDS,
                .labels = {QUEUE_LABELS_APART, {"job_type", false}, {"quantile", false}},
            },
        [FAMILY_JOB_WAIT_SUM] =
            {
                .name = "coder_provisioner_job_wait_seconds_sum",
                .help = "Time that all jobs had waited that were seen to start, together",
                .type = METRIC_COUNTER,
                .unit = METRIC_SECONDS,
                .labels = {QUEUE_LABELS, {"job_type", true}},
                .local = true,
                .continues = true,
            },
        [FAMILY_JOB_WAIT_COUNT] =
            {
                .name = "coder_provisioner_job_wait_seconds_count",
                .help = "Jobs that were seen to start since the adapter started",
                .type = METRIC_COUNTER,
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS, {"job_type", true}},
                .local = true,
                .continues = true,
            },
        [FAMILY_JOB_FAILURE_RATIO] =
            {
                .name = "coder_provisioner_job_failure_ratio",
                .kind = "CoderProvisionerJobFailureRatio",
                .short_name = "cpjf",
                .help = "Failed and reaped / (failed, reaped and succeeded) jobs of the last hour; absent below 20 jobs",
                .unit = METRIC_RATIO,
                .labels = {QUEUE_LABELS_APART, {"job_type", false}},
            },
        [FAMILY_JOBS_COMPLETED] =
            {
                .name = "coder_provisioner_jobs_completed_total",
                .help = "Jobs that ended since the adapter started, by how they ended; reaped: failed by Coder's own watch over hung jobs",
                .type = METRIC_COUNTER,
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS, {"job_type", true}, {"status", true}},
                .local = true,
            },
        [FAMILY_SOURCE_ERRORS] =
            {
                .name = "adapter_source_errors_total",
                .help = "Readings of a source that failed, by reason",
                .type = METRIC_COUNTER,
                .unit = METRIC_COUNT,
                .labels = {{"source", true}, {"reason", true}},
                .local = true,
            },
        [FAMILY_POLL_DURATION] =
            {
                .name = "adapter_poll_duration_seconds",
                .help = "Duration of the last answer of a source, from the request to its last byte",
                .unit = METRIC_SECONDS,
                .labels = {{"source", false}},
                .local = true,
            },
        [FAMILY_OUTSIDE_DAEMONS] =
            {
                .name = "adapter_outside_daemons",
                .help = "Connected provisioner daemons that belong to no configured queue, by the reason",
                .unit = METRIC_COUNT,
                .labels = {{"organization", true}, {"reason", true}},
                .local = true,
            },
        [FAMILY_LOST_COMPLETIONS] =
            {
                .name = "adapter_lost_completions_total",
                .help = "Jobs that ended, but of which Coder did not say how: they are in no duration and no ratio",
                .type = METRIC_COUNTER,
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS},
                .local = true,
            },
};

const struct metric_family *family(enum family family)
{
    return &families[family];
}

const struct metric_family *families_all(size_t *n)
{
    *n = FAMILIES;
    return families;
}
