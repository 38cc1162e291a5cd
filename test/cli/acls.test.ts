// `sagaline acls`: the three forms say the same, and nobody is given more than it uses.
import { expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Principal } from '../../orchestrator/cli/acls/acls-of.ts'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import { callCli } from './call-cli.ts'

const words = [
  ...['acls', '--definitions', 'services/place-order/saga.ts'],
  ...['--writes', 'payments=payments.events,sagaline.signals'],
]

const acls = (prefix: string, ...more: readonly string[]) =>
  callCli([...words, ...more], { config: () => ({ ...readCliConfig(), kafkaPrefix: prefix }) })

async function principals(prefix = '', ...more: readonly string[]): Promise<readonly Principal[]> {
  return JSON.parse((await acls(prefix, '--json', ...more)).out).principals
}

/** `name operation type resource pattern`, one a right. */
const rights = (all: readonly Principal[]) =>
  all.flatMap(({ name, acls: own }) =>
    own.flatMap(({ type, name: resource, pattern, operations }) =>
      operations.map((operation) => `${name} ${operation} ${type} ${resource} ${pattern}`),
    ),
  )

it('gives each program its own topics and group, and no more', async () => {
  const found = rights(await principals())
  const of = (name: string) => found.filter((right) => right.startsWith(`${name} `)).sort()
  expect(of('payments')).toEqual([
    'payments Read group payments literal',
    'payments Read topic payments.commands literal',
    'payments Write topic payments.commands literal',
    'payments Write topic payments.events literal',
    'payments Write topic sagaline.replies literal',
    'payments Write topic sagaline.signals literal',
  ])
  expect(of('orders')).not.toContain('orders Write topic sagaline.signals literal')
  expect(of('orchestrator')).toEqual([
    'orchestrator Read group sagaline prefixed',
    ...['events', 'replies', 'signals', 'starts'].map(
      (topic) => `orchestrator Read topic sagaline.${topic} literal`,
    ),
    'orchestrator Write topic orders.commands literal',
    'orchestrator Write topic payments.commands literal',
    ...['events', 'replies', 'signals', 'starts'].map(
      (topic) => `orchestrator Write topic sagaline.${topic} literal`,
    ),
  ])
  const makers = found.filter((right) => right.includes(' Create '))
  expect(makers.length).toBeGreaterThan(0)
  expect(makers.filter((right) => !right.startsWith('operator '))).toEqual([])
})

it('gives a consumer of events its topics and every group that it may ever have', async () => {
  const found = rights(
    await principals(
      '',
      ...[
        '--reads',
        'customers-view=orders.events,payments.events',
        '--reads',
        'orders=chat.events',
      ],
      ...['--writes', 'chats=chat.events'],
    ),
  )
  const of = (name: string) => found.filter((right) => right.startsWith(`${name} `)).sort()
  expect(of('customers-view')).toEqual([
    'customers-view Read group customers-view. prefixed',
    'customers-view Read topic orders.events literal',
    'customers-view Read topic payments.events literal',
    'customers-view Write topic orders.events literal',
    'customers-view Write topic payments.events literal',
  ])
  expect(of('orders')).toEqual(
    expect.arrayContaining([
      'orders Read group orders literal',
      'orders Read group orders. prefixed',
      'orders Read topic chat.events literal',
      'orders Read topic orders.commands literal',
    ]),
  )
  // Nobody sends it commands, so it answers none.
  expect(of('chats')).toEqual(['chats Write topic chat.events literal'])
  expect(of('operator')).toContain('operator Create topic chat.events literal')
})

it('lets everybody write log lines, and the orchestrator read them, where a topic has them', async () => {
  const { out } = await callCli([...words, '--json'], {
    config: () => ({ ...readCliConfig(), logTopic: 'logs' }),
  })
  const found = rights(JSON.parse(out).principals).filter((right) => right.includes(' topic logs '))
  expect(found.map((right) => right.split(' topic ')[0])).toEqual([
    ...['orchestrator Read', 'orchestrator Write', 'orders Write', 'payments Write'],
    ...['operator Create', 'operator Describe', 'operator DescribeConfigs'],
  ])
  expect(rights(await principals()).filter((right) => right.includes(' logs '))).toEqual([])
})

it('begins every name with the prefix of the cell', async () => {
  const found = rights(await principals('EU_1.'))
  expect(found).toContain('eu-1.payments Read topic EU_1.payments.commands literal')
  expect(found).toContain('eu-1.orchestrator Read group EU_1.sagaline prefixed')
  expect(
    found.filter((right) => !/^eu-1\.\w+ \w+ (cluster|(topic|group) EU_1\.)/.test(right)),
  ).toEqual([])
})

it('prints the same for kafka-acls.sh', async () => {
  const { out } = await acls('')
  const found = out.split('\n').flatMap((line) => {
    const parts = line.match(
      /--allow-principal 'User:(\S+)' (.*?) --(topic|group|cluster) ?('\S+')?/,
    )
    if (parts === null) return []
    const [, name, operations = '', type, resource = "'kafka-cluster'"] = parts
    const pattern = line.includes('--resource-pattern-type prefixed') ? 'prefixed' : 'literal'
    return [...operations.matchAll(/--operation (\w+)/g)].map(
      ([, operation]) => `${name} ${operation} ${type} ${resource.slice(1, -1)} ${pattern}`,
    )
  })
  expect(found).toEqual(rights(await principals()))
})

it('prints the same for Strimzi', async () => {
  const { out } = await acls('', '--strimzi', 'my-kafka')
  type User = {
    readonly metadata: { readonly name: string; readonly labels: object }
    readonly spec: { readonly authorization: { readonly acls: readonly UserAcl[] } }
  }
  type UserAcl = {
    readonly resource: {
      readonly type: string
      readonly name?: string
      readonly patternType?: string
    }
    readonly operations: readonly string[]
  }
  const users = parseAllDocuments(out).map((document) => document.toJS() as User)
  expect(users[0]?.metadata.labels).toEqual({ 'strimzi.io/cluster': 'my-kafka' })
  const found = users.flatMap(({ metadata, spec }) =>
    spec.authorization.acls.flatMap(({ resource, operations }) => {
      const { type, name = 'kafka-cluster', patternType = 'literal' } = resource
      return operations.map(
        (operation) => `${metadata.name} ${operation} ${type} ${name} ${patternType}`,
      )
    }),
  )
  expect(found).toEqual(rights(await principals()))
})

it.each([
  ['--writes', 'payments'],
  ['--reads', "it's=payments.events"],
])('refuses %s %s', async (flag, text) => {
  const { code, err } = await callCli([...words, flag, text])
  expect(code).toBe(exitCodes.usage)
  expect(err).toContain(`${flag} must be like payments=payments.events`)
})
