# The chart is the one source: this release is the chart with the values that values.tf makes of the variables.
resource "helm_release" "adapter" {
  name             = var.release_name
  namespace        = var.namespace
  create_namespace = true
  chart            = coalesce(var.chart, "${path.module}/../chart")
  version          = var.chart_version
  atomic           = true # what does not become ready is taken back
  timeout          = var.timeout
  values           = concat([yamlencode(local.values)], var.values)
}
