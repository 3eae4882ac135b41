/* prometheus_queries.c - the one table of what Prometheus is asked.
 *
 * Against what is commonly written: waiting for a disk and being stolen from are no use of a cpu; a series is never joined by the
 * node's name alone, so that equal names of two clusters stay apart and are refused, not added; a reading older than three minutes is
 * none; the windows of hours are ours (window.h). rate divides by its whole range, also when a node was there for a part of it only:
 * such a node would seem idle, so a rate counts only when there was a sample in the minute before its range. That wants a scrape a
 * minute; who scrapes less often replaces the query. */
#include <string.h>

#include "nodegroup/prometheus.h"

#define BUSY "node_cpu_seconds_total{mode!~\"idle|iowait|steal\"}"
#define DISKS "fstype!~\"tmpfs|ramfs|overlay|squashfs|iso9660|autofs|nsfs|fuse.*|nfs.*|cifs\""

static const struct prometheus_query queries[PROMETHEUS_QUERIES] = {
    {.name = "node_cpu_usage",
     .unit = "cores",
     .about = "cores that run something: every mode but idle, iowait and steal",
     .identity = {"node"},
     .text = "sum by (cluster, node, instance) (rate(" BUSY "[3m]) and last_over_time(" BUSY "[1m] offset 3m))"},
    {.name = "node_memory_usage",
     .unit = "bytes",
     .about = "memory that no program could have: total - available",
     .identity = {"node"},
     .text = "max by (cluster, node, instance) (last_over_time(node_memory_MemTotal_bytes[3m])"
             " - last_over_time(node_memory_MemAvailable_bytes[3m]))"},
    {.name = "node_load1_per_cpu",
     .unit = "ratio",
     .about = "load average of a minute, per cpu",
     .identity = {"node"},
     .text = "max by (cluster, node, instance) (last_over_time(node_load1[3m]))"
             " / count by (cluster, node, instance) (last_over_time(node_cpu_seconds_total{mode=\"idle\"}[3m]))"},
    {.name = "node_filesystem_used_ratio",
     .unit = "ratio",
     .about = "disks of a node that can be written",
     .identity = {"node", "mountpoint"},
     .text = "max by (cluster, node, instance, mountpoint) (1 - node_filesystem_avail_bytes{" DISKS "} / node_filesystem_size_bytes{" DISKS
             "} and node_filesystem_readonly{" DISKS "} == 0)"},
    {.name = "persistentvolumeclaim_used_ratio",
     .unit = "ratio",
     .about = "volumes of pods, as the kubelet measures them",
     .identity = {"namespace", "persistentvolumeclaim"},
     .text = "max by (cluster, namespace, persistentvolumeclaim)"
             " (1 - kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes)"},
    {.name = "ceph_osd_used_ratio",
     .unit = "ratio",
     .about = "disks of Ceph",
     .identity = {"ceph_daemon"},
     .text = "max by (cluster, ceph_daemon) (ceph_osd_stat_bytes_used / ceph_osd_stat_bytes)"},
};

const struct prometheus_query *prometheus_query_at(size_t i)
{
    return i < ARRAY_LEN(queries) ? &queries[i] : NULL;
}

const char *prometheus_query_text(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(queries); i++)
        if (strcmp(queries[i].name, name) == 0)
            return queries[i].text;
    return NULL;
}

int prometheus_check_name(const char *name, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer names = BUFFER_INIT(1024);

    if (prometheus_query_text(name))
        return 0;
    for (size_t k = 0; k < ARRAY_LEN(queries); k++)
        (void)buffer_printf(&names, "%s%s", k > 0 ? ", " : "", queries[k].name);
    return error_set(err, ERROR_INVALID, "no query %.60s; there are %s", name, buffer_text(&names));
}
