// Batches of the publisher: one in flight, tried until confirmed, offenders alone.
import { describe, expect, test } from 'vitest'
import type { OutgoingRecord } from '../../messaging/bus.ts'
import { realClock } from '../../messaging/clock.ts'
import { messagingError } from '../../messaging/errors.ts'
import { silentLog } from '../../messaging/log.ts'
import { createPublisher, type PublisherOptions } from '../../messaging/publisher.ts'
import { createInstantClock } from './instant-clock.ts'
import { orderMessage } from './order-message.ts'

type Send = (records: readonly OutgoingRecord[], call: number) => Promise<void>

function createWorld(send: Send, options: Partial<PublisherOptions> = {}) {
  const calls: string[][] = []
  let inFlight = 0
  let inFlightMax = 0
  const bus = {
    publish: async (records: readonly OutgoingRecord[]) => {
      calls.push(records.map(({ headers }) => String(Number(headers['ce_id']?.slice(24, 36)))))
      inFlight += 1
      inFlightMax = Math.max(inFlightMax, inFlight)
      try {
        await send(records, calls.length)
      } finally {
        inFlight -= 1
      }
    },
  }
  const clock = createInstantClock()
  const publisher = createPublisher({ bus, log: silentLog, clock, ...options })
  return { calls, clock, publisher, inFlightMax: () => inFlightMax }
}

