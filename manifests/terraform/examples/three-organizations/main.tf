# The three organizations of the guidelines: default from 6 to 15 provisioners, experimental and demo from 2.
#
#   kubectl create namespace coder-metrics
#   kubectl -n coder-metrics create secret generic coder-metrics-adapter-coder --from-literal=token="$CODER_TOKEN"
#   terraform init && terraform apply
provider "helm" {
  # Where the cluster is: KUBE_CONFIG_PATH, or a block "kubernetes" here.
}

module "coder_metrics_adapter" {
  source = "../.."

  coder_url = "https://coder.example.com"
  image     = { repository = "registry.example.com/coder-metrics-adapter", tag = "0.1.0" }

  organizations = {
    default      = { replicas = { min = 6, max = 15 } }
    experimental = { replicas = { min = 2, max = 8 } }
    demo         = { replicas = { min = 2, max = 8 }, headroom = 2 }
  }

  config = {
    workshops = [
      { name = "autumn", queue = "default", start = "2026-11-25T09:00:00Z", end = "2026-11-25T17:00:00Z", users = 25 },
    ]
  }
  node_groups = {}
}

output "queues" {
  description = "Each queue with the workload that its HPA scales."
  value       = module.coder_metrics_adapter.queues
}
