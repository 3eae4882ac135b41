# Variables to the chart's values. No provider is needed to evaluate this file, so that a test can.
locals {
  # The chart has three queues of its own; those that are not asked for are off.
  chart_queues = ["default", "experimental", "demo"]

  queues = {
    for name, pool in var.organizations : name => merge(
      {
        enabled      = true
        organization = coalesce(pool.organization, name)
        namespace    = pool.namespace
        workload = {
          kind = pool.workload.kind
          name = coalesce(pool.workload.name, "coder-provisioner-${name}")
        }
        replicas = pool.replicas
      },
      { for key, value in {
        tags           = pool.tags
        headroom       = pool.headroom
        targetWait     = pool.target_wait
        scaleDownAfter = pool.scale_down_after
        protectBusy    = pool.protect_busy
      } : key => value if value != null }
    )
  }

  values = {
    replicas   = var.replicas
    image      = { for key, value in var.image : key => value if value != null }
    coderToken = var.coder_token
    config     = merge(var.config, { coder = merge({ url = var.coder_url }, lookup(var.config, "coder", {})) })
    queues     = merge({ for name in local.chart_queues : name => { enabled = false } }, local.queues)
    nodeGroups = merge({ enabled = var.node_groups != null }, coalesce(var.node_groups, {}))
    history    = { enabled = var.history_size != null, size = coalesce(var.history_size, "2Gi") }
    hpa = merge(
      {
        create            = var.hpa.create
        cpuUtilization    = var.hpa.external_only ? null : var.hpa.cpu_utilization # null leaves the metric out
        memoryUtilization = var.hpa.external_only ? null : var.hpa.memory_utilization
      },
      { for key, value in { tolerance = var.hpa.tolerance } : key => value if value != null }
    )
    serviceMonitor = { enabled = var.observability.service_monitor }
    alerts         = { enabled = var.observability.alerts }
    dashboards     = { enabled = var.observability.dashboards }
  }
}
