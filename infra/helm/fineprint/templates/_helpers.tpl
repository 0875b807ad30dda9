{{/* A resource's name: of the release and the service. Called with a dict of root and name. */}}
{{- define "fineprint.name" -}}
{{- printf "%s-%s" .root.Release.Name .name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What selects a service's pods; never changes in the life of a release. */}}
{{- define "fineprint.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{- define "fineprint.labels" -}}
{{ include "fineprint.selector" . }}
app.kubernetes.io/part-of: fineprint
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Settings, those of the service over those of all, then secrets. */}}
{{- define "fineprint.env" -}}
- name: PORT
  value: {{ .root.Values.port | quote }}
{{- range $variable, $value := mergeOverwrite (deepCopy .root.Values.settings) (deepCopy (.settings | default dict)) }}
- name: {{ $variable }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- $root := .root }}
{{- range .secrets }}
{{- $ref := get $root.Values.secrets .variable }}
{{- if $ref }}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ required (printf "secrets.%s.name" .variable) $ref.name }}
      key: {{ required (printf "secrets.%s.key" .variable) $ref.key }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where each stage that runs answers /ready: name=address, by commas. */}}
{{- define "fineprint.stageUrls" -}}
{{- $urls := list -}}
{{- range $name, $service := .Values.services -}}
{{- if and $service.enabled (ne $name "query-api") -}}
{{- $urls = append $urls (printf "%s=http://%s:%v" $name (include "fineprint.name" (dict "root" $ "name" $name)) $.Values.port) -}}
{{- end -}}
{{- end -}}
{{- join "," $urls -}}
{{- end -}}

{{- define "fineprint.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "fineprint.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "fineprint.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .Values.certificates.secret }}
- name: certificates
  mountPath: {{ .Values.certificates.path }}
  readOnly: true
{{- end }}
{{- end -}}

{{- define "fineprint.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 512Mi
{{- if .Values.certificates.secret }}
- name: certificates
  secret:
    secretName: {{ .Values.certificates.secret }}
{{- end }}
{{- end -}}

{{- define "fineprint.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end -}}
