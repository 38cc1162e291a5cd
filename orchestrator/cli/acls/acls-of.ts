// Which rights in Kafka each program of a system needs, and no more, worked out of its sagas. Pure;
// called by acls-command.ts, which prints them in three forms.
import { eventsTopic, repliesTopic, signalsTopic, startsTopic } from '../../../messaging/topics.ts'
import type { SagaDefinition } from '../../definition/saga-definition.ts'
import { topicsOf } from '../../migrate-orchestrator.ts'

export type AclOperation = 'Read' | 'Write' | 'Create' | 'Delete' | 'Describe' | 'DescribeConfigs'

export type Acl = {
  readonly type: 'topic' | 'group' | 'cluster'
  readonly name: string
  readonly pattern: 'literal' | 'prefixed'
  readonly operations: readonly AclOperation[]
  /** What the program does with it. */
  readonly why: string
}

/** Somebody who logs in to Kafka, and what this one may do. */
export type Principal = { readonly name: string; readonly acls: readonly Acl[] }

export type AclsOptions = {
  readonly definitions: readonly SagaDefinition[]
  /** As KAFKA_PREFIX says. */
  readonly prefix: string
  /** By service, the topics that it writes to beside replies: its events, starts, signals. */
  readonly writes: ReadonlyMap<string, readonly string[]>
  /** By consumer of events, which may be a service as well, the topics that it reads. */
  readonly reads: ReadonlyMap<string, readonly string[]>
  /** As LOG_TOPIC says; '' is none. */
  readonly logTopic: string
}

/** The one that migrates, and that the command line logs in as. */
const operator = 'operator'
/** Begins the names of all groups of the orchestrator. */
const groups = 'sagaline'
/** Begins those that `sagaline audit --topics` makes and removes again. */
const auditGroups = 'sagaline-audit-'
/** And those of `sagaline certify`. */
const certifyGroups = 'sagaline-certify-'

export function aclsOf(options: AclsOptions): readonly Principal[] {
  const services = servicesOf(options)
  const principals: readonly Principal[] = [
    { name: 'orchestrator', acls: orchestratorAcls(options) },
    ...[...services].map(([name, topics]) => ({ name, acls: ofService(name, topics, options) })),
    { name: operator, acls: operatorAcls(options) },
  ]
  return principals.map(({ name, acls }) => ({
    name: principalName(options.prefix, name),
    acls: acls.map((acl) => withPrefix(options.prefix, acl)),
  }))
}

/** Strimzi takes lower-case letters, digits, dots and hyphens. */
function principalName(prefix: string, name: string): string {
  return `${prefix}${name}`.toLowerCase().replace(/[^a-z0-9.-]/g, '-')
}

function withPrefix(prefix: string, acl: Acl): Acl {
  return acl.type === 'cluster' ? acl : { ...acl, name: `${prefix}${acl.name}` }
}

/**
 * By service, which is what the names of its commands begin with, the topics of its commands: none of
 * those that only events concern.
 */
function servicesOf(options: AclsOptions): ReadonlyMap<string, readonly string[]> {
  const { definitions, reads, writes } = options
  const told = [...reads.keys(), ...writes.keys()]
  const topics = new Map(told.map((service) => [service, new Set<string>()]))
  for (const { steps } of definitions) {
    for (const { command, child } of steps.values()) {
      if (child !== null) continue
      for (const { name, topic } of command.undo === null ? [command] : [command, command.undo]) {
        const service = name.split('.')[0] ?? name
        topics.set(service, (topics.get(service) ?? new Set()).add(topic))
      }
    }
  }
  return new Map([...topics].sort().map(([service, found]) => [service, [...found].sort()]))
}

function topic(name: string, operations: readonly AclOperation[], why: string): Acl {
  return { type: 'topic', name, pattern: 'literal', operations, why }
}

