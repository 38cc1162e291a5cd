// What the doctor warns of: each warning once, with what is wrong and how to mend it. That it looks at
// the real Kafka, Postgres and orchestrator is in `test/orchestrator/cli-operate.test.ts`.
import { describe, expect, it } from 'vitest'
import type { DescribedKafka } from '../../messaging/kafka/describe-kafka.ts'
import { commonSettings } from '../../messaging/kafka/ensure-topics.ts'
import { judgeKafka } from '../../orchestrator/cli/doctor/look-at-kafka.ts'
import { lookAtNode } from '../../orchestrator/cli/doctor/look-at-machine.ts'
import { lookInside } from '../../orchestrator/cli/doctor/look-at-orchestrator.ts'
import { judgeRoom } from '../../orchestrator/cli/doctor/look-at-postgres.ts'
import { createClient } from '../../orchestrator/client/index.ts'
import { loadDefinitions } from '../../orchestrator/load-definitions.ts'

type Topic = DescribedKafka['topics'][number]

const well: Topic = {
  ...{ name: 'orders', partitions: 6, replicas: 3, behind: 0 },
  settings: { ...commonSettings, 'min.insync.replicas': '2' },
}
const brokerSettings = {
  'group.min.session.timeout.ms': '6000',
  'group.max.session.timeout.ms': '1800000',
  'auto.create.topics.enable': 'false',
}

function kafkaFindings(topic: Partial<Topic>, given: Partial<DescribedKafka> = {}) {
  const topics = [{ ...well, ...topic }]
  const config = { kafkaSessionTimeoutMs: 10_000, topicPartitions: 6 }
  return judgeKafka({ brokers: 3, brokerSettings, topics, ...given }, ['orders'], config)
}

describe('Kafka', () => {
  it('is fine as it should be', () => {
    const says = '6 partitions, 3 replicas'
    expect(kafkaFindings({})).toEqual([{ name: 'topic orders', verdict: 'fine', says, mend: null }])
  })

  it.each<[string, Partial<Topic>, Partial<DescribedKafka>, RegExp, RegExp]>([
    [
      'a topic whose old records are compacted away',
      { settings: { ...well.settings, 'cleanup.policy': 'compact' } },
      {},
      /cleanup.policy is compact and should be delete/,
      /kafka-configs.sh --alter --topic orders/,
    ],
    [
      'a leader that may lack what was confirmed',
      { settings: { ...well.settings, 'unclean.leader.election.enable': 'true' } },
      {},
      /unclean.leader.election.enable is true/,
      /kafka-configs.sh/,
    ],
    [
      'records that are forgotten too soon',
      { settings: { ...well.settings, 'retention.ms': '1000' } },
      {},
      /retention.ms is 1.0 s and should be 14 d/,
      /kafka-configs.sh/,
    ],
    [
      'one replica that confirms for all',
      { settings: { ...well.settings, 'min.insync.replicas': '1' } },
      {},
      /min.insync.replicas is 1 and should be 2/,
      /kafka-configs.sh/,
    ],
    ['a replica that is behind', { behind: 2 }, {}, /2 partitions lack a replica/, /the brokers/],
    [
      'too few replicas',
      { replicas: 1, settings: commonSettings },
      {},
      /a broker that is lost takes messages with it/,
      /TOPIC_REPLICATION_FACTOR=3/,
    ],
    [
      'topics that come to be by a mistake',
      {},
      { brokerSettings: { ...brokerSettings, 'auto.create.topics.enable': 'true' } },
      /a mistyped topic comes to be/,
      /set it to false/,
    ],
  ])('warns of %s', (_, topic, kafka, says, mend) => {
    const warnings = kafkaFindings(topic, kafka).filter(({ verdict }) => verdict === 'warning')
    const expected = { says: expect.stringMatching(says), mend: expect.stringMatching(mend) }
    expect(warnings).toMatchObject([expected])
  })

  it('does not let a topic pass that is missing, nor a session that the broker refuses', () => {
    expect(kafkaFindings({}, { topics: [] })).toMatchObject([
      { verdict: 'broken', says: 'does not exist', mend: 'run `sagaline migrate`' },
    ])
    const short = { ...brokerSettings, 'group.min.session.timeout.ms': '30000' }
    expect(kafkaFindings({}, { brokerSettings: short })[0]).toMatchObject({
      verdict: 'broken',
      says: expect.stringContaining('the broker takes 30.0 s to 30 min'),
    })
  })
})

const counts = { lagMs: 500, byStatus: {}, items: [] }
const definition = { name: 'book-trip', version: 1, hash: 'other', isNewest: true }

/** What it says of an orchestrator that answers so. */
async function saysOf(there: object, counted: object = {}) {
  const answers: Readonly<Record<string, object>> = {
    '/definitions': { items: [{ ...definition, isStartable: true, ...there }] },
    '/saga-counts': { ...counts, ...counted },
  }
  const fetch = async (url: unknown) => Response.json(answers[new URL(String(url)).pathname])
  const client = createClient({ url: 'http://sagas', fetch: fetch as typeof globalThis.fetch })
  const mine = await loadDefinitions(['examples/travel-booking/saga.ts'])
  const findings = await lookInside(client, mine)
  return findings.filter(({ verdict }) => verdict !== 'fine')
}

describe('an orchestrator', () => {
  it('is fine when it has other sagas', async () => {
    expect(await saysOf({ name: 'other' })).toEqual([])
  })

  it.each<[string, object, object, RegExp, RegExp]>([
    ['another content of a version', {}, {}, /book-trip@1 runs there with another/, /version 2/],
    [
      'a version that not all have',
      { name: 'other', isStartable: false },
      {},
      /other@1 is not on every live instance/,
      /finish the deployment/,
    ],
    ['lists that are late', { name: 'other' }, { lagMs: 90_000 }, /1 min 30 s behind/, /log/],
    ['lists of unknown age', { name: 'other' }, { lagMs: null }, /nobody knows/, /log/],
    [
      'sagas that are stuck',
      { name: 'other' },
      { byStatus: { stuck: 3 } },
      /3 wait for a person/,
      /sagaline list --status stuck/,
    ],
  ])('warns of %s', async (_, there, counted, says, mend) => {
    const expected = { says: expect.stringMatching(says), mend: expect.stringMatching(mend) }
    expect(await saysOf(there, counted)).toMatchObject([{ verdict: 'warning', ...expected }])
  })
})

describe('the machine', () => {
  it('has too few connections left for another process', () => {
    expect(judgeRoom(89, 100)).toMatchObject({ verdict: 'fine' })
    expect(judgeRoom(91, 100)).toMatchObject({
      verdict: 'warning',
      says: '91 of 100 are in use',
      mend: expect.stringContaining('DATABASE_CONNECTIONS_MAX'),
    })
  })

  it('has a Node that is too old', () => {
    expect(lookAtNode('22.18.0')).toMatchObject({ verdict: 'fine' })
    for (const old of ['22.17.9', '20.19.0']) {
      expect(lookAtNode(old)).toMatchObject({
        verdict: 'broken',
        mend: 'install Node 22.18 or later',
      })
    }
  })
})
