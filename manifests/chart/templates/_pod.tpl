{{- define "adapter.podTemplate" -}}
metadata:
  labels:
    {{- include "adapter.selector" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "adapter.account" . }}
  automountServiceAccountToken: true
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- if .Values.hostNetwork }}
  hostNetwork: true
  dnsPolicy: ClusterFirstWithHostNet
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532 # reads the mounted Secrets, writes the volume
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  {{- include "adapter.placement" . | trim | nindent 2 }}
  containers:
    - name: adapter
      image: {{ include "adapter.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - serve
        - --config=/etc/coder-metrics-adapter/config.yaml
        - --log-level={{ .Values.log.level }}
        - --log-format={{ .Values.log.format }}
      {{- with .Values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - {name: https, containerPort: {{ include "adapter.port" . }}, protocol: TCP}
      # The port opens with the first certificate; a replica that cannot get one says why in its log, and is not restarted for a while.
      startupProbe:
        httpGet: {path: /livez, port: https, scheme: HTTPS}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /livez, port: https, scheme: HTTPS}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      # Ready does not depend on Coder: an API group that comes and goes with it would stand in the way of deletions everywhere.
      readinessProbe:
        httpGet: {path: /readyz, port: https, scheme: HTTPS}
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        # Folders, not files by subPath: those would never change.
        - {name: config, mountPath: /etc/coder-metrics-adapter, readOnly: true}
        - {name: coder-token, mountPath: /var/run/secrets/coder, readOnly: true}
        {{- if or .Values.coderCA.configMapName .Values.coderCA.secretName }}
        - {name: coder-ca, mountPath: /var/run/secrets/coder-ca, readOnly: true}
        {{- end }}
        {{- if ne .Values.certificate.source "own" }}
        - {name: serving, mountPath: /var/run/secrets/serving, readOnly: true}
        {{- end }}
        {{- if .Values.history.enabled }}
        - {name: history, mountPath: /var/lib/coder-metrics-adapter}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap: {name: {{ include "adapter.name" . }}}
    - name: coder-token
      secret:
        secretName: {{ .Values.coderToken.secretName }}
        defaultMode: 0440
        # A pod without it runs, answers errors and says so: better than an API group that does not answer at all.
        optional: true
        items: [{key: {{ .Values.coderToken.key }}, path: token}]
    {{- with .Values.coderCA }}
    {{- if .configMapName }}
    - name: coder-ca
      configMap: {name: {{ .configMapName }}, items: [{key: {{ .key }}, path: ca.crt}]}
    {{- else if .secretName }}
    - name: coder-ca
      secret: {secretName: {{ .secretName }}, defaultMode: 0440, items: [{key: {{ .key }}, path: ca.crt}]}
    {{- end }}
    {{- end }}
    {{- if ne .Values.certificate.source "own" }}
    - name: serving
      secret: {secretName: {{ include "adapter.secret" . }}, defaultMode: 0440}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "adapter.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Apart from each other: two replicas on one node, or in one zone, go with it. */}}
{{- define "adapter.placement" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "adapter.selector" . | nindent 8 }}
affinity:
{{- if .Values.affinity }}
  {{- toYaml .Values.affinity | nindent 2 }}
{{- else if eq .Values.antiAffinity "required" }}
  podAntiAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "adapter.selector" . | nindent 12 }}
{{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "adapter.selector" . | nindent 14 }}
{{- end }}
{{- end -}}
