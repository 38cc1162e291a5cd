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
}

/** The one that migrates, and that the command line logs in as. */
const operator = 'operator'
/** Begins the names of all groups of the orchestrator. */
const groups = 'sagaline'
/** Begins those that `sagaline audit --topics` makes and removes again. */
const auditGroups = 'sagaline-audit-'

export function aclsOf(options: AclsOptions): readonly Principal[] {
  const services = servicesOf(options)
  const principals: readonly Principal[] = [
    { name: 'orchestrator', acls: orchestratorAcls(options) },
    ...[...services].map(([name, topics]) => ({ name, acls: serviceAcls(name, topics, options) })),
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

/** By service, which is what the names of its commands begin with, the topics of its commands. */
function servicesOf({ definitions }: AclsOptions): ReadonlyMap<string, readonly string[]> {
  const topics = new Map<string, Set<string>>()
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

function orchestratorAcls({ definitions }: AclsOptions): readonly Acl[] {
  const own = new Set([repliesTopic, startsTopic, signalsTopic, eventsTopic])
  const commands = topicsOf(definitions).filter((name) => !own.has(name))
  return [
    topic(repliesTopic, ['Read', 'Write'], 'takes replies, answers for child sagas'),
    topic(startsTopic, ['Read', 'Write'], 'takes starts, starts child sagas'),
    topic(signalsTopic, ['Read', 'Write'], 'takes signals; dead letters are replayed there'),
    topic(eventsTopic, ['Read', 'Write'], 'tells what happens to sagas; lists and statistics'),
    ...commands.map((name) => topic(name, ['Write'], 'sends commands')),
    {
      ...{ type: 'group', name: groups, pattern: 'prefixed', operations: ['Read'] },
      why: 'its consumer groups',
    },
  ]
}

function serviceAcls(
  service: string,
  topics: readonly string[],
  { writes }: AclsOptions,
): readonly Acl[] {
  const also = writes.get(service) ?? []
  return [
    ...topics.map((name) =>
      topic(name, ['Read', 'Write'], 'takes commands; dead letters are replayed there'),
    ),
    topic(repliesTopic, ['Write'], 'answers'),
    ...also.map((name) => topic(name, ['Write'], 'its events, starts or signals')),
    {
      ...{ type: 'group', name: service, pattern: 'literal', operations: ['Read'] },
      why: 'its consumer group',
    },
  ]
}

/** `migrate` makes topics, `doctor` looks at them, `audit --topics` reads the events. */
function operatorAcls({ definitions, writes }: AclsOptions): readonly Acl[] {
  const names = [...new Set([...topicsOf(definitions), ...[...writes.values()].flat()])]
  const looks = ['Create', 'Describe', 'DescribeConfigs'] as const
  return [
    ...names.map((name) => {
      const isRead = name === eventsTopic
      const why = isRead ? 'migrate, doctor, audit --topics' : 'migrate, doctor'
      return topic(name, isRead ? [...looks, 'Read'] : looks, why)
    }),
    {
      ...{ type: 'group', name: auditGroups, pattern: 'prefixed', operations: ['Read', 'Delete'] },
      why: 'audit --topics',
    },
    {
      ...{ type: 'cluster', name: 'kafka-cluster', pattern: 'literal' },
      ...{ operations: ['DescribeConfigs'], why: 'doctor' },
    },
  ]
}