function group(
  name: string,
  pattern: Acl['pattern'],
  operations: readonly AclOperation[],
  why: string,
): Acl {
  return { type: 'group', name, pattern, operations, why }
}

/** None where no topic has lines. */
function lines(logTopic: string, operations: readonly AclOperation[], why: string): readonly Acl[] {
  return logTopic === '' ? [] : [topic(logTopic, operations, why)]
}

function orchestratorAcls({ definitions, logTopic }: AclsOptions): readonly Acl[] {
  const own = new Set([repliesTopic, startsTopic, signalsTopic, eventsTopic])
  const commands = topicsOf(definitions).filter((name) => !own.has(name))
  return [
    topic(repliesTopic, ['Read', 'Write'], 'takes replies, answers for child sagas'),
    topic(startsTopic, ['Read', 'Write'], 'takes starts, starts child sagas'),
    topic(signalsTopic, ['Read', 'Write'], 'takes signals; dead letters are replayed there'),
    topic(eventsTopic, ['Read', 'Write'], 'tells what happens to sagas; lists and statistics'),
    ...commands.map((name) => topic(name, ['Write'], 'sends commands')),
    ...lines(logTopic, ['Read', 'Write'], 'its log lines; keeps those of sagas'),
    group(groups, 'prefixed', ['Read'], 'its consumer groups'),
  ]
}

function ofService(
  service: string,
  commands: readonly string[],
  { writes, reads, logTopic }: AclsOptions,
): readonly Acl[] {
  const events = reads.get(service) ?? []
  const told = writes.get(service) ?? []
  return [
    ...(commands.length === 0 ? [] : participantAcls(service, commands)),
    ...events.map((name) =>
      topic(name, ['Read', 'Write'], 'takes events; dead letters are replayed there'),
    ),
    ...told.map((name) => topic(name, ['Write'], 'its events, starts or signals')),
    ...lines(logTopic, ['Write'], 'its log lines'),
    // Letters by chance follow, new ones whenever it starts over.
    ...(events.length === 0
      ? []
      : [group(`${service}.`, 'prefixed', ['Read'], 'its groups for events')]),
  ]
}

function participantAcls(service: string, commands: readonly string[]): readonly Acl[] {
  return [
    ...commands.map((name) =>
      topic(name, ['Read', 'Write'], 'takes commands; dead letters are replayed there'),
    ),
    topic(repliesTopic, ['Write'], 'answers'),
    group(service, 'literal', ['Read'], 'its consumer group'),
  ]
}

/**
 * `migrate` makes topics, `doctor` looks at them, `audit --topics` reads the events, `certify` speaks
 * to a participant as the orchestrator would.
 */
function operatorAcls(options: AclsOptions): readonly Acl[] {
  const { definitions, writes, reads, logTopic } = options
  const commands = new Set([...servicesOf(options).values()].flat())
  const names = new Set([
    ...topicsOf(definitions),
    ...[...writes.values(), ...reads.values()].flat(),
    ...(logTopic === '' ? [] : [logTopic]),
  ])
  return [
    ...[...names].map((name) => {
      const looks = topic(name, ['Create', 'Describe', 'DescribeConfigs'], 'migrate, doctor')
      if (name === eventsTopic) return allowed(looks, 'Read', 'audit --topics')
      if (name === repliesTopic) return allowed(looks, 'Read', 'certify')
      return commands.has(name) ? allowed(looks, 'Write', 'certify') : looks
    }),
    group(auditGroups, 'prefixed', ['Read', 'Delete'], 'audit --topics'),
    group(certifyGroups, 'prefixed', ['Read', 'Delete'], 'certify'),
    {
      ...{ type: 'cluster', name: 'kafka-cluster', pattern: 'literal' },
      ...{ operations: ['DescribeConfigs'], why: 'doctor' },
    },
  ]
}

function allowed(acl: Acl, operation: AclOperation, why: string): Acl {
  return { ...acl, operations: [...acl.operations, operation], why: `${acl.why}, ${why}` }
}
