{{/* The queues that are on, as the adapter's file has them. */}}
{{- define "adapter.queues" -}}
{{- $tolerance := .Values.hpa.tolerance -}}
{{- range $name, $queue := .Values.queues -}}
{{- if $queue.enabled }}
{{- $own := omit $queue "enabled" "hpa" -}}
{{- $settings := mergeOverwrite (dict "tolerance" $tolerance) ($queue.hpa | default dict) -}}
{{- if not (kindIs "invalid" $settings.tolerance) -}}
{{- $_ := set $own "hpaTolerance" (float64 $settings.tolerance) -}}
{{- end }}
- name: {{ $name | quote }}
{{ toYaml $own | indent 2 }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What the chart decides; config goes over it. */}}
{{- define "adapter.settings" -}}
apiVersion: coder-metrics-adapter/v1
kind: Config
serving:
  service: {namespace: {{ .Release.Namespace }}, name: {{ include "adapter.name" . }}}
  {{- if eq .Values.certificate.source "own" }}
  secretName: {{ include "adapter.secret" . }}
  {{- else }}
  certFile: /var/run/secrets/serving/tls.crt
  keyFile: /var/run/secrets/serving/tls.key
  {{- end }}
  leaseName: {{ include "adapter.lease" . }}
coder:
  tokenFile: /var/run/secrets/coder/token
  {{- if .Values.history.enabled }}
  keepHistory: true
  {{- end }}
  {{- if or .Values.coderCA.configMapName .Values.coderCA.secretName }}
  caFile: /var/run/secrets/coder-ca/ca.crt
  {{- end }}
  {{- if .Values.history.enabled }}
  keepHistory: true
  {{- end }}
{{- with include "adapter.queues" . }}
queues:
{{- . }}
{{- end }}
{{- if .Values.nodeGroups.enabled }}
nodeGroups:
  history:
    path: {{ .Values.history.enabled | ternary "/var/lib/coder-metrics-adapter/history.db" "" | quote }}
{{- end }}
{{- end -}}

{{- define "adapter.config" -}}
{{- $own := dict -}}
{{- if .Values.nodeGroups.enabled -}}
{{- $own = dict "nodeGroups" (omit .Values.nodeGroups "enabled") -}}
{{- end -}}
{{- toYaml (mergeOverwrite (include "adapter.settings" . | fromYaml) $own (deepCopy .Values.config)) -}}
{{- end -}}
