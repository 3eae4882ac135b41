variable "release_name" {
  description = "Name of the Helm release."
  type        = string
  default     = "coder-metrics-adapter"
}

variable "namespace" {
  description = "Namespace of the adapter; made when it is not there."
  type        = string
  default     = "coder-metrics"
}

variable "chart" {
  description = "The chart: a path, or oci://REGISTRY/coder-metrics-adapter. null: the one beside this module."
  type        = string
  default     = null
}

variable "chart_version" {
  description = "Version of a chart from a registry."
  type        = string
  default     = null
}

variable "timeout" {
  description = "Seconds that the release may take to become ready."
  type        = number
  default     = 300
}

variable "image" {
  description = "The image (make image) in a registry that the nodes pull from. A digest wins over the tag."
  type = object({
    repository = string
    tag        = optional(string)
    digest     = optional(string)
  })

  validation {
    condition     = var.image.digest == null || can(regex("^sha256:[0-9a-f]{64}$", coalesce(var.image.digest, "sha256:")))
    error_message = "image.digest: expected sha256: and 64 hexadecimal digits."
  }
}

variable "replicas" {
  description = "Replicas of the adapter. While a single one restarts the API group is gone."
  type        = number
  default     = 2
}

variable "coder_url" {
  description = "Coder's address, https://HOST without a path."
  type        = string

  validation {
    condition     = can(regex("^https?://[^/ ]+$", var.coder_url))
    error_message = "coder_url: expected https://HOST or http://HOST."
  }
}

variable "coder_token" {
  description = "Secret with Coder's token in the adapter's namespace. Made outside of Terraform, whose state would show it."
  type = object({
    secretName = optional(string, "coder-metrics-adapter-coder")
    key        = optional(string, "token")
  })
  default = {}
}

variable "organizations" {
  description = "Pools of provisioners, by the queue's name. Each becomes a queue of the configuration and an HPA."
  type = map(object({
    organization = optional(string) # as Coder names it; the queue's name when left out
    namespace    = optional(string, "coder")
    workload = optional(object({
      kind = optional(string, "Deployment")
      name = optional(string) # coder-provisioner-QUEUE when left out
    }), {})
    replicas         = object({ min = number, max = number })
    tags             = optional(map(string))
    headroom         = optional(number)
    target_wait      = optional(string)
    scale_down_after = optional(string)
    protect_busy     = optional(bool)
  }))

  validation {
    condition     = alltrue([for pool in values(var.organizations) : pool.replicas.min >= 1 && pool.replicas.min <= pool.replicas.max])
    error_message = "organizations: replicas.min is at least 1 and at most replicas.max."
  }

  validation {
    condition     = alltrue([for pool in values(var.organizations) : contains(["Deployment", "StatefulSet"], pool.workload.kind)])
    error_message = "organizations: workload.kind is Deployment or StatefulSet."
  }
}

variable "hpa" {
  description = "HorizontalPodAutoscalers of the organizations. external_only leaves CPU and memory out: idle memory above its target keeps the maximum for ever. tolerance needs Kubernetes 1.35."
  type = object({
    create             = optional(bool, true)
    external_only      = optional(bool, false)
    cpu_utilization    = optional(number, 70)
    memory_utilization = optional(number, 80)
    tolerance          = optional(number)
  })
  default = {}
}

variable "config" {
  description = "More of the adapter's configuration (docs/configuration.md), but queues and nodeGroups."
  type        = any
  default     = {}
}

variable "node_groups" {
  description = "nodeGroups of the adapter's configuration; {} has its defaults, null turns it off."
  type        = any
  default     = null
}

variable "history_size" {
  description = "Size of a volume for each replica that keeps what was measured of node groups; null: none."
  type        = string
  default     = null
}

variable "observability" {
  description = "Objects of the Prometheus operator and of Grafana's sidecar."
  type = object({
    service_monitor = optional(bool, false)
    alerts          = optional(bool, false)
    dashboards      = optional(bool, false)
  })
  default = {}
}

variable "values" {
  description = "More values of the chart, as YAML texts; later ones win."
  type        = list(string)
  default     = []
}
