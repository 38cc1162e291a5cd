// What a member of a group of kafkajs does when a broker is not reached or its group has moved.
import { createRequire } from 'node:module'
import { expect, it, onTestFinished, vi } from 'vitest'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'

type Group = Record<string, unknown> & {
  coordinator: object
  offsetManager: { coordinator: object }
}
type Prototype = {
  heartbeat(this: Group, options: { readonly interval: number }): Promise<void>
  recoverFromFetch(this: Group, error: Error): Promise<void>
  commitOffsets(this: Group, offsets: object): Promise<void>
  fetch(this: Group, nodeId: string): Promise<unknown>
}

const require = createRequire(import.meta.url)

const named = (name: string, fields: object = {}) =>
  Object.assign(new Error(name), { name, ...fields })
const notCoordinator = named('KafkaJSProtocolError', { type: 'NOT_COORDINATOR_FOR_GROUP' })
const noMetadata = new Error('no metadata')
const notReached = named('KafkaJSConnectionError', { broker: 'here:1' })

/** A member of the real class, with brokers of the test: the coordinator has gone. */
function createMember(search: () => Promise<object>, failure: Error = notReached) {
  loadKafkaJs()
  const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup') as new (
    given: object,
  ) => Group & Prototype
  const brokerPool = { metadataExpireAt: 1 as number | null }
  const warnings: string[] = []
  const logger = {
    namespace: () => logger,
    debug: () => undefined,
    warn: (text: string) => void warnings.push(text),
  }
  const cluster = {
    brokerPool,
    findGroupCoordinatorMetadata: async () => ({ coordinator: { nodeId: 1 } }),
    findBroker: search,
    refreshMetadata: async () => undefined,
    refreshMetadataIfNecessary: () => Promise.reject(noMetadata),
  }
  const group = new ConsumerGroup({ cluster, groupId: 'group', topics: [], logger, assigners: [] })
  const gone = { heartbeat: () => Promise.reject(failure) }
  const committedTo: object[] = []
  group.coordinator = gone
  group.memberId = 'member'
  group.offsetManager = {
    coordinator: gone,
    commitOffsets() {
      committedTo.push(this.coordinator)
    },
  } as Group['offsetManager']
  return { group, brokerPool, committedTo, warnings }
}

it.each([notReached, notCoordinator])('finds the next coordinator after %s', async (failure) => {
  const next = {}
  const { group, committedTo } = createMember(async () => next, failure)
  await group.heartbeat({ interval: -1 })
  expect(group.coordinator).toBe(next)
  await group.commitOffsets({})
  expect(committedTo).toEqual([next])
})

it('asks the next coordinator for offsets before anything was committed', async () => {
  const next = {}
  const { group } = createMember(async () => next)
  await group.heartbeat({ interval: -1 })
  await expect(group.fetch('1')).rejects.toBe(noMetadata)
  expect(group.offsetManager.coordinator).toBe(next)
})

it('searches once for all its fetchers', async () => {
  let searches = 0
  const { group } = createMember(async () => {
    searches += 1
    await new Promise((resolve) => setImmediate(resolve))
    return {}
  })
  await Promise.all([group.heartbeat({ interval: -1 }), group.heartbeat({ interval: -1 })])
  expect(searches).toBe(1)
})

it('says what was wrong with its heartbeat when none is found', async () => {
  const { group } = createMember(() => Promise.reject(new Error('no broker knows')))
  await expect(group.heartbeat({ interval: -1 })).rejects.toBe(notReached)
})

it('asks who leads instead of a broker that is not reached, and fails for nobody else', async () => {
  const { group, brokerPool } = createMember(async () => ({}))
  await group.recoverFromFetch(notReached)
  expect(brokerPool.metadataExpireAt).toBeNull()
})

it('tells of a broker that is not reached for long, once', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { group, warnings } = createMember(async () => ({}))
  for (let passedMs = 0; passedMs < 60_000; passedMs += 2_000) {
    const recovered = group.recoverFromFetch(notReached)
    await vi.advanceTimersByTimeAsync(2_000)
    await recovered
    expect(warnings).toHaveLength(passedMs > 30_000 ? 1 : 0)
  }
})

it('keeps the place of a broker whose connection closed', () => {
  loadKafkaJs()
  const { prototype } = require('kafkajs/src/cluster/brokerPool') as {
    readonly prototype: { removeBroker(this: object, address: object): void }
  }
  const broker = { connectionPool: { host: 'here', port: 1 }, nodeId: 1 }
  const pool = { brokers: { 1: broker }, seedBroker: broker, metadataExpireAt: 1 }
  prototype.removeBroker.call(pool, { host: 'here', port: 1 })
  expect(pool).toEqual({ brokers: { 1: broker }, seedBroker: broker, metadataExpireAt: null })
})
