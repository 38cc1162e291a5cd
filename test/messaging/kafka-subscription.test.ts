// What a subscription does with the callbacks of kafkajs.
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import type { SubscribeOptions } from '../../messaging/bus.ts'
import { realClock } from '../../messaging/clock.ts'
import { defaultTimings } from '../../messaging/kafka/client-settings.ts'
import { KafkaSubscription } from '../../messaging/kafka/kafka-subscription.ts'
import { silentLog } from '../../messaging/log.ts'
import { partitionOf } from '../../messaging/partition.ts'

const settled = { settled: Promise.resolve() }
const turns = async (count = 5) => {
  for (let at = 0; at < count; at += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Plays kafkajs's consumer, so that its crashes and rebalances come when the test wants them. */
function createWorld(handle: SubscribeOptions['handle'] = async () => settled) {
  const listeners = new Map<string, (event: unknown) => void>()
  const done: string[] = []
  const committed: string[] = []
  const fatal: Error[] = []
  let eachBatch: (payload: EachBatchPayload) => Promise<void> = async () => undefined
  let mayRestart = () => false
  const consumer = {
    events: { GROUP_JOIN: 'join', HEARTBEAT: 'beat', REBALANCING: 'rebalancing', CRASH: 'crash' },
    on: (name: string, listener: (event: unknown) => void) => listeners.set(name, listener),
    connect: async () => undefined,
    subscribe: async (options: unknown) => void done.push(`subscribe ${JSON.stringify(options)}`),
    run: async (options: { eachBatch: typeof eachBatch; autoCommit: boolean }) => {
      eachBatch = options.eachBatch
      expect(options).toMatchObject({ autoCommit: false, eachBatchAutoResolve: false })
    },
    pause: () => void done.push('pause'),
    disconnect: async () => void done.push('disconnect'),
  }
  const subscription = new KafkaSubscription({
    groupId: 'group',
    topics: ['orders'],
    batchRecordsMax: 100,
    handle,
    createConsumer: (guard) => {
      mayRestart = guard
      return consumer as unknown as Consumer
    },
    timings: { ...defaultTimings, commitIntervalMs: 10_000, stopDeadlineMs: 1_000 },
    clock: realClock,
    log: silentLog,
    brokerProblem: async () => null,
    partitionsOf: () => 4,
    onJoined: () => undefined,
    onFatal: (error) => fatal.push(error),
  })
  const fetch = (offsets: readonly number[], changes: Partial<EachBatchPayload> = {}) =>
    eachBatch({ ...createPayload(offsets, { committed, done }), ...changes })
  const emit = (name: string, payload: unknown = {}) => listeners.get(name)?.({ payload })
  return { subscription, emit, fetch, done, committed, fatal, mayRestart: () => mayRestart() }
}

function createPayload(
  offsets: readonly number[],
  told: { readonly committed: string[]; readonly done: string[] },
): EachBatchPayload {
  const messages = offsets.map((offset) => ({
    offset: String(offset),
    timestamp: '0',
    key: null,
    value: Buffer.from('x'.repeat(1_000)),
    headers: {},
  }))
  return {
    batch: { topic: 'orders', partition: 0, messages: messages as unknown as KafkaMessage[] },
    isRunning: () => true,
    heartbeat: async () => void told.done.push('heartbeat'),
    resolveOffset: (offset: string) => void told.done.push(`resolve ${offset}`),
    commitOffsetsIfNecessary: async (offsets: { topics: unknown }) =>
      void told.committed.push(JSON.stringify(offsets.topics)),
  } as unknown as EachBatchPayload
}

const marked = (offset: number) =>
  JSON.stringify([{ topic: 'orders', partitions: [{ partition: 0, offset: String(offset) }] }])

describe('a subscription', () => {
  test('reads from the beginning, and is well once it has joined', async () => {
    const world = createWorld()
    await world.subscription.start()
    expect(world.subscription.problem()).toBe('joining the group')
    world.emit('join')
    expect(world.subscription.problem()).toBeNull()
    expect(world.done[0]).toBe('subscribe {"topics":["orders"],"fromBeginning":true}')
    await world.subscription.stop()
  })

  test('tells which keys come to it, once it has joined and until it must join again', async () => {
    const { subscription, emit } = createWorld()
    await subscription.start()
    const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`)
    const taken = () => keys.filter((key) => subscription.takes(key))
    expect(taken()).toEqual([])
    emit('join', { memberAssignment: { orders: [0, 2] } })
    expect(taken()).toEqual(keys.filter((key) => [0, 2].includes(partitionOf(key, 4))))
    expect(taken().length).toBeGreaterThan(0)
    emit('join', { memberAssignment: { orders: [0, 1, 2, 3] } })
    expect(taken()).toEqual(keys)
    emit('rebalancing')
    expect(taken()).toEqual([])
    emit('join', { memberAssignment: {} })
    expect(taken()).toEqual([])
    await subscription.stop()
  })

  test('fetching does not wait for the handler', async () => {
    let open = () => {}
    const handling = new Promise<void>((resolve) => {
      open = resolve
    })
    const world = createWorld(async () => {
      await handling
      return settled
    })
    await world.subscription.start()
    world.emit('join')
    await world.fetch([1, 2])
    await world.fetch([3])
    expect(world.done).toContain('resolve 2')
    expect(world.done).toContain('resolve 3')
    open()
    await world.subscription.stop()
  })

  test('a full queue makes fetching wait, with heartbeats, until there is room', async () => {
    let open = () => {}
    const handling = new Promise<void>((resolve) => {
      open = resolve
    })
    const world = createWorld(async () => {
      await handling
      return settled
    })
    await world.subscription.start()
    world.emit('join')
    const many = Array.from({ length: 10_200 }, (_, at) => at)
    await world.fetch(many)
    await turns()
    let isThrough = false
    const waiting = world.fetch([10_200]).then(() => {
      isThrough = true
    })
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(isThrough).toBe(false)
    expect(world.done).toContain('heartbeat')
    open()
    await waiting
    await world.subscription.stop()
  })

  test('a rebalance met while waiting reaches kafkajs, and the batch is not taken', async () => {
    const world = createWorld(() => new Promise(() => undefined))
    await world.subscription.start()
    world.emit('join')
    await world.fetch(Array.from({ length: 10_200 }, (_, at) => at))
    const rebalance = Object.assign(new Error('rebalance'), { type: 'REBALANCE_IN_PROGRESS' })
    const heartbeat = () => Promise.reject(rebalance)
    await turns()
    await expect(world.fetch([20_000], { heartbeat })).rejects.toBe(rebalance)
    expect(world.done).not.toContain('resolve 20000')
    await world.subscription.stop()
  })

  test('settled offsets are committed before a rejoin and at stop', async () => {
    const world = createWorld()
    await world.subscription.start()
    world.emit('join')
    await world.fetch([1, 2])
    await turns()
    expect(world.committed).toEqual([])
    world.emit('rebalancing')
    await turns()
    expect(world.committed).toEqual([marked(3)])
    expect(world.subscription.problem()).toBe('rejoining the group')
    world.emit('join')
    await world.fetch([3])
    await turns()
    await world.subscription.stop()
    expect(world.committed).toEqual([marked(3), marked(4)])
  })

  test('what settles after a rejoin commits nothing', async () => {
    let open = () => {}
    const world = createWorld(async () => ({
      settled: new Promise((resolve) => {
        open = resolve
      }),
    }))
    await world.subscription.start()
    world.emit('join')
    await world.fetch([1])
    await turns()
    world.emit('join')
    open()
    await turns()
    await world.subscription.stop()
    expect(world.committed).toEqual([])
  })

  test('a crash that kafkajs mends is none; one that it does not is fatal, once', async () => {
    const world = createWorld()
    await world.subscription.start()
    world.emit('join')
    const error = new TypeError('inside kafkajs')
    world.emit('crash', { error, restart: true })
    expect(world.fatal).toEqual([])
    expect(world.subscription.problem()).toContain('inside kafkajs')
    expect(world.mayRestart()).toBe(true)
    world.emit('crash', { error, restart: false })
    world.emit('crash', { error, restart: false })
    expect(world.fatal).toHaveLength(1)
    expect(world.fatal[0]).toMatchObject({ cause: error })
    world.emit('join')
    expect(world.subscription.problem()).toBe('the consumer crashed')
    await world.subscription.stop()
  })

  test('stop pauses fetching first and leaves last, and no restart is allowed', async () => {
    const world = createWorld()
    await world.subscription.start()
    world.emit('join')
    const stopping = world.subscription.stop()
    expect(world.mayRestart()).toBe(false)
    await world.fetch([1])
    await stopping
    world.emit('crash', { error: new Error('late'), restart: false })
    expect(world.fatal).toEqual([])
    expect(world.done).not.toContain('resolve 1')
    expect(world.done.slice(-2)).toEqual(['pause', 'disconnect'])
  })
})
