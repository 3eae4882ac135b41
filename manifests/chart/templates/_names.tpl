{{- define "adapter.name" -}}
{{- .Values.fullnameOverride | default .Chart.Name -}}
{{- end -}}

{{- define "adapter.selector" -}}
app.kubernetes.io/name: coder-metrics-adapter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "adapter.labels" -}}
{{ include "adapter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: coder-metrics-adapter
{{- end -}}

{{- define "adapter.account" -}}
{{- .Values.serviceAccount.name | default (include "adapter.name" .) -}}
{{- end -}}

{{- define "adapter.secret" -}}
{{- .Values.certificate.secretName | default (printf "%s-tls" (include "adapter.name" .)) -}}
{{- end -}}

{{- define "adapter.lease" -}}
{{- dig "serving" "leaseName" (include "adapter.name" .) .Values.config -}}
{{- end -}}

{{- define "adapter.port" -}}
{{- dig "serving" "port" 6443 .Values.config -}}
{{- end -}}

{{- define "adapter.subject" -}}
- kind: ServiceAccount
  name: {{ include "adapter.account" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* Is anything on for which replicas must agree who writes? */}}
{{- define "adapter.leads" -}}
{{- if eq .Values.certificate.source "own" }}true{{ end -}}
{{- range .Values.queues }}{{ if and .enabled .protectBusy }}true{{ end }}{{ end -}}
{{- end -}}
