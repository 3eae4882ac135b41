output "values" {
  description = "The chart's values that the variables made, before var.values."
  value       = local.values
}

output "queues" {
  description = "Each queue with the workload that its HPA scales."
  value = {
    for name, queue in local.queues : name => "${queue.namespace}/${lower(queue.workload.kind)}/${queue.workload.name}"
  }
}
