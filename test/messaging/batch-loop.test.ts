// The committing loop of a subscription: gathering, retries, settling, stopping.
import { describe, expect, test } from 'vitest'
import { BatchLoop, type BatchLoopOptions } from '../../messaging/batch-loop.ts'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { incomingRecord } from './incoming-record.ts'
import { createInstantClock } from './instant-clock.ts'

const settled = { settled: Promise.resolve() }
const turn = () => new Promise((resolve) => setImmediate(resolve))
const turns = async (count: number) => {
  for (let at = 0; at < count; at += 1) await turn()
}

function startLoop(
  handle: BatchLoopOptions['handle'],
  limits = { recordsMax: 100, bytesMax: 1_000_000 },
  isPatient = false,
) {
  const clock = createInstantClock()
  const loop = new BatchLoop({
    handle,
    batchRecordsMax: 10,
    unsettledBatchesMax: 2,
    isPatient,
    queueLimits: limits,
    retry: { initialMs: 100, maxMs: 5_000 },
    clock,
    log: silentLog,
    groupId: 'group',
  })
  loop.start()
  return { loop, clock }
}

const offsetsOf = (records: readonly IncomingRecord[]) =>
  records.map(({ offset }) => Number(offset))

describe('the committing loop', () => {
  test('makes one batch of what several partitions bring in one turn', async () => {
    const batches: number[][] = []
    const { loop } = startLoop(async (records) => {
      batches.push(offsetsOf(records))
      return settled
    })
    await turn()
    loop.queue.put([incomingRecord(0, 1)])
    await Promise.resolve()
    loop.queue.put([incomingRecord(1, 2)])
    await turns(3)
    expect(batches).toEqual([[1, 2]])
    await loop.stop()
  })

  test('does not mark what a handler took and could not keep, nor hands it over again', async () => {
    const handed: number[][] = []
    const { loop } = startLoop(async (records) => {
      handed.push(offsetsOf(records))
      return { settled: Promise.reject(new Error('stopping')), isTaken: true }
    })
    loop.queue.put([incomingRecord(0, 0), incomingRecord(0, 1)])
    await turns(20)
    expect(handed).toEqual([[0, 1]])
    expect(loop.problem).toBe('stopping')
    expect(loop.marks.uncommitted()).toEqual([])
    await loop.stop()
  })

  test('lets many batches of a patient handler be unsettled', async () => {
    const opens: (() => void)[] = []
    const handle = async () => ({ settled: new Promise<void>((resolve) => opens.push(resolve)) })
    const { loop } = startLoop(handle, undefined, true)
    for (let at = 0; at < 50; at += 1) {
      loop.queue.put([incomingRecord(0, at)])
      await turns(3)
    }
    expect(opens).toHaveLength(50)
    expect(loop.marks.uncommitted()).toEqual([])
    for (const open of opens) open()
    await turns(3)
    expect(loop.marks.uncommitted()).toMatchObject([{ offset: 50n }])
    await loop.stop()
  })

  test('takes no further batch while too many are not settled', async () => {
    const opens: (() => void)[] = []
    let handled = 0
    const { loop } = startLoop(async () => {
      handled += 1
      return { settled: new Promise((resolve) => opens.push(resolve)) }
    })
    for (let at = 0; at < 5; at += 1) {
      loop.queue.put([incomingRecord(0, at)])
      await turns(3)
    }
    expect(handled).toBe(2)
    opens[0]?.()
    await turns(3)
    expect(handled).toBe(3)
    const stopping = loop.stop()
    for (const open of opens) open()
    await stopping
  })

  test('takes further batches while many are late, until they hold too many records', async () => {
    const opens: (() => void)[] = []
    let handled = 0
    const { loop } = startLoop(
      async () => {
        handled += 1
        return { settled: new Promise((resolve) => opens.push(resolve)), isLate: true }
      },
      { recordsMax: 10_000, bytesMax: 1_000_000 },
    )
    loop.queue.put(Array.from({ length: 2_500 }, (_, at) => incomingRecord(0, at)))
    await turns(500)
    expect(handled).toBe(200)
    opens[0]?.()
    await turns(3)
    expect(handled).toBe(201)
    const stopping = loop.stop()
    for (const open of opens) open()
    await stopping
  })

  test('tries the same batch again with growing pauses, and marks it once it succeeds', async () => {
    let tries = 0
    const { loop, clock } = startLoop(async () => {
      tries += 1
      if (tries < 4) throw new Error('not now')
      return settled
    })
    loop.queue.put([incomingRecord(0, 7)])
    await turns(20)
    expect(tries).toBe(4)
    expect(clock.waits).toEqual([100, 200, 400])
    expect(loop.marks.uncommitted().map(({ offset }) => offset)).toEqual([8n])
    expect(loop.problem).toBeNull()
    await loop.stop()
  })

  test('a new generation drops what is queued and what failed, and old work marks nothing', async () => {
    let isSound = false
    const handled: number[] = []
    let open = () => {}
    const { loop } = startLoop(async (records) => {
      handled.push(...offsetsOf(records))
      if (isSound) return settled
      return {
        settled: new Promise((resolve) => {
          open = resolve
        }),
      }
    })
    loop.queue.put([incomingRecord(0, 1)])
    await turns(3)
    loop.startGeneration()
    isSound = true
    open()
    await turns(3)
    expect(loop.marks.uncommitted()).toEqual([])
    loop.queue.put([incomingRecord(0, 1)])
    await turns(3)
    expect(handled).toEqual([1, 1])
    expect(loop.marks.uncommitted().map(({ offset }) => offset)).toEqual([2n])
    await loop.stop()
  })

  test('a handler that does not come back is a problem', async () => {
    let open = () => {}
    const { loop, clock } = startLoop(async () => {
      await new Promise<void>((resolve) => {
        open = resolve
      })
      return settled
    })
    loop.queue.put([incomingRecord(0, 1)])
    await turns(3)
    expect(loop.problem).toBeNull()
    await clock.wait(31_000)
    expect(loop.problem).toBe('one batch has been handled for 31 s')
    open()
    await turns(3)
    expect(loop.problem).toBeNull()
    await loop.stop()
  })

  test('batches that do not settle are a problem', async () => {
    let open = () => {}
    const { loop, clock } = startLoop(async () => ({
      settled: new Promise<void>((resolve) => {
        open = resolve
      }),
    }))
    loop.queue.put([incomingRecord(0, 1)])
    await turns(3)
    expect(loop.problem).toBeNull()
    await clock.wait(31_000)
    expect(loop.problem).toBe('1 batches unsettled for 31 s')
    open()
    await turns(3)
    expect(loop.problem).toBeNull()
    await loop.stop()
  })

  test('a problem goes with the records that had it', async () => {
    let fail = (_: Error) => {}
    const { loop } = startLoop(async () => ({
      settled: new Promise<void>((_, reject) => {
        fail = reject
      }),
    }))
    loop.queue.put([incomingRecord(0, 1)])
    await turns(3)
    loop.startGeneration()
    fail(new Error('too late'))
    await turns(5)
    expect(loop.problem).toBeNull()
    await loop.stop()
  })

  test('the queue is full by records or by bytes, and a take makes room', async () => {
    const { loop, clock } = startLoop(async () => settled, { recordsMax: 2, bytesMax: 100 })
    await loop.stop()
    const { queue } = loop
    queue.put([incomingRecord(0, 1)])
    expect(queue.isFull).toBe(false)
    queue.put([incomingRecord(0, 2)])
    expect(queue.isFull).toBe(true)
    await queue.waitForRoom(clock, 500)
    expect(clock.waits).toEqual([500])
    expect(offsetsOf(queue.take(10))).toEqual([1, 2])
    queue.put([incomingRecord(0, 3, 100)])
    expect(queue.isFull).toBe(true)
    queue.clear()
    expect([queue.isFull, queue.size]).toEqual([false, 0])
  })
})
