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

enum { LAST_HOUR_SECONDS = 3600 };

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
        [FAMILY_DESIRED_REPLICAS] =
            {
                .name = "coder_provisioner_desired_replicas",
                .kind = "CoderProvisionerDesiredReplicas",
                .short_name = "cpr",
                .help = "Provisioners that the replica policy wants, served so that a stock HPA reaches them; use with AverageValue 1",
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS},
            },
        [FAMILY_POLICY_REPLICAS] =
            {
                .name = "coder_provisioner_policy_replicas",
                .help = "Provisioners that each part of the replica policy asks for, 0 for nothing; min and max: the queue's range; "
                        "wanted: what comes out of all of them",
                .unit = METRIC_COUNT,
                .labels = {QUEUE_LABELS, {"part", false}},
                .local = true,
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
                .window_seconds = LAST_HOUR_SECONDS,
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
                .window_seconds = LAST_HOUR_SECONDS,
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
                .window_seconds = LAST_HOUR_SECONDS,
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
        [FAMILY_NODE_GROUP_CPU_USAGE] =
            {
                .name = "node_group_cpu_usage_ratio",
                .kind = "NodeGroupCpuUsageRatio",
                .short_name = "ngcu",
                .help = "Use of cpu / capacity of the usable nodes of a group, over the window; absent when too little of it is known",
                .unit = METRIC_RATIO,
                .labels = {{"node_group", false}, {"window", false}},
            },
        [FAMILY_NODE_GROUP_MEMORY_USAGE] =
            {
                .name = "node_group_memory_usage_ratio",
                .kind = "NodeGroupMemoryUsageRatio",
                .short_name = "ngmu",
                .help = "Use of memory / capacity of the usable nodes of a group, over the window; absent when too little of it is known",
                .unit = METRIC_RATIO,
                .labels = {{"node_group", false}, {"window", false}},
            },
        [FAMILY_NODE_CPU_USAGE] =
            {
                .name = "node_cpu_usage_ratio",
                .kind = "NodeCpuUsageRatio",
                .short_name = "ncu",
                .help = "Use of cpu / capacity of a node, over the window; absent when too little of it is known",
                .unit = METRIC_RATIO,
                .on_demand = true,
                .labels = {{"node", false}, {"node_group", false}, {"window", false}},
            },
        [FAMILY_NODE_MEMORY_USAGE] =
            {
                .name = "node_memory_usage_ratio",
                .kind = "NodeMemoryUsageRatio",
                .short_name = "nmu",
                .help = "Use of memory / capacity of a node, over the window; absent when too little of it is known",
                .unit = METRIC_RATIO,
                .on_demand = true,
                .labels = {{"node", false}, {"node_group", false}, {"window", false}},
            },
        [FAMILY_NODE_GROUP_CPU_REQUESTS] =
            {
                .name = "node_group_cpu_requests_ratio",
                .kind = "NodeGroupCpuRequestsRatio",
                .short_name = "ngcr",
                .help = "Cpu that pods request / allocatable cpu, of the usable nodes of a group",
                .unit = METRIC_RATIO,
                .labels = {{"node_group", false}},
            },
        [FAMILY_NODE_GROUP_MEMORY_REQUESTS] =
            {
                .name = "node_group_memory_requests_ratio",
                .kind = "NodeGroupMemoryRequestsRatio",
                .short_name = "ngmr",
                .help = "Memory that pods request / allocatable memory, of the usable nodes of a group",
                .unit = METRIC_RATIO,
                .labels = {{"node_group", false}},
            },
        [FAMILY_NODE_GROUP_NODES] =
            {
                .name = "node_group_nodes",
                .kind = "NodeGroupNodes",
                .short_name = "ngn",
                .help = "Nodes of a group by state; only ready ones are room for pods",
                .unit = METRIC_COUNT,
                .labels = {{"node_group", true}, {"state", false}},
            },
        [FAMILY_NODE_GROUP_HEADROOM_CORES] =
            {
                .name = "node_group_headroom_cores",
                .kind = "NodeGroupHeadroomCores",
                .short_name = "nghc",
                .help = "Cpu that is left for requests after the worst loss; 0 when it is missing",
                .unit = METRIC_CORES,
                .labels = {{"node_group", false}, {"resilience", false}},
            },
        [FAMILY_NODE_GROUP_HEADROOM_BYTES] =
            {
                .name = "node_group_headroom_bytes",
                .kind = "NodeGroupHeadroomBytes",
                .short_name = "nghb",
                .help = "Memory that is left for requests after the worst loss; 0 when it is missing",
                .unit = METRIC_BYTES,
                .labels = {{"node_group", false}, {"resilience", false}},
            },
        [FAMILY_NODE_GROUP_SHORTFALL_CORES] =
            {
                .name = "node_group_shortfall_cores",
                .kind = "NodeGroupShortfallCores",
                .short_name = "ngsc",
                .help = "Cpu that is missing for requests after the worst loss; 0 when there is enough",
                .unit = METRIC_CORES,
                .labels = {{"node_group", false}, {"resilience", false}},
            },
        [FAMILY_NODE_GROUP_SHORTFALL_BYTES] =
            {
                .name = "node_group_shortfall_bytes",
                .kind = "NodeGroupShortfallBytes",
                .short_name = "ngsb",
                .help = "Memory that is missing for requests after the worst loss; 0 when there is enough",
                .unit = METRIC_BYTES,
                .labels = {{"node_group", false}, {"resilience", false}},
            },
        [FAMILY_NODE_GROUP_RESILIENT] =
            {
                .name = "node_group_resilient",
                .kind = "NodeGroupResilient",
                .short_name = "ngr",
                .help = "1 when all pods of a group find a place after the worst loss, 0 when not; absent when that cannot be told",
                .unit = METRIC_COUNT,
                .labels = {{"node_group", false}, {"resilience", false}},
            },
        [FAMILY_NODE_GROUP_TO_THRESHOLD] =
            {
                .name = "node_group_seconds_to_threshold",
                .kind = "NodeGroupSecondsToThreshold",
                .short_name = "ngst",
                .help = "Forecast: time until the 24 h mean of use passes the share of capacity; absent without a trend or three weeks of "
                        "history",
                .unit = METRIC_SECONDS,
                .labels = {{"node_group", false}, {"resource", false}, {"threshold", false}},
            },
        [FAMILY_NODE_LOAD] =
            {
                .name = "node_load1_per_cpu",
                .kind = "NodeLoad1PerCpu",
                .short_name = "nl1",
                .help = "Load average of a minute / cpus of a node; only where Prometheus is the source of usage",
                .unit = METRIC_RATIO,
                .on_demand = true,
                .labels = {{"node", false}},
            },
        [FAMILY_NODE_FILESYSTEM_USED] =
            {
                .name = "node_filesystem_used_ratio",
                .kind = "NodeFilesystemUsedRatio",
                .short_name = "nfu",
                .help = "Used share of a disk of a node that can be written; only where Prometheus is the source of usage",
                .unit = METRIC_RATIO,
                .on_demand = true,
                .labels = {{"node", false}, {"mountpoint", false}},
            },
        [FAMILY_CLAIM_USED] =
            {
                .name = "persistentvolumeclaim_used_ratio",
                .kind = "PersistentVolumeClaimUsedRatio",
                .short_name = "pvcu",
                .help = "Used share of the volume of a claim; only where Prometheus is the source of usage",
                .unit = METRIC_RATIO,
                .on_demand = true,
                .labels = {{"namespace", false}, {"persistentvolumeclaim", false}},
            },
        [FAMILY_OSD_USED] =
            {
                .name = "ceph_osd_used_ratio",
                .kind = "CephOsdUsedRatio",
                .short_name = "cou",
                .help = "Used share of a disk of Ceph; only where Prometheus is the source of usage",
                .unit = METRIC_RATIO,
                .labels = {{"ceph_daemon", false}},
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
        [FAMILY_USAGE_INSUFFICIENT] =
            {
                .name = "adapter_usage_insufficient_data",
                .help = "1 while too little is known of a node group's use over the window for a value",
                .unit = METRIC_COUNT,
                .labels = {{"node_group", true}, {"resource", false}, {"window", false}},
                .local = true,
            },
        [FAMILY_KNOWN_PODS] =
            {
                .name = "adapter_known_pods",
                .help = "Pods on nodes that the adapter knows of",
                .unit = METRIC_COUNT,
                .local = true,
            },
        [FAMILY_STRANGE_OBJECTS] =
            {
                .name = "adapter_strange_objects_total",
                .help = "Nodes, pods and node usages of which something could not be read",
                .type = METRIC_COUNTER,
                .unit = METRIC_COUNT,
                .local = true,
            },
        [FAMILY_HISTORY_PROBLEM] =
            {
                .name = "adapter_history_problem",
                .help = "1 while the history of node groups, or of the queues (coder.keepHistory), cannot be kept",
                .unit = METRIC_COUNT,
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