const message = (at: number) => orderMessage('payments.commands', at)
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a publisher', () => {
  test('sends what gathers while a batch is in flight in the next one', async () => {
    const world = createWorld(async () => {
      await turn()
      await turn()
    })
    const sent = [world.publisher.publish([message(1)]), world.publisher.publish([message(2)])]
    await turn()
    for (const at of [3, 4, 5]) sent.push(world.publisher.publish([message(at)]))
    expect(world.publisher.backlog()).toBe(5)
    await Promise.all(sent)
    expect(world.calls).toEqual([
      ['1', '2'],
      ['3', '4', '5'],
    ])
    expect(world.inFlightMax()).toBe(1)
    expect(world.publisher.backlog()).toBe(0)
  })

  test('lets what nobody waits for gather before each batch, but not when it stops', async () => {
    const options = { gatherMs: 50 }
    const world = createWorld(async () => void (await turn()), options)
    const sent = [world.publisher.publish([message(1)])]
    expect(world.clock.waits).toEqual([50])
    sent.push(world.publisher.publish([message(2)]))
    await Promise.all(sent)
    expect(world.calls).toEqual([['1', '2']])
    const stopping = createWorld(async () => undefined, {
      ...options,
      clock: realClock,
      gatherMs: 1e6,
    })
    const last = stopping.publisher.publish([message(3)])
    await stopping.publisher.stop()
    await last
    expect(stopping.calls).toEqual([['3']])
  })

  test('tries again with growing pauses until the broker confirms', async () => {
    const world = createWorld(async (_, call) => {
      if (call < 4) throw messagingError('PUBLISH_UNCONFIRMED')
    })
    await world.publisher.publish([message(1), message(2)])
    expect(world.calls).toHaveLength(4)
    expect(world.clock.waits).toEqual([50, 100, 200])
  })

  test('a message that is too large to encode rejects alone', async () => {
    const world = createWorld(async () => undefined)
    const huge = { ...message(2), data: 'x'.repeat(300_000) }
    const other = world.publisher.publish([message(3)])
    const mixed = world.publisher.publish([message(1), huge])
    await expect(mixed).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await other
    expect(world.calls.flat().toSorted()).toEqual(['1', '3'])
  })

  test('a message that the broker refuses for its size rejects alone', async () => {
    const world = createWorld(async (records) => {
      const isIn = records.some(({ headers }) => headers['ce_id'] === message(3).id)
      if (isIn) throw messagingError('MESSAGE_TOO_LARGE')
    })
    const sent = [1, 2, 3, 4].map((at) => world.publisher.publish([message(at)]))
    const results = await Promise.allSettled(sent)
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(world.publisher.backlog()).toBe(0)
  })

  test('messages for a missing topic wait aside and hold up nobody', async () => {
    let isThere = false
    const world = createWorld(async (records) => {
      const topic = 'not.yet'
      if (!isThere && records.some((record) => record.topic === topic)) {
        throw messagingError('TOPIC_MISSING', { topic })
      }
    })
    const late = world.publisher.publish([{ ...message(1), topic: 'not.yet' }])
    await world.publisher.publish([message(2)])
    expect(world.publisher.backlog()).toBe(1)
    isThere = true
    await late
  })

  test('a topic that stays away is waited for 30 s, then refused, and heals by itself', async () => {
    const topic = 'not.ever'
    let isThere = false
    const world = createWorld(async (records) => {
      const isIn = records.some((record) => record.topic === topic)
      if (!isThere && isIn) throw messagingError('TOPIC_MISSING', { topic })
    })
    const lost = { ...message(1), topic }
    const unavailable = { code: 'TOPIC_UNAVAILABLE', retryable: false, details: { topic } }
    await expect(world.publisher.publish([lost, message(2)])).rejects.toMatchObject(unavailable)
    expect(world.clock.monotonicMs()).toBeGreaterThanOrEqual(30_000)
    await expect(world.publisher.publish([lost])).rejects.toMatchObject(unavailable)
    expect(world.publisher.backlog()).toBe(0)
    isThere = true
    await world.publisher.publish([lost])
  })

  test('what does not wait for its topic is refused at once, and the topic known as missing', async () => {
    const topic = 'not.yet'
    let isThere = false
    const world = createWorld(async (records) => {
      const isIn = records.some((record) => record.topic === topic)
      if (!isThere && isIn) throw messagingError('TOPIC_MISSING', { topic })
    })
    const patient = world.publisher.publish([{ ...message(1), topic }])
    const hasty = world.publisher.publish([{ ...message(2), topic }], { isPatient: false })
    const other = world.publisher.publish([message(3)], { isPatient: false })
    await expect(hasty).rejects.toMatchObject({ code: 'TOPIC_UNAVAILABLE', details: { topic } })
    await other
    expect(world.publisher.isMissing(topic)).toBe(true)
    expect(world.publisher.isMissing('payments.commands')).toBe(false)
    isThere = true
    await patient
    expect(world.publisher.isMissing(topic)).toBe(false)
    await world.publisher.publish([{ ...message(2), topic }], { isPatient: false })
  })

  test('refuses what exceeds its backlog, and goes on', async () => {
    const world = createWorld(async () => turn().then(() => undefined), { backlogMax: 2 })
    const first = world.publisher.publish([message(1), message(2)])
    const refused = world.publisher.publish([message(3)])
    await expect(refused).rejects.toMatchObject({ code: 'PUBLISHER_FULL', retryable: true })
    await first
    await world.publisher.publish([message(3)])
  })

  test('refuses what exceeds its backlog in bytes, unless it waits alone', async () => {
    const world = createWorld(async () => turn().then(() => undefined), { backlogBytesMax: 100 })
    const large = (at: number) => ({ ...message(at), data: 'x'.repeat(150) })
    const first = world.publisher.publish([large(1)])
    const refused = world.publisher.publish([large(2)])
    await expect(refused).rejects.toMatchObject({ code: 'PUBLISHER_FULL', retryable: true })
    await first
    await world.publisher.publish([large(2)])
  })

  test('stop sends what is queued, then refuses', async () => {
    const world = createWorld(async () => turn().then(() => undefined), { clock: realClock })
    const sent = world.publisher.publish([message(1)])
    await Promise.all([world.publisher.stop(), world.publisher.stop()])
    await sent
    const refused = world.publisher.publish([message(2)])
    await expect(refused).rejects.toMatchObject({ code: 'PUBLISHER_STOPPED' })
    expect(world.calls).toEqual([['1']])
  })

  test('stop rejects what the broker does not confirm in time', async () => {
    const world = createWorld(async () => new Promise(() => undefined))
    const sent = world.publisher.publish([message(1)])
    const failed = expect(sent).rejects.toMatchObject({ code: 'PUBLISHER_STOPPED' })
    await world.publisher.stop()
    await failed
    expect(world.publisher.backlog()).toBe(0)
  })
})
