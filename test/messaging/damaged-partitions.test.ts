// A partition that stands before damaged records: when it is looked at, and what is told of it.
import { expect, it } from 'vitest'
import { DamagedPartitions } from '../../messaging/kafka/damaged-partitions.ts'
import { type RecordSet, withDamageFoundByBroker } from '../../messaging/kafka/whole-batches.ts'

const restMs = 1_000
const tellAgainMs = 600_000

/** What is read of a partition that its broker has found damaged. */
async function damagedRecords(): Promise<RecordSet> {
  const partition = { errorCode: 2, messages: [] as RecordSet }
  const { parse } = withDamageFoundByBroker({ parse: async (answer) => answer })
  await parse({ responses: [{ partitions: [partition] }] })
  return partition.messages
}

async function openPartitions() {
  const told: string[] = []
  let nowMs = 0
  const tell = (message: string, fields: object) => {
    told.push(`${message}: ${Object.values(fields).join(' ')}`)
  }
  const partitions = new DamagedPartitions({ tell, clock: { monotonicMs: () => nowMs } })
  const rawMessages = await damagedRecords()
  const look = (fetchedOffset: string, records: RecordSet = rawMessages) =>
    partitions.lookAt([
      { topic: 'orders', partition: 3, fetchedOffset, rawMessages: records },
      { topic: 'payments', partition: 3, fetchedOffset, rawMessages: [{}] },
    ])
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { told, partitions, look, pass }
}

const standing = 'Records are damaged, nothing behind them is read: orders 3'

it('rests for a moment after each look, and the others never', async () => {
  const { partitions, look, pass } = await openPartitions()
  expect(partitions.resting()).toEqual([])
  for (let round = 0; round < 3; round += 1) {
    look('7')
    expect(partitions.resting()).toMatchObject([{ topic: 'orders', partition: 3 }])
    pass(restMs)
    expect(partitions.resting()).toEqual([])
  }
})

it('is told of once where it stands, and again while it does', async () => {
  const { told, look, pass } = await openPartitions()
  look('7')
  pass(tellAgainMs - 1)
  look('7')
  expect(told).toEqual([`${standing} 7`])
  look('9')
  expect(told).toEqual([`${standing} 7`, `${standing} 9`])
  pass(tellAgainMs)
  look('9')
  expect(told.slice(2)).toEqual([`${standing} 9`])
})

it('is told of once when its records come whole, not when none come', async () => {
  const { told, partitions, look } = await openPartitions()
  look('7')
  look('7', [])
  expect(told).toHaveLength(1)
  for (const offset of ['7', '8']) look(offset, [{}])
  expect(told.slice(1)).toEqual(['Records that were damaged are whole: orders 3 7'])
  expect(partitions.resting()).toEqual([])
})
