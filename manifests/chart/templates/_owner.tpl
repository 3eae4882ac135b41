{{/* The Service that the API group leads to, when it is not ours. Empty without a cluster to ask (helm template). */}}
{{- define "adapter.foreignOwner" -}}
{{- $found := lookup "apiregistration.k8s.io/v1" "APIService" "" "v1beta1.external.metrics.k8s.io" -}}
{{- with ($found.spec).service -}}
{{- if or (ne .namespace $.Release.Namespace) (ne .name (include "adapter.name" $)) -}}
Service {{ .namespace }}/{{ .name }}
{{- end -}}
{{- end -}}
{{- end -}}
