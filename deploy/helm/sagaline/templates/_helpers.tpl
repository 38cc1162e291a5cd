{{- define "sagaline.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Of all that belongs to one release. Takes (dict "root" $ "component" name). */}}
{{- define "sagaline.labels" -}}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "sagaline.selector" . }}
{{- end -}}

{{- define "sagaline.selector" -}}
app.kubernetes.io/name: sagaline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "sagaline.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "sagaline.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "sagaline.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/*
The ways to Kafka and Postgres. Takes (dict "root" $ "user" kafkaUser "database" databaseSecret
"program" name).
*/}}
{{- define "sagaline.connections" -}}
{{- $kafka := .root.Values.kafka -}}
- { name: KAFKA_BROKERS, value: {{ required "kafka.brokers says where Kafka is" $kafka.brokers | quote }} }
{{- with $kafka.prefix }}
- { name: KAFKA_PREFIX, value: {{ . | quote }} }
{{- end }}
{{- if $kafka.tls.enabled }}
- { name: KAFKA_TLS, value: "true" }
{{- if $kafka.tls.caSecret }}
- { name: KAFKA_CA_FILE, value: /etc/sagaline/kafka-ca/ca.pem }
{{- end }}
{{- end }}
{{- if .user.certificateSecret }}
- { name: KAFKA_CERTIFICATE_FILE, value: /etc/sagaline/kafka-user/user.crt }
- { name: KAFKA_KEY_FILE, value: /etc/sagaline/kafka-user/user.key }
{{- else if $kafka.saslMechanism }}
- { name: KAFKA_SASL_MECHANISM, value: {{ $kafka.saslMechanism }} }
- { name: KAFKA_USERNAME, value: {{ required (printf "kafkaUser.username of %s says who it is for Kafka" .program) .user.username | quote }} }
- { name: KAFKA_PASSWORD_FILE, value: /etc/sagaline/kafka-user/password }
{{- end }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ required (printf "databaseSecret of %s names the secret with its database URL" .program) .database.name }}
      key: {{ .database.key | default "uri" }}
{{- if .root.Values.postgres.caSecret }}
- { name: DATABASE_CA_FILE, value: /etc/sagaline/postgres-ca/ca.pem }
{{- end }}
- { name: DATABASE_CONNECTIONS_MAX, value: {{ .root.Values.postgres.connectionsMax | quote }} }
{{- with .root.Values.encryptionKeysSecret }}
- name: SAGALINE_ENCRYPTION_KEYS
  valueFrom: { secretKeyRef: { name: {{ .name }}, key: {{ .key }} } }
{{- end }}
{{- end -}}

{{- define "sagaline.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if and .root.Values.kafka.tls.enabled .root.Values.kafka.tls.caSecret }}
- { name: kafka-ca, mountPath: /etc/sagaline/kafka-ca, readOnly: true }
{{- end }}
{{- if or .user.certificateSecret (and .root.Values.kafka.saslMechanism .user.passwordSecret) }}
- { name: kafka-user, mountPath: /etc/sagaline/kafka-user, readOnly: true }
{{- end }}
{{- if .root.Values.postgres.caSecret }}
- { name: postgres-ca, mountPath: /etc/sagaline/postgres-ca, readOnly: true }
{{- end }}
{{- end -}}

{{- define "sagaline.volumes" -}}
- { name: tmp, emptyDir: {} }
{{- if and .root.Values.kafka.tls.enabled .root.Values.kafka.tls.caSecret }}
{{- with .root.Values.kafka.tls.caSecret }}
- { name: kafka-ca, secret: { secretName: {{ .name }}, items: [{ key: {{ .key | quote }}, path: ca.pem }] } }
{{- end }}
{{- end }}
{{- if .user.certificateSecret }}
- { name: kafka-user, secret: { secretName: {{ .user.certificateSecret }} } }
{{- else if and .root.Values.kafka.saslMechanism .user.passwordSecret }}
{{- with .user.passwordSecret }}
- { name: kafka-user, secret: { secretName: {{ .name }}, items: [{ key: {{ .key | default "password" | quote }}, path: password }] } }
{{- end }}
{{- end }}
{{- with .root.Values.postgres.caSecret }}
- { name: postgres-ca, secret: { secretName: {{ .name }}, items: [{ key: {{ .key | quote }}, path: ca.pem }] } }
{{- end }}
{{- end -}}

{{/* A map of settings as environment. */}}
{{- define "sagaline.env" -}}
{{- range $name, $value := . }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{/* What all pods that run a program have. Takes (dict "root" $ "component" name). */}}
{{- define "sagaline.podCommon" -}}
automountServiceAccountToken: false
terminationGracePeriodSeconds: {{ .root.Values.shutdown.graceSeconds }}
securityContext: {{- include "sagaline.podSecurity" . | nindent 2 }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: {{ include "sagaline.selector" . | fromYaml | toJson }} }
{{- end -}}

{{- define "sagaline.probes" -}}
# A start waits for Kafka and Postgres, so it may take as long as they do.
startupProbe: { httpGet: { path: /health/live, port: http }, periodSeconds: 2, failureThreshold: 60 }
livenessProbe: { httpGet: { path: /health/live, port: http }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }
readinessProbe: { httpGet: { path: /health/ready, port: http }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 }
{{- end -}}

{{/* A deployment never has fewer processes than it should while it is replaced. */}}
{{- define "sagaline.strategy" -}}
type: RollingUpdate
rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
{{- end -}}
