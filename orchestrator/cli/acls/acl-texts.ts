// Rights in Kafka as commands of kafka-acls.sh and as KafkaUser resources of Strimzi.
import type { Acl, Principal } from './acls-of.ts'

/** One command an ACL, for a shell; BROKERS and ADMIN are set by whoever runs them. */
export function commandsText(principals: readonly Principal[]): string {
  const head = [
    '# BROKERS: host:9092,…   ADMIN: a properties file with the login of somebody who may',
    'set -eu',
  ]
  const lines = principals.flatMap(({ name, acls }) => [
    '',
    `# ${name}`,
    ...acls.map((acl) => commandText(name, acl)),
  ])
  return [...head, ...lines].join('\n')
}

function commandText(principal: string, { type, name, pattern, operations, why }: Acl): string {
  const where = type === 'cluster' ? '--cluster' : `--${type} '${name}'`
  const prefixed = pattern === 'prefixed' ? ' --resource-pattern-type prefixed' : ''
  const allowed = operations.map((operation) => `--operation ${operation}`).join(' ')
  const command = 'kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add'
  return `${command} --allow-principal 'User:${principal}' ${allowed} ${where}${prefixed}  # ${why}`
}

/** One KafkaUser a principal, which logs in with SCRAM; `cluster` is the Kafka that it belongs to. */
export function strimziText(principals: readonly Principal[], cluster: string): string {
  return principals.map((principal) => userText(principal, cluster)).join('\n')
}

/** Names are letters, digits, dots, hyphens and underscores, so that quotes suffice. */
function userText({ name, acls }: Principal, cluster: string): string {
  return [
    '---',
    'apiVersion: kafka.strimzi.io/v1',
    'kind: KafkaUser',
    'metadata:',
    `  name: "${name}"`,
    '  labels:',
    `    strimzi.io/cluster: "${cluster}"`,
    'spec:',
    '  authentication:',
    '    type: scram-sha-512',
    '  authorization:',
    '    type: simple',
    '    acls:',
    ...acls.flatMap(aclLines),
  ].join('\n')
}

function aclLines({ type, name, pattern, operations, why }: Acl): readonly string[] {
  const place =
    type === 'cluster' ? [] : [`          name: "${name}"`, `          patternType: ${pattern}`]
  return [
    `      - resource: # ${why}`,
    `          type: ${type}`,
    ...place,
    '        operations:',
    ...operations.map((operation) => `          - ${operation}`),
  ]
}
