{{/* Cluster-wide rules of the features that are on. */}}
{{- define "adapter.clusterRules" -}}
{{- if eq .Values.certificate.source "own" }}
  # The CA of its own certificate goes into caBundle of this one APIService, and only while that leads to its own Service.
  - apiGroups: [apiregistration.k8s.io]
    resources: [apiservices]
    resourceNames: [v1beta1.external.metrics.k8s.io]
    verbs: [get, list, watch, patch]
{{- else if .Values.rbac.onlineCheck }}
  # check-config --online says who owns the API group.
  - apiGroups: [apiregistration.k8s.io]
    resources: [apiservices]
    resourceNames: [v1beta1.external.metrics.k8s.io]
    verbs: [get]
{{- end }}
{{- if .Values.nodeGroups.enabled }}
  # nodeGroups: which nodes there are, and what their pods request.
  - apiGroups: [""]
    resources: [nodes, pods]
    verbs: [list, watch]
{{- if eq (dig "usage" "source" "metrics-api" .Values.nodeGroups) "metrics-api" }}
  # nodeGroups.usage.source metrics-api: what nodes use.
  - apiGroups: [metrics.k8s.io]
    resources: [nodes]
    verbs: [list]
{{- end }}
{{- if .Values.rbac.readVolumes }}
  # rbac.readVolumes: "capacity" from inside a pod; volumes bind pods to zones.
  - apiGroups: [""]
    resources: [persistentvolumes]
    verbs: [list]
{{- end }}
{{- end }}
{{- end -}}

{{/* namespace: [queue, ...] of the queues that are on. Those of any namespace ("*") have no workload to look at. */}}
{{- define "adapter.queuesByNamespace" -}}
{{- $namespaces := dict -}}
{{- range $name, $queue := .Values.queues -}}
{{- $namespace := $queue.namespace | default "coder" -}}
{{- if and $queue.enabled (ne $namespace "*") -}}
{{- $workload := mergeOverwrite (dict "kind" "Deployment" "name" (printf "coder-provisioner-%s" $name)) ($queue.workload | default dict) -}}
{{- $one := dict "workload" $workload "protect" ($queue.protectBusy | default false) -}}
{{- $_ := set $namespaces $namespace (append (get $namespaces $namespace | default list) $one) -}}
{{- end -}}
{{- end -}}
{{- toYaml $namespaces -}}
{{- end -}}

{{/* Rules for the queues of one namespace. */}}
{{- define "adapter.queueRules" -}}
{{- $online := .root.Values.rbac.onlineCheck -}}
{{- $protect := false -}}
{{- $looked := dict "Deployment" list "StatefulSet" list -}}
{{- range .queues -}}
{{- if .protect }}{{ $protect = true }}{{ end -}}
{{- if or $online .protect -}}
{{- $_ := set $looked .workload.kind (append (get $looked .workload.kind) .workload.name) -}}
{{- end -}}
{{- end -}}
{{- if $protect }}
  # protectBusy: find the pods of busy provisioners and set their deletion cost. RBAC cannot narrow this to one workload's pods.
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list, patch]
{{- end }}
{{- range $kind, $names := $looked }}
{{- if $names }}
  # {{ $protect | ternary "protectBusy" "rbac.onlineCheck" }}: is terminationGracePeriodSeconds long enough for the builds?
  - apiGroups: [apps]
    resources: [{{ $kind | lower }}s]
    resourceNames: {{ $names | uniq | sortAlpha | toJson }}
    verbs: [get]
{{- end }}
{{- end }}
{{- if $online }}
  # rbac.onlineCheck: does an HPA read the queue, with which selector and tolerance? (By list, so without names.)
  - apiGroups: [autoscaling]
    resources: [horizontalpodautoscalers]
    verbs: [list]
{{- end }}
{{- end -}}
